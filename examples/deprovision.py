"""Deactivate the managed accounts of the organization that nobody has used for a while. Made for cron.

Needs an organization API key made without scopes, as user management takes no other.

    python deprovision.py --idle-days 90 --allow keep.txt                       # shows what would be done
    python deprovision.py --idle-days 90 --allow keep.txt --execute --csv deprovision.csv

Idle is whose last activity, in any product, is more than so many days ago. The date is the one in the list of accounts,
else the latest one that the organization tells for a product. Who was never active counts from the day on which the
account was added. Where no date is known the account is left alone: missing data never disables anybody. Atlassian's
dates may be a day late, so that --idle-days is at least 2.

Left alone, with the reason, are: who is on the allow list, organization admins, service accounts and other accounts
that are not a person's, accounts that are not active anyway, and those whose life cycle is closed to the key, because
an identity provider keeps them. Should no organization admin be found, nothing is done at all.

With --execute an account is first deactivated, then its API tokens are revoked, and each step is a row of the CSV file
at once. Named again, the file is gone on with: what is done is skipped, what was begun is ended. An account that was
enabled again after this job disabled it counts as used on the day it was disabled. When more accounts are idle than
--at-most allows, none is disabled.

The allow list has one account id or email address per line; `#` begins a comment at the start of a line or after a
space. An entry that is no managed account's ends the run before anybody is disabled, for it may be a misspelt one.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import TextIO

from atlassian_cloud import (
    Admin,
    AtlassianError,
    ConflictError,
    NotFoundError,
    ServerError,
    TransportError,
    script,
)
from atlassian_cloud.admin import LastActivePage, ManagedAccount, lookup

COLUMNS = (
    *("time", "account_id", "email", "name", "last_active", "outcome"),
    *("reason", "tokens_revoked", "error", "request_id"),
)

MESSAGE = "This account was not used for a long time and is deactivated. Your administrator can activate it again."


MOST_DAYS = 36_500


@dataclass(frozen=True)
class Person:
    """An account, as far as this job needs to know it."""

    account_id: str
    email: str = ""
    name: str = ""
    last_active: datetime | None = None
    never_active: bool = False

    @property
    def last(self) -> str:
        if self.last_active is None:
            return ""
        return f"{'never, added ' if self.never_active else ''}{self.last_active:%Y-%m-%d}"


@dataclass
class Plan:
    """What is to be done, before anything is."""

    idle: list[Person] = field(default_factory=list[Person])
    begun: list[Person] = field(default_factory=list[Person])
    skipped: list[tuple[Person, str]] = field(default_factory=list[tuple[Person, str]])
    failed: list[tuple[Person, AtlassianError]] = field(default_factory=list[tuple[Person, AtlassianError]])
    in_use: int = 0


class AllowList:
    """Accounts that must not be touched."""

    def __init__(self, lines: Sequence[str] = ()) -> None:
        entries = (re.split(r"(?:^|\s)#", line)[0].strip() for line in lines)
        self.entries = {entry.casefold(): entry for entry in entries if entry}
        self.has_emails = any("@" in entry for entry in self.entries)
        self.met = set[str]()

    def reason(self, account: ManagedAccount) -> str | None:
        """Tell why an account is kept; None if the list does not know it."""
        names = {name.casefold() for name in (account.account_id, account.email) if name} & self.entries.keys()
        self.met |= names
        if names:
            return "on the allow list"
        if self.has_emails and not account.email:
            return "its email address is hidden, so that it cannot be looked for in the allow list"
        return None

    @property
    def unmet(self) -> list[str]:
        return [entry for name, entry in self.entries.items() if name not in self.met]


class Journal:
    """The CSV file: what is done and what is begun, also by earlier runs. A row is on the disk before the next step."""

    def __init__(self, path: Path, *, writes: bool) -> None:
        self.done: dict[str, datetime] = {}
        self.begun = set[str]()
        self.last: dict[str, tuple[str, str]] = {}
        self.file: TextIO | None = None
        text = path.read_bytes() if path.exists() else b""
        # A last row without an end was cut off together with the machine.
        text = text[: text.rfind(b"\n") + 1]
        rows = csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""))
        try:
            if text and tuple(rows.fieldnames or ()) != COLUMNS:
                raise ValueError("other columns")
            for row in rows:
                self.note(row["account_id"], row["outcome"], row["reason"], datetime.fromisoformat(row["time"]))
        except (ValueError, TypeError) as fault:
            raise script.SetupError(f"{path} is no file of this job: {fault}; name another with --csv") from fault
        if writes:
            self.file = path.open("a", encoding="utf-8", newline="")
            self.file.truncate(len(text))
            if not text:
                self.put(dict(zip(COLUMNS, COLUMNS, strict=True)))

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.file is not None:
            self.file.close()

    def note(self, account_id: str, outcome: str, reason: str, moment: datetime) -> None:
        self.last[account_id] = (outcome, reason)
        if outcome == "begun":
            self.begun.add(account_id)
        elif outcome != "failed":
            self.begun.discard(account_id)
        if outcome == "done":
            self.done[account_id] = moment

    def put(self, row: dict[str, str]) -> None:
        assert self.file is not None
        line = io.StringIO(newline="")
        csv.DictWriter(line, COLUMNS).writerow({column: plain(text) for column, text in row.items()})
        self.file.write(line.getvalue())
        self.file.flush()
        os.fsync(self.file.fileno())

    def write(
        self, person: Person, outcome: str, reason: str, tokens: int = 0, fault: AtlassianError | None = None
    ) -> None:
        """Append a row, unless it would say again what the last one of this account says."""
        if outcome == "skipped" and self.last.get(person.account_id) == (outcome, reason):
            return
        now = datetime.now(timezone.utc)
        row = (now.isoformat(timespec="seconds"), person.account_id, person.email, person.name, person.last, outcome)
        rest = (reason, str(tokens), str(fault or ""), (getattr(fault, "request_id", None) or ""))
        self.put(dict(zip(COLUMNS, (*row, *rest), strict=True)))
        self.note(person.account_id, outcome, reason, now)


def plain(text: str) -> str:
    """One line that no spreadsheet takes for a formula: names are what users make them."""
    line = "; ".join(part.strip() for part in text.splitlines())
    return f"'{line}" if line.startswith(("=", "+", "-", "@", "\t")) else line


def in_utc(value: object) -> datetime | None:
    """Read a moment. A day counts to its end, a time without a zone is UTC, anything else is no date."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc) if value.tzinfo else value.replace(tzinfo=timezone.utc)
    if isinstance(value, date):
        return datetime.combine(value, time.max, timezone.utc)
    return None


def latest(values: Sequence[object]) -> datetime | None:
    return max((moment for moment in map(in_utc, values) if moment), default=None)


def organization_admins(admin: Admin, org_id: str) -> set[str]:
    """Return the accounts of all organization admins, by role or through a group."""
    search = admin.organizations.directories.users.search
    found = {user.account_id for user in search(org_id, "-", role_ids=["atlassian/org-admin"], page_size=100)}
    admins = {account_id for account_id in found if account_id}
    if not admins:
        raise script.SetupError("no organization admin was found, although there is always one: nobody would be safe")
    return admins


def last_activity(
    admin: Admin, org_id: str, account: ManagedAccount, pace: script.Pace
) -> tuple[datetime | None, bool]:
    """Tell when an account was last active, or else added, and which of both; None where nobody knows.

    Accounts are asked for one after the other: at the pace that the server allows, more at a time would not be faster.
    """
    known = latest([account.last_active, *(product.last_active for product in account.product_access or [])])
    if known is not None:
        return known, False
    seen: list[object] = []
    added: list[object] = []
    cursor: str | None = None
    while True:
        pace.wait()
        # The day on which the account was added stands beside the list of products, so the page itself is needed.
        ask = admin.with_raw_response.organizations.users.last_active_dates
        try:
            page: LastActivePage = ask(org_id, account.account_id, cursor=cursor).parse()
        except NotFoundError:
            # In no directory of the organization.
            return None, True
        if page.data is not None:
            for product in page.data.product_access or []:
                seen += [product.last_active_timestamp or product.last_active]
            added += [page.data.added_to_org_timestamp or page.data.added_to_org]
        following = page.links.next if page.links else None
        if not following or following == cursor:
            break
        cursor = following
    active = latest(seen)
    return (active, False) if active is not None else (latest(added), True)


def closed(admin: Admin, account_id: str) -> str | None:
    """Tell why the key may not disable an account; None if it may."""
    rule = admin.users.permissions(account_id, privileges=["lifecycle.enablement"]).lifecycle_enablement
    if rule is not None and rule.allowed is True:
        return None
    key = rule.reason.key if rule is not None and rule.reason is not None else "no reason given"
    if key.startswith("externalDirectory."):
        return f"kept by an identity provider, where it has to be deactivated: {key}"
    return f"the key may not disable it: {key}"


def plan(
    admin: Admin,
    org_id: str,
    *,
    idle_for: timedelta,
    allowed: AllowList,
    pace: script.Pace,
    journal: Journal,
    now: datetime | None = None,
) -> Plan:
    """Go through all managed accounts and decide. Nothing is changed."""
    made = Plan()
    deadline = (now or datetime.now(timezone.utc)) - idle_for
    admins = organization_admins(admin, org_id)
    for account in admin.organizations.users.list(org_id):
        person = Person(account.account_id, account.email or "", account.name, in_utc(account.last_active))
        reason = allowed.reason(account)
        if reason is None and account.account_type == "app":
            reason = "service account"
        elif reason is None and account.account_type != "atlassian":
            reason = f"account type {account.account_type}"
        if reason is None and account.account_id in admins:
            reason = "organization admin"
        if reason is None and account.account_status != "active":
            if account.account_id in journal.begun:
                made.begun.append(person)
                continue
            reason = f"not active: {account.account_status}"
        if reason is not None:
            made.skipped.append((person, reason))
            continue
        try:
            moment, never = last_activity(admin, org_id, account, pace)
            if moment is None:
                made.skipped.append((person, "never active, and nobody knows when it was added"))
                continue
            if account.account_id in journal.done:
                moment = max(moment, journal.done[account.account_id])
            if moment >= deadline:
                made.in_use += 1
                if account.account_id in journal.begun:
                    made.skipped.append((person, "in use again"))
                continue
            person = Person(account.account_id, account.email or "", account.name, moment, never)
            reason = closed(admin, account.account_id)
        except AtlassianError as fault:
            if script.is_of_the_key(fault):
                raise
            made.failed.append((person, fault))
            continue
        if reason is not None:
            made.skipped.append((person, reason))
        else:
            made.idle.append(person)
    made.idle.sort(key=lambda person: person.last_active or deadline)
    return made


def disable(admin: Admin, person: Person, message: str) -> str:
    """Deactivate an account and tell how that went. After a doubtful answer the account itself is asked."""
    try:
        admin.users.disable(person.account_id, message=message)
    except (ConflictError, ServerError, TransportError) as fault:
        if isinstance(fault, TransportError) and not fault.may_have_been_executed:
            raise
        if admin.users.get(person.account_id).account.account_status == "active":
            raise
        return "was disabled already" if isinstance(fault, ConflictError) else "disabled, although the answer was lost"
    return "disabled"


def carry_out(admin: Admin, people: Sequence[Person], journal: Journal, *, message: str, revoke: bool) -> int:
    """Disable these people, one after the other, and return how many failed. One who fails does not end the run."""
    failed = 0
    for number, person in enumerate(people, 1):
        how, tokens, problem = "", 0, None
        journal.write(person, "begun", "")
        try:
            how = disable(admin, person, message)
            for token in admin.users.tokens.list(person.account_id) if revoke else ():
                try:
                    admin.users.tokens.delete(person.account_id, token.id)
                except NotFoundError:
                    continue
                tokens += 1
        except AtlassianError as error:
            failed += 1
            problem = error
            how = f"{how}, but not all API tokens are revoked" if how else "not disabled"
        journal.write(person, "failed" if problem else "done", how, tokens, problem)
        told = f"; {tokens} API tokens revoked" if tokens else ""
        print(f"{number}/{len(people)} {person.name} <{person.email}>: {how}{told}", flush=True)
        if problem is not None:
            print(problem, file=sys.stderr)
            if script.is_of_the_key(problem):
                raise problem
    return failed


def show(made: Plan, at_most: int) -> None:
    """Print the plan: who would be disabled, who is idle or special and left alone, and the rest as numbers."""
    print(f"{'account':<50} {'last active':<24} who")
    for person in (*made.begun, *made.idle):
        print(f"{person.account_id:<50} {person.last or 'begun before':<24} {person.name} <{person.email}>")
    if made.skipped:
        print("\nleft alone:")
        inactive = Counter(reason for _, reason in made.skipped if reason.startswith("not active"))
        for person, reason in made.skipped:
            if reason not in inactive:
                print(f"{person.account_id:<50} {person.last:<24} {person.name}: {reason}")
        for reason, number in inactive.items():
            print(f"{number} accounts: {reason}")
    if made.failed:
        print("\nnothing could be found out about:")
        for person, fault in made.failed:
            print(f"{person.account_id:<50} {person.name}: {fault}")
    print(
        f"\n{len(made.idle) + len(made.begun)} to disable, {len(made.skipped)} left alone, {made.in_use} in use, "
        f"{len(made.failed)} unknown"
    )
    if len(made.idle) > at_most:
        print(f"--execute would disable nobody: that is more than --at-most {at_most}")


def days(text: str) -> int:
    number = int(text)
    if number < 2:
        raise argparse.ArgumentTypeError("must be 2 or more, for dates of activity may be a day late")
    if number > MOST_DAYS:
        raise argparse.ArgumentTypeError(f"must be {MOST_DAYS} or less")
    return number


@script.command
def main(argv: Sequence[str] | None = None) -> int:
    parser = script.Parser(__doc__, script.ADMIN_KEYS)
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument(
        "--idle-days",
        metavar="N",
        type=days,
        default=90,
        help="idle is who was not active for so long (default: %(default)s)",
    )
    parser.add_argument("--allow", metavar="FILE", type=Path, help="accounts that must not be touched, one per line")
    parser.add_argument("--execute", action="store_true", help="do it; without this nothing is changed")
    parser.add_argument(
        "--at-most",
        metavar="N",
        type=script.at_least(0),
        default=25,
        help="disable nobody if more are idle (default: %(default)s)",
    )
    parser.add_argument("--message", metavar="TEXT", default=MESSAGE, help="what the user reads when logging in")
    parser.add_argument("--keep-tokens", action="store_true", help="do not revoke API tokens")
    parser.add_argument(
        "--csv", metavar="FILE", type=Path, help="the record, gone on with if it is there (default: deprovision.csv)"
    )
    parser.add_argument(
        "--calls-per-minute",
        metavar="N",
        type=script.at_least(0),
        default=180,
        help="for dates; 0 for no pace (default: %(default)s)",
    )
    options = parser.read(argv)

    allowed = AllowList()
    if options.allow is not None:
        try:
            allowed = AllowList(options.allow.read_text(encoding="utf-8-sig").splitlines())
        except (OSError, UnicodeDecodeError) as unreadable:
            raise script.SetupError(f"--allow: {options.allow}: {unreadable}") from unreadable
    with script.connect(Admin, options) as admin:
        path = options.csv or (Path(tempfile.mkdtemp()) / "deprovision.csv" if options.box else Path("deprovision.csv"))
        org_id = lookup.organization_id(admin, options.org)
        pace = script.Pace(0 if options.box else options.calls_per_minute)
        idle_for = timedelta(days=options.idle_days)
        with Journal(path, writes=options.execute) as journal:
            made = plan(admin, org_id, idle_for=idle_for, allowed=allowed, pace=pace, journal=journal)
            if not options.execute:
                show(made, options.at_most)
            if allowed.unmet:
                raise script.SetupError(
                    f"allow list: no managed account is {', '.join(map(ascii, allowed.unmet))}; is it misspelt? "
                    f"Nobody {'was' if options.execute else 'would be'} disabled. Correct the entry or take it out; for "
                    "an account whose address is hidden write its id"
                )
            if not options.execute:
                return script.FAILED if made.failed else script.WELL
            for person, reason in made.skipped:
                journal.write(person, "skipped", reason)
            for person, fault in made.failed:
                journal.write(person, "failed", "nothing could be found out", 0, fault)
                print(fault, file=sys.stderr)
            if len(made.idle) > options.at_most:
                raise script.SetupError(
                    f"{len(made.idle)} accounts are idle, more than --at-most {options.at_most}: nobody was disabled. "
                    "Look at them without --execute"
                )
            people = [*made.begun, *made.idle]
            failed = carry_out(admin, people, journal, message=options.message, revoke=not options.keep_tokens)
            failed += len(made.failed)
        print(f"{len(people)} tried, {failed} failed, {len(made.skipped)} left alone: {path}")
        return script.FAILED if failed else script.WELL


if __name__ == "__main__":
    sys.exit(main())

"""Changes to issues, told the way people think of them: fields by name, statuses by name, people by email address or account id.

Every function takes the client first; with `AsyncJira` its result is awaited.

    from atlassian_cloud.jira import editing
    from atlassian_cloud.jira.editing import Add, Remove

    editing.edit(jira, "ENG-1", {"Story Points": 5}, [Add("Labels", "urgent"), Remove("Labels", "later")])
    editing.transition(jira, "ENG-1", "Done")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, Protocol, TypeVar, cast, overload

from .._checks import Id, Text, check_fields, checked
from .._native import Markdown, check_value
from .._twins import twin
from ..errors import NoMatchError, NotFoundError
from ._field_kinds import DATE, NUMBER, TEXT, URL, USER, USERS
from .custom_fields import RICH_TEXT, FieldFault, Fields, FieldValueError, load_fields, not_edited

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Concatenate

    from .. import AsyncJira, Jira
    from .._twins import Job
    from . import FieldUpdateOperationDict, User

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

__all__ = [
    "Add",
    "Copy",
    "Edit",
    "Found",
    "NoMatchError",
    "Operation",
    "Remove",
    "Set",
    "assign",
    "create",
    "edit",
    "find_or_create",
    "find_user",
    "link",
    "transition",
    "update_of",
]


class _Twin(Protocol[P, T_co]):
    @overload
    def __call__(self, client: Jira, /, *args: P.args, **kwargs: P.kwargs) -> T_co: ...
    @overload
    def __call__(self, client: AsyncJira, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T_co]: ...


def jira_twin(job: Callable[Concatenate[Any, P], Job[T]]) -> _Twin[P, T]:
    """`twin`, typed for the two clients of Jira."""
    made: _Twin[P, T] = twin(job, "jira")
    return made


@dataclass(frozen=True)
class Operation:
    """One change to a field: use `Add`, `Set`, `Remove`, `Copy` or `Edit`. `field` is a display name or id."""

    field: Text
    value: Any
    verb: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if not self.verb:
            raise TypeError("Operation: it does not say what to do; use Add, Set, Remove, Copy or Edit")
        check_fields(self)


class Add(Operation):
    """Add one value to a field that holds many; a comment, a worklog or a link too.

    A comment is text, `Markdown` or a document: `Add("Comment", "Done")`; with more to say of it the object that Jira takes:
    `Add("Comment", {"body": "Done", "visibility": ...})`. A worklog and a link are as Jira takes them.
    """

    verb = "add"


class Set(Operation):
    """Put a value in the place of what is there; None clears."""

    verb = "set"


class Remove(Operation):
    """Take one value from a field that holds many."""

    verb = "remove"


class Copy(Operation):
    """Copy values from another issue, as Jira takes it: `Copy("Linked Issues", {"issuelinks": ...})`."""

    verb = "copy"


class Edit(Operation):
    """Change an entry in place, as Jira takes it: `Edit("Comment", {"id": "10000", "body": "Better"})`."""

    verb = "edit"


# Fields whose entries are objects of their own: values go as they are.
_ENTRIES = ("attachment", "comment", "issuelinks", "timetracking", "worklog")


@checked
def update_of(fields: Fields, operations: Iterable[Operation]) -> dict[str, list[FieldUpdateOperationDict]]:
    """Return operations for `update=` of create, update and transition, in the order given.

    Args:
        fields: The fields of the site, from `custom_fields.load`.
        operations: `Add`, `Set`, `Remove`, `Copy`, `Edit`.

    Raises:
        FieldValueError: Values are of another kind than their fields, or the fields cannot take the operations; it names every one.
        FieldNameError: A name is of no field, or of several.
    """
    done: dict[str, list[FieldUpdateOperationDict]] = {}
    faults: list[FieldFault] = []
    for operation in operations:
        known = fields[operation.field]
        try:
            if reason := not_edited(known):
                raise ValueError(reason)
            value = _operand(known.id, known.kind, operation)
        except ValueError as fault:
            faults.append(FieldFault(operation.verb, known.id, known.name, str(fault), operation.value))
        else:
            done.setdefault(known.id, []).append(cast("FieldUpdateOperationDict", {operation.verb: value}))
    if faults:
        raise FieldValueError(faults)
    return done


def _operand(id: str, kind: Any, operation: Operation) -> Any:
    if id == "comment" and operation.verb != "remove":
        return _comment(operation.value)
    entries = id in _ENTRIES
    if operation.verb == "set":
        return operation.value if entries else kind.write(operation.value)
    if operation.verb in ("add", "remove"):
        if entries:
            given: object = operation.value
            if operation.verb == "remove" and id in ("comment", "worklog") and not isinstance(given, Mapping):
                raise ValueError(f"expected an object with the id, got {type(given).__name__}")
            return operation.value
        if not kind.many:
            raise ValueError(f"holds {kind.name}, one value: use Set")
        return kind.write([operation.value])[0]
    if operation.verb == "edit" and not entries:
        raise ValueError(f"holds {kind.name}, which has no entries to edit: use Set")
    if operation.verb == "copy" and not (entries or kind.many):
        raise ValueError(f"holds {kind.name}, which cannot be copied: use Set")
    return operation.value


def _comment(value: Any) -> dict[str, Any]:
    """Rich text alone is the body of a comment."""
    held = cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None
    if isinstance(value, (str, Markdown)) or (held is not None and held.get("type") == "doc"):
        return {"body": RICH_TEXT.write(value)}
    if held is None:
        kind = type(cast("object", value)).__name__
        raise ValueError(f"expected text, Markdown, a document or an object with a body, got {kind}")
    return dict(held) | ({"body": RICH_TEXT.write(held["body"])} if "body" in held else {})


def body_of(
    known: Fields, fields: Mapping[str, Any] | None, update: Iterable[Operation] | None, label: str
) -> dict[str, dict[str, Any]]:
    """The checked arguments `fields` and `update` of an operation; only those that say something. `label` leads complaints."""
    body: dict[str, dict[str, Any]] = {"fields": known.values(fields or {}), "update": update_of(known, update or ())}
    if both := body["fields"].keys() & body["update"].keys():
        raise ValueError(f"in fields and in update, where Jira takes one of them: {', '.join(sorted(both))}")
    for name, value in body.items():
        # What a field's kind does not know goes as it is, but not NaN or a set.
        check_value(value, f"{label}{name}", True)
    return {name: value for name, value in body.items() if value}


def find_people(
    client: Any, known: Fields, *bodies: dict[str, dict[str, Any]], places: Sequence[str] = ()
) -> Job[None]:
    """Put account ids in the place of email addresses, in bodies that were checked. Each is looked up once.

    `NoMatchError` tells of every address that will not do, with the place of the body that has it first.
    """
    ids: dict[str, str] = {}
    faults: list[str] = []
    for at, body in enumerate(bodies):
        for part in body.values():
            for id in part:
                if known[id].kind not in (USER, USERS):
                    continue
                for address in _addresses(part[id]):
                    if address.casefold() in ids:
                        continue
                    ids[address.casefold()] = address
                    try:
                        ids[address.casefold()] = str((yield from _find_user(client, address)).account_id)
                    except NoMatchError as fault:
                        faults.append(f"{places[at]}: {fault}" if places else str(fault))
                part[id] = _with_ids(part[id], ids)
    if faults:
        raise NoMatchError("; ".join(faults))


def _addresses(value: Any) -> Iterator[str]:
    """The email addresses of the references to people in a value, or in operations."""
    if isinstance(value, list):
        for one in cast("Sequence[Any]", value):
            yield from _addresses(one)
    elif isinstance(value, dict):
        held = cast("dict[str, Any]", value)
        account = held.get("accountId")
        if isinstance(account, str) and "@" in account:
            yield account
        yield from _addresses([one for key, one in held.items() if key != "accountId"])


def _with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    """The same with ids in the place of addresses, made anew: parts of it are the caller's."""
    if isinstance(value, list):
        return [_with_ids(one, ids) for one in cast("Sequence[Any]", value)]
    if not isinstance(value, dict):
        return value
    held = cast("dict[str, Any]", value)
    account = held.get("accountId")
    found = {"accountId": ids[account.casefold()]} if isinstance(account, str) and account.casefold() in ids else {}
    return {key: _with_ids(one, ids) for key, one in held.items()} | found


@jira_twin
def edit(
    client: Any,
    issue: Id,
    fields: Mapping[str, Any] | None = None,
    update: Sequence[Operation] | None = None,
    *,
    notify_users: bool = True,
) -> Job[None]:
    """Change an issue.

    Args:
        client: `Jira` or `AsyncJira`.
        issue: Its key or id.
        fields: New values, by display name or id of the field; None clears. People go by email address or account id.
        update: Operations, carried out in their order. A field is in `fields` or here, not in both.
        notify_users: Whether those who watch the issue get mail.

    Raises:
        FieldValueError: Values do not fit their fields; nothing was sent.
        FieldNameError: A name is of no field, or of several; nothing was sent.
        NotFoundError: There is no such issue, or the account may not see it.
        NoMatchError: No account has an email address, or several have it; nothing was changed.
        BadRequestError: Jira refuses a value, such as an option that the field does not have.
    """
    known = yield from load_fields(client)
    body = body_of(known, fields, update, "edit: ")
    yield from find_people(client, known, body)
    yield client.issues.update(issue, notify_users=notify_users, **body)


@jira_twin
def create(client: Any, fields: Mapping[str, Any], update: Sequence[Operation] | None = None) -> Job[str]:
    """Create an issue, and return its key.

    Args:
        client: `Jira` or `AsyncJira`.
        fields: Values by display name or id, such as `{"Project": "ENG", "Issue Type": "Task", "Summary": "…"}`. People go by email
            address or account id.
        update: Operations, as for `edit`.

    Raises:
        FieldValueError: Values do not fit their fields; nothing was sent.
        FieldNameError: A name is of no field, or of several; nothing was sent.
        BadRequestError: Jira refuses a value, or one is missing.
    """
    known = yield from load_fields(client)
    body = body_of(known, fields, update, "create: ")
    yield from find_people(client, known, body)
    created = yield client.issues.create(**body)
    return str(created.key)


@dataclass(frozen=True)
class Found:
    """What `find_or_create` came to."""

    key: str
    """Key of the issue."""
    created: bool
    """Whether it is new."""


@jira_twin
def find_or_create(client: Any, jql: Text, fields: Mapping[str, Any], *, same: Iterable[Text] = ()) -> Job[Found]:
    """Return the one issue that a query finds, else create one.

    Jira's index lags behind by seconds, and nothing locks: two that run this at once may both create.

    Args:
        client: `Jira` or `AsyncJira`.
        jql: What finds the issue.
        fields: Values of the new issue, by display name or id.
        same: Names or ids of fields among `fields`, of text, number or date, that an issue found must have the very values of. JQL
            finds texts by their words; `same=["Summary"]` finds only the issue of that summary.

    Raises:
        NoMatchError: Several issues are found.
        ValueError: `same` names a field that is not among `fields`, or not of text, number or date; nothing was sent.
        FieldValueError: Values do not fit their fields; nothing was sent.
        FieldNameError: A name is of no field, or of several; nothing was sent.
    """
    known = yield from load_fields(client)
    checked = body_of(known, fields, None, "find_or_create: ")
    values, wanted = checked.get("fields", {}), dict[str, Any]()
    for name in same:
        id = known.id(name)
        if id not in values:
            raise ValueError(
                f"find_or_create: same: {name!r} ({id}) is not among fields, which has: {', '.join(values)}"
            )
        if known[id].kind not in (TEXT, URL, NUMBER, DATE):
            raise ValueError(
                f"find_or_create: same: {name!r} ({id}) holds {known[id].kind.name}; only text, numbers and dates can be compared"
            )
        wanted[id] = values[id]
    listing = client.issues.search(jql, fields=["key", *wanted], **({} if wanted else {"limit": 2}))
    found = [
        issue
        for issue in (yield listing.to_list())
        if all(_plain(issue.to_dict()["fields"].get(id)) == _plain(value) for id, value in wanted.items())
    ]
    if len(found) > 1:
        raise NoMatchError(
            f"more than one issue is found by {jql!r}: {', '.join(issue.key for issue in found[:2])} at least"
        )
    if found:
        return Found(str(found[0].key), False)
    yield from find_people(client, known, checked)
    created = yield client.issues.create(**checked)
    return Found(str(created.key), True)


@jira_twin
def transition(
    client: Any,
    issue: Id,
    to: Text,
    fields: Mapping[str, Any] | None = None,
    update: Sequence[Operation] | None = None,
) -> Job[bool]:
    """Bring an issue to a status, or make a transition, by name.

    Safe to run again: an issue that has the status already, and no transition that leads to it, is left as it is. A transition from
    a status to itself is made like any other: workflows have them to run what hangs on them.

    Args:
        client: `Jira` or `AsyncJira`.
        issue: Its key or id.
        to: Name of the status or, if none is called so, of the transition; upper and lower case are the same.
        fields: Values for the screen of the transition, by display name or id.
        update: Operations, as for `edit`: `[Add("Comment", "Done")]`.

    Returns:
        True if the transition was made; False if the issue has the status already, and nothing was changed, `fields` and `update`
        neither.

    Raises:
        NoMatchError: Nothing leads there from where the issue stands, or several transitions do; the text lists what is possible.
            Of several, name one.
        FieldValueError: Values do not fit their fields; nothing was sent.
    """
    body: dict[str, dict[str, Any]] = {}
    if fields or update:
        known = yield from load_fields(client)
        body = body_of(known, fields, update, "transition: ")
        yield from find_people(client, known, body)
    told = yield client.issues.transitions.list(issue)
    possible = list(told.transitions or [])
    by_name = [t for t in possible if _same(t.name, to)]
    by_status = [t for t in possible if _same(_leads_to(t), to)]
    named = [t for t in by_status if len(by_status) == 1 or t in by_name] or by_status or by_name
    if not named and _same((yield client.issues.get(issue, fields=["status"])).fields.status.name, to):
        return False
    if len(named) != 1:
        listed = ", ".join(f"{t.name!r} to {_leads_to(t)!r}" for t in possible) or "none"
        why = "several transitions lead to" if named else "no transition leads to"
        raise NoMatchError(f"{issue}: {why} {to!r}; possible are: {listed}")
    yield client.issues.transition(issue, transition={"id": named[0].id}, **body)
    return True


@jira_twin
def find_user(client: Any, who: Text) -> Job[User]:
    """Return the account with an email address or account id; upper and lower case of an address are the same.

    Where people hide their address Jira still finds by it: the only account found is then taken, and its `email_address` is None.

    Raises:
        NoMatchError: No account has the address or id, or more than one.
    """
    if "@" not in who:
        try:
            user: User = yield client.users.get(account_id=who)
        except NotFoundError as fault:
            raise NoMatchError(f"no account has the id {who!r}") from fault
        return user
    return (yield from _find_user(client, who))


def _find_user(client: Any, email: str) -> Job[User]:
    found = yield client.users.search(query=email, limit=50).to_list()
    named = [user for user in found if _same(user.email_address, email)]
    hidden = [user for user in found if not user.email_address]
    people: list[User] = named or (hidden if len(found) == 1 else [])
    if len(people) != 1:
        raise NoMatchError(f"{len(people) or 'no'} account{'s have' if people else ' has'} the email address {email!r}")
    return people[0]


@jira_twin
def assign(client: Any, issue: Id, who: Text | None) -> Job[None]:
    """Assign an issue to a person.

    Args:
        client: `Jira` or `AsyncJira`.
        issue: Its key or id.
        who: Email address, found as by `find_user`, or account id; None assigns it to nobody.

    Raises:
        NoMatchError: No account has the address, or more than one.
        NotFoundError: There is no such issue, or the account may not see it.
    """
    account = who
    if who is not None and "@" in who:
        account = (yield from _find_user(client, who)).account_id
    yield client.issues.assign(issue, account_id=account)


@jira_twin
def link(client: Any, issue: Text, type: Text, other: Text) -> Job[None]:
    """Link two issues as one says it: `link(jira, "ENG-1", "is blocked by", "ENG-2")`.

    Args:
        client: `Jira` or `AsyncJira`.
        issue: Key of the issue that the sentence begins with.
        type: Either description of a link type, or its name, which reads in the outward direction: "Blocks" is "blocks". Upper and
            lower case are the same.
        other: Key of the issue that it ends with.

    Raises:
        NoMatchError: No link type is called so; the text lists the descriptions there are.
        NotFoundError: One of the issues does not exist, or the account may not see it.
    """
    told = yield client.issues.link_types.list()
    types = list(told.issue_link_types or [])
    outward = [t for t in types if _same(t.outward, type)] or [t for t in types if _same(t.name, type)]
    inward = [] if outward else [t for t in types if _same(t.inward, type)]
    found = outward or inward
    if len(found) != 1:
        listed = ", ".join(f"{t.outward!r} / {t.inward!r} ({t.name})" for t in types) or "none"
        raise NoMatchError(
            f"{len(found) or 'no'} link type{'s are' if found else ' is'} called {type!r}; there are: {listed}"
        )
    # The issue that Jira calls inward is the one whose outward description is shown.
    first, second = (issue, other) if outward else (other, issue)
    yield client.issues.links.create(
        type={"id": found[0].id}, inward_issue={"key": first}, outward_issue={"key": second}
    )


def _leads_to(transition: Any) -> str | None:
    name: str | None = transition.to and transition.to.name
    return name


def _same(one: str | None, other: str) -> bool:
    return one is not None and one.casefold() == other.casefold()


def _plain(value: Any) -> Any:
    # Jira takes blanks at the ends of texts away.
    return value.strip() if isinstance(value, str) else value

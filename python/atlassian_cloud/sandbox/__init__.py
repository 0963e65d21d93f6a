"""An Atlassian in memory, on a free port of this machine: for tests, demos and learning without a site.

    from atlassian_cloud import Admin
    from atlassian_cloud.sandbox import Sandbox

    with Sandbox() as box, box.client(Admin) as admin:
        admin.users.disable(box.accounts.active, message="Left the company")

It speaks real HTTP, keeps what is changed, refuses what Atlassian refuses, and fails on demand. Every box begins with
the same data: one organization with 260 managed accounts, groups, domains, policies, an audit log and a SCIM directory.
"""

from __future__ import annotations

import base64
import json
import os
import re
import tempfile
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from .. import _native  # pyright: ignore[reportPrivateUsage]
from ._ids import (
    Accounts,
    AgileSeed,
    Applications,
    AssetsSeed,
    BitbucketSeed,
    Domains,
    Groups,
    Resources,
    Scim,
    ServiceDesk,
    Tokens,
    Wiki,
)
from ._seeding import Seeded
from ._seeding import seed as _seed

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    _Self = TypeVar("_Self", bound="Sandbox")
    _Client = TypeVar("_Client")
    # What becomes a body: bytes and text as they are, anything else as JSON.
    _Content = bytes | str | Mapping[str, Any] | Sequence[Any] | None

__all__ = [
    "Accounts",
    "AgileSeed",
    "Applications",
    "AssetsSeed",
    "BitbucketSeed",
    "Domains",
    "Groups",
    "RecordedRequest",
    "Resources",
    "Sandbox",
    "Scim",
    "ServiceDesk",
    "Tasks",
    "Tokens",
    "Wiki",
]


@dataclass(frozen=True)
class RecordedRequest:
    """A request as the box received it."""

    method: str
    path: str
    """Path with query, as sent."""
    headers: Mapping[str, str]
    """Names in lower case; of a credential only the scheme is kept. Repeated headers are joined by commas."""
    body: bytes
    executed: bool
    """Whether a handler saw it: False when it was refused before, or a fault came first."""
    status: int
    """What was answered; 0 for nothing."""
    version: str
    """Protocol, such as ``HTTP/1.1``."""

    def json(self) -> Any:
        """Return the body, read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class RecordedExchange(RecordedRequest):
    """A request with what the box answered."""

    response_headers: Mapping[str, str]
    """Of the answer; empty where a fault stood in its place."""
    response_body: bytes | None
    """The answer; None where a fault stood in its place, 32 MB of newer answers came since, or the box holds examples alone."""


class Tasks:
    """The box's long tasks: how those go that begin from now on. `Sandbox.reset` forgets all of it."""

    def __init__(self, native: _native.Sandbox) -> None:
        self._native = native

    @property
    def duration(self) -> float:
        """Seconds that a task takes by the box's clock, which `Sandbox.advance` moves: 0.3 unless set.

        Tasks under way keep theirs. Setting less than 0 is a `ValueError`.
        """
        return self._native.task_duration

    @duration.setter
    def duration(self, seconds: float) -> None:
        self._native.task_duration = seconds

    def fail_next(self, message: str = "The task failed.") -> None:
        """Let the next task that begins fail at its end with these words; called twice, the next two."""
        self._native.fail_next_task(message)


def _remove(path: str, pid: int) -> None:
    if os.getpid() == pid:
        Path(path).unlink(missing_ok=True)


class Sandbox:
    """A running box. It starts when made and ends with its ``with`` block, or `close`.

    Args:
        port: Port to listen on; 0 takes a free one.
        tls: Serve HTTPS with a certificate authority made for this box, with HTTP/2; `client` trusts it.
        examples: Answer with an example of the declared model wherever a site is asked, whatever the ids: nothing but the
            organization is simulated.
    """

    url: str
    """Address of the box: ``base_url`` of a client."""
    token: str
    """An organization API key made without scopes."""
    scoped_token: str
    """An organization API key with scopes: user management refuses it."""
    scim_token: str
    """The key of the SCIM directory."""
    scim_directory: str
    """Id of the SCIM directory."""
    email: str
    """Email address of the account that has the following API tokens."""
    api_token: str
    """An API token without scopes: good for the site, and through the gateway."""
    scoped_api_token: str
    """An API token with scopes (reading everywhere, writing in Jira): good through the gateway alone."""
    bitbucket_api_token: str
    """An API token for Bitbucket."""
    bitbucket_access_token: str
    """An access token of a repository: goes without an email address."""
    cloud_id: str
    """Cloud id of the one site."""
    oauth: Applications
    org_id: str
    """Id of the one organization."""
    directory_id: str
    """Id of the organization's directory of users and groups."""
    accounts: Accounts
    """Ids of accounts, each known for one thing."""
    groups: Groups
    scim: Scim
    tokens: Tokens
    domains: Domains
    confluence: Wiki
    resources: Resources
    agile: AgileSeed
    """Ids of boards and sprints."""
    service_desk: ServiceDesk
    """Ids around the help desk."""
    bitbucket: BitbucketSeed
    assets: AssetsSeed
    tasks: Tasks
    """How long tasks go, those that `client.task()` follows."""
    ca_bundle: str | None
    """PEM file with the box's certificate authority; None without TLS."""

    def __init__(self, port: int = 0, *, tls: bool = False, examples: bool = False) -> None:
        self._native = _native.Sandbox(port, tls, examples)
        self.url = self._native.url
        seed: dict[str, Any] = json.loads(self._native.seed())
        self.token = seed["token"]
        self.scoped_token = seed["scoped_token"]
        self.scim_token = seed["scim_token"]
        self.scim_directory = seed["scim_directory"]
        self.email = seed["email"]
        self.api_token = seed["api_token"]
        self.scoped_api_token = seed["scoped_api_token"]
        self.bitbucket_api_token = seed["bitbucket_api_token"]
        self.bitbucket_access_token = seed["bitbucket_access_token"]
        self.cloud_id = seed["cloud_id"]
        self.oauth = Applications(**seed["oauth"])
        self.org_id = seed["org_id"]
        self.directory_id = seed["directory_id"]
        self.accounts = Accounts(**seed["accounts"])
        self.groups = Groups(**seed["groups"])
        self.scim = Scim(**seed["scim"])
        self.tokens = Tokens(**seed["tokens"])
        self.domains = Domains(**seed["domains"])
        self.confluence = Wiki(**seed["confluence"])
        self.resources = Resources(**seed["resources"])
        self.agile = AgileSeed(**seed["agile"])
        self.service_desk = ServiceDesk(**seed["service_desk"])
        self.bitbucket = BitbucketSeed(**seed["bitbucket"])
        self.assets = AssetsSeed(**seed["assets"])
        self.tasks = Tasks(self._native)
        self.ca_bundle = None
        if self._native.ca_pem is not None:
            descriptor, self.ca_bundle = tempfile.mkstemp(prefix="atlassian-sandbox-", suffix=".pem")
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(self._native.ca_pem)
            self._bundle = weakref.finalize(self, _remove, self.ca_bundle, os.getpid())

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Sandbox at {self.url}>"

    def client(self, cls: Callable[..., _Client], **options: Any) -> _Client:
        """Make a client of this box: ``box.client(Admin)``, ``box.client(AsyncAdmin, max_retries=0)``.

        Address and credentials are the box's unless given. Proxies and certificates of the environment are left alone.
        """
        settings: dict[str, Any] = {"base_url": self.url, "trust_env": False}
        product = getattr(cls, "_product", "admin")
        if product == "admin":
            settings["token"] = self.token
            settings["scim_token"] = self.scim_token
            settings["scim_directory"] = self.scim_directory
        elif "auth" not in options:
            settings["email"] = self.email
            settings["token"] = self.bitbucket_api_token if product == "bitbucket" else self.api_token
        if product == "bitbucket":
            settings["workspace"] = self.bitbucket.workspace
        if self.ca_bundle is not None:
            settings["ca_bundle"] = self.ca_bundle
        return cls(**{**settings, **options})

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables with which clients made without arguments, in other processes too, come to this box.

        The two of OAuth are of the service account; scripts read them for `ClientCredentials`.
        """
        return {
            "ATLASSIAN_BASE_URL": self.url,
            "ATLASSIAN_EMAIL": self.email,
            "ATLASSIAN_API_TOKEN": self.api_token,
            "ATLASSIAN_ADMIN_TOKEN": self.token,
            "ATLASSIAN_SCIM_TOKEN": self.scim_token,
            "ATLASSIAN_SCIM_DIRECTORY": self.scim_directory,
            "ATLASSIAN_BITBUCKET_TOKEN": self.bitbucket_api_token,
            "ATLASSIAN_BITBUCKET_WORKSPACE": self.bitbucket.workspace,
            "ATLASSIAN_OAUTH_CLIENT_ID": self.oauth.service_client_id,
            "ATLASSIAN_OAUTH_CLIENT_SECRET": self.oauth.service_client_secret,
            # The first is what a client looks for first, the second what Python itself reads.
            **(dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), self.ca_bundle) if self.ca_bundle else {}),
        }

    @property
    def requests(self) -> list[RecordedRequest]:
        """The last 10,000 requests, oldest first."""
        return [RecordedRequest(**_decoded(entry)) for entry in json.loads(self._native.requests())]

    @property
    def exchanges(self) -> list[RecordedExchange]:
        """The same requests with their answers, of which 32 MB are kept."""
        found = [_decoded(entry) for entry in json.loads(self._native.exchanges())]
        return [RecordedExchange(**{**entry, **_answer(entry)}) for entry in found]

    def reset(self) -> None:
        """Bring everything back to the start: data, faults, latency, rate limits, recorded requests and clock."""
        self._native.reset()

    def seed(
        self,
        *,
        projects: Iterable[Mapping[str, Any]] = (),
        spaces: Iterable[Mapping[str, Any]] = (),
        repositories: Iterable[Mapping[str, Any]] = (),
    ) -> Seeded:
        """Add data of your own to the demo site, by the operations that anybody would use: all of it or, on any fault, nothing.

        Args:
            projects: ``{"key": "APP", "name": "App", "issues": [{"Summary": "First", "Status": "Done"}]}``. Fields of issues go by
                name or id, with values as `atlassian_cloud.jira.editing.create` takes them, and people by email address too.
                ``Status`` is reached by one transition. An issue is a Task unless it says otherwise.
            spaces: ``{"key": "TEAM", "name": "Team", "pages": [{"title": "Home", "body": "<p>Hi</p>", "children": []}]}``: bodies in
                storage format.
            repositories: ``{"slug": "app", "files": {"README.md": "# App"}}``, in Bitbucket's project CORE.

        Only ``key``, ``title`` and ``slug`` are needed. A project or space that is there already is added to; its name may be
        left out, and another one is a `ValueError`. A repository must be new. Entries that cannot be are told by their place,
        as `ValueError` or `TypeError`; what an operation refuses is its error. Whatever else changed the box meanwhile is
        gone as well when nothing comes of it.
        """
        return _seed(self, projects, spaces, repositories)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything that the box holds, files included, and where its clock stands, as JSON.

        OAuth tokens, faults and recorded requests are not part of it. An existing file is replaced.
        """
        Path(path).write_text(self._native.snapshot(), encoding="utf-8")

    def load(self, path: str | os.PathLike[str]) -> None:
        """Put what `save` wrote in the place of everything; the clock goes on from where it stood.

        A file that is no snapshot, or one of another version of this package, is a `ValueError` and changes nothing.
        """
        try:
            self._native.restore(Path(path).read_text(encoding="utf-8"))
        except ValueError as fault:
            raise ValueError(f"{os.fspath(path)} is no snapshot that this version can read: {fault}") from None

    @property
    def rate_limits(self) -> bool:
        """Whether Atlassian's published rate limits are enforced; off at first. They count by the box's clock.

        A request beyond a limit is answered by 429 with ``Retry-After``, ``X-RateLimit-*`` and, of Jira,
        ``RateLimit-Reason``. Limits by points, which concern apps, are not simulated.
        """
        return self._native.rate_limits

    @rate_limits.setter
    def rate_limits(self, enforced: bool) -> None:
        self._native.rate_limits = enforced

    def latency(
        self, median: float, *, p99: float | None = None, method: str | None = None, path: str | None = None
    ) -> None:
        """Let every matching request take longer, until `reset`.

        Args:
            median: Seconds that half of the requests take at most.
            p99: Seconds that 99 of 100 take at most, by a log-normal distribution; left out, all take `median`.
            method: Only requests of this method.
            path: Only requests whose path with query contains this text.
        """
        _check_texts(method=method, path=path)
        p99 = median if p99 is None else p99
        if not 0 < median <= p99 <= 3_600:
            raise ValueError(f"median, p99: expected 0 < median <= p99 <= 3600 seconds, got {median!r} and {p99!r}")
        self._native.slow(json.dumps({"median": median, "p99": p99, "method": method, "path": path}))

    def advance(self, *, days: float = 0, hours: float = 0, seconds: float = 0) -> None:
        """Move the box's clock forward: grace periods end, tokens expire. A step below 0, or beyond the year 8999, is a `ValueError`."""
        _check_steps(days=days, hours=hours, seconds=seconds)
        self._native.advance(days * 86_400 + hours * 3_600 + seconds)

    def close(self) -> None:
        """Refuse connections from now on. In a forked child it only forgets the box; the parent's goes on."""
        self._native.close()
        if self.ca_bundle is not None:
            self._bundle()

    def fail(
        self,
        status: int = 503,
        *,
        times: int | None = 1,
        after: int = 0,
        probability: float = 1,
        method: str | None = None,
        path: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: _Content = None,
        retry_after: float | datetime | None = None,
        execute: bool = False,
    ) -> None:
        """Answer the next request with this status instead of the real answer.

        Args:
            status: HTTP status.
            times: How many requests; None for every one until `reset`.
            after: Let so many matching requests pass first.
            probability: How likely a matching request is hit, above 0 and up to 1. The same calls are hit in every box.
            method: Only requests of this method.
            path: Only requests whose path with query contains this text.
            headers: Headers of the answer.
            body: Bytes or text as they are, anything else as JSON; left out, the gateway's JSON for the status.
            retry_after: ``Retry-After``: seconds, or a moment, sent as an HTTP date.
            execute: Carry the request out first.
        """
        every = dict(headers or {})
        if retry_after is not None:
            every["Retry-After"] = _retry_after(retry_after)
        self.respond(
            status,
            times=times,
            after=after,
            probability=probability,
            method=method,
            path=path,
            headers=every,
            body=body,
            execute=execute,
        )

    def respond(
        self,
        status: int = 200,
        *,
        times: int | None = 1,
        after: int = 0,
        probability: float = 1,
        method: str | None = None,
        path: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: _Content = None,
        body_size: int | None = None,
        execute: bool = False,
    ) -> None:
        """Answer the next request with exactly this: malformed JSON, a login page, a body of `body_size` bytes.

        The other arguments are those of `fail`.
        """
        if status not in range(200, 600):
            raise ValueError(f"status: expected 200 to 599, got {status!r}")
        if body_size is not None and body_size not in range(2**30 + 1):
            raise ValueError(f"body_size: expected 0 to {2**30}, got {body_size!r}")
        given = dict(headers or {})
        _check_texts(**{f"headers[{name!r}]": value for name, value in given.items()})
        _check_headers(given)
        if framing := [name for name in given if name.lower() in ("content-length", "transfer-encoding")]:
            raise ValueError(f"headers: {framing[0]} follows from the body; `drop` cuts an answer short")
        order: dict[str, Any] = {"kind": "respond", "status": status, "headers": list(given.items())}
        if body is not None:
            raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
            order["body"] = base64.b64encode(raw).decode()
        elif body_size is not None:
            order["body_size"] = body_size
        self._order(order, times, after, probability, method, path, execute)

    def redirect(
        self,
        location: str,
        status: int = 302,
        *,
        times: int | None = 1,
        after: int = 0,
        probability: float = 1,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        """Send the next request elsewhere."""
        self.respond(
            status,
            times=times,
            after=after,
            probability=probability,
            method=method,
            path=path,
            headers={"Location": location},
            body=b"",
        )

    def delay(
        self,
        seconds: float,
        *,
        times: int | None = 1,
        after: int = 0,
        probability: float = 1,
        method: str | None = None,
        path: str | None = None,
        execute: bool = False,
    ) -> None:
        """Give the real answer late. The request is carried out after the wait, with `execute` before it."""
        self._order(
            {"kind": "delay", "ms": _milliseconds("seconds", seconds)}, times, after, probability, method, path, execute
        )

    def drop(
        self,
        when: Literal["before", "after", "midbody"] = "after",
        *,
        times: int | None = 1,
        after: int = 0,
        probability: float = 1,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        """End the connection: before the request is carried out, after it, or in the middle of the answer."""
        if when not in ("before", "after", "midbody"):
            raise ValueError(f"when: expected before, after or midbody, got {when!r}")
        self._order({"kind": "drop", "when": when}, times, after, probability, method, path, execute=False)

    def drip(
        self,
        interval: float = 0.1,
        *,
        times: int | None = 1,
        after: int = 0,
        probability: float = 1,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        """Send the real answer byte by byte, one every `interval` seconds, and blanks for ever after it."""
        self._order(
            {"kind": "drip", "interval_ms": _milliseconds("interval", interval)},
            times,
            after,
            probability,
            method,
            path,
            execute=False,
        )

    def gzip_bomb(
        self,
        size: int,
        *,
        times: int | None = 1,
        after: int = 0,
        probability: float = 1,
        method: str | None = None,
        path: str | None = None,
        execute: bool = False,
    ) -> None:
        """Answer with a compressed body that unpacks to `size` bytes of JSON."""
        _check_count("size", size, 0)
        if size > 2**33:
            raise ValueError(f"size: expected at most {2**33}, got {size!r}")
        self._order({"kind": "gzip_bomb", "bytes": size}, times, after, probability, method, path, execute)

    def empty_page(
        self,
        *,
        times: int | None = 1,
        after: int = 0,
        probability: float = 1,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        """Answer the next listing with a page without items, whose cursor leads on to those."""
        self._order({"kind": "empty_page"}, times, after, probability, method, path, execute=False)

    def _order(
        self,
        order: dict[str, Any],
        times: int | None,
        after: int,
        probability: float,
        method: str | None,
        path: str | None,
        execute: bool,
    ) -> None:
        if times is not None:
            _check_count("times", times, 1)
        _check_count("after", after, 0)
        _check_texts(method=method, path=path)
        if not 0 < probability <= 1:
            raise ValueError(f"probability: expected more than 0 and at most 1, got {probability!r}")
        order.update(times=times or 0, after=after, probability=probability, method=method, path=path, execute=execute)
        self._native.fault(json.dumps(order))


def simulated() -> frozenset[str]:
    """Names of the operations that work on a box's own data, such as ``jira.issues.create``.

    All others check what is sent and answer an example of their model, with the header ``x-sandbox-example``.
    """
    return frozenset(_native.Sandbox.simulated())


def _check_count(name: str, value: object, least: int) -> None:
    if not isinstance(value, int) or not least <= value < 2**63:
        raise ValueError(f"{name}: expected a whole number, {least} or more, got {value!r}")


def _check_steps(**steps: object) -> None:
    for name, step in steps.items():
        if not isinstance(step, (int, float)):
            raise TypeError(f"{name}: expected a number, got {type(step).__name__}")
        # Not a number is not 0 or more either.
        if not step >= 0:
            raise ValueError(f"{name}: the clock goes forward, by 0 or more; got {step!r}")


def _check_texts(**texts: object) -> None:
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name}: expected str, got {type(value).__name__}")


def _check_headers(headers: Mapping[Any, Any]) -> None:
    for name, value in headers.items():
        if not isinstance(name, str) or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise ValueError(f"headers: {name!r} is no name of a header")
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
            raise ValueError(f"headers: the value of {name} has control characters, got {value!r}")


def _milliseconds(name: str, seconds: float) -> int:
    if not 0 <= seconds <= 86_400:
        raise ValueError(f"{name}: expected 0 to 86400 seconds, got {seconds!r}")
    return round(seconds * 1_000)


def _retry_after(value: float | datetime) -> str:
    if isinstance(value, datetime):
        return format_datetime(value.astimezone(timezone.utc), usegmt=True)
    return f"{value:g}" if value < 1e6 else str(round(value))


def _decoded(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "headers": _joined(entry["headers"]), "body": base64.b64decode(entry["body"])}


def _answer(entry: dict[str, Any]) -> dict[str, Any]:
    body = entry["response_body"]
    return {
        "response_headers": _joined(entry["response_headers"]),
        "response_body": None if body is None else base64.b64decode(body),
    }


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers

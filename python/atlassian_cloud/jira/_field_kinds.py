"""What fields of Jira hold: how each kind is read from an issue and written to one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from .._native import Model

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Option:
    """A choice of a select list, radio buttons or checkboxes."""

    id: str
    value: str

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Cascade:
    """A choice of a cascading select list; `child` is None if only the first list was used."""

    parent: Option
    child: Option | None = None

    def __str__(self) -> str:
        return f"{self.parent} / {self.child}" if self.child else str(self.parent)


@dataclass(frozen=True)
class Person:
    """A user; email address and name only as far as the person lets others see them."""

    account_id: str
    display_name: str | None = None
    email_address: str | None = None
    active: bool | None = None

    def __str__(self) -> str:
        return self.display_name or self.account_id


@dataclass(frozen=True)
class Group:
    """A group of users."""

    name: str
    group_id: str | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Version:
    """A version of a project."""

    id: str
    name: str
    released: bool | None = None
    archived: bool | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Project:
    """A project."""

    id: str
    key: str
    name: str | None = None

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True)
class Team:
    """An Atlassian team."""

    id: str
    name: str | None = None

    def __str__(self) -> str:
        return self.name or self.id


@dataclass(frozen=True)
class Sprint:
    """A sprint of a board; `state` is `future`, `active` or `closed`."""

    id: int
    name: str
    state: str | None = None
    board_id: int | None = None
    goal: str | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class AssetsObject:
    """A reference to an object of Assets; `id` is workspace and object with a colon between."""

    id: str
    workspace_id: str | None = None
    object_id: str | None = None

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class RequestType:
    """What a customer asked for: the request type of a service desk."""

    id: str
    name: str
    service_desk_id: str | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class TempoAccount:
    """An account of the app Tempo."""

    id: int
    value: str

    def __str__(self) -> str:
        return self.value


class Kind(Generic[T_co]):
    """A kind of field: what it is called in errors, and how its values are read and written."""

    def __init__(
        self,
        name: str,
        expected: str,
        read: Callable[[Any], T_co],
        write: Callable[[Any], Any],
        many: bool = False,
    ) -> None:
        self.name = name
        self.expected = expected
        """What a value is written from, for errors."""
        self.many = many
        """Whether a value is a list, which operations add to and remove from."""
        self.read = read
        """A value as Jira sends it, not null, in Python's types; `ValueError` if it is of another kind."""
        self.write_one = write
        """The same as `write` of what is not None."""

    def write(self, value: Any) -> Any:
        """A value as Jira takes it, None to clear; `ValueError` if it is of another kind."""
        return ([] if self.many else None) if value is None else self.write_one(value)

    def __repr__(self) -> str:
        return f"<kind of field: {self.name}>"


def _wrong(expected: str, value: Any) -> ValueError:
    shown = repr(value)
    return ValueError(
        f"expected {expected}, got {type(value).__name__} {shown if len(shown) <= 60 else shown[:57] + '...'}"
    )


def _object(value: Any) -> Mapping[str, Any] | None:
    """A mapping or a model by its wire keys; None if it is neither."""
    if isinstance(value, Model):
        return value.to_dict()
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong("text", value)
    return value


def _number(value: Any) -> float:
    try:
        if not isinstance(value, bool) and isinstance(value, (int, float)) and math.isfinite(value):
            return value
    except OverflowError:
        raise ValueError("expected a finite number, got an int that is larger than a float can be") from None
    raise _wrong("a finite number", value)


def _date(value: Any) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _wrong("a date", value)
    return value


def _datetime(value: Any) -> datetime:
    if isinstance(value, str):
        text = f"{value[:-1]}+0000" if value.endswith("Z") else value
        if text[-3:-2] == ":" and text[-6:-5] in ("+", "-"):
            text = text[:-3] + text[-2:]
        for form in ("%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"):
            try:
                return datetime.strptime(text, form)
            except ValueError:
                pass
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _wrong("a datetime with a time zone", value)
    return value


def _write_datetime(value: Any) -> str:
    try:
        at = _datetime(value).astimezone(timezone.utc)
    except OverflowError:
        raise _wrong("a datetime that is one in UTC too", value) from None
    return f"{at.replace(tzinfo=None).isoformat(timespec='milliseconds')}+0000"


def _url(value: Any) -> str:
    if not isinstance(value, str) or "://" not in value or any(c.isspace() for c in value):
        raise _wrong("a URL with its scheme", value)
    return value


def _labels(value: Any) -> str:
    if not isinstance(value, str) or not value or any(c.isspace() for c in value):
        raise _wrong("a label without spaces", value)
    return value


def _document(value: Any) -> dict[str, Any]:
    held = _object(value)
    if held is None or held.get("type") != "doc":
        raise _wrong("a document (ADF)", value)
    return dict(held)


def _write_document(value: Any) -> Any:
    """A text becomes a document of paragraphs. What is no plain data, as `Markdown`, goes to the client, which knows it."""
    if _object(value) is not None or isinstance(value, (int, float, bytes, date, list, tuple)):
        return _document(value)
    if not isinstance(value, str):
        return value
    paragraphs: list[dict[str, Any]] = []
    for line in value.split("\n"):
        paragraphs.append({"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []})
    return {"type": "doc", "version": 1, "content": paragraphs}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _record(cls: type[T], *aliases: tuple[str, str]) -> Callable[[Any], T]:
    """Reads an object into a dataclass by the wire keys of its fields, or by other keys where that is no camelCase."""
    keys = {field.name: _camel(field.name) for field in fields(cls)} | dict(aliases)  # type: ignore[arg-type]
    required = [field.name for field in fields(cls) if field.default is not None]  # type: ignore[arg-type]

    def read(value: Any) -> T:
        held = _object(value)
        if held is None:
            raise _wrong(f"an object with {', '.join(keys[name] for name in required)}", value)
        found = {name: held.get(key) for name, key in keys.items()}
        if missing := [keys[name] for name in required if found[name] is None]:
            raise ValueError(f"expected an object with {', '.join(missing)}, got the keys {', '.join(held) or 'none'}")
        for name in required:
            if not isinstance(found[name], (str, int)):
                raise _wrong(f"an object whose {keys[name]} is text or a number", value)
        return cls(**found)

    return read


def _reference(
    by_text: str | None, *keys: str, of: type[Any] | None = None, attribute: str = "id", bare: bool = False
) -> Callable[[Any], Any]:
    """Writes a reference: from its text, a record of this module, or a mapping or model with one of the keys.

    `bare`: the reference is the id alone, not an object.
    """

    def write(value: Any) -> Any:
        if of is not None and isinstance(value, of):
            held = getattr(value, attribute)
            return held if bare else {_camel(attribute): held}
        if isinstance(value, str) and value and by_text is not None:
            return value if bare else {by_text: value}
        held = _object(value) or {}
        for key in keys:
            one = held.get(key)
            if one is None:
                continue
            # Ids may be numbers.
            if not (isinstance(one, str) and one) and (key != "id" or not isinstance(one, int)):
                raise _wrong(f"an object whose {key} is text", value)
            return one if bare else {key: one}
        expected = [*(["text"] if by_text is not None else []), *([of.__name__] if of else [])]
        raise _wrong(" or ".join([*expected, f"an object with {' or '.join(keys)}"]), value)

    return write


def _each(one: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    def convert(value: Any) -> list[T]:
        if isinstance(value, (str, bytes, Mapping, Model)) or not isinstance(value, (Sequence, set, frozenset)):
            raise _wrong("a list", value)
        done: list[T] = []
        for position, item in enumerate(cast("Sequence[Any]", value)):
            try:
                done.append(one(item))
            except ValueError as fault:
                raise ValueError(f"[{position}]: {fault}") from None
        return done

    return convert


def _list_of(one: Kind[T], name: str) -> Kind[list[T]]:
    # What a list holds is never None, which `write` would clear.
    return Kind(name, f"a list of {one.expected}", _each(one.read), _each(one.write_one), many=True)


def _read_cascade(value: Any) -> Cascade:
    parent, child = _option(value), (_object(value) or {}).get("child")
    return Cascade(parent, None if child is None else _option(child))


def _write_cascade(value: Any) -> Any:
    held = _object(value)
    parent: Any
    child: Any
    if isinstance(value, Cascade):
        parent, child = value.parent, value.child
    elif held is not None:
        parent, child = held, held.get("child")
    elif isinstance(value, (tuple, list)) and len(cast("Sequence[Any]", value)) == 2:
        parent, child = cast("Sequence[Any]", value)
    elif isinstance(value, (str, Option)):
        parent, child = value, None
    else:
        raise _wrong("a parent and its child, as a pair", value)
    return _write_option(parent) | ({} if child is None else {"child": _write_option(child)})


def _read_team(value: Any) -> Team:
    return Team(value) if isinstance(value, str) else _record(Team)(value)


def _read_request_type(value: Any) -> RequestType:
    inner = (_object(value) or {}).get("requestType")
    return _record(RequestType)(value if inner is None else inner)


def _write_sprint(value: Any) -> Any:
    if isinstance(value, Sprint):
        return value.id
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong("the id of a sprint", value)
    return value


def _write_tempo(value: Any) -> Any:
    if isinstance(value, TempoAccount):
        return value.id
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong("the id of an account", value)
    return value


def _as_it_is(value: Any) -> Any:
    return value


_option = _record(Option)
_write_option = _reference("value", "id", "value", of=Option)

TEXT: Kind[str] = Kind("text", "text", _text, _text)
NUMBER: Kind[float] = Kind("number", "a finite number", _number, _number)
DATE: Kind[date] = Kind("date", "a date", _date, lambda value: _date(value).isoformat())
DATETIME: Kind[datetime] = Kind("date and time", "a datetime with a time zone", _datetime, _write_datetime)
URL: Kind[str] = Kind("URL", "a URL with its scheme", _url, _url)
RICH_TEXT: Kind[dict[str, Any]] = Kind("rich text", "text or a document (ADF)", _document, _write_document)
OPTION: Kind[Option] = Kind("single choice", "the value of an option", _option, _write_option)
OPTIONS: Kind[list[Option]] = _list_of(OPTION, "multiple choice")
CASCADE: Kind[Cascade] = Kind("cascading choice", "a parent and its child, as a pair", _read_cascade, _write_cascade)
LABELS: Kind[list[str]] = _list_of(Kind("label", "label", _text, _labels), "labels")
USER: Kind[Person] = Kind(
    "user",
    "the account id of a user",
    _record(Person),
    _reference("accountId", "accountId", of=Person, attribute="account_id"),
)
USERS: Kind[list[Person]] = _list_of(USER, "users")
GROUP: Kind[Group] = Kind(
    "group", "the name of a group", _record(Group), _reference("name", "groupId", "name", of=Group, attribute="name")
)
GROUPS: Kind[list[Group]] = _list_of(GROUP, "groups")
VERSION: Kind[Version] = Kind(
    "version", "the name of a version", _record(Version), _reference("name", "id", "name", of=Version)
)
VERSIONS: Kind[list[Version]] = _list_of(VERSION, "versions")
PROJECT: Kind[Project] = Kind(
    "project", "the key of a project", _record(Project), _reference("key", "id", "key", of=Project)
)
TEAM: Kind[Team] = Kind("team", "the id of a team", _read_team, _reference("id", "id", of=Team, bare=True))
SPRINTS: Kind[list[Sprint]] = Kind("sprint", "the id of a sprint", _each(_record(Sprint)), _write_sprint)
ASSETS: Kind[list[AssetsObject]] = _list_of(
    Kind("Assets object", "the id of an Assets object", _record(AssetsObject), _reference("id", "id", of=AssetsObject)),
    "Assets objects",
)
REQUEST_TYPE: Kind[RequestType] = Kind(
    "request type", "the id of a request type", _read_request_type, _reference("id", "id", of=RequestType, bare=True)
)
TEMPO_ACCOUNT: Kind[TempoAccount] = Kind("Tempo account", "the id of an account", _record(TempoAccount), _write_tempo)

_NAMED: Kind[Any] = Kind("named value", "a name", _as_it_is, _reference("name", "id", "name"))
_ISSUE: Kind[Any] = Kind("issue", "the key of an issue", _as_it_is, _reference("key", "id", "key"))
# What this module does not know goes both ways as it is.
OTHER: Kind[Any] = Kind("other", "a value as Jira takes it", _as_it_is, _as_it_is)
_OTHERS: Kind[Any] = Kind("list", "a list as Jira takes it", _as_it_is, _each(_as_it_is), many=True)

_BY_CUSTOM_TYPE: dict[str, Kind[Any]] = {
    "textarea": RICH_TEXT,
    "url": URL,
    "labels": LABELS,
    "gh-sprint": SPRINTS,
    "cmdb-object-cftype": ASSETS,
    "vp-origin": REQUEST_TYPE,
    "account": TEMPO_ACCOUNT,
    "atlassian-team": TEAM,
}
_BY_TYPE: dict[str, Kind[Any]] = {
    "string": TEXT,
    "number": NUMBER,
    "date": DATE,
    "datetime": DATETIME,
    "option": OPTION,
    "option-with-child": CASCADE,
    "user": USER,
    "group": GROUP,
    "version": VERSION,
    "project": PROJECT,
    "team": TEAM,
    "sd-customerrequesttype": REQUEST_TYPE,
    "priority": _NAMED,
    "issuetype": _NAMED,
    "resolution": _NAMED,
    "securitylevel": _NAMED,
    "issuelink": _ISSUE,
}
_BY_ITEMS: dict[str, Kind[Any]] = {
    "string": LABELS,
    "option": OPTIONS,
    "user": USERS,
    "group": GROUPS,
    "version": VERSIONS,
    "component": _list_of(_NAMED, "components"),
}


_TRANSITION = "use editing.transition()"
# What no edit changes, by the ids of the fields, with what does.
CHANGED_ELSEWHERE = {
    "status": _TRANSITION,
    "statusCategory": _TRANSITION,
    "subtasks": "give the other issue this one as its Parent",
    "votes": "use jira.issues.votes.add() and remove()",
    "watches": "use jira.issues.watchers.add() and remove()",
} | dict.fromkeys(
    (
        "aggregateprogress",
        "aggregatetimeestimate",
        "aggregatetimeoriginalestimate",
        "aggregatetimespent",
        "created",
        "creator",
        "issuekey",
        "lastViewed",
        "progress",
        "resolutiondate",
        "statuscategorychangedate",
        "thumbnail",
        "timespent",
        "updated",
        "workratio",
    ),
    "Jira keeps it itself",
)


def kind_of(schema: Mapping[str, Any]) -> Kind[Any]:
    """The kind of a field by the schema that Jira tells of it."""
    custom = str(schema.get("custom", "")).rpartition(":")[2]
    if custom in _BY_CUSTOM_TYPE:
        return _BY_CUSTOM_TYPE[custom]
    if schema.get("system") in ("description", "environment"):
        return RICH_TEXT
    if schema.get("type") == "array":
        return _BY_ITEMS.get(str(schema.get("items")), _OTHERS)
    return _BY_TYPE.get(str(schema.get("type")), OTHER)

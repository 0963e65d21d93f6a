"""Fields by the names that people know them by: read from issues, and written with the shape that each kind has.

from atlassian_cloud.jira import custom_fields

fields = custom_fields.load(jira)                       # with AsyncJira: await custom_fields.load(jira)
fields.id("Story Points")                               # "customfield_10016"
fields.read(issue, "Severity", custom_fields.OPTION)    # Option(id="10101", value="High"); str() of it is "High"
jira.issues.update("ENG-1", fields=fields.values({"Story Points": 5, "Severity": "High"}))
"""

# The package may use its own private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast, overload

from .._checks import Text, checked
from .._native import Model
from .._twins import broken_off, twin
from ..errors import AtlassianError
from ._field_kinds import (
    ASSETS,
    CASCADE,
    CHANGED_ELSEWHERE,
    DATE,
    DATETIME,
    GROUP,
    GROUPS,
    LABELS,
    NUMBER,
    OPTION,
    OPTIONS,
    OTHER,
    PROJECT,
    REQUEST_TYPE,
    RICH_TEXT,
    SPRINTS,
    TEAM,
    TEMPO_ACCOUNT,
    TEXT,
    URL,
    USER,
    USERS,
    VERSION,
    VERSIONS,
    AssetsObject,
    Cascade,
    Group,
    Kind,
    Option,
    Person,
    Project,
    RequestType,
    Sprint,
    Team,
    TempoAccount,
    Version,
    kind_of,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .. import AsyncJira, Jira
    from .._twins import Job

T = TypeVar("T")
Issue = Model | Mapping[str, Any]
"""An issue as the client returns it, or the same as a dict: with `key` and `fields`."""

__all__ = [
    "ASSETS",
    "CASCADE",
    "DATE",
    "DATETIME",
    "GROUP",
    "GROUPS",
    "LABELS",
    "NUMBER",
    "OPTION",
    "OPTIONS",
    "OTHER",
    "PROJECT",
    "REQUEST_TYPE",
    "RICH_TEXT",
    "SPRINTS",
    "TEAM",
    "TEMPO_ACCOUNT",
    "TEXT",
    "URL",
    "USER",
    "USERS",
    "VERSION",
    "VERSIONS",
    "AssetsObject",
    "Cascade",
    "Field",
    "FieldFault",
    "FieldNameError",
    "FieldValueError",
    "Fields",
    "Group",
    "Issue",
    "Kind",
    "Option",
    "Person",
    "Project",
    "Readings",
    "RequestType",
    "Sprint",
    "Team",
    "TempoAccount",
    "Version",
    "load",
]


class FieldNameError(AtlassianError, LookupError):
    """No field has this name, or several have it."""


@dataclass(frozen=True)
class Field:
    """A field of the site."""

    id: str
    name: str
    kind: Kind[Any]

    @property
    def custom(self) -> bool:
        """Whether somebody made it, rather than Jira having it by nature."""
        return self.id.startswith("customfield_")


@dataclass(frozen=True)
class FieldFault:
    """A value that is not of the kind it was read as, was not there to read, or cannot be written."""

    issue: str
    """Key of the issue that was read. Of what is written: the place among many, such as `issues[7]`; else `new value`, or the verb of the
    operation."""
    field: str
    name: str
    reason: str
    value: Any = None

    def __str__(self) -> str:
        return f"{self.issue}: field {self.name!r} ({self.field}): {self.reason}"


class FieldValueError(AtlassianError, ValueError):
    """A value is not of the kind that the field holds; `faults` has one entry for each."""

    def __init__(self, faults: Iterable[FieldFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))

    def __reduce__(self) -> tuple[type[FieldValueError], tuple[Any, ...]]:
        return type(self), (self.faults,)


@dataclass(frozen=True)
class Readings(Generic[T]):
    """One field of many issues: every issue is in `values` or in `faults`."""

    values: dict[str, T | None] = field(default_factory=dict[str, "T | None"])
    """By issue key; None where the field is empty."""
    faults: list[FieldFault] = field(default_factory=list[FieldFault])
    """What did not decode, with the reason."""


class Fields:
    """The fields of a site. They are found by id or display name; of a name that two fields have only the ids will do.

    Names are told apart by case, as Jira does. Methods that take one raise `FieldNameError` where it is of no field, or of several.
    """

    @checked
    def __init__(self, fields: Iterable[Field]) -> None:
        self._by_id = {field.id: field for field in fields}
        self._by_name: dict[str, list[Field]] = {}
        for known in self._by_id.values():
            self._by_name.setdefault(known.name, []).append(known)

    def __iter__(self) -> Iterator[Field]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    @checked
    def __getitem__(self, name: Text) -> Field:
        """Return the field of this id or display name.

        Raises:
            FieldNameError: No field is called so, or several are; the text lists their ids.
        """
        return self._named(name)

    def _named(self, name: str) -> Field:
        if name in self._by_id:
            return self._by_id[name]
        found = self._by_name.get(name, [])
        if len(found) == 1:
            return found[0]
        if found:
            ids = " and ".join(f"{known.id} ({known.kind.name})" for known in found)
            raise FieldNameError(f"{len(found)} fields are called {name!r}: {ids}; use an id")
        lowered = {known.lower(): known for known in self._by_name}
        near = get_close_matches(name.lower(), lowered, 1)
        hint = f"; did you mean {lowered[near[0]]!r}?" if near else ""
        raise FieldNameError(f"no field is called {name!r}{hint}")

    @checked
    def get(self, name: Text) -> Field | None:
        """Return the field of this id or display name, None if there is none.

        Raises:
            FieldNameError: Several fields have the name.
        """
        return self._named(name) if name in self._by_id or name in self._by_name else None

    @checked
    def id(self, name: Text) -> str:
        """Return the id of a field, which is what `fields=` of a search wants."""
        return self._named(name).id

    @checked
    def column(self, name: Text) -> str:
        """Return the path of a field's value in an issue, for the columns of `to_pandas()` and its kind."""
        return f"fields.{self._named(name).id}"

    @overload
    def read(self, issue: Issue, name: str, kind: Kind[T]) -> T | None: ...
    @overload
    def read(self, issue: Issue, name: str, kind: None = None) -> Any: ...
    @checked
    def read(self, issue: Issue, name: Text, kind: Kind[Any] | None = None) -> Any:
        """Return the value of a field in an issue, None if it is empty.

        Args:
            issue: As the client returns it, or as a dict; read with this field.
            name: Display name or id of the field.
            kind: What to read it as, such as `OPTION`. Left out: as what Jira says the field holds.

        Raises:
            FieldValueError: The value is of another kind, or the issue was read without the field.
            FieldNameError: The name is of no field, or of several.
        """
        value, fault = self._decode(issue, self._named(name), kind)
        if fault is not None:
            raise FieldValueError([fault])
        return value

    @overload
    def read_many(self, issues: Iterable[Issue], name: str, kind: Kind[T]) -> Readings[T]: ...
    @overload
    def read_many(self, issues: Iterable[Issue], name: str, kind: None = None) -> Readings[Any]: ...
    @checked
    def read_many(self, issues: Iterable[Issue], name: Text, kind: Kind[Any] | None = None) -> Readings[Any]:
        """Return the value of a field in each of many issues. What does not decode is in `faults`, and ends nothing.

        Args:
            issues: Issues that were read with this field: a list, or a listing that is being read. Of one of `AsyncJira` give what
                `await jira.issues.search(…).to_list()` returns.
            name: Display name or id of the field.
            kind: What to read it as, as for `read`.

        Raises:
            FieldNameError: The name is of no field, or of several.

        An exception that ends the listing, Ctrl-C too, has what was read until then as its attribute `readings`.
        """
        known, readings = self._named(name), Readings[Any]()
        try:
            for issue in issues:
                value, fault = self._decode(issue, known, kind)
                if fault is None and not _name(issue):
                    fault = FieldFault(_key(issue), known.id, known.name, "the issue has neither key nor id", value)
                if fault is not None:
                    readings.faults.append(fault)
                else:
                    readings.values[_key(issue)] = value
        except BaseException as fault:
            count = len(readings.values) + len(readings.faults)
            broken_off(fault, f"read_many: {count} issues were read before; they are in `readings`", readings=readings)
        return readings

    @checked
    def values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values for `fields=` of create and update: by field id, each in the shape that its kind has.

        Args:
            values: By name or id; None clears.

        Raises:
            FieldValueError: Values are of another kind than their fields, which may also be given twice, by name and by id, or be none
                that edits change; it names every one.
            FieldNameError: A name is of no field, or of several.
        """
        done: dict[str, Any] = {}
        faults: list[FieldFault] = []
        for name, value in values.items():
            known = self._named(name)
            reason = "is given twice, by name and by id" if known.id in done else not_edited(known)
            if reason is None:
                try:
                    done[known.id] = known.kind.write(value)
                    continue
                except ValueError as fault:
                    reason = f"holds {known.kind.name}: {fault}"
            done[known.id] = None
            faults.append(FieldFault("new value", known.id, known.name, reason, value))
        if faults:
            raise FieldValueError(faults)
        return done

    def _decode(self, issue: Issue, known: Field, kind: Kind[Any] | None) -> tuple[Any, FieldFault | None]:
        held: Any = issue.get("fields")
        if not isinstance(held, (Mapping, Model)) or known.id not in held:
            reason = f"the issue was read without it; ask for it with fields=[{known.id!r}]"
            return None, FieldFault(_key(issue), known.id, known.name, reason)
        value: Any = cast("Model", held)[known.id]
        kind = known.kind if kind is None else kind
        try:
            return None if value is None else kind.read(value), None
        except ValueError as fault:
            return None, FieldFault(_key(issue), known.id, known.name, f"not {kind.name}: {fault}", value)


def not_edited(known: Field) -> str | None:
    """Why a field cannot be edited, with what changes it; None if it can."""
    other = CHANGED_ELSEWHERE.get(known.id)
    return other and f"cannot be edited: {other}"


def _key(issue: Issue) -> str:
    return str(_name(issue) or "an issue without key")


def _name(issue: Issue) -> Any:
    return issue.get("key") or issue.get("id")


class _Load(Protocol):
    @overload
    def __call__(self, client: Jira, /, *, refresh: bool = False) -> Fields: ...
    @overload
    def __call__(self, client: AsyncJira, /, *, refresh: bool = False) -> Coroutine[Any, Any, Fields]: ...


def load_fields(client: Any, refresh: bool = False) -> Job[Fields]:
    """The job behind `load`, for jobs that begin with it."""
    kept: Fields | None = client.__dict__.get("_fields")
    if kept is None or refresh:
        told = yield client.fields.list()
        kept = Fields(
            Field(str(known["id"]), str(known.get("name") or known["id"]), kind_of(known.get("schema") or {}))
            for known in (f.to_dict() for f in told)
            if known.get("id")
        )
        client.__dict__["_fields"] = kept
    return kept


def _load(client: Any, *, refresh: bool = False) -> Job[Fields]:
    """Return the fields of the site, asked for once per client; with `AsyncJira` it is awaited.

    Args:
        client: `Jira` or `AsyncJira`. Copies made by `with_options` share what their original had loaded.
        refresh: True asks again, after fields were made or renamed.
    """
    return load_fields(client, refresh)


load: _Load = twin(_load, "jira")

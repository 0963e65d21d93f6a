"""Many issues at once, in the sizes that Jira takes, with a result for every one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from .._checks import Id, Seconds, Values
from .._native import Model, check_value
from .._twins import broken_off
from ..errors import (
    ApiError,
    AtlassianError,
    BadRequestError,
    NoMatchError,
    NotFoundError,
    PermissionDeniedError,
    TaskError,
    TimeoutError,
)
from . import custom_fields as kinds
from .custom_fields import Field, FieldFault, FieldNameError, Fields, FieldValueError, load_fields
from .editing import body_of, find_people, jira_twin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._twins import Job

__all__ = ["BulkError", "Outcome", "create_many", "edit_many"]

CREATED_AT_ONCE = 50
EDITED_AT_ONCE = 1000
READ_AT_ONCE = 100
# A key, perhaps in small letters, or an id.
_ISSUE = re.compile(r"[^\W\d]\w*-\d+|\d+")


class BulkError(AtlassianError):
    """Why one of many issues was not done, or may not have been."""


@dataclass(frozen=True)
class Outcome:
    """What became of one issue of many."""

    index: int
    """Position among what was given, from 0."""
    key: str | None
    """Key of the new issue, None if there is none; of an edited one what was given."""
    error: AtlassianError | None = None
    """Why it failed: a `BulkError`, or the error of the whole batch; None if all is well."""

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.error is None


@jira_twin
def create_many(client: Any, issues: Iterable[Mapping[str, Any]]) -> Job[list[Outcome]]:
    """Create issues, 50 in a request; return an `Outcome` for each, in the order given.

    What Jira refuses is in the outcomes, and so is the error of a batch that failed as a whole; the batches after it are sent all the
    same. After a `TransportError` the issues of the batch may exist.

    Nothing is lost to Ctrl-C, a cancelled task, or any other exception that breaks it off: the exception has the outcomes until
    then as its attribute `outcomes`, and a note with the new keys. Issues of the batch that was under way are in there with
    a `BulkError`, for they may exist; those that had not been sent are not.

    Args:
        client: `Jira` or `AsyncJira`.
        issues: Values of each, by display name or id of the field. People go by email address or account id.

    Raises:
        FieldValueError: Values do not fit their fields; nothing was sent. `faults` has those of all issues, each with its `issue`, such
            as `issues[7]`.
        FieldNameError: A name is of no field, or of several; it says in which issue first, and nothing was sent.
        NoMatchError: No account has an email address, or several have it; it tells of every address, with the first issue that has
            it, and nothing was created.
    """
    known: Fields = yield from load_fields(client)
    bodies = _bodies(known, issues)
    yield from find_people(client, known, *bodies, places=[_place(at) for at in range(len(bodies))])
    outcomes: list[Outcome] = []
    try:
        while batch := bodies[len(outcomes) : len(outcomes) + CREATED_AT_ONCE]:
            outcomes += yield from _created(client, len(outcomes), batch)
    except BaseException as fault:
        keys = ", ".join(str(outcome.key) for outcome in outcomes if outcome.ok) or "none"
        begun = bodies[len(outcomes) : len(outcomes) + CREATED_AT_ONCE]
        unsure = BulkError("broken off while it was created: look whether it exists")
        outcomes += [Outcome(len(outcomes) + at, None, unsure) for at in range(len(begun))]
        told = (
            f"create_many: of {len(bodies)} issues were created: {keys}; {len(begun)} more may exist. See `outcomes`."
        )
        broken_off(fault, told, outcomes=outcomes)
    return outcomes


def _place(at: int) -> str:
    return f"issues[{at}]"


def _bodies(known: Fields, issues: Iterable[Mapping[str, Any]]) -> list[dict[str, dict[str, Any]]]:
    """What the requests hold of each issue, or its faults with its place."""
    bodies: list[dict[str, dict[str, Any]]] = []
    faults: list[FieldFault] = []
    for at, fields in enumerate(issues):
        try:
            bodies.append(body_of(known, fields, None, f"create_many: {_place(at)}."))
        except FieldValueError as fault:
            faults += [replace(one, issue=_place(at)) for one in fault.faults]
        except FieldNameError as fault:
            raise FieldNameError(f"{_place(at)}: {fault}") from None
    if faults:
        raise FieldValueError(faults)
    return bodies


def _created(client: Any, start: int, batch: list[dict[str, Any]]) -> Job[list[Outcome]]:
    keys: list[Any] = []
    failed: dict[int, AtlassianError] = {}
    try:
        told = yield client.issues.create_many(issue_updates=batch)
        answer = _object(told.to_dict() if isinstance(told, Model) else told)
        keys, failed = [_object(one).get("key") for one in _list(answer.get("issues"))], dict(_refusals(answer))
    except BadRequestError as fault:
        # The answer when every one of them is refused.
        failed = dict(_refusals(_body(fault))) or dict.fromkeys(range(len(batch)), fault)
    except AtlassianError as fault:
        failed = dict.fromkeys(range(len(batch)), fault)
    made = iter(keys)
    outcomes: list[Outcome] = []
    for position in range(len(batch)):
        error = failed.get(position)
        key = None if error else next(made, None)
        if error is None and key is None:
            error = BulkError("Jira told neither a key nor an error")
        outcomes.append(Outcome(start + position, key, error))
    return outcomes


def _body(fault: ApiError) -> Mapping[str, Any]:
    try:
        body: Any = fault.response.parse() if fault.response is not None else None
    except (AtlassianError, ValueError):
        return {}
    return _object(body.to_dict() if isinstance(body, Model) else body)


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return list(cast("Sequence[Any]", value)) if isinstance(value, list) else []


def _refusals(answer: Mapping[str, Any]) -> Iterator[tuple[int, BulkError]]:
    for refused in _list(answer.get("errors")):
        if not isinstance(_object(refused).get("failedElementNumber"), int):
            continue
        said = _object(refused.get("elementErrors"))
        texts = [*_list(said.get("errorMessages")), *(f"{k}: {v}" for k, v in _object(said.get("errors")).items())]
        yield int(refused["failedElementNumber"]), BulkError("; ".join(texts) or "refused without a reason")


@jira_twin
def edit_many(
    client: Any,
    issues: Iterable[Id],
    fields: Values,
    *,
    notify: bool = True,
    timeout: Seconds | None = None,
) -> Job[list[Outcome]]:
    """Give many issues the same values; return an `Outcome` for each, in the order given.

    Runs at the server as tasks of 1,000 issues, one after the other, each waited for. A task that fails as
    a whole fails its issues, and the next is started all the same. Where the server would not tell how a task stands, its issues have a
    `BulkError` that says so, for it goes on. What is no key, or may not be read, is left out and has its own error.

    Nothing is lost to Ctrl-C, a cancelled task, or any other exception that breaks it off: the exception has the outcomes until
    then as its attribute `outcomes`, and a note that tells of them. Issues of the task that was under way are in there with a
    `BulkError`, for it goes on at the server; those after it are not.

    Args:
        client: `Jira` or `AsyncJira`.
        issues: Their keys or ids.
        fields: New values, by display name or id of the field. Lists replace what is there, None clears. Options and versions are
            found by name among those of the first issue. People go by email address or account id.
        notify: Whether those who watch the issues get mail.
        timeout: Seconds to wait for each task; None for ever. After it the issues have a `TimeoutError`, and the task goes on.

    Raises:
        FieldValueError: Values do not fit their fields, or cannot be given in bulk; nothing was sent.
        FieldNameError: A name is of no field, or of several; nothing was sent.
        NoMatchError: The first issue has no such option or version, or no account an email address; nothing was edited.
    """
    known: Fields = yield from load_fields(client)
    keys = [str(issue) for issue in issues]
    if not keys:
        return []
    checked = known.values(fields)
    check_value(checked, "edit_many: fields", True)
    yield from find_people(client, known, {"fields": checked})
    chosen = [id for id in checked if known[id].kind in _CHOICES or id in _CHOICE_FIELDS]
    metadata: dict[str, Any] = (yield from _metadata(client, keys)) if chosen else {}
    groups = _groups([(known[id], value) for id, value in checked.items()], _object(metadata.get("fields")))
    order = {"edited_fields_input": groups, "selected_actions": list(checked), "send_bulk_notification": notify}
    outcomes: list[Outcome] = []
    try:
        while batch := keys[len(outcomes) : len(outcomes) + EDITED_AT_ONCE]:
            failed = yield from _edited(client, batch, order, timeout)
            outcomes += [Outcome(len(outcomes) + at, key, failed.get(key)) for at, key in enumerate(batch)]
    except BaseException as fault:
        done = sum(outcome.ok for outcome in outcomes)
        begun = keys[len(outcomes) : len(outcomes) + EDITED_AT_ONCE]
        unsure = BulkError("broken off while it was edited: the task goes on at the server, if it was begun")
        outcomes += [Outcome(len(outcomes) + at, key, unsure) for at, key in enumerate(begun)]
        told = f"edit_many: of {len(keys)} issues {done} were edited, and {len(begun)} more may be. See `outcomes`."
        broken_off(fault, told, outcomes=outcomes)
    return outcomes


def _edited(
    client: Any, batch: list[str], order: dict[str, Any], timeout: float | None
) -> Job[dict[str, AtlassianError]]:
    """Edits some; returns the errors of those that failed."""
    try:
        ids, failed = yield from _ids(client, batch)
        batch = [key for key in batch if key not in failed]
        if not batch:
            return failed
        started = yield client.issues.bulk.edit(selected_issue_ids_or_keys=batch, **order)
    except AtlassianError as fault:
        return dict.fromkeys(batch, fault)
    try:
        done: dict[str, Any] = (yield client.task(started).wait(timeout)).to_dict()
    except (TaskError, TimeoutError) as fault:
        return failed | dict.fromkeys(batch, fault)
    except AtlassianError as fault:
        unsure = BulkError(f"the task goes on at the server; how it ends could not be asked: {fault}")
        unsure.__cause__ = fault
        return failed | dict.fromkeys(batch, unsure)
    processed = {str(id) for id in _list(done.get("processedAccessibleIssues"))}
    reasons = {str(id): texts for id, texts in _object(done.get("failedAccessibleIssues")).items()}
    for key in batch:
        id = ids.get(key, key)
        if id in reasons:
            failed[key] = BulkError("; ".join(map(str, _list(reasons[id]))) or "refused without a reason")
        elif id not in processed:
            failed[key] = BulkError("does not exist, or the account may not see it")
    return failed


def _metadata(client: Any, keys: list[str]) -> Job[dict[str, Any]]:
    """What can be edited, by the first of the issues that is there."""
    for key in filter(_ISSUE.fullmatch, keys):
        try:
            told: dict[str, Any] = (yield client.issues.get_edit_metadata(key)).to_dict()
        except (NotFoundError, PermissionDeniedError):
            continue
        return told
    return {}


def _ids(client: Any, batch: list[str]) -> Job[tuple[dict[str, str], dict[str, AtlassianError]]]:
    """Ids by key as given, for tasks tell what they did by id; and why some keys cannot be used."""
    ids: dict[str, str] = {}
    failed: dict[str, AtlassianError] = {
        key: BulkError(f"{key!r} is no key or id of an issue") for key in batch if not _ISSUE.fullmatch(key)
    }
    keys = [key for key in batch if key not in failed]
    for start in range(0, len(keys), READ_AT_ONCE):
        told = yield client.issues.get_many(issue_ids_or_keys=keys[start : start + READ_AT_ONCE], fields=["key"])
        ids |= {str(issue.key): str(issue.id) for issue in _list(told.issues)}
    for key in keys:
        # Jira answers with the present key of one that moved, and in capitals.
        if key not in ids and not key.isdigit():
            try:
                ids[key] = str((yield client.issues.get(key, fields=["key"])).id)
            except NotFoundError:
                continue
            except ApiError as fault:
                failed[key] = fault
    return ids, failed


# Kinds whose values a bulk edit takes by id alone.
_CHOICES = (kinds.OPTION, kinds.OPTIONS, kinds.CASCADE, kinds.VERSION, kinds.VERSIONS)
_CHOICE_FIELDS = ("priority", "components")


def _groups(values: list[tuple[Field, Any]], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Checked values as a bulk edit takes them: grouped by kind, each kind with a shape of its own."""
    groups: dict[str, Any] = {}
    for field, value in values:
        allowed = _list(_object(metadata.get(field.id)).get("allowedValues"))
        group, entry = _entry(field, value, allowed)
        if group in _SINGLE:
            groups[group] = entry
        else:
            groups.setdefault(group, []).append({"fieldId": field.id} | entry)
    return groups


_SINGLE = ("multiselectComponents", "priority")


def _entry(field: Field, value: Any, allowed: list[Any]) -> tuple[str, dict[str, Any]]:
    kind, cleared = field.kind, value is None
    entry: dict[str, Any]

    def chosen(one: Any, among: list[Any] = allowed) -> Any:
        return _chosen(field, one, among)

    if field.id == "priority" and not cleared:
        return "priority", {"priorityId": str(chosen(value)["id"])}
    if field.id == "components":
        components = [{"componentId": int(chosen(one)["id"])} for one in value]
        entry = {"fieldId": field.id, "bulkEditMultiSelectFieldOption": "REPLACE", "components": components}
        return "multiselectComponents", entry
    if kind is kinds.TEXT:
        return "singleLineTextFields", {"text": value or ""}
    if kind is kinds.URL:
        return "urlFields", {"url": value or ""}
    if kind is kinds.NUMBER:
        return "clearableNumberFields", {} if cleared else {"value": value}
    if kind is kinds.DATE:
        return "datePickerFields", {"date": {"formattedDate": value or ""}}
    if kind is kinds.DATETIME:
        return "dateTimePickerFields", {"dateTime": {"formattedDateTime": value or ""}}
    if kind is kinds.RICH_TEXT and not cleared:
        return "richTextFields", {"richText": {"adfValue": value}}
    if kind is kinds.LABELS:
        labels = [{"name": label} for label in value]
        return "labelsFields", {"bulkEditMultiSelectFieldOption": "REPLACE", "labels": labels}
    if kind is kinds.USER:
        return "singleSelectClearableUserPickerFields", {} if cleared else {"user": value}
    if kind is kinds.USERS:
        return "multipleSelectClearableUserPickerFields", {"users": value}
    if kind is kinds.GROUP:
        return "singleGroupPickerFields", {"group": {"groupName": _group_name(field, value) if value else ""}}
    if kind is kinds.GROUPS:
        return "multipleGroupPickerFields", {"groups": [{"groupName": _group_name(field, one)} for one in value]}
    if kind is kinds.OPTION:
        return "singleSelectFields", {"option": {"optionId": -1 if cleared else int(chosen(value)["id"])}}
    if kind is kinds.OPTIONS:
        return "multipleSelectFields", {"options": [{"optionId": int(chosen(one)["id"])} for one in value]}
    if kind is kinds.CASCADE:
        if cleared:
            return "cascadingSelectFields", {"parentOptionValue": {"optionId": -1}}
        parent = chosen(value)
        entry = {"parentOptionValue": {"optionId": int(parent["id"])}}
        if "child" in value:
            entry["childOptionValue"] = {"optionId": int(chosen(value["child"], _list(parent.get("children")))["id"])}
        return "cascadingSelectFields", entry
    if kind is kinds.VERSION:
        return "singleVersionPickerFields", {"version": {"versionId": "-1" if cleared else str(chosen(value)["id"])}}
    if kind is kinds.VERSIONS:
        versions = [{"versionId": str(chosen(one)["id"])} for one in value]
        return "multipleVersionPickerFields", {"bulkEditMultiSelectFieldOption": "REPLACE", "versions": versions}
    reason = "cannot be cleared in bulk" if cleared else f"{kind.name} cannot be edited in bulk"
    raise FieldValueError([FieldFault("new value", field.id, field.name, reason, value)])


def _chosen(field: Field, one: Mapping[str, Any], among: list[Any]) -> Any:
    """The allowed value that a reference by id, value or name means."""
    for allowed in among:
        if any(str(allowed.get(key)) == str(one[key]) for key in ("id", "value", "name") if key in one):
            return allowed
    names = ", ".join(repr(allowed.get("value") or allowed.get("name")) for allowed in among) or "none"
    wanted = next((one[key] for key in ("value", "name", "id") if key in one), one)
    raise NoMatchError(f"field {field.name!r} ({field.id}) has no {wanted!r}; the first issue allows: {names}")


def _group_name(field: Field, group: Mapping[str, Any]) -> Any:
    if "name" not in group:
        raise FieldValueError([FieldFault("new value", field.id, field.name, "in bulk groups are told by name", group)])
    return group["name"]

"""Workflows told by the names of their statuses, checked before they are sent.

from atlassian_cloud.jira.workflow_builder import WorkflowBuilder, create_workflows

review = WorkflowBuilder("Review").status("To Do", "TODO").status("Done", "DONE")
review.start("To Do").transition("Finish", "Done", sources=["To Do"]).transition("Reopen", "To Do")
create_workflows(jira, [review])                        # with AsyncJira it is awaited
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from ..errors import AtlassianError, NoMatchError
from .editing import jira_twin

if TYPE_CHECKING:
    from .._twins import Job

__all__ = [
    "WorkflowBuilder",
    "WorkflowFault",
    "create_payload",
    "create_workflows",
    "update_payload",
    "update_workflow",
]

CATEGORIES = ("TODO", "IN_PROGRESS", "DONE")


class WorkflowFault(AtlassianError, ValueError):
    """A workflow that Jira would refuse, or that Jira found fault with before anything was made."""


class WorkflowBuilder:
    """A workflow in the making; each method adds one thing and returns the same builder."""

    def __init__(self, name: str, description: str = "") -> None:
        self.name = name
        self.description = description
        self.statuses: dict[str, dict[str, Any]] = {}
        """By name, as `statuses=` of the operations takes them."""
        self._transitions: list[dict[str, Any]] = []

    def status(self, name: str, category: str, *, id: str | None = None, description: str = "") -> WorkflowBuilder:
        """Add a status. `category` is `TODO`, `IN_PROGRESS` or `DONE`; `id` that of a status the site already has.

        `WorkflowFault` for another category, or a name that was added before.
        """
        if category not in CATEGORIES:
            raise WorkflowFault(f"status {name!r}: expected the category {', '.join(CATEGORIES)}, got {category!r}")
        if name in self.statuses:
            raise WorkflowFault(f"status {name!r} is in the workflow {self.name!r} already")
        # Jira wants a UUID. The same name gives the same one, so that workflows made together share their statuses.
        status = {
            "statusReference": str(uuid5(NAMESPACE_URL, f"status:{name}")),
            "name": name,
            "statusCategory": category,
        }
        self.statuses[name] = (
            status | ({"id": id} if id else {}) | ({"description": description} if description else {})
        )
        return self

    def start(self, to: str, *, name: str = "Create") -> WorkflowBuilder:
        """Say which status a new issue has; every workflow needs one such transition."""
        if any(transition["type"] == "INITIAL" for transition in self._transitions):
            raise WorkflowFault(f"the workflow {self.name!r} has its first status already")
        self._transitions.append(
            {"id": "1", "name": name, "type": "INITIAL", "toStatusReference": self._reference(to, name)}
        )
        return self

    def transition(
        self,
        name: str,
        to: str,
        *,
        sources: Iterable[str] | None = None,
        description: str = "",
        rules: Mapping[str, Any] | None = None,
    ) -> WorkflowBuilder:
        """Add a transition to a status from those in `sources`, from every status if that is left out.

        `rules` are more members of it as the API takes them: `actions`, `conditions`, `validators`, `transitionScreen`.
        `WorkflowFault` for a status that the workflow does not have.
        """
        made: dict[str, Any] = dict(rules or {})
        made |= {
            "id": str(10 * len(self._transitions) + 11),
            "name": name,
            "toStatusReference": self._reference(to, name),
        }
        made["type"] = "GLOBAL" if sources is None else "DIRECTED"
        if sources is not None:
            links = [{"fromStatusReference": self._reference(source, name)} for source in sources]
            if not links:
                raise WorkflowFault(f"transition {name!r}: sources is empty; leave it out to start from every status")
            made["links"] = links
        if description:
            made["description"] = description
        self._transitions.append(made)
        return self

    def _reference(self, status: str, transition: str) -> str:
        if status not in self.statuses:
            known = ", ".join(map(repr, self.statuses)) or "none"
            raise WorkflowFault(
                f"transition {transition!r}: the workflow {self.name!r} has no status {status!r}; it has: {known}"
            )
        return str(self.statuses[status]["statusReference"])

    def payload(self) -> dict[str, Any]:
        """The workflow as `workflows=` of `jira.workflows.create_many` takes it; `WorkflowFault` if it has no first status."""
        if not any(transition["type"] == "INITIAL" for transition in self._transitions):
            raise WorkflowFault(f"the workflow {self.name!r} has no first status: start() sets it")
        layout: list[dict[str, Any]] = [
            {"statusReference": status["statusReference"], "properties": {}} for status in self.statuses.values()
        ]
        return {
            "name": self.name,
            "description": self.description,
            "statuses": layout,
            "transitions": [dict(transition) for transition in self._transitions],
        }


def create_payload(workflows: Sequence[WorkflowBuilder], *, project_id: str | None = None) -> dict[str, Any]:
    """The arguments of `jira.workflows.create_many`, for the site or for one project.

    `WorkflowFault` if two workflows tell of a status differently.
    """
    scope = {"type": "GLOBAL"} if project_id is None else {"type": "PROJECT", "project": {"id": project_id}}
    return {"scope": scope, "statuses": _statuses(workflows), "workflows": [made.payload() for made in workflows]}


def _statuses(workflows: Iterable[WorkflowBuilder]) -> list[dict[str, Any]]:
    statuses: dict[str, dict[str, Any]] = {}
    for workflow in workflows:
        for name, status in workflow.statuses.items():
            if statuses.setdefault(name, status) != status:
                raise WorkflowFault(f"status {name!r} is told differently by the workflow {workflow.name!r}")
    return [dict(status) for status in statuses.values()]


def update_payload(workflow: WorkflowBuilder, current: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `jira.workflows.update_many` that give a workflow the shape of a builder.

    `current` is the workflow as `jira.workflows.get_many` tells it, as a dict: its id, version and layout are kept.
    """
    made = workflow.payload()
    del made["name"]
    made |= {"id": current["id"], "version": dict(current["version"])}
    made["description"] = workflow.description or current.get("description", "")
    for layout in ("startPointLayout", "loopedTransitionContainerLayout"):
        if current.get(layout):
            made[layout] = current[layout]
    return {"statuses": _statuses([workflow]), "workflows": [made]}


def _with_ids(client: Any, statuses: list[dict[str, Any]], project_id: str | None) -> Job[None]:
    """Ids and categories of the statuses that the site, or the project, has already: Jira makes no second of the same name."""
    missing = [status for status in statuses if "id" not in status]
    if not missing:
        return
    scope = {} if project_id is None else {"project_id": project_id}
    found = yield client.statuses.search(**scope).to_list()
    there = {one.name: one for one in found}
    for status in missing:
        if one := there.get(status["name"]):
            # Told otherwise, the category would change for every workflow that uses the status.
            status["id"], status["statusCategory"] = str(one.id), str(one.status_category)


@jira_twin
def create_workflows(
    client: Any, workflows: Sequence[WorkflowBuilder], *, project_id: str | None = None
) -> Job[dict[str, str]]:
    """Create workflows with the statuses they need, and return their ids by name. Statuses that exist are used, by name,
    with the category that they have.

    Jira checks all of it first: what it finds is a `WorkflowFault`, and nothing is made.
    """
    payload = create_payload(workflows, project_id=project_id)
    yield from _with_ids(client, payload["statuses"], project_id)
    told: dict[str, Any] = (yield client.workflows.validate_create(payload=payload)).to_dict()
    errors: list[dict[str, Any]] = told.get("errors") or []
    if faults := [str(fault.get("message")) for fault in errors if fault.get("level") != "WARNING"]:
        raise WorkflowFault("; ".join(faults))
    created: dict[str, Any] = (yield client.workflows.create_many(**payload)).to_dict()
    made: list[dict[str, Any]] = created.get("workflows") or []
    return {workflow["name"]: str(workflow["id"]) for workflow in made}


@jira_twin
def update_workflow(client: Any, workflow: WorkflowBuilder) -> Job[None]:
    """Give the workflow of the builder's name the builder's statuses and transitions.

    `NoMatchError` if the site has no such workflow. Changed meanwhile by somebody else, it is a `ConflictError`. Statuses that
    issues stand in cannot be left out.
    """
    told: dict[str, Any] = (yield client.workflows.get_many(workflow_names=[workflow.name])).to_dict()
    found: list[dict[str, Any]] = told.get("workflows") or []
    current = [one for one in found if one["name"] == workflow.name]
    if len(current) != 1:
        raise NoMatchError(f"{len(current) or 'no'} workflow{'s are' if current else ' is'} called {workflow.name!r}")
    payload = update_payload(workflow, current[0])
    yield from _with_ids(client, payload["statuses"], None)
    yield client.workflows.update_many(**payload)

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

from .._checks import Id, Text, checked
from .._native import Model, check_value
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
    """A workflow in the making; each method adds one thing and returns the same builder.

    Args:
        name: Name of the workflow, unique in the site.
        description: What it is for.
    """

    @checked
    def __init__(self, name: Text, description: str = "") -> None:
        self.name = name
        self.description = description
        self.statuses: dict[str, dict[str, Any]] = {}
        """By name, as `statuses=` of the operations takes them."""
        self._transitions: list[dict[str, Any]] = []

    @checked
    def status(self, name: Text, category: str, *, id: Id | None = None, description: str = "") -> WorkflowBuilder:
        """Add a status.

        Args:
            name: Its name. A status that the site has already is used.
            category: `TODO`, `IN_PROGRESS` or `DONE`.
            id: Id of a status that the site has already; left out, it is found by its name.
            description: What it means, of a new status.

        Raises:
            WorkflowFault: Another category, or a name that was added before.
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
            status | ({} if id is None else {"id": str(id)}) | ({"description": description} if description else {})
        )
        return self

    @checked
    def start(self, to: Text, *, name: Text = "Create") -> WorkflowBuilder:
        """Say which status a new issue has; every workflow needs one such transition.

        Args:
            to: Name of the status.
            name: Name of the transition.

        Raises:
            WorkflowFault: The workflow does not have the status, or has such a transition already.
        """
        if any(transition["type"] == "INITIAL" for transition in self._transitions):
            raise WorkflowFault(f"the workflow {self.name!r} has its first status already")
        self._transitions.append(
            {"id": "1", "name": name, "type": "INITIAL", "toStatusReference": self._reference(to, name)}
        )
        return self

    @checked
    def transition(
        self,
        name: Text,
        to: Text,
        *,
        sources: Iterable[Text] | None = None,
        description: str = "",
        rules: Mapping[str, Any] | None = None,
    ) -> WorkflowBuilder:
        """Add a transition to a status.

        Args:
            name: What the transition is called.
            to: Name of the status it leads to.
            sources: Names of the statuses it starts from; left out, it starts from every one.
            description: What it is for.
            rules: More members of it as the API takes them: `actions`, `conditions`, `validators`, `transitionScreen`.

        Raises:
            WorkflowFault: The workflow does not have one of the statuses, or `sources` is empty.
        """
        check_value(rules, "WorkflowBuilder.transition: rules", False)
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
        """Return the workflow as `workflows=` of `jira.workflows.create_many` takes it.

        Raises:
            WorkflowFault: It has no first status.
        """
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


@checked
def create_payload(workflows: Sequence[WorkflowBuilder], *, project_id: Id | None = None) -> dict[str, Any]:
    """Return the arguments of `jira.workflows.create_many`.

    Args:
        workflows: What to create.
        project_id: Id of the project that they are for; left out, they are for the site.

    Raises:
        WorkflowFault: Two workflows tell of a status differently, or one has no first status.
    """
    scope = {"type": "GLOBAL"} if project_id is None else {"type": "PROJECT", "project": {"id": str(project_id)}}
    return {"scope": scope, "statuses": _statuses(workflows), "workflows": [made.payload() for made in workflows]}


def _statuses(workflows: Iterable[WorkflowBuilder]) -> list[dict[str, Any]]:
    statuses: dict[str, dict[str, Any]] = {}
    for workflow in workflows:
        for name, status in workflow.statuses.items():
            if statuses.setdefault(name, status) != status:
                raise WorkflowFault(f"status {name!r} is told differently by the workflow {workflow.name!r}")
    return [dict(status) for status in statuses.values()]


@checked
def update_payload(workflow: WorkflowBuilder, current: Mapping[str, Any] | Model) -> dict[str, Any]:
    """Return the arguments of `jira.workflows.update_many` that give a workflow the shape of a builder.

    Args:
        workflow: What it shall be.
        current: The workflow as `jira.workflows.get_many` tells it: its id, version and layout are kept.

    Raises:
        WorkflowFault: The builder has no first status.
        ValueError: `current` has no id or version.
    """
    current = current.to_dict() if isinstance(current, Model) else current
    if not isinstance(current.get("id"), str) or not isinstance(current.get("version"), Mapping):
        raise ValueError("update_payload: current: expected a workflow as Jira tells it, with id and version")
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
    client: Any, workflows: Sequence[WorkflowBuilder], *, project_id: Id | None = None
) -> Job[dict[str, str]]:
    """Create workflows with the statuses they need, and return their ids by name.

    Statuses that exist are used, by name, with the category that they have. Jira checks all of it before anything is made.

    Args:
        client: `Jira` or `AsyncJira`.
        workflows: What to create.
        project_id: Id of the project that they are for; left out, they are for the site.

    Raises:
        WorkflowFault: The builders contradict each other, or Jira finds fault with them, such as a name that is taken; nothing was made.
    """
    payload = create_payload(workflows, project_id=project_id)
    yield from _with_ids(client, payload["statuses"], None if project_id is None else str(project_id))
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

    Statuses that issues stand in cannot be left out.

    Raises:
        NoMatchError: The site has no workflow of this name.
        WorkflowFault: The builder has no first status.
        ConflictError: Somebody else changed it at the same time.
    """
    told: dict[str, Any] = (yield client.workflows.get_many(workflow_names=[workflow.name])).to_dict()
    found: list[dict[str, Any]] = told.get("workflows") or []
    current = [one for one in found if one["name"] == workflow.name]
    if len(current) != 1:
        raise NoMatchError(f"{len(current) or 'no'} workflow{'s are' if current else ' is'} called {workflow.name!r}")
    payload = update_payload(workflow, current[0])
    yield from _with_ids(client, payload["statuses"], None)
    yield client.workflows.update_many(**payload)

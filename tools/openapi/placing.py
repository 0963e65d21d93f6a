"""Where a new operation belongs, as a first guess: its service by the tag, its name by method and path."""

from __future__ import annotations

import re
from collections.abc import Container

from .document import Described
from .names import distinct, slug, snake
from .shapes import Many, Model, Operation

VERBS = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}

# Where Atlassian shows a document, by the document's title.
DOCS = {
    "The Jira Cloud platform REST API": "jira/platform/rest/v3",
    "Jira Software Cloud API": "jira/software/rest",
    "Service Management Public REST API": "jira/service-desk/rest",
    "The Confluence Cloud REST API": "confluence/rest/v1",
    "The Confluence Cloud REST API v2": "confluence/rest/v2",
    "Bitbucket API": "bitbucket/rest",
    "API for Atlassian Access": "admin/organization/rest",
    "IDv2: User management": "admin/user-management/rest",
    "User provisioning": "admin/user-provisioning/rest",
}


def service(described: Described) -> str:
    words = described.tag or next((part for part in described.path.split("/") if part), "other")
    return snake(re.sub(r"[^A-Za-z0-9]+", " ", words))


def method(operation: Operation, taken: Container[str]) -> str:
    """The verb, with words of the path if it is taken."""
    described = operation.described
    verb = VERBS.get(described.method, "list" if _is_listing(operation) else "get")
    names = [verb]
    for part in reversed([part for part in described.path.split("/") if part and "{" not in part]):
        names.append(snake(f"{names[-1]}_{part}"))
    return next((name for name in names if name not in taken), distinct(names[-1], taken))


def _is_listing(operation: Operation) -> bool:
    page = operation.returns
    lists = [one for one in page.fields if isinstance(one.type, Many)] if isinstance(page, Model) else []
    return not operation.described.path.endswith("}") and (isinstance(page, Many) or len(lists) == 1)


def docs(title: str, described: Described) -> str:
    """Atlassian's page of an operation's group."""
    place = DOCS.get(title)
    group = f"api-group-{slug(described.tag)}/" if described.tag else ""
    return f"https://developer.atlassian.com/cloud/{place}/{group}" if place else ""


def anchor(described: Described) -> str:
    """Where an operation stands on that page."""
    words = re.split(r"[^A-Za-z0-9]+", described.path.strip("/{}"))
    return f"#api-{slug('-'.join(words))}-{described.method.lower()}"

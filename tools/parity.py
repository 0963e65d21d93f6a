"""The catalog beside what others list: the operations of go-atlassian, and those of Atlassian's OpenAPI documents.

The tables are no part of the repository. `ATLASSIAN_FACTS_DIR` and `ATLASSIAN_OPENAPI_DIR` name their folders, else
they are looked for in ../shared/facts and ../shared/openapi. What is not covered under its own address is explained in
parity.toml; what stands for its helpers in helpers.toml.
"""

from __future__ import annotations

import csv
import json
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import tomlkit
from atlassian_cloud import OperationInfo, operations

ROOT = Path(__file__).resolve().parent.parent
METHODS = ("get", "put", "post", "delete", "patch")
STATES = ("several", "client", "undocumented", "not here")
OLDER = "v2"
"""The name below which the older version of a product's API has its services."""


def folder(variable: str, name: str) -> Path:
    return Path(os.environ.get(variable) or ROOT.parent / "shared" / name)


def facts() -> Path:
    return folder("ATLASSIAN_FACTS_DIR", "facts")


def documents() -> dict[str, Path]:
    """The OpenAPI documents that are at hand, by name."""
    return {path.stem: path for path in sorted(folder("ATLASSIAN_OPENAPI_DIR", "openapi").glob("*.json"))}


def route(method: str, path: str) -> tuple[str, str]:
    """Method and path without the names of the placeholders."""
    return method, re.sub(r"\{[^}]*\}", "{}", path)


@cache
def known() -> dict[tuple[str, str], OperationInfo]:
    return {route(operation.method, operation.path): operation for operation in operations()}


def counted_once() -> int:
    """How many operations there are without those of an older version that the newer one has as well."""
    names = {operation.name for operation in operations()}
    return len(names) - sum(newer(name) in names for name in names)


def newer(name: str) -> str:
    """What `jira.v2.issues.get` has become; empty for an operation that is no older version."""
    product, _, rest = name.partition(".")
    return f"{product}.{rest.removeprefix(f'{OLDER}.')}" if rest.startswith(f"{OLDER}.") else ""


class Explanation(NamedTuple):
    state: str
    reason: str
    instead: tuple[str, ...]


def _explanation(entry: dict[str, Any]) -> Explanation:
    return Explanation(entry.get("state", ""), entry["reason"], tuple(entry.get("instead", ())))


@cache
def _told() -> dict[str, Any]:
    return tomlkit.parse((ROOT / "tools" / "parity.toml").read_text("utf-8")).unwrap()


def explained_rows() -> dict[str, Explanation]:
    return {name: _explanation(entry) for name, entry in _told()["row"].items()}


def explained_documented() -> dict[tuple[str, str], Explanation]:
    """By the document's name and `METHOD path`."""
    return {
        (name, at): _explanation(entry)
        for name, entries in _told()["document"].items()
        for at, entry in entries.items()
    }


def faults() -> list[dict[str, str]]:
    return _told()["fault"]


class Helpers(NamedTuple):
    """Helpers of go-atlassian of one kind, each beside what stands for it here."""

    title: str
    rows: tuple[tuple[str, str], ...]


def helpers() -> list[Helpers]:
    told = tomlkit.parse((ROOT / "tools" / "helpers.toml").read_text("utf-8")).unwrap()
    return [Helpers(part["title"], tuple((there, here) for there, here in part["helpers"])) for part in told["part"]]


@dataclass(frozen=True)
class Theirs:
    """A row of the table of go-atlassian's operations."""

    module: str
    services: tuple[str, ...]
    """Where the method is; two, where its versions of an API name the service differently."""
    method: str
    requests: tuple[tuple[str, str], ...]
    """Method and path; one for each version of the API."""
    template: str
    """The request as it is read: `{version}` stands for each version."""
    notes: str

    @property
    def name(self) -> str:
        return f"{self.services[0]}.{self.method}"

    @property
    def ours(self) -> tuple[OperationInfo, ...]:
        """Our operations of the same requests; none if one is missing."""
        found = [known().get(route(*request)) for request in self.requests]
        return tuple(one for one in found if one) if all(found) else ()

    @property
    def explanation(self) -> Explanation | None:
        return explained_rows().get(self.name)


def theirs() -> list[Theirs]:
    """Every row of the table; none if it is not at hand."""
    return [_row(entry) for entry in _table("go-atlassian-operations.tsv")]


def _row(entry: dict[str, str]) -> Theirs:
    method, template = entry["http_method"], entry["path_template"]
    # The current version of the API first.
    versions = sorted(entry["api_version(s)"].split(","), reverse=True) if "{version}" in template else [""]
    return Theirs(
        module=entry["module"],
        services=tuple(entry["service_path"].split(" | ")),
        method=entry["method"],
        requests=tuple((method, template.replace("{version}", version)) for version in versions),
        template="" if template == "-" else f"{method} {template}".removeprefix("- "),
        notes=entry["notes"],
    )


class Page(NamedTuple):
    """A page of go-atlassian's documentation."""

    path: str
    kind: str
    services: tuple[str, ...]
    text: str


def pages() -> list[Page]:
    return [
        Page(
            entry["nav_path"],
            entry["kind"],
            tuple(service.strip() for service in entry["sdk_services"].split(",") if service.strip()),
            entry["what_it_lets_a_user_do"],
        )
        for entry in _table("seed-nav-map.tsv")
    ]


def rows_of(page: Page, rows: list[Theirs]) -> list[Theirs]:
    """The operations that a page is about: those a recipe names, else all of its services."""
    if page.kind == "cookbook" and (named := _named(page, rows)):
        return named
    return [row for row in rows if set(row.services) & set(page.services)]


def _named(page: Page, rows: list[Theirs]) -> list[Theirs]:
    """What a text such as "Issue.Search.Post" or "SCIM.Group.Gets/Create" goes through."""
    modules = {service.partition(".")[0] for service in page.services}
    found: list[Theirs] = []
    for service, methods in re.findall(r"\b((?:[A-Z]\w*\.)+)([A-Z]\w*(?:/[A-Z]\w*)*)", page.text):
        end = f".{service.rstrip('.')}"
        fitting = [
            row
            for row in rows
            if row.module in modules and row.services[0].endswith(end) and row.method in methods.split("/")
        ]
        own = [row for row in fitting if row.services[0] in page.services]
        found += [row for row in own or fitting if row not in found]
    return found


def _table(name: str) -> list[dict[str, str]]:
    path = facts() / name
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


class Documented(NamedTuple):
    """An operation of an OpenAPI document."""

    document: str
    method: str
    path: str

    @property
    def ours(self) -> OperationInfo | None:
        return known().get(route(self.method, self.path))

    @property
    def explanation(self) -> Explanation | None:
        return explained_documented().get((self.document, f"{self.method} {self.path}"))


@cache
def documented() -> list[Documented]:
    """Every operation of the documents at hand."""
    found: list[Documented] = []
    for name, file in documents().items():
        document = json.loads(file.read_text("utf-8"))
        base = urlsplit(document["servers"][0]["url"]).path.rstrip("/")
        found += [
            Documented(name, method.upper(), base + path)
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        ]
    return found

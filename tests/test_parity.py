"""The catalog covers what go-atlassian and Atlassian's documents have, or the repository says why not."""

from __future__ import annotations

import pkgutil
import re
from collections import Counter
from pathlib import Path

import coverage_table
import parity
import pytest
from atlassian_cloud import operations
from contract.facts import BY_NAME
from parity import Documented, Theirs

ROWS, PAGES, DOCUMENTED = parity.theirs(), parity.pages(), parity.documented()
PER_MODULE = {
    "admin": 42,
    "agile": 30,
    "assets": 29,
    "bitbucket": 12,
    "common": 14,
    "confluence": 94,
    "jira": 342,
    "sm": 55,
}
PER_DOCUMENT = {
    "admin-organization": 47,
    "admin-organization-2026-07-22": 64,
    "admin-user-management": 10,
    "admin-user-provisioning": 21,
    "bitbucket": 331,
    "confluence-v1": 130,
    "confluence-v2": 218,
    "jira-service-management": 69,
    "jira-software": 105,
    "jira-v2": 549,
    "jira-v3": 616,
}

with_facts = pytest.mark.skipif(
    not (ROWS and PAGES),
    reason="the tables of go-atlassian's operations and pages are not at hand: ATLASSIAN_FACTS_DIR names their folder",
)
with_documents = pytest.mark.skipif(
    not DOCUMENTED,
    reason="Atlassian's OpenAPI documents are not at hand: ATLASSIAN_OPENAPI_DIR names their folder",
)
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def test_there_are_as_many_operations_as_atlassian_has() -> None:
    assert parity.counted_once() >= 1_750
    assert len(operations()) >= 2_250


def test_the_older_version_of_jira_has_what_only_it_has() -> None:
    names = {operation.name for operation in operations()}
    own = {name for name in names if parity.newer(name) and parity.newer(name) not in names}
    assert own == {
        "jira.v2.issues.search_ids",
        "jira.v2.myself.preferences.delete_locale",
        "jira.v2.workflows.list_classic",
        "jira.v2.workflows.transition_properties.create",
        "jira.v2.workflows.transition_properties.delete",
        "jira.v2.workflows.transition_properties.get",
        "jira.v2.workflows.transition_properties.update",
    }
    # Nobody has seen these in a description of version 2.
    assert "jira.issues.bulk.edit" in names
    assert not any(name.startswith("jira.v2.issues.bulk.") for name in names)


def test_texts_of_jira_are_documents_or_wiki_markup() -> None:
    for version in ("jira", "jira.v2"):
        for name, text in (("comments.add", "body"), ("comments.update", "body"), ("worklogs.add", "comment")):
            params = {param["name"]: param for param in BY_NAME[f"{version}.issues.{name}"].params}
            assert params[text]["ty"] == "any"


@with_facts
class TestGoAtlassian:
    def test_the_tables_are_whole(self) -> None:
        assert Counter(row.module for row in ROWS) == PER_MODULE
        assert len(PAGES) == 164

    @each_row
    def test_its_operation_is_here_or_explained(self, row: Theirs) -> None:
        assert row.ours or row.explanation

    @each_row
    def test_nothing_is_explained_that_is_covered(self, row: Theirs) -> None:
        assert not (row.ours and row.explanation)

    def test_every_explanation_has_its_operation(self) -> None:
        assert parity.explained_rows().keys() <= {row.name for row in ROWS}

    @pytest.mark.parametrize("version", [2, 3])
    def test_both_versions_of_jira_are_here(self, version: int) -> None:
        paths = [operation.path for row in ROWS if row.module == "jira" for operation in row.ours]
        assert sum(path.startswith(f"/rest/api/{version}/") for path in paths) >= 300

    @each_row
    def test_what_atlassian_deprecated_or_dropped_is_marked(self, row: Theirs) -> None:
        told = re.search(r"(deprecated in|absent from) the published OpenAPI", row.notes)
        # Atlassian never described these two, and they say so.
        if told and "jira.Team" not in row.services:
            assert all(operation.deprecated for operation in row.ours)

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
    def test_a_page_with_operations_leads_to_ours(self, page: parity.Page) -> None:
        about = parity.rows_of(page, ROWS)
        assert bool(about) == (page.kind in ("service", "cookbook"))
        assert all(row.ours or row.explanation for row in about)


@with_documents
class TestDocuments:
    def test_the_documents_are_whole(self) -> None:
        assert Counter(one.document for one in DOCUMENTED) == PER_DOCUMENT

    @pytest.mark.parametrize("name", parity.documents())
    def test_every_operation_is_here_or_explained(self, name: str) -> None:
        assert [one for one in DOCUMENTED if one.document == name and not (one.ours or one.explanation)] == []

    def test_explained_is_what_is_not_here(self) -> None:
        def key(one: Documented) -> tuple[str, str]:
            return one.document, f"{one.method} {one.path}"

        assert parity.explained_documented().keys() == {key(one) for one in DOCUMENTED if not one.ours}


def test_explanations_have_a_reason_and_lead_somewhere() -> None:
    told = [*parity.explained_rows().values(), *parity.explained_documented().values()]
    for explanation in told:
        assert explanation.reason.endswith(".")
        assert [name for name in explanation.instead if name not in BY_NAME] == []
    assert {explanation.state for explanation in parity.explained_rows().values()} == set(parity.STATES)


def test_methods_named_in_the_list_of_faults_exist() -> None:
    products = "|".join({operation.product for operation in BY_NAME.values()})
    named = [name for fault in parity.faults() for name in re.findall(rf"`((?:{products})\.[\w.]+)`", fault["here"])]
    assert len(named) > 3
    assert [name for name in named if name not in BY_NAME] == []


def test_parts_without_their_tables_stay(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    committed = (parity.ROOT / "docs" / "coverage.md").read_text("utf-8")
    monkeypatch.setenv("ATLASSIAN_FACTS_DIR", str(tmp_path))
    monkeypatch.setenv("ATLASSIAN_OPENAPI_DIR", str(tmp_path))
    assert coverage_table.page(committed) == committed
    assert capsys.readouterr().out.count("stays as committed") == 2


def test_nothing_is_missing_from_the_page() -> None:
    committed = (parity.ROOT / "docs" / "coverage.md").read_text("utf-8")
    assert "**missing**" not in committed
    for heading in (coverage_table.DOCUMENTS, coverage_table.PARITY, coverage_table.HELPERS, coverage_table.FAULTS):
        assert committed.count(f"\n{heading}\n") == 1


# Helpers beside the operations

HELPERS = [(there, here) for part in parity.helpers() for there, here in part.rows]
FEATURES = parity.facts() / "go-atlassian-features.md"


@pytest.mark.parametrize(("there", "here"), HELPERS, ids=[there for there, _ in HELPERS])
def test_what_stands_for_a_helper_is_there(there: str, here: str) -> None:
    names = {operation.name for operation in operations()}
    products = {name.partition(".")[0] for name in names}
    shown = re.findall(r"`([A-Za-z_]+(?:\.[A-Za-z0-9_]+)+)`", here)
    for name in shown:
        if name.startswith(("atlassian_cloud.", "datetime.")):
            assert pkgutil.resolve_name(name) is not None
        elif name.partition(".")[0] in products:
            assert name in names or any(known.startswith(f"{name}.") for known in names), name
    assert here
    assert [name for name in shown if not re.match(r"atlassian_cloud\.|datetime\.|v2$", name)] == [
        name for name in shown if name.partition(".")[0] in products
    ]


@pytest.mark.skipif(not FEATURES.exists(), reason="the table of go-atlassian's helpers is not at hand")
def test_every_helper_has_a_row() -> None:
    text = FEATURES.read_text("utf-8")
    told = " ".join(there for there, _ in HELPERS)

    def named(before: str, after: str) -> list[str]:
        """The words with a capital between two marks."""
        part = text.partition(before)[2].partition(after)[0]
        assert part, before
        return re.findall(r"[A-Z][A-Za-z]+", part)

    theirs = {
        *re.findall(r"\bParse\w+CustomFields?\b", text),
        *(f"CustomFields.{name}" for name in named("15 builders: ", ". Each") if name not in ("Raw",)),
        *(
            f"UpdateOperations.{name}"
            for name in re.findall(r"\b(Add\w+Operation)\(", text.partition("UpdateOperations")[2])[:3]
        ),
        *(name for name in named("sm_request_field.go), 11 helpers: ", ";")),
        *(name for name in named("SCIM patch (admin_scim_user.go): ", ". Group")),
        *(name for name in re.findall(r"`?\b(With[A-Z]\w+)\(", text)),
        *re.findall(r"\b(\w+DateTimeScheme|DateTimeScheme|DateScheme)\b", text),
        *re.findall(r"\b(Err[A-Z]\w+)\b", text.partition("## Errors")[2].partition("##")[0]),
        *(
            "AddStatus",
            "AddWorkflow",
            "AddTransition",
            "InjectWorkflow",
            "MergeCustomFields",
            "MergeOperations",
            "ToMap",
        ),
        *("AppendNode", "NewRequest", "ResponseScheme", "CompositeTokenCallback", "OnTokenRefreshed"),
        *("JQL.Parse", "Issue.Search.Checks", "ApproximateCount", "CustomFields.Raw"),
    }
    assert len(theirs) > 75
    for name in theirs:
        assert re.search(rf"\b{re.escape(name)}\b", told), name

"""Data of a caller's own: what `seed` makes is found by the ordinary operations."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from atlassian_cloud import AtlassianError, Bitbucket, ClientCredentials, Confluence, Jira
from atlassian_cloud.sandbox import Sandbox


def test_what_is_seeded_is_there(box: Sandbox) -> None:
    made = box.seed(
        projects=[
            {"key": "APP", "name": "App", "issues": [{"Summary": "First", "Status": "Done"}, {"Summary": "Second"}]},
            {"key": "ENG", "issues": [{"Summary": "Third", "Issue Type": "Bug", "Story Points": 3, "Labels": ["x"]}]},
        ],
        spaces=[
            {
                "key": "TEAM",
                "name": "Team",
                "pages": [{"title": "Top", "body": "<p>Hi</p>", "children": [{"title": "Below"}]}],
            }
        ],
        repositories=[{"slug": "app", "files": {"README.md": "# App"}}],
    )
    assert made.issues == ["APP-1", "APP-2", "ENG-261"]
    with box.client(Jira) as jira:
        found = jira.issues.search("project = APP ORDER BY key", fields=["summary", "status"]).to_list()
        assert [(one.fields.summary, one.fields.status.name) for one in found] == [
            ("First", "Done"),
            ("Second", "To Do"),
        ]
        third = jira.issues.get("ENG-261").fields.to_dict()
        assert (third["issuetype"]["name"], third["customfield_10016"], third["labels"]) == ("Bug", 3, ["x"])
    with box.client(Confluence) as confluence:
        below = confluence.pages.get(int(made.pages["Below"]))
        assert below.parent_id == made.pages["Top"]
    with box.client(Bitbucket, workspace=box.bitbucket.workspace) as bitbucket:
        assert bitbucket.repositories.source.get("app", "main", "README.md") == b"# App"


def projects_of(box: Sandbox) -> set[str]:
    with box.client(Jira) as jira:
        return {str(project.key) for project in jira.projects.search()}


@pytest.mark.parametrize(
    "issues",
    [
        [{"Summary": "First"}, {"Summary": "Second", "Status": "Gone"}],
        [{"Sumary": "First"}],
        [{"Summary": "First", "Assignee": "nobody@acme.example"}],
    ],
)
def test_what_is_refused_leaves_nothing_behind(box: Sandbox, issues: list[dict[str, str]]) -> None:
    box.rate_limits = True
    before = projects_of(box)
    with pytest.raises(LookupError, match=r"Gone|Sumary|nobody@acme\.example"):
        box.seed(
            spaces=[{"key": "TEAM", "pages": [{"title": "Top"}]}],
            projects=[{"key": "APP", "issues": [{"Summary": "Zero"}]}, {"key": "QQ", "issues": issues}],
        )
    assert projects_of(box) == before
    assert box.rate_limits
    made = box.seed(projects=[{"key": "APP", "issues": [{"Summary": "Zero"}]}], spaces=[{"key": "TEAM"}])
    assert made.issues == ["APP-1"]


@pytest.mark.skipif(os.name != "posix", reason="alarms as POSIX has them")
def test_an_interrupted_seed_leaves_nothing_behind(box: Sandbox) -> None:
    before = projects_of(box)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    box.delay(20, method="POST", path="/rest/api/3/issue")
    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with pytest.raises(KeyboardInterrupt):
            box.seed(projects=[{"key": "APP", "issues": [{"Summary": "Never"}]}])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert any(one.method == "POST" and one.path.startswith("/rest/api/3/project") for one in box.requests)
    assert projects_of(box) == before


def test_the_authorizations_of_a_box_outlive_a_failed_seed(box: Sandbox) -> None:
    auth = ClientCredentials(box.oauth.service_client_id, box.oauth.service_client_secret, base_url=box.url)
    with Jira(auth=auth, base_url=box.url) as jira:
        jira.myself.get()
        with pytest.raises(LookupError):
            box.seed(projects=[{"key": "APP", "issues": [{"Sumary": "x"}]}])
        asked = sum(one.path == "/oauth/token" for one in box.requests)
        jira.myself.get()
        assert sum(one.path == "/oauth/token" for one in box.requests) == asked


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"projects": [{"name": "x"}]}, r"projects\[0\]: key is missing"),
        ({"projects": [{"key": "APP"}, {"key": "QQ", "isues": []}]}, r"projects\[1\]: isues is not known here; known are key, name,"),
        ({"projects": [{"key": 7}]}, r"projects\[0\]\.key: expected str, got int"),
        ({"projects": ["APP"]}, r"projects\[0\]: expected a mapping, got str"),
        ({"projects": {"key": "APP"}}, r"projects: expected a list, got dict"),
        ({"projects": [{"key": "APP", "issues": ["x"]}]}, r"projects\[0\]\.issues\[0\]: expected a mapping, got str"),
        ({"spaces": [{"key": "T", "pages": [{"title": "A", "children": [{}]}]}]}, r"spaces\[0\]\.pages\[0\]\.children\[0\]: title is"),
        ({"repositories": [{"files": {}}]}, r"repositories\[0\]: slug is missing"),
        ({"repositories": [{"slug": "a", "files": {"a": 1}}]}, r"repositories\[0\]\.files\['a'\]: expected str or bytes, got int"),
        ({"projects": [{"key": "ENG", "name": "Other"}]}, r"projects\[0\]\.name: ENG is there already, and called 'Engineering'"),
        ({"spaces": [{"key": "ENG", "name": "Other"}]}, r"spaces\[0\]\.name: ENG is there already, and called "),
    ],
)  # fmt: skip
def test_what_cannot_be_seeded_is_told_with_its_place(box: Sandbox, given: Any, complaint: str) -> None:
    count = len(projects_of(box))
    with pytest.raises((ValueError, TypeError, AtlassianError), match=complaint):
        box.seed(**given)
    assert len(projects_of(box)) == count


SUMMARY = {"Summary": "a"}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ([SUMMARY, SUMMARY | {"Nope": 1}], r"\[1\]: no field is called 'Nope'"),
        ([SUMMARY, SUMMARY | {"Story Points": "x"}], r"\[1\]: field 'Story Points'"),
        ([SUMMARY | {"Assignee": "no@acme.example"}], r"\[0\]: no account has the email address"),
        ([SUMMARY | {"Status": "Shipped"}], r"\[0\]: APP-1: no transition leads to 'Shipped'"),
        ([{}], r"\[0\]: .*summary"),
    ],
)
def test_an_issue_that_cannot_be_seeded_is_told_with_its_place(box: Sandbox, given: Any, complaint: str) -> None:
    with pytest.raises((ValueError, AtlassianError), match=r"^projects\[0\]\.issues" + complaint):
        box.seed(projects=[{"key": "APP", "issues": given}])


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ([{"title": "a"}, {"title": "b", "children": [{"title": "A "}]}],
         r"\[1\]\.children\[0\]\.title: 'A ' is the title of spaces\[0\]\.pages\[0\] already"),
        ([{"title": " "}], r"\[0\]: .*title: must not be empty"),
        ([{"title": "a", "children": [{"title": "b"}]}, {"title": "c", "children": [{"title": "d", "body": "<p>"}]}],
         r"\[1\]\.children\[0\]: 'd' and what comes"),
    ],
)  # fmt: skip
def test_a_page_that_cannot_be_seeded_is_told_with_its_place(box: Sandbox, given: Any, complaint: str) -> None:
    with pytest.raises((ValueError, AtlassianError), match=r"^spaces\[0\]\.pages" + complaint):
        box.seed(spaces=[{"key": "NEW", "pages": given}])


def test_what_holds_the_rest_is_told_with_its_place(box: Sandbox) -> None:
    with pytest.raises(AtlassianError, match=r"^projects\[0\]: .*projectKey"):
        box.seed(projects=[{"key": "app"}])
    with pytest.raises(AtlassianError, match=r"^spaces\[0\]: "):
        box.seed(spaces=[{"key": "T T"}])
    with pytest.raises(AtlassianError, match=r"^repositories\[1\]: "):
        box.seed(repositories=[{"slug": "new"}, {"slug": "new"}])


def test_people_go_by_their_email_address_too(box: Sandbox) -> None:
    with box.client(Jira) as jira:
        person = jira.users.get(account_id=box.accounts.active)
        made = box.seed(
            projects=[
                {
                    "key": "APP",
                    "issues": [
                        {"Summary": "By address", "Assignee": person.email_address, "reporter": person.email_address},
                        {"Summary": "By id", "assignee": box.accounts.active},
                        {"Summary": "Nobody's", "Assignee": None},
                    ],
                }
            ]
        )
        found = [jira.issues.get(key).fields.to_dict() for key in made.issues]
    assert [issue["assignee"] and issue["assignee"]["accountId"] for issue in found] == [
        box.accounts.active,
        box.accounts.active,
        None,
    ]
    assert found[0]["reporter"]["accountId"] == box.accounts.active

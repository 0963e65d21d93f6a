"""Data of a caller's own: what `seed` makes is found by the ordinary operations."""

from __future__ import annotations

import pytest
from atlassian_cloud import Bitbucket, Confluence, Jira
from atlassian_cloud.jira.editing import NoMatchError
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


def test_what_is_refused_is_an_error_and_the_rest_stays(box: Sandbox) -> None:
    with pytest.raises(NoMatchError, match="Gone"):
        box.seed(projects=[{"key": "APP", "issues": [{"Summary": "First"}, {"Summary": "Second", "Status": "Gone"}]}])
    with box.client(Jira) as jira:
        assert len(jira.issues.search("project = APP").to_list()) == 2

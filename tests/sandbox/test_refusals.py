"""Requests as others than this client send them: what Atlassian refuses of them, and the paths it knows beside."""

from __future__ import annotations

import base64
import http.client
import json
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from atlassian_cloud import BadRequestError, Jira
from atlassian_cloud.sandbox import Sandbox


def ask(
    box: Sandbox, method: str, path: str, body: bytes | dict[str, Any] | None = None, **headers: str
) -> tuple[int, Any]:
    secret = base64.b64encode(f"{box.email}:{box.api_token}".encode()).decode()
    sent = {"Authorization": f"Basic {secret}"} | {name.replace("_", "-"): text for name, text in headers.items()}
    if isinstance(body, dict):
        body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
    connection = http.client.HTTPConnection(urlsplit(box.url).netloc, timeout=10)
    connection.request(method, path, body, sent)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    try:
        return answer.status, json.loads(text) if text else None
    except ValueError:
        return answer.status, text.decode()


FORM = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
    b'Content-Type: text/plain\r\n\r\nabc\r\n--b\r\nContent-Disposition: form-data; name="minorEdit"\r\n\r\ntrue\r\n--b--\r\n'
)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/rest/api/3/issue/ENG-20/attachments"),
        ("POST", "/rest/api/2/issue/ENG-20/attachments"),
        ("POST", "/rest/servicedeskapi/servicedesk/1/attachTemporaryFile"),
        ("POST", "/wiki/rest/api/content/100029/child/attachment"),
        ("PUT", "/wiki/rest/api/content/100029/child/attachment"),
    ],
)
def test_uploads_without_the_token_are_taken_for_forgeries(box: Sandbox, method: str, path: str) -> None:
    form = {"Content_Type": "multipart/form-data; boundary=b"}
    for wrong in ({}, {"X_Atlassian_Token": "yes"}):
        status, told = ask(box, method, path, FORM, **form, **wrong)
        assert (status, "XSRF check failed" in str(told)) == (403, True)
    for right in ("no-check", "nocheck"):
        status, _ = ask(box, "PUT" if "wiki" in path else method, path, FORM, **form, X_Atlassian_Token=right)
        assert status in (200, 201)


@pytest.mark.parametrize(
    "started", ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00+0000", "2026-11-20T10:00:00.000Z", "2026-11-20"]
)
def test_worklogs_want_their_own_form_of_time(box: Sandbox, started: str) -> None:
    path = "/rest/api/3/issue/ENG-20/worklog"
    status, told = ask(box, "POST", path, {"timeSpentSeconds": 60, "started": started})
    assert status == 400, told
    for good in ("2026-11-20T10:00:00.000+0000", "2026-11-20T10:00:00.000+0100"):
        status, told = ask(box, "POST", path, {"timeSpentSeconds": 60, "started": good})
        assert status == 201, told


def document(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(nodes)}


def text(words: str) -> dict[str, Any]:
    return document({"type": "paragraph", "content": [{"type": "text", "text": words}]})


@pytest.mark.parametrize("wrong", [text(""), document({"type": "marquee"}), document({"type": "text", "text": "a"})])
def test_documents_are_held_against_the_schema(box: Sandbox, wrong: dict[str, Any]) -> None:
    new = {"project": {"key": "ENG"}, "issuetype": {"name": "Bug"}, "summary": "a"}
    for method, path, body in (
        ("POST", "/rest/api/3/issue", {"fields": new | {"description": wrong}}),
        ("PUT", "/rest/api/3/issue/ENG-20", {"fields": {"description": wrong}}),
        ("POST", "/rest/api/3/issue/ENG-20/comment", {"body": wrong}),
        ("POST", "/rest/api/3/issue/ENG-20/worklog", {"timeSpentSeconds": 60, "comment": wrong}),
    ):
        status, told = ask(box, method, path, body)
        assert status == 400, (path, told)


def test_texts_end_at_32767_characters(box: Sandbox) -> None:
    path = "/rest/api/3/issue/ENG-20"
    assert ask(box, "PUT", path, {"fields": {"description": text("a" * 32_767)}})[0] == 204
    status, told = ask(box, "PUT", path, {"fields": {"description": text("a" * 32_768)}})
    assert (status, list(told["errors"])) == (400, ["description"])
    assert "32767" in told["errors"]["description"].replace(",", "")
    status, told = ask(box, "PUT", "/rest/api/2/issue/ENG-20", {"fields": {"description": "a" * 32_768}})
    assert (status, list(told["errors"])) == (400, ["description"])
    assert ask(box, "POST", f"{path}/comment", {"body": text("a" * 32_768)})[0] == 400


def test_an_issue_has_a_reporter(box: Sandbox) -> None:
    status, told = ask(box, "PUT", "/rest/api/3/issue/ENG-20", {"fields": {"reporter": None}})
    assert (status, list(told["errors"])) == (400, ["reporter"])
    new = {"project": {"key": "ENG"}, "issuetype": {"name": "Bug"}, "summary": "a", "reporter": None}
    assert ask(box, "POST", "/rest/api/3/issue", {"fields": new})[0] == 400


@pytest.mark.parametrize(
    ("jql", "words"),
    [
        ("status in ()", "value"),
        ("status not in ()", "value"),
        ("sprint in opneSprints()", "no JQL function .opneSprints"),
        ("assignee = somebody()", "no JQL function .somebody"),
        (r'summary ~ "a\+b"', r"escape \\\+"),
        (r'summary ~ "caf\u00g9"', "hexadecimal"),
    ],
)
def test_queries_that_cannot_be_are_told_apart(box: Sandbox, jql: str, words: str) -> None:
    with box.client(Jira) as jira, pytest.raises(BadRequestError, match=words):
        jira.issues.search(jql).to_list()


def test_newer_names_of_fields_are_known(box: Sandbox) -> None:
    with box.client(Jira) as jira:

        def found(jql: str) -> list[str]:
            return [str(issue.key) for issue in jira.issues.search(jql, fields=["key"])]

        assert found("workType = Bug") == found("issuetype = Bug") != []
        assert found('textfields ~ "invoice"') == found('text ~ "invoice"') != []


def test_letters_may_be_written_as_their_numbers(box: Sandbox) -> None:
    with box.client(Jira) as jira:
        jira.issues.update("ENG-20", fields={"summary": "The café is shut"})
        assert [issue.key for issue in jira.issues.search(r'summary ~ "caf\u00e9"', fields=["key"])] == ["ENG-20"]


def test_latest_stands_for_the_third_version(box: Sandbox) -> None:
    status, issue = ask(box, "GET", "/rest/api/latest/issue/ENG-21?fields=description")
    assert status == 200
    assert issue["fields"]["description"]["type"] == "doc"
    assert issue["self"].startswith(f"{box.url}/rest/api/3/issue/")
    status, page = ask(box, "GET", f"/rest/api/latest/search/jql?fields=key&jql={quote('key = ENG-20')}")
    assert [one["key"] for one in page["issues"]] == ["ENG-20"]
    assert ask(box, "GET", "/rest/api/latest/nothing")[0] == 404
    through = f"/ex/jira/{box.cloud_id}/rest/api/latest/myself"
    assert ask(box, "GET", through)[0] == 200

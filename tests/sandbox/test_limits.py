"""What is too deep, too long, too large or leads in a circle: it is refused or bounded, and the box answers the next one."""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from atlassian_cloud.sandbox import Sandbox

ASSETS = "/jsm/assets/workspace/{}/v1"
REPOSITORY = "/2.0/repositories/acme/website"


class Answer(NamedTuple):
    status: int
    body: Any
    seconds: float


def ask(box: Sandbox, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    """Ask as any program does; a box that says nothing for 20 seconds fails."""
    token = box.bitbucket_api_token if path.startswith("/2.0") else box.api_token
    sent = {"Authorization": "Basic " + base64.b64encode(f"{box.email}:{token}".encode()).decode(), **(headers or {})}
    if path.startswith("/scim"):
        sent["Authorization"] = f"Bearer {box.scim_token}"
    data = body
    if body is not None and not isinstance(body, bytes):
        data = json.dumps(body)
        sent["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", int(box.url.rsplit(":", 1)[1]), timeout=20)
    begun = time.monotonic()
    try:
        connection.request(method, path, data, sent)
        response = connection.getresponse()
        raw = response.read()
    finally:
        connection.close()
    try:
        read = json.loads(raw)
    except ValueError:
        read = raw
    return Answer(response.status, read, time.monotonic() - begun)


def search(box: Sandbox, jql: str) -> Answer:
    return ask(box, "POST", "/rest/api/3/search/jql", {"jql": jql, "fields": ["key"]})


def aql(box: Sandbox, query: str) -> Answer:
    return ask(box, "POST", ASSETS.format(box.assets.workspace_id) + "/object/aql", {"qlQuery": query})


def cql(box: Sandbox, query: str) -> Answer:
    return ask(box, "GET", "/wiki/rest/api/search?cql=" + quote(query))


def goes_on(box: Sandbox) -> None:
    assert ask(box, "GET", "/rest/api/3/myself").status == 200


DEEP = "(" * 8_000


@pytest.mark.parametrize(
    "query",
    [
        lambda box: search(box, "key in " + DEEP),
        lambda box: cql(box, "title in " + DEEP),
        lambda box: ask(box, "GET", f"{REPOSITORY}/refs/branches?q=" + quote("name in " + DEEP)),
        lambda box: ask(
            box, "GET", f"/scim/directory/{box.scim_directory}/Users?filter=" + quote("userName eq " + DEEP)
        ),
        lambda box: aql(box, "object having inboundReferences(" * 1_000 + "Name = x" + ")" * 1_000),
        lambda box: aql(box, "Name = " + DEEP),
        lambda box: aql(box, ".".join(["Name"] * 8_000) + " = x"),
        lambda box: search(box, 'text ~ "' + "a* " * 5_000 + '"'),
        lambda box: cql(box, 'text ~ "' + "a* " * 5_000 + '"'),
        lambda box: aql(box, 'Created > now("999999999999999y")'),
        lambda box: aql(box, 'Created > now("' + "999999y " * 1_000 + '")'),
        lambda box: cql(box, 'created > now("-9223372036854775808m")'),
        lambda box: cql(box, 'created > "2026-01-01 9223372036854775807:00"'),
        lambda box: search(box, 'created > "-' + "999999w " * 20_000 + '"'),
        lambda box: search(box, 'created > startOfDay("-9223372036854775808d")'),
        lambda box: ask(box, "GET", ASSETS.format(box.assets.workspace_id) + "/aql/objects?page=9223372036854775807"),
        lambda box: ask(box, "POST", "/rest/api/3/issue/ENG-21/worklog", {"timeSpentSeconds": 2**62}),
        lambda box: ask(box, "POST", "/rest/api/3/issue/ENG-21/worklog", {"timeSpent": "99999999999999999999w"}),
        lambda box: ask(
            box,
            "PUT",
            "/rest/api/3/issue/ENG-20",
            {"fields": {"timetracking": {"originalEstimate": "99999999999999999999w 1w"}}},
        ),
    ],
)
def test_what_nobody_asks_is_refused_at_once(box: Sandbox, query: Callable[[Sandbox], Answer]) -> None:
    answer = query(box)
    assert answer.status == 400, answer
    assert answer.seconds < 5
    goes_on(box)
    assert ask(box, "GET", "/rest/api/3/issue/ENG-21").status == 200


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/wiki/rest/api/audit/since?units=YEARS&number=-9223372036854775808", {}, 200),
        ("/rest/api/3/issue/ENG-1/changelog?startAt=9223372036854775807", {}, 200),
        ("/wiki/rest/api/search?cql=" + quote('title ~ "************z"'), {}, 200),
        ("/rest/api/3/user/search?query=a&startAt=9223372036854775807", {}, 200),
    ],
)
def test_the_ends_of_numbers_are_numbers(box: Sandbox, path: str, headers: dict[str, str], status: int) -> None:
    answer = ask(box, "GET", path, headers=headers)
    assert (answer.status, answer.seconds < 5) == (status, True), answer
    goes_on(box)


def commit(box: Sandbox, branch: str, content: str, message: str = "Change") -> str:
    parts = [("message", message), ("branch", branch), ("notes.txt", content)]
    form = b"".join(
        f'--part\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in parts
    )
    sent = {"Content-Type": "multipart/form-data; boundary=part"}
    assert ask(box, "POST", f"{REPOSITORY}/src", form + b"--part--\r\n", sent).status == 201
    named = ask(box, "GET", f"{REPOSITORY}/refs/branches/{branch}").body
    return str(named["target"]["hash"])


def test_a_range_may_end_beyond_every_number(box: Sandbox) -> None:
    parts = b'--part\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabcdef\r\n--part--\r\n'
    sent = {"Content-Type": "multipart/form-data; boundary=part", "X-Atlassian-Token": "no-check"}
    (made,) = ask(box, "POST", "/rest/api/3/issue/ENG-1/attachments", parts, sent).body
    path = f"/rest/api/3/attachment/content/{made['id']}?redirect=false"
    answer = ask(box, "GET", path, headers={"Range": "bytes=2-18446744073709551615"})
    assert (answer.status, answer.body) == (206, b"cdef")


def test_long_files_are_compared_without_white_space_quickly(box: Sandbox) -> None:
    old, new = ("\n".join(f"{side}{line} x y z " + "q " * 50 for line in range(1_990)) for side in "ab")
    first, second = commit(box, "long", old), commit(box, "long", new)
    answer = ask(box, "GET", f"{REPOSITORY}/diff/{second}..{first}?ignore_whitespace=true")
    assert answer.status == 200
    assert answer.seconds < 10


def filters(box: Sandbox, count: int, times: int) -> str:
    """Each but the first names the one before."""
    jql = "project = ENG"
    for number in range(count):
        made = ask(box, "POST", "/rest/api/3/filter", {"name": f"level {number}", "jql": jql})
        assert made.status == 200, made
        jql = " or ".join([f"filter = {made.body['id']}"] * times)
    return jql


def test_filters_that_name_filters_are_asked_once(box: Sandbox) -> None:
    answer = search(box, filters(box, 5, 40))
    assert len(answer.body["issues"]) == len(search(box, "project = ENG").body["issues"]) > 0
    assert answer.seconds < 5


def test_filters_stand_deep_in_each_other_but_not_in_a_circle(box: Sandbox) -> None:
    jql = filters(box, 30, 1)
    assert search(box, jql).status == 200
    first = ask(box, "GET", "/rest/api/3/filter/search?filterName=level%200").body["values"][0]["id"]
    changed = ask(box, "PUT", f"/rest/api/3/filter/{first}", {"name": "level 0", "jql": jql})
    answer = search(box, jql)
    assert 400 in (changed.status, answer.status)
    assert "name each other" in json.dumps([changed.body, answer.body])
    deeper = search(box, f"{jql} or {jql}")
    assert deeper.seconds < 5


def changed_snapshot(box: Sandbox, path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    box.save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def put(content: dict[str, Any], *way: str, value: Any) -> None:
    for step in way[:-1]:
        content = content[step]
    assert way[-1] in content
    content[way[-1]] = value


def test_circles_in_a_snapshot_end(box: Sandbox, tmp_path: Path) -> None:
    def turn(content: dict[str, Any]) -> None:
        put(content, "state", "confluence", "contents", "100001", "parent", value=100002)
        put(content, "state", "confluence", "contents", "100013", "parent", value=100013)
        put(content, "state", "assets", "types", "3", "parent", value=3)

    box.load(changed_snapshot(box, tmp_path / "box.json", turn))
    for path in (
        "/wiki/api/v2/pages/100002/ancestors",
        "/wiki/api/v2/pages/100013/ancestors",
        "/wiki/api/v2/pages/100002/descendants",
        ASSETS.format(box.assets.workspace_id) + "/objecttype/3/attributes",
    ):
        assert ask(box, "GET", path).status == 200, path
    assert aql(box, "objectType in objectTypeAndChildren(3)").status in (200, 400)
    assert cql(box, "ancestor = 100001").status == 200


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (("now",), 2**63 - 1),
        (("now",), -(2**63)),
        (("now",), -1),
        (("state", "jira", "last"), 2**64 - 1),
        (("state", "confluence", "last"), 2**64 - 1),
        (("state", "counter"), 2**64 - 1),
        (("state", "files", "last"), 2**64 - 1),
    ],
)
def test_numbers_that_cannot_go_on_are_no_snapshot(
    box: Sandbox, tmp_path: Path, way: tuple[str, ...], value: int
) -> None:
    path = changed_snapshot(box, tmp_path / "box.json", lambda content: put(content, *way, value=value))
    with pytest.raises(ValueError, match="is no snapshot that this version can read: "):
        box.load(path)
    goes_on(box)


def test_the_clock_stays_where_dates_can_be_written(box: Sandbox) -> None:
    with pytest.raises(ValueError, match="1970 to 8999"):
        box.advance(days=365 * 7_990)
    goes_on(box)


def test_a_file_of_no_possible_time_is_downloaded(box: Sandbox, tmp_path: Path) -> None:
    parts = b'--part\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\na\r\n--part--\r\n'
    sent = {"Content-Type": "multipart/form-data; boundary=part", "X-Atlassian-Token": "no-check"}
    (made,) = ask(box, "POST", "/rest/api/3/issue/ENG-1/attachments", parts, sent).body

    # The date of a file is a header, whose years have four digits.
    def age(content: dict[str, Any]) -> None:
        for file in content["state"]["files"]["kept"].values():
            file["created"] = 2**62

    box.load(changed_snapshot(box, tmp_path / "box.json", age))
    assert ask(box, "GET", f"/rest/api/3/attachment/content/{made['id']}?redirect=false").body == b"a"


def test_a_log_has_children_before_their_parents_whatever_the_clock_said(box: Sandbox, tmp_path: Path) -> None:
    first = commit(box, "late", "1")

    def turn_back(content: dict[str, Any]) -> None:
        content["now"] -= 2 * 3_600_000

    box.load(changed_snapshot(box, tmp_path / "box.json", turn_back))
    second = commit(box, "late", "2")
    third = commit(box, "late", "3")
    listed = ask(box, "GET", f"{REPOSITORY}/commits/late?pagelen=3").body["values"]
    assert [one["hash"] for one in listed] == [third, second, first]

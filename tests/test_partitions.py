"""Searches with JQL that are split by date of creation and read side by side."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from atlassian_cloud import AsyncJira, Jira, ServerError

BEGIN = datetime(2021, 3, 1, 8, 30)
# Most of them late, as in a project that grows; some in one minute.
CREATED = [BEGIN + timedelta(minutes=int(1_500_000 * (n / 1000) ** 0.3)) for n in range(1000)]


class Site(ThreadingHTTPServer):
    """Understands `created >= "..."`, `created < "..."` and ORDER BY, pages of 20 by token, and counts."""

    daemon_threads = True

    def __init__(self, created: list[datetime]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.created = created
        self.queries: list[str] = []
        self.counted: list[str] = []
        self.searches = 0
        self.now = self.most = 0
        self.fail: set[int] = set()
        self.estimate: Callable[[int, int], tuple[int, object]] = lambda hits, number: (200, hits)
        self.lock = threading.Lock()
        self.together = threading.Event()

    def found(self, jql: str) -> list[int]:
        condition, _, order = jql.partition(" ORDER BY ")
        hits = list(range(len(self.created)))
        for operator, text in re.findall(r'created (>=|<) "([^"]+)"', condition):
            moment = datetime.strptime(text, "%Y-%m-%d %H:%M")
            hits = [n for n in hits if (self.created[n] >= moment if operator == ">=" else self.created[n] < moment)]
        return hits[::-1] if order == "created DESC" else hits


class Handler(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.answer(url.path, {name: values[0] for name, values in parse_qs(url.query).items()})

    def do_POST(self) -> None:
        self.answer(self.path, json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def answer(self, path: str, given: dict[str, Any]) -> None:
        site = self.server
        hits = site.found(given["jql"])
        if path.endswith("/approximate-count"):
            with site.lock:
                site.counted.append(given["jql"])
            status, count = site.estimate(len(hits), len(site.counted))
            return self.give(status, {"count": count})
        size = int(given.get("maxResults", 20))
        start = int(given.get("nextPageToken", "0"))
        with site.lock:
            number, site.searches = site.searches, site.searches + 1
        if size > 1:
            with site.lock:
                site.queries.append(given["jql"])
                site.now += 1
                site.most = max(site.most, site.now)
                if site.most >= 2:
                    site.together.set()
            # Held until two are here together, once: proof that they are asked for side by side.
            site.together.wait(1)
            with site.lock:
                site.now -= 1
        if number in site.fail:
            return self.give(500, {"errorMessages": ["once"]})
        issues = [
            {
                "id": str(10_000 + n),
                "key": f"A-{n}",
                "fields": {"created": site.created[n].strftime("%Y-%m-%dT%H:%M:07.000+0200")},
            }
            for n in hits[start : start + size]
        ]
        page: dict[str, Any] = {"issues": issues, "isLast": start + size >= len(hits)}
        if not page["isLast"]:
            page["nextPageToken"] = str(start + size)
        return self.give(200, page)

    def give(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def sites() -> Iterator[Any]:
    begun: list[Site] = []

    def site(created: list[datetime]) -> tuple[Site, dict[str, Any]]:
        made = Site(created)
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        begun.append(made)
        return made, {
            "site": "acme",
            "email": "a@example.com",
            "token": "t",
            "base_url": f"http://127.0.0.1:{made.server_address[1]}",
            "max_retries": 0,
        }

    yield site
    for made in begun:
        made.shutdown()
        made.server_close()


def numbers(issues: list[Any]) -> list[int]:
    return sorted(int(issue["key"][2:]) for issue in issues)


def test_everything_comes_once_and_side_by_side(sites: Any) -> None:
    site, settings = sites(CREATED)
    issues = list(Jira(**settings).issues.search("project = A", fields=["summary"], partitions=4))
    assert numbers(issues) == list(range(1000))
    assert site.together.is_set()
    assert site.most <= 4
    parts = [site.found(query) for query in set(site.queries)]
    assert len(parts) >= 4
    assert max(map(len, parts)) <= 1000 / 4, "late, dense times are cut finer"
    assert len(site.counted) < 40


def test_the_same_awaited(sites: Any) -> None:
    site, settings = sites(CREATED)

    async def main() -> list[Any]:
        async with AsyncJira(**settings) as jira:
            return [issue async for issue in jira.issues.search("project = A", partitions=4)]

    assert numbers(asyncio.run(main())) == list(range(1000))
    assert site.together.is_set()


def test_conditions_keep_their_meaning(sites: Any) -> None:
    site, settings = sites(CREATED)
    query = "project = A OR summary ~ 'order by (\\' it' OR \"order\" ~ x"
    assert len(Jira(**settings).issues.search(query, partitions=2).to_list()) == 1000
    assert all(asked.startswith(f"({query}) AND created ") for asked in site.queries)


def test_long_queries_go_out_in_a_body(sites: Any) -> None:
    _, settings = sites(CREATED)
    query = f"key in ({', '.join(f'A-{n}' for n in range(1000))})"
    issues = Jira(**settings).issues.search(query, partitions=3).to_list()
    assert numbers(issues) == list(range(1000))


def test_a_limit_counts_over_all_parts(sites: Any) -> None:
    site, settings = sites(CREATED)
    assert len(set(numbers(Jira(**settings).issues.search("x = 1", partitions=4, limit=377).to_list()))) == 377
    assert len(set(site.queries)) > 1


def test_a_small_limit_is_not_worth_a_split(sites: Any) -> None:
    site, settings = sites(CREATED)
    site.together.set()
    assert numbers(Jira(**settings).issues.search("x = 1", partitions=4, limit=77).to_list()) == list(range(77))
    assert site.counted == []


@pytest.mark.parametrize(
    "estimate",
    [
        lambda hits, number: (403, None),
        lambda hits, number: (200, hits) if number == 1 else (500, None),
        lambda hits, number: (200, 10**30),
        lambda hits, number: (200, 8 * 10**18),
        lambda hits, number: (200, -5 if number > 1 else 500),
        lambda hits, number: (200, "many" if number > 1 else 500),
        lambda hits, number: (200, hits * number),
        lambda hits, number: (200, 10**12),
    ],
    ids=["refused", "fails", "absurd", "overflowing", "negative", "text", "growing", "always many"],
)
def test_estimates_decide_only_how_even_parts_are(
    sites: Any, estimate: Callable[[int, int], tuple[int, object]]
) -> None:
    site, settings = sites(CREATED)
    site.estimate = estimate
    assert numbers(Jira(**settings).issues.search("x = 1", partitions=4).to_list()) == list(range(1000))
    assert len(site.counted) < 300
    assert len(set(site.queries)) > 1


def test_pages_and_what_is_not_known_of_parts(sites: Any) -> None:
    _, settings = sites(CREATED)
    listing = Jira(**settings).issues.search("x = 1", partitions=4)
    assert numbers([issue for page in listing.pages() for issue in page]) == list(range(1000))
    assert listing.cursor is None
    assert listing.total is None


@pytest.mark.parametrize("count", [0, 1, 30])
def test_a_small_result_is_not_split(sites: Any, count: int) -> None:
    site, settings = sites(CREATED[:count])
    site.together.set()
    assert numbers(Jira(**settings).issues.search("x = 1", partitions=8).to_list()) == list(range(count))
    assert set(site.queries) == {"x = 1"}
    assert len(site.counted) == 1


def test_issues_of_one_minute_cannot_be_told_apart(sites: Any) -> None:
    site, settings = sites([BEGIN] * 400)
    site.together.set()
    assert numbers(Jira(**settings).issues.search("x = 1", partitions=8).to_list()) == list(range(400))
    assert len(site.counted) < 20


def test_a_failed_page_is_asked_for_again_and_nothing_is_lost(sites: Any) -> None:
    site, settings = sites(CREATED)
    site.fail = {0, 11, 12, 30}
    listing = Jira(**settings).issues.search("x = 1", partitions=4)
    issues, faults = [], 0
    while True:
        try:
            issues.extend(listing)
            break
        except ServerError:
            faults += 1
            issues.extend([])
    assert numbers(issues) == list(range(1000))
    assert faults >= 2


def test_a_failed_page_keeps_what_to_list_has(sites: Any) -> None:
    site, settings = sites(CREATED)
    site.fail = {25}
    listing = Jira(**settings).issues.search("x = 1", partitions=4)
    with pytest.raises(ServerError):
        listing.to_list()
    assert numbers(listing.to_list()) == list(range(1000))


@pytest.mark.parametrize(
    ("query", "given", "error", "message"),
    [
        ("project = A ORDER BY created", {"partitions": 4}, ValueError, "no order can hold; leave ORDER BY out"),
        ("project = A\norder\tBy rank", {"partitions": 4}, ValueError, "no order can hold"),
        ("project = A) OR (project = B", {"partitions": 4}, ValueError, "a quote or parenthesis is not closed"),
        ("(project = A", {"partitions": 4}, ValueError, "not closed"),
        ("summary ~ 'a", {"partitions": 4}, ValueError, "not closed"),
        (" ", {"partitions": 4}, ValueError, "jql: must not be empty"),
        ("x = 1", {"partitions": 0}, ValueError, "partitions: must be 1 or more, got 0"),
        ("x = 1", {"partitions": 65}, ValueError, "partitions: at most 64, got 65"),
        ("x = 1", {"partitions": "4"}, TypeError, "partitions: expected int, got str"),
        ("x = 1", {"partitions": True}, TypeError, "partitions: expected int, got bool"),
        ("x = 1", {"partitions": 4, "cursor": "c"}, TypeError, "has no cursor"),
        ("x = 1", {"partition": 4}, TypeError, "did you mean 'partitions'"),
    ],
)
def test_what_cannot_be_split_is_refused_before_anything_is_sent(
    sites: Any, query: str, given: dict[str, Any], error: type[Exception], message: str
) -> None:
    site, settings = sites(CREATED)
    with pytest.raises(error, match=re.escape(message)):
        Jira(**settings).issues.search(query, **given)
    assert site.searches == 0
    assert site.counted == []


def test_one_partition_is_a_plain_search(sites: Any) -> None:
    site, settings = sites(CREATED[:50])
    site.together.set()
    issues = list(Jira(**settings).issues.search("x = 1 ORDER BY created", partitions=1))
    assert numbers(issues) == list(range(50))
    assert site.counted == []


def test_other_listings_know_no_partitions(sites: Any) -> None:
    _, settings = sites([])
    with pytest.raises(TypeError, match="unexpected keyword argument 'partitions'"):
        Jira(**settings).projects.search(partitions=4)  # type: ignore[call-arg]


def test_a_raw_call_is_one_page_and_no_partitions(sites: Any) -> None:
    site, settings = sites(CREATED)
    raw = Jira(**settings).with_raw_response
    with pytest.raises(TypeError, match=r"^jira\.issues\.search: partitions: a raw call answers one page$"):
        raw.issues.search("x = 1", partitions=4)
    assert site.searches == 0

"""CQL over the demo site: each query beside what a reading of the lists of version 2 gives for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from atlassian_cloud import BadRequestError, Confluence
from atlassian_cloud.sandbox import Sandbox

ADMIN, ACTIVE = "557058:0d7c9a3e-52b1-4f86-a0e4-7b1c2d3e4f50", "5e5f6a63157ed50cd2b9eaca"
KEYS = {"65537": "ENG", "65538": "DOCS", "65539": "HR", "65540": "~"}


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Sandbox, Confluence, list[dict[str, Any]]]]:
    """All pages of the demo site, read by version 2, with what the searches look at."""
    with Sandbox() as box, box.client(Confluence) as confluence:
        parents: dict[str, str | None] = {}
        pages: list[dict[str, Any]] = []
        for page in confluence.pages.list(status=["current"], body_format="storage", page_size=250):
            full = page.to_dict()
            full["key"] = KEYS[str(page.space_id)]
            full["labels"] = {label.name for label in confluence.pages.labels.list(str(page.id))}
            versions = [one.to_dict() for one in confluence.pages.versions.list(str(page.id))]
            full["people"] = {one["authorId"] for one in versions}
            full["when"] = max(one["createdAt"] for one in versions)
            full["text"] = (full["title"] + " " + full["body"]["storage"]["value"]).lower()
            parents[full["id"]] = full.get("parentId")
            pages.append(full)
        for page_ in pages:
            above, up = [], page_.get("parentId")
            while up:
                above.append(up)
                up = parents.get(up)
            page_["above"] = above
        yield box, confluence, pages


Test = Callable[[dict[str, Any]], bool]

# A query, and which pages it finds.
QUERIES: list[tuple[str, Test]] = [
    ("type = page", lambda p: True),
    ("type = page AND space = ENG", lambda p: p["key"] == "ENG"),
    ("type = page AND space = eng", lambda p: p["key"] == "ENG"),
    ("type = page AND space != ENG", lambda p: p["key"] != "ENG"),
    ("type = page AND space in (ENG, DOCS)", lambda p: p["key"] in ("ENG", "DOCS")),
    ("type = page AND space not in (ENG, DOCS)", lambda p: p["key"] in ("HR", "~")),
    ("type = page AND space.type = personal", lambda p: p["key"] == "~"),
    ("type = page AND space.type != global", lambda p: p["key"] in ("~", "DOCS")),
    ('type = page AND space.title ~ "documentation"', lambda p: p["key"] == "DOCS"),
    ("type = page AND title = Architecture", lambda p: p["title"] == "Architecture"),
    ('type = page AND title = "payment API"', lambda p: p["title"] == "Payment API"),
    (
        'type = page AND title != "Payment API" AND space = ENG',
        lambda p: p["key"] == "ENG" and p["title"] != "Payment API",
    ),
    ("type = page AND title ~ payment", lambda p: "payment" in p["title"].lower()),
    ('type = page AND title ~ "api payment"', lambda p: {"payment", "api"} <= set(p["title"].lower().split())),
    ("type = page AND title ~ 'rel*'", lambda p: any(w.startswith("rel") for w in p["title"].lower().split())),
    ('type = page AND title ~ "\\"payment api\\""', lambda p: "payment api" in p["title"].lower()),
    (
        "type = page AND title !~ release AND space = DOCS",
        lambda p: p["key"] == "DOCS" and "release" not in p["title"].lower().split(),
    ),
    ('type = page AND title in ("First week", Equipment)', lambda p: p["title"] in ("First week", "Equipment")),
    ("type = page AND text ~ deploy", lambda p: "deploy" in p["text"]),
    ('type = page AND text ~ "make release"', lambda p: "make release &&" in p["text"]),
    ('type = page AND siteSearch ~ "revision"', lambda p: "revision" in p["text"]),
    ("label = security", lambda p: "security" in p["labels"]),
    ("label in (security, how-to)", lambda p: bool({"security", "how-to"} & p["labels"])),
    (
        "type = page AND label != security AND space = ENG",
        lambda p: p["key"] == "ENG" and "security" not in p["labels"],
    ),
    ("type = page AND label = decision AND label = security", lambda p: {"decision", "security"} <= p["labels"]),
    ("id = 100005", lambda p: p["id"] == "100005"),
    ("content in (100005, 100006)", lambda p: p["id"] in ("100005", "100006")),
    ("parent = 100013", lambda p: p.get("parentId") == "100013"),
    ("type = page AND ancestor = 100002", lambda p: "100002" in p["above"]),
    ("type = page AND ancestor in (100002, 100053)", lambda p: bool({"100002", "100053"} & set(p["above"]))),
    ("type = page AND space = ENG AND ancestor != 100001", lambda p: p["key"] == "ENG" and "100001" not in p["above"]),
    ("type = page AND creator = currentUser()", lambda p: p["authorId"] == ADMIN),
    (f'type = page AND creator = "{ACTIVE}"', lambda p: p["authorId"] == ACTIVE),
    (f'type = page AND contributor = "{ACTIVE}"', lambda p: ACTIVE in p["people"]),
    (f'type = page AND creator in (currentUser(), "{ACTIVE}")', lambda p: p["authorId"] in (ADMIN, ACTIVE)),
    (f'type = page AND mention = "{ACTIVE}"', lambda p: f'ri:account-id="{ACTIVE}"' in p["body"]["storage"]["value"]),
    ("type = page AND macro = info", lambda p: 'ac:name="info"' in p["text"]),
    ("type = page AND macro in (info, code)", lambda p: 'ac:name="info"' in p["text"] or 'ac:name="code"' in p["text"]),
    ("type = page AND watcher = currentUser()", lambda p: p["id"] == "100002"),
    ("type = page AND favourite = currentUser()", lambda p: p["id"] == "100013"),
    ("space in favouriteSpaces() AND type = page", lambda p: p["key"] == "DOCS"),
    ('type = page AND created < "2000-01-01"', lambda p: False),
    ('type = page AND created >= "2000/01/01 10:30"', lambda p: True),
    ("type = page AND created > now()", lambda p: False),
    ("type = page AND lastmodified <= endOfDay()", lambda p: True),
    ("type = page AND NOT space = ENG AND NOT space = DOCS", lambda p: p["key"] in ("HR", "~")),
    ("type = page AND NOT (space = ENG OR space = HR)", lambda p: p["key"] in ("DOCS", "~")),
    (
        "type = page AND (title ~ payment OR label = how-to)",
        lambda p: "payment" in p["title"].lower() or "how-to" in p["labels"],
    ),
    (
        "type = page AND title ~ payment OR id = 100020",
        lambda p: "payment" in p["title"].lower() or p["id"] == "100020",
    ),
    (
        "type = page and space = HR and title ~ salary order by title",
        lambda p: p["key"] == "HR" and "salary" in p["title"].lower(),
    ),
]


@pytest.mark.parametrize(("cql", "fits"), QUERIES, ids=[cql for cql, _ in QUERIES])
def test_a_query_finds_what_it_says(
    site: tuple[Sandbox, Confluence, list[dict[str, Any]]], cql: str, fits: Test
) -> None:
    _, confluence, pages = site
    expected = sorted(page["id"] for page in pages if fits(page))
    found = list(confluence.v1.content.search(cql, page_size=20))
    assert sorted(str(one.id) for one in found if one.type == "page") == expected
    assert all(one.type == "page" for one in found)


def test_the_table_is_worth_its_name(site: tuple[Sandbox, Confluence, list[dict[str, Any]]]) -> None:
    _, _, pages = site
    assert len(pages) == 64
    some = [cql for cql, fits in QUERIES if 0 < sum(map(fits, pages)) < len(pages)]
    assert len(some) >= 40


@pytest.mark.parametrize("days", [30, 90, 300])
def test_dates_are_counted_back_from_now(site: tuple[Sandbox, Confluence, list[dict[str, Any]]], days: int) -> None:
    from datetime import datetime, timedelta, timezone

    _, confluence, pages = site
    edge = (datetime.now(timezone.utc) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")
    for field, key in (("created", "createdAt"), ("lastmodified", "when")):
        expected = {page["id"] for page in pages if page[key] > edge}
        for cql in (f'type = page AND {field} > now("-{days}d")', f"type = page AND {field} >= now('-{days * 24}h')"):
            assert {str(one.id) for one in confluence.v1.content.search(cql)} == expected


@pytest.mark.parametrize(
    ("order", "key", "descending"),
    [
        ("title", "title", False),
        ("title DESC", "title", True),
        ("created", "createdAt", False),
        ("lastmodified desc", "when", True),
    ],
)
def test_results_are_ordered(
    site: tuple[Sandbox, Confluence, list[dict[str, Any]]], order: str, key: str, descending: bool
) -> None:
    _, confluence, pages = site
    expected = sorted((page[key].lower() for page in pages if page["key"] == "ENG"), reverse=descending)
    by_id = {page["id"]: page[key].lower() for page in pages}
    found = confluence.v1.content.search(f"type = page AND space = ENG ORDER BY {order}", page_size=7)
    assert [by_id[str(one.id)] for one in found] == expected


def test_other_kinds_are_found_too(site: tuple[Sandbox, Confluence, list[dict[str, Any]]]) -> None:
    box, confluence, _ = site
    search = confluence.v1.content.search
    counts = {
        kind: len(search(f"type = {kind}").to_list()) for kind in ("blogpost", "comment", "attachment", "whiteboard")
    }
    assert counts["blogpost"] == 4
    assert counts["comment"] == 6
    assert counts["whiteboard"] == 1
    assert counts["attachment"] == len(confluence.attachments.list().to_list())
    assert {one.title for one in search("type = attachment AND container = 100002")} == {"services.csv", "notes.txt"}
    assert len(search("type = comment AND container = 100002").to_list()) == 4
    everything = confluence.v1.search.content("type = space").to_list()
    assert {one.title for one in everything} == {"Engineering", "Documentation", "People", "Olga"}
    assert [one.title for one in confluence.v1.search.content('space.title ~ "People" AND type = space')] == ["People"]
    people = confluence.v1.search.users('user.fullname ~ "Olga"').to_list()
    assert box.accounts.organization_admin in {one.user.account_id for one in people if one.user}


def test_results_carry_what_is_expanded(site: tuple[Sandbox, Confluence, list[dict[str, Any]]]) -> None:
    box, confluence, _ = site
    [bare] = confluence.v1.content.search(f"id = {box.confluence.architecture}")
    assert "body" not in bare
    assert "space" not in bare
    expand = [
        "body.storage",
        "space",
        "version",
        "ancestors",
        "metadata.labels",
        "children.page",
        "history.lastUpdated",
    ]
    [full] = confluence.v1.content.search(f"id = {box.confluence.architecture}", expand=expand)
    plain = full.to_dict()
    assert plain["body"]["storage"]["value"].startswith("<h1>Architecture</h1>")
    assert plain["space"]["key"] == "ENG"
    assert [above["id"] for above in plain["ancestors"]] == [box.confluence.home]
    assert len(plain["children"]["page"]["results"]) == 3
    assert plain["history"]["lastUpdated"]["number"] == plain["version"]["number"]


def test_the_context_of_a_search(site: tuple[Sandbox, Confluence, list[dict[str, Any]]]) -> None:
    _, confluence, pages = site
    found = confluence.v1.content.search("type = page AND space = currentSpace()", cqlcontext='{"spaceKey": "HR"}')
    assert len(found.to_list()) == sum(page["key"] == "HR" for page in pages)


@pytest.mark.parametrize(
    ("cql", "words"),
    [
        ("", "empty"),
        ("space =", "value"),
        ("space = ENG AND", "field"),
        ("colour = red", "No field exists with name: colour"),
        ("space ~ ENG", "operator is not supported"),
        ("text = deploy", "operator is not supported"),
        ("title > a", "operator is not supported"),
        ("created ~ '2026-01-01'", "operator is not supported"),
        ("created > yesterday", "Cannot read the date"),
        ("created > now('soon')", "Cannot read the time"),
        ("creator = nobody()", "No function exists"),
        ("space = currentSpace()", "cqlcontext"),
        ("space in ENG", "IN"),
        ("space = (ENG, HR)", "IN"),
        ("type = page ORDER BY colour", "Cannot order"),
        ("(type = page", "bracket"),
        ("title = 'open", "quoted"),
    ],
)
def test_what_is_wrong_is_told(site: tuple[Sandbox, Confluence, list[dict[str, Any]]], cql: str, words: str) -> None:
    _, confluence, _ = site
    with pytest.raises(BadRequestError, match="Could not parse cql") as caught:
        confluence.request("GET", "/wiki/rest/api/content/search", query={"cql": cql})
    assert words in str(caught.value)

"""The sandbox as one site: what is made through one product is read back through others, and many clients share it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from atlassian_cloud import (
    Agile,
    AsyncAgile,
    AsyncBitbucket,
    AsyncConfluence,
    AsyncJira,
    AsyncServiceManagement,
    Bitbucket,
    Confluence,
    Jira,
    ServiceManagement,
)
from atlassian_cloud.sandbox import Sandbox

# A script that hands out each call and is sent its result, so that the same one runs with and without blocking.
Script = Generator[Any, Any, None]


class Clients(NamedTuple):
    """Blocking ones or the others; a script sees no difference."""

    jira: Any
    agile: Any
    confluence: Any
    desk: Any
    bitbucket: Any


def keys(issues: Iterable[Any]) -> list[str]:
    return [str(issue.key) for issue in issues]


def document(words: str) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": words}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def page_body(words: str) -> dict[str, str]:
    return {"representation": "storage", "value": f"<p>{words}</p>"}


STATUSES = {"Planned": "TODO", "Flying": "IN_PROGRESS", "Landed": "DONE"}


def make_project(box: Sandbox, jira: Any) -> Script:
    """MOON, whose issues go from planned over flying to landed."""
    moves: list[dict[str, Any]] = [{"id": "1", "name": "Create", "type": "INITIAL", "toStatusReference": "Planned"}]
    for number, name, start, end in (("11", "Launch", "Planned", "Flying"), ("21", "Land", "Flying", "Landed")):
        links = [{"fromStatusReference": start}]
        moves.append({"id": number, "name": name, "type": "DIRECTED", "toStatusReference": end, "links": links})
    yield jira.workflows.create_many(
        scope={"type": "GLOBAL"},
        statuses=[
            {"name": name, "statusCategory": category, "statusReference": name} for name, category in STATUSES.items()
        ],
        workflows=[
            {
                "name": "Mission",
                "statuses": [{"statusReference": name, "properties": {}} for name in STATUSES],
                "transitions": moves,
            }
        ],
    )
    scheme = yield jira.workflows.schemes.create(name="Missions", default_workflow="Mission")
    yield jira.projects.create(
        key="MOON",
        name="Moon",
        project_type_key="software",
        lead_account_id=box.accounts.active,
        workflow_scheme=scheme.id,
    )


def make_issues(jira: Any) -> Script:
    for summary, kind, more in (
        ("Rocket", "Story", {"labels": ["heavy"]}),
        ("Engine", "Sub-task", {"parent": {"key": "MOON-1"}}),
        ("Suits", "Task", {"labels": ["light"]}),
        ("Flag", "Task", {}),
    ):
        wanted = {"project": {"key": "MOON"}, "issuetype": {"name": kind}, "summary": summary, **more}
        yield jira.issues.create(fields=wanted)
    yield jira.issues.comments.add("MOON-1", body=document("It shall be red."))
    yield jira.issues.transition("MOON-3", transition={"id": "11"})


def make_sprint(jira: Any, agile: Any) -> Script:
    filter_ = yield jira.filters.create(name="All of MOON", jql="project = MOON ORDER BY Rank ASC")
    place = {"type": "project", "projectKeyOrId": "MOON"}
    board = yield agile.boards.create(name="MOON board", type="scrum", filter_id=int(filter_.id), location=place)
    sprint = yield agile.sprints.create(name="Countdown", origin_board_id=board.id, goal="Lift-off")
    yield agile.sprints.issues.add(sprint.id, issues=["MOON-1", "MOON-3"])


def make_pages(confluence: Any) -> Script:
    space = yield confluence.spaces.create(key="LUNA", name="Luna")
    under = str(space.homepage_id)
    for title in ("Logbook", "Day one"):
        page = yield confluence.pages.create(
            space_id=str(space.id), title=title, parent_id=under, body=page_body(f"{title}: all well.")
        )
        under = str(page.id)
    yield confluence.v1.content.labels.add(under, body=[{"prefix": "global", "name": "landing"}])


def make_request(desk: Any) -> Script:
    values = {"summary": "No air", "description": "The hatch leaks."}
    yield desk.requests.create(service_desk_id="1", request_type_id="2", request_field_values=values)


def make_pull_request(bitbucket: Any) -> Script:
    repositories = bitbucket.repositories
    yield repositories.create("lander", project={"type": "project", "key": "CORE"})
    commit = repositories.source.create_commit
    yield commit("lander", files=[("burn.txt", b"on\nfull\n")], message="Burn")
    files = [("burn.txt", b"on\nhalf\n"), ("legs/gear.txt", b"down\n")]
    yield commit("lander", files=files, message="Gear", branch="legs")
    yield repositories.pullrequests.create("lander", title="Legs", source={"branch": {"name": "legs"}})


def read_project(jira: Any) -> Script:
    (project,) = yield jira.projects.search(query="moon").to_list()
    assert (project.key, project.name) == ("MOON", "Moon")
    kinds = yield jira.projects.list_statuses("MOON")
    assert [[one.name for one in kind.statuses] for kind in kinds] == [list(STATUSES)] * len(kinds)
    assert kinds
    flows = yield jira.workflows.search(query_string="mission", is_active=True).to_list()
    assert [flow.name for flow in flows] == ["Mission"]
    made = yield jira.statuses.search(search_string="Land").to_list()
    assert [(one.name, one.status_category) for one in made] == [("Landed", "DONE")]


def read_issues(jira: Any) -> Script:
    def search(jql: str, *names: str) -> Any:
        return jira.issues.search(jql=f"project = MOON AND {jql} ORDER BY key ASC", fields=["key", *names]).to_list()

    found = yield search("created > -1h", "summary", "status", "parent", "labels", "issuetype")
    told = [one.to_dict()["fields"] for one in found]
    assert keys(found) == ["MOON-1", "MOON-2", "MOON-3", "MOON-4"]
    assert [one["summary"] for one in told] == ["Rocket", "Engine", "Suits", "Flag"]
    assert [one["issuetype"]["name"] for one in told] == ["Story", "Sub-task", "Task", "Task"]
    assert [one["status"]["name"] for one in told] == ["Planned", "Planned", "Flying", "Planned"]
    assert [one["labels"] for one in told] == [["heavy"], [], ["light"], []]
    assert [one["parent"]["key"] for one in told if "parent" in one] == ["MOON-1"]
    assert keys((yield search("parent = MOON-1"))) == ["MOON-2"]
    assert keys((yield search('status = Flying AND statusCategory = "In Progress"'))) == ["MOON-3"]
    assert keys((yield search('comment ~ "red"'))) == ["MOON-1"]
    rocket = yield jira.issues.get("MOON-1")
    fields = rocket.to_dict()["fields"]
    assert [one["key"] for one in fields["subtasks"]] == ["MOON-2"]
    assert [one["body"] for one in fields["comment"]["comments"]] == [document("It shall be red.")]
    changes = yield jira.issues.changelogs.list("MOON-3").to_list()
    items = [item for change in changes for item in change.items]
    assert [(one.field, one.from_string, one.to_string) for one in items] == [
        ("status", "Planned", "Flying"),
        ("Sprint", "", "Countdown"),
    ]


def read_sprint(jira: Any, agile: Any) -> Script:
    (board,) = yield agile.boards.list(project_key_or_id="MOON").to_list()
    assert (board.name, board.type) == ("MOON board", "scrum")
    (sprint,) = yield agile.boards.sprints.list(board.id).to_list()
    assert (sprint.name, sprint.state, sprint.goal) == ("Countdown", "future", "Lift-off")
    # A sub-task goes where its parent goes.
    assert keys((yield agile.sprints.issues.list(sprint.id).to_list())) == ["MOON-1", "MOON-2", "MOON-3"]
    assert keys((yield agile.boards.backlog.list_issues(board.id).to_list())) == ["MOON-4"]
    everything = yield agile.boards.issues.list(board.id).to_list()
    assert keys(everything) == ["MOON-1", "MOON-2", "MOON-3", "MOON-4"]
    planned = yield jira.issues.search(jql="sprint = Countdown", fields=["key"]).to_list()
    assert sorted(keys(planned)) == ["MOON-1", "MOON-2", "MOON-3"]


def read_pages(confluence: Any) -> Script:
    (space,) = yield confluence.spaces.list(keys=["LUNA"]).to_list()
    home = str(space.homepage_id)
    (logbook,) = yield confluence.pages.children.list(home).to_list()
    (day,) = yield confluence.pages.children.list(str(logbook.id)).to_list()
    assert (logbook.title, day.title) == ("Logbook", "Day one")
    below = yield confluence.pages.descendants.list(home, depth=5).to_list()
    assert [(one.title, one.depth) for one in below] == [("Logbook", 1), ("Day one", 2)]
    assert [one.name for one in (yield confluence.pages.labels.list(str(day.id)).to_list())] == ["landing"]
    for cql, titles in (
        ("space = LUNA AND label = landing", {"Day one"}),
        (f"ancestor = {home} AND type = page", {"Logbook", "Day one"}),
        ('space = LUNA AND text ~ "well"', {"Logbook", "Day one"}),
    ):
        found = yield confluence.v1.content.search(cql).to_list()
        assert {one.title for one in found} == titles, cql
    pages = yield confluence.spaces.pages.list(str(space.id), title="Day one", body_format="storage").to_list()
    assert [one.body.storage.value for one in pages] == ["<p>Day one: all well.</p>"]


def read_request(jira: Any, desk: Any) -> Script:
    mine = yield desk.requests.list(request_ownership=["OWNED_REQUESTS"], search_term="air").to_list()
    assert [(one.request_type_id, one.current_status.status) for one in mine] == [("2", "Waiting for support")]
    issue = yield jira.issues.get(mine[0].issue_key)
    fields = issue.to_dict()["fields"]
    assert (fields["summary"], fields["issuetype"]["name"]) == ("No air", "Incident")
    assert fields["description"] == document("The hatch leaks.")
    found = yield jira.issues.search(
        jql='"Request Type" = "Report an incident" AND created > -1h', fields=["key"]
    ).to_list()
    assert keys(found) == [issue.key]


def read_pull_request(bitbucket: Any) -> Script:
    repositories = bitbucket.repositories
    (pull,) = yield repositories.pullrequests.list("lander").to_list()
    assert (pull.title, pull.state, pull.source.branch.name) == ("Legs", "OPEN", "legs")
    assert pull.destination.branch.name == "main"
    changes = yield repositories.pullrequests.list_diffstats("lander", pull.id).to_list()
    assert {(one.new.path, one.status, one.lines_added, one.lines_removed) for one in changes} == {
        ("burn.txt", "modified", 1, 1),
        ("legs/gear.txt", "added", 1, 0),
    }
    commits = yield repositories.pullrequests.list_commits("lander", pull.id).to_list()
    assert [one.message for one in commits] == ["Gear"]
    branches = yield repositories.branches.list("lander").to_list()
    assert sorted(one.name for one in branches) == ["legs", "main"]
    assert (yield repositories.source.get("lander", "legs", "burn.txt")) == b"on\nhalf\n"


def moon_landing(box: Sandbox, site: Clients) -> Script:
    yield from make_project(box, site.jira)
    yield from make_issues(site.jira)
    yield from make_sprint(site.jira, site.agile)
    yield from make_pages(site.confluence)
    yield from make_request(site.desk)
    yield from make_pull_request(site.bitbucket)
    yield from read_project(site.jira)
    yield from read_issues(site.jira)
    yield from read_sprint(site.jira, site.agile)
    yield from read_pages(site.confluence)
    yield from read_request(site.jira, site.desk)
    yield from read_pull_request(site.bitbucket)


def test_all_products_are_made_and_read_back(box: Sandbox) -> None:
    with ExitStack() as open_:
        clients: list[Any] = [box.client(kind) for kind in (Jira, Agile, Confluence, ServiceManagement)]
        clients.append(box.client(Bitbucket, workspace="acme"))
        script = moon_landing(box, Clients(*(open_.enter_context(client) for client in clients)))
        answer: Any = None
        try:
            while True:
                answer = script.send(answer)
        except StopIteration:
            pass


def test_all_products_without_blocking(box: Sandbox) -> None:
    async def main() -> None:
        async with AsyncExitStack() as open_:
            kinds = (AsyncJira, AsyncAgile, AsyncConfluence, AsyncServiceManagement)
            clients: list[Any] = [box.client(kind) for kind in kinds]
            clients.append(box.client(AsyncBitbucket, workspace="acme"))
            script = moon_landing(box, Clients(*[await open_.enter_async_context(client) for client in clients]))
            answer: Any = None
            try:
                while True:
                    answer = await script.send(answer)
            except StopIteration:
                pass

    asyncio.run(main())


CLIENTS, ROUNDS, CALLS_A_ROUND = 64, 23, 7
SHARED = "ENG-1"
# All clients comment on the same issue in the same round.
DISCUSSED = [f"WEB-{turn + 1}" for turn in range(ROUNDS)]


@dataclass
class Work:
    """What one client did, to hold the store against."""

    created: dict[str, str] = field(default_factory=dict)
    """The id of each key."""
    deleted: set[str] = field(default_factory=set)
    comments: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The issue and the text of each comment, by id."""


def work(box: Sandbox, me: int) -> Work:
    """Seven calls a round, beside all the others in the same projects and on the same issue."""
    done = Work()
    with box.client(Jira) as client:
        jira: Any = client
        for turn in range(ROUNDS):
            mark = f"c{me}-{turn}"
            project = ("ENG", "WEB")[(me + turn) % 2]
            wanted = {"project": {"key": project}, "issuetype": {"name": "Task"}, "summary": mark}
            made = jira.issues.create(fields=wanted)
            done.created[made.key] = made.id
            for key in (made.key, DISCUSSED[turn]):
                comment = jira.issues.comments.add(key, body=document(mark))
                done.comments[comment.id] = (key, mark)
            # In and out and in again: after an odd number of rounds the label stays.
            verb = ("add", "remove")[turn % 2]
            jira.issues.update(SHARED, update={"labels": [{verb: f"c{me}"}]})
            assert jira.issues.get(made.key, fields=["summary"]).fields["summary"] == mark
            labels = jira.issues.get(SHARED, fields=["labels"]).fields["labels"]
            assert (f"c{me}" in labels) == (verb == "add")
            if turn % 3:
                jira.issues.delete(made.key)
                done.deleted.add(made.key)
            else:
                jira.issues.update(made.key, fields={"summary": f"{mark} kept"})
    return done


def comments_on(jira: Any, issues: Iterable[str]) -> dict[str, tuple[str, str]]:
    found = [(key, one) for key in issues for one in jira.issues.comments.list(key, page_size=100)]
    told = {one.id: (key, one.to_dict()["body"]["content"][0]["content"][0]["text"]) for key, one in found}
    assert len(told) == len(found)
    return told


def label_changes(jira: Any) -> list[tuple[set[str], set[str]]]:
    """The labels before and after each change of them, the oldest first."""
    changes = jira.issues.changelogs.list(SHARED).to_list()
    items = [item for change in changes for item in change.items if item.field == "labels"]
    return [(set(item.from_string.split()), set(item.to_string.split())) for item in items]


def test_many_clients_leave_the_store_consistent(box: Sandbox) -> None:
    assert CLIENTS * ROUNDS * CALLS_A_ROUND >= 10_000
    with box.client(Jira) as client:
        jira: Any = client
        projects = ("ENG", "WEB")

        def counts() -> list[int]:
            return [jira.issues.count(jql=f"project = {project}").count for project in projects]

        def shared_labels() -> list[str]:
            labels: list[str] = jira.issues.get(SHARED).fields["labels"]
            return labels

        issues, comments, labels, changes = counts(), comments_on(jira, DISCUSSED), shared_labels(), label_changes(jira)
        with ThreadPoolExecutor(CLIENTS) as threads:
            works = list(threads.map(lambda me: work(box, me), range(CLIENTS)))

        made = [pair for one in works for pair in one.created.items()]
        assert len({key for key, _ in made}) == len({number for _, number in made}) == CLIENTS * ROUNDS
        kept = dict(made)
        for key in (key for one in works for key in one.deleted):
            del kept[key]
        for project, before, after in zip(projects, issues, counts(), strict=True):
            numbers = sorted(int(key.split("-")[1]) for key, _ in made if key.startswith(project))
            assert numbers == list(range(before + 1, before + 1 + len(numbers)))
            assert after == before + sum(key.startswith(project) for key in kept)
        found = jira.issues.search(jql="summary ~ kept AND created > -1h", fields=["key"]).to_list()
        assert len(found) == len(kept)
        assert {one.key: one.id for one in found} == kept

        written = {number: about for one in works for number, about in one.comments.items()}
        assert len(written) == 2 * CLIENTS * ROUNDS
        expected = {number: about for number, about in written.items() if about[0] in {*DISCUSSED, *kept}}
        assert comments_on(jira, [*DISCUSSED, *kept]) == comments | expected

        assert Counter(shared_labels()) == Counter([*labels, *(f"c{me}" for me in range(CLIENTS))])
        new = label_changes(jira)[len(changes) :]
        assert len(new) == CLIENTS * ROUNDS
        # Each change begins where the one before it ended: none was lost, and none was made from what was stale.
        assert [start for start, _ in new] == [set(labels), *(end for _, end in new[:-1])]
        turned = Counter(label for start, end in new for label in start ^ end)
        assert turned == {f"c{me}": ROUNDS for me in range(CLIENTS)}

"""What is measured, and what must come of it: `WORKLOADS` and `GATES`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).parent

Placement = Literal["same core", "other core", "both cores"]

# What everyone must have read: characters, keys or issues, and bytes where nothing is parsed.
NAME = len("Vera Mars")
PROFILE_BYTES = 982
THREE_FIELDS = 1_358_333
ISSUES = 20_000
FIELDS = 128
PAGES_BYTES = 152_423_679


@dataclass(frozen=True)
class Workload:
    """One function of several clients, each run in a process of its own."""

    name: str
    does: str
    function: str
    count: int
    """Calls or issues."""
    read: int
    clients: tuple[str, ...]
    """Modules of `clients/`, with `+uvloop` for that loop; `bare hyper`, `bare reqwest`; `go-atlassian`."""
    placement: Placement
    delay_ms: int = 0
    """How long the server waits before each answer."""
    in_flight: int = 1
    """Requests at once, for those that parse nothing; the others know by the function."""
    bytes_read: int = 0
    arguments: Mapping[str, Any] = field(default_factory=dict)
    imports: tuple[str, ...] = ()
    """Modules that are needed in the window and imported before it."""
    ticker: bool = False


@dataclass(frozen=True)
class Script:
    """Whole processes, from start to end; `{url}` is the server."""

    name: str
    does: str
    commands: Mapping[str, tuple[str, ...]]
    placement: Placement = "both cores"
    delay_ms: int = 0
    times: int = 5
    """Runs in each round, of which the fastest counts: what makes a start slower is somebody else."""

    @property
    def clients(self) -> tuple[str, ...]:
        return tuple(self.commands)


def imports(statement: str) -> tuple[str, ...]:
    return (sys.executable, "-c", statement)


def first_answer(name: str) -> tuple[str, ...]:
    return (sys.executable, str(HERE / "first_answer" / f"by_{name}.py"), "{url}")


PEERS = ("jira", "atlassian_python_api", "requests", "httpx", "urllib3_orjson")
BARE = ("bare reqwest", "bare hyper")

WORKLOADS: list[Workload | Script] = [
    *(
        Workload(
            name=f"profiles_{placement.replace(' ', '_')}",
            does="5,000 profiles of 1 kB, one after another",
            function="profiles",
            count=5_000,
            read=5_000 * NAME,
            bytes_read=5_000 * PROFILE_BYTES,
            clients=("ours", *PEERS, "go-atlassian", *BARE),
            placement=placement,
        )
        for placement in ("same core", "other core")
    ),
    Workload(
        name="profiles_concurrent",
        does="10,000 profiles, 64 in flight, asyncio (goroutines in Go)",
        function="profiles_concurrent",
        count=10_000,
        read=10_000 * NAME,
        bytes_read=10_000 * PROFILE_BYTES,
        in_flight=64,
        clients=(
            "ours_async",
            "ours_async+uvloop",
            "aiohttp_orjson",
            "aiohttp_orjson+uvloop",
            "httpx_async",
            "go-atlassian",
            *BARE,
        ),
        placement="other core",
    ),
    Workload(
        name="profiles_threads",
        does="10,000 profiles, 64 threads",
        function="profiles_threads",
        count=10_000,
        read=10_000 * NAME,
        clients=("ours", "jira", "atlassian_python_api", "urllib3_orjson"),
        placement="other core",
    ),
    Workload(
        name="issues",
        does="20,000 issues of 8 kB, page after page by token; key, summary and status name of each are read",
        function="issues",
        count=ISSUES,
        read=THREE_FIELDS,
        bytes_read=PAGES_BYTES,
        clients=("ours", *PEERS, "go-atlassian", *BARE),
        placement="both cores",
    ),
    *(
        Workload(
            name=f"issues_ahead_{delay}ms",
            does=f"the same by offset, {delay} ms before each answer; ours, urllib3 and bare have eight pages in flight",
            function="issues_by_offset",
            count=ISSUES,
            read=THREE_FIELDS,
            bytes_read=PAGES_BYTES,
            in_flight=8,
            clients=("ours", "jira", "atlassian_python_api", "urllib3_orjson", *BARE),
            placement="both cores",
            delay_ms=delay,
        )
        for delay in (0, 50)
    ),
    Workload(
        name="issues_dicts",
        does="20,000 issues, each made a plain dict",
        function="issues_dicts",
        count=ISSUES,
        read=ISSUES * FIELDS,
        clients=("ours", "urllib3_orjson", "requests", "atlassian_python_api"),
        placement="both cores",
    ),
    Workload(
        name="issues_kept",
        does="20,000 issues kept in a list",
        function="issues_kept",
        count=ISSUES,
        read=ISSUES,
        clients=("ours", "urllib3_orjson", "requests", "jira"),
        placement="both cores",
    ),
    Workload(
        name="loop_blocked",
        does="20,000 issues by eight tasks at once, three fields read; how late a 1 ms ticker on the same loop is",
        function="issues_concurrent",
        count=ISSUES,
        read=THREE_FIELDS,
        clients=("ours_async", "aiohttp_orjson", "aiohttp_orjson+uvloop", "httpx_async"),
        placement="both cores",
        ticker=True,
    ),
    Workload(
        name="issues_table",
        does="20,000 issues to a DataFrame of 12 columns; requests with json_normalize, urllib3 with columns picked by hand",
        function="issues_table",
        count=ISSUES,
        read=ISSUES,
        clients=("ours", "requests", "urllib3_orjson"),
        placement="both cores",
        imports=("pandas",),
    ),
    Script(
        name="import",
        does="a process that imports the client and ends",
        commands={
            "bare interpreter": imports("pass"),
            "ours": imports("from atlassian_cloud import Admin"),
            "jira": imports("from jira import JIRA"),
            "atlassian_python_api": imports("from atlassian.cloud_admin import CloudAdminUsers"),
            "requests": imports("import requests"),
            "httpx": imports("import httpx"),
            "urllib3_orjson": imports("import urllib3, orjson"),
            "aiohttp_orjson": imports("import aiohttp, orjson"),
        },
    ),
    Script(
        name="first_answer",
        does="a process that imports, reads one profile, prints a name and ends",
        commands={name: first_answer(name) for name in ("ours", *PEERS, "ours_async", "aiohttp_orjson")},
    ),
    *(
        Workload(
            name=name,
            does=f"the issues by token, {text}, 50 ms before each answer",
            function=function,
            count=ISSUES,
            read=THREE_FIELDS,
            clients=("ours",),
            placement="both cores",
            delay_ms=50,
        )
        for name, function, text in (
            ("token_loop_50ms", "issues", "page after page"),
            ("token_partitions_50ms", "issues_partitioned", "in eight partitions"),
        )
    ),
    *(
        Workload(
            name=f"growth_{pages}_pages",
            does=f"20,000 issues by listings of {pages} pages of 20",
            function="short_listings",
            count=ISSUES,
            read=ISSUES,
            clients=("ours",),
            placement="other core",
            arguments={"pages": pages},
        )
        for pages in (10, 100, 1_000)
    ),
    *(
        Workload(
            name=f"growth_{in_flight}_in_flight",
            does=f"10,000 profiles, {in_flight} in flight, asyncio",
            function="profiles_concurrent",
            count=10_000,
            read=10_000 * NAME,
            clients=("ours_async",),
            placement="other core",
            arguments={"in_flight": in_flight},
        )
        for in_flight in (1, 8, 64, 512)
    ),
]

Metric = Literal["cpu", "wall", "peak_memory", "growth", "held", "blocked_p99"]


@dataclass(frozen=True)
class Gate:
    """`less`: the peer needs `limit` times as much as ours, or more. `within`: ours needs at most `limit` times what the peer does.
    `over`: at most `limit` more than the peer, in the metric's own unit."""

    work: str
    metric: Metric
    ours: str
    rule: Literal["less", "within", "over"]
    limit: float
    peer: str
    peer_work: str | None = None
    """Where the peer was measured, if not in the same workload."""


GATES = [
    Gate("profiles_same_core", "cpu", "ours", "less", 20, "jira"),
    Gate("profiles_same_core", "cpu", "ours", "less", 20, "atlassian_python_api"),
    Gate("profiles_same_core", "cpu", "ours", "less", 6, "urllib3_orjson"),
    Gate("profiles_same_core", "cpu", "ours", "within", 1, "go-atlassian"),
    Gate("profiles_same_core", "cpu", "ours", "within", 2, "bare reqwest"),
    Gate("profiles_other_core", "cpu", "ours", "less", 10, "jira"),
    Gate("profiles_other_core", "cpu", "ours", "less", 10, "atlassian_python_api"),
    Gate("profiles_other_core", "cpu", "ours", "less", 3, "urllib3_orjson"),
    Gate("profiles_other_core", "cpu", "ours", "within", 1, "go-atlassian"),
    Gate("profiles_other_core", "cpu", "ours", "within", 1.3, "bare reqwest"),
    Gate("profiles_concurrent", "cpu", "ours_async", "less", 4.5, "aiohttp_orjson"),
    Gate("profiles_concurrent", "cpu", "ours_async+uvloop", "less", 4, "aiohttp_orjson+uvloop"),
    Gate("profiles_concurrent", "cpu", "ours_async", "less", 50, "httpx_async"),
    Gate("profiles_concurrent", "cpu", "ours_async", "within", 1, "go-atlassian"),
    Gate("profiles_concurrent", "cpu", "ours_async", "within", 2.5, "bare reqwest"),
    Gate("profiles_threads", "cpu", "ours", "less", 12, "jira"),
    Gate("profiles_threads", "cpu", "ours", "less", 12, "atlassian_python_api"),
    Gate("issues", "cpu", "ours", "less", 25, "jira"),
    Gate("issues", "cpu", "ours", "less", 7, "atlassian_python_api"),
    Gate("issues", "cpu", "ours", "less", 3, "urllib3_orjson"),
    Gate("issues", "cpu", "ours", "less", 2, "go-atlassian"),
    Gate("issues_ahead_0ms", "wall", "ours", "less", 10, "jira"),
    Gate("issues_ahead_0ms", "wall", "ours", "less", 10, "atlassian_python_api"),
    Gate("issues_ahead_50ms", "wall", "ours", "less", 8, "jira"),
    Gate("issues_ahead_50ms", "wall", "ours", "less", 8, "atlassian_python_api"),
    Gate("issues_ahead_50ms", "wall", "ours", "within", 1.1, "bare reqwest"),
    Gate("issues_dicts", "cpu", "ours", "less", 1.3, "urllib3_orjson"),
    Gate("issues_dicts", "cpu", "ours", "less", 3.5, "requests"),
    Gate("issues_kept", "held", "ours", "within", 0.6, "urllib3_orjson"),
    Gate("loop_blocked", "blocked_p99", "ours_async", "less", 5, "aiohttp_orjson"),
    Gate("issues_table", "cpu", "ours", "less", 10, "requests"),
    Gate("issues_table", "peak_memory", "ours", "less", 3, "requests"),
    Gate("import", "wall", "ours", "over", 0.010, "bare interpreter"),
    *(Gate("first_answer", "wall", "ours", "less", 2, peer) for peer in PEERS),
    Gate("first_answer", "wall", "ours_async", "less", 2, "aiohttp_orjson"),
    Gate("token_partitions_50ms", "wall", "ours", "less", 5, "ours", "token_loop_50ms"),
    *(
        Gate(f"growth_{pages}_pages", metric, "ours", "within", 1.3, "ours", "growth_10_pages")
        for pages in (100, 1_000)
        for metric in ("cpu", "peak_memory")
    ),
    Gate("growth_8_in_flight", "cpu", "ours_async", "within", 1.3, "ours_async", "growth_1_in_flight"),
    # One at a time is the dearest, each call being a wake-up: more are held against eight.
    *(
        Gate(f"growth_{calls}_in_flight", "cpu", "ours_async", "within", 1.3, "ours_async", "growth_8_in_flight")
        for calls in (64, 512)
    ),
    # Eight times the calls may take eight times the memory, and the 1.3.
    Gate("growth_512_in_flight", "growth", "ours_async", "within", 8 * 1.3, "ours_async", "growth_64_in_flight"),
]

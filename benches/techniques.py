"""What each technique buys: the same work with it and without it, in one process, on one page of the bench's issues.

    python benches/techniques.py

What shows only over the wire is in `workloads.py`: one wake-up for many completions in `growth_1_in_flight` against
`growth_64_in_flight`, pages ahead in `issues_ahead_50ms` against `token_loop_50ms`. What needs no Python is in `document.rs`.
"""

from __future__ import annotations

import json
import random
import statistics
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import orjson
from atlassian_cloud import _native
from run import serving
from workloads import Workload

TIMES = 41


def median(work: Callable[[], Any]) -> float:
    """Microseconds of CPU, warm."""
    work()
    taken = []
    for _ in range(TIMES):
        start = time.thread_time()
        work()
        taken.append((time.thread_time() - start) * 1e6)
    return statistics.median(taken)


def page() -> list[dict[str, Any]]:
    work = Workload("page", "", "", 0, 0, (), "both cores")
    with serving(work) as url, urllib.request.urlopen(f"{url}/rest/api/3/search?startAt=0&maxResults=100") as answer:
        issues: list[dict[str, Any]] = json.load(answer)["issues"]
        return issues


def model(value: Any, name: str | None = None) -> Any:
    return _native.rebuild_model(("jira", name) if name else None, orjson.dumps(value))


def read_three(issues: list[Any]) -> None:
    for issue in issues:
        fields = issue.fields
        _ = issue.key, fields.summary, fields.status.name


def read_three_by_key(issues: list[Any]) -> None:
    for issue in issues:
        fields = issue["fields"]
        _ = issue["key"], fields["summary"], fields["status"]["name"]


def shuffled(value: Any) -> Any:
    """The same with the keys of each object in an order of its own: no shape comes twice."""
    if isinstance(value, dict):
        keys = random.sample(list(value), len(value))
        return {key: shuffled(value[key]) for key in keys}
    return [shuffled(element) for element in value] if isinstance(value, list) else value


def main() -> None:
    random.seed(1)
    issues = page()
    typed = [model(issue, "Issue") for issue in issues]
    bare = [model(issue) for issue in issues]
    one = model({"issues": issues})
    text, mixed = orjson.dumps({"issues": issues}), [model(shuffled(issue)) for issue in issues]
    table = [
        ("three fields of 100 issues", "typed attributes, with hints", median(lambda: read_three(typed))),
        ("", "by wire key, searched", median(lambda: read_three_by_key(typed))),
        ("", "attributes that nobody declared", median(lambda: read_three(bare))),
        (
            "100 issues to dicts",
            "one by one, then dropped",
            median(lambda: [issue.to_dict() and None for issue in bare]),
        ),
        ("", "all at once", median(lambda: one.to_dict())),
        (
            "",
            "one by one, each with keys in another order: no templates",
            median(lambda: [i.to_dict() and None for i in mixed]),
        ),
        ("", "orjson, which parses too", median(lambda: orjson.loads(text))),
    ]
    print(f"{'work':30}{'how':60}{'CPU us':>8}")
    for work, how, taken in table:
        print(f"{work:30}{how:60}{taken:8.0f}")


if __name__ == "__main__":
    main()

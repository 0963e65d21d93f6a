"""The sandbox that every call goes to, and the report at the end of a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import Jira
from atlassian_cloud.sandbox import Sandbox

from .calls import Caller
from .facts import BY_NAME, CATALOGS

HERE = Path(__file__).parent


class Tally:
    """What was done with which operation: by kind of deed, the names."""

    def __init__(self) -> None:
        self.done: dict[str, set[str]] = defaultdict(set)
        self.times: Counter[str] = Counter()

    def add(self, deed: str, operation: str) -> None:
        self.done[deed].add(operation)
        self.times[deed] += 1


TALLY = pytest.StashKey[Tally]()
PARTIAL = pytest.StashKey[set[Path]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TALLY] = Tally()
    # Files that are named with the tests that shall run.
    config.stash[PARTIAL] = {Path(arg.partition("::")[0]).resolve() for arg in config.args if "::" in arg}


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        item.config.stash[PARTIAL].add(item.path)


def whole_files(session: pytest.Session) -> set[str]:
    """Names of the files of this folder that run with all of their tests."""
    paths = {item.path for item in session.items} - session.config.stash[PARTIAL]
    return {path.name for path in paths if path.parent == HERE}


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    return pytestconfig.stash[TALLY]


@pytest.fixture(scope="session")
def caller() -> Iterator[Caller]:
    made = Caller()
    yield made
    made.close()


@pytest.fixture(params=["v3", "v2"])
def jira(box: Sandbox, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Jira by each version of its API: services by the same names, and links that stay within the version."""
    with box.client(Jira) as client:
        yield client if request.param == "v3" else client.v2
    other = b"/rest/api/2/" if request.param == "v3" else b"/rest/api/3/"
    assert [one.path for one in box.exchanges if other in (one.response_body or b"")] == []


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests come last, for they use up the one warning of each deprecated operation; the report after them."""
    items.sort(key=lambda item: (HERE in item.path.parents) + (item.path.name == "test_report.py"))


# Deeds with many reasons, which are listed below.
ON_PURPOSE = "differs from the document, because: "
NOT_DONE = "not done: "
NEWER = "differs from the document of version 2 alone, which is older than that of version 3"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    tally = config.stash[TALLY]
    if not tally.done:
        return
    terminalreporter.section("contract")
    line = terminalreporter.write_line
    for product in CATALOGS:
        own = {deed: {name for name in names if name.startswith(f"{product}.")} for deed, names in tally.done.items()}
        line(f"{product}: {sum(name.startswith(f'{product}.') for name in BY_NAME)} operations in the catalog")
        for deed in sorted(
            deed for deed, names in own.items() if names and not deed.startswith((ON_PURPOSE, NOT_DONE))
        ):
            line(f"  {len(own[deed]):4d}  {deed}")
        on_purpose = [names for deed, names in own.items() if deed.startswith(ON_PURPOSE)]
        if any(on_purpose):
            line(f"  {len(set().union(*on_purpose)):4d}  differ from the document on purpose")
    line("all products")
    for deed in ("requests validated", "stateful answers", "response examples", "request examples"):
        line(f"  {sum(times for told, times in tally.times.items() if told.startswith(deed)):4d}  {deed}")
    for title, prefix in (("differing from the documents on purpose", ON_PURPOSE), ("not done", NOT_DONE)):
        listed = sorted(
            ((len(names), deed) for deed, names in tally.done.items() if deed.startswith(prefix)), reverse=True
        )
        line(f"{title}: {sum(count for count, _ in listed)}")
        for count, deed in listed:
            line(f"  {count:4d}  {deed.removeprefix(prefix)}")

"""The sandbox that every call goes to, and the report at the end of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from .calls import Caller
from .facts import BY_NAME, CATALOGS

HERE = Path(__file__).parent


class Tally:
    """What was done with which operation: by kind of deed, the names."""

    def __init__(self) -> None:
        self.done: dict[str, set[str]] = defaultdict(set)

    def add(self, deed: str, operation: str) -> None:
        self.done[deed].add(operation)


TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TALLY] = Tally()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    return pytestconfig.stash[TALLY]


@pytest.fixture(scope="session")
def caller() -> Iterator[Caller]:
    made = Caller()
    yield made
    made.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests come last, for they use up the one warning of each deprecated operation; the report after them."""
    items.sort(key=lambda item: (HERE in item.path.parents) + (item.path.name == "test_report.py"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    done = config.stash[TALLY].done
    if not done:
        return
    terminalreporter.section("contract: operations")
    for product in CATALOGS:
        terminalreporter.write_line(
            f"{product}: {sum(name.startswith(f'{product}.') for name in BY_NAME)} operations in the catalog"
        )
        for deed, names in done.items():
            terminalreporter.write_line(f"  {sum(name.startswith(f'{product}.') for name in names):4d}  {deed}")

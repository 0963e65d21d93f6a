"""What every test may use: a fresh sandbox, and clients of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from atlassian_cloud import Admin, Jira
from atlassian_cloud.sandbox import Sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def admin(box: Sandbox) -> Iterator[Admin]:
    with box.client(Admin) as client:
        yield client


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    """Tasks of the server are done at once."""
    box.tasks.duration = 0
    with box.client(Jira) as client:
        yield client


def pytest_configure() -> None:
    """Started in the background, a process disregards Ctrl-C, and so would the ones that the tests start and interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)

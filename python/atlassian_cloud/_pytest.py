"""The pytest plugin: a fresh sandbox for each test that asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sandbox import Sandbox


@pytest.fixture
def atlassian_sandbox() -> Iterator[Sandbox]:
    """A running `Sandbox` with its first data, closed after the test."""
    # Loaded here: a plugin is imported in every run, with or without a test that wants it.
    from .sandbox import Sandbox

    with Sandbox() as box:
        yield box

"""What every test may use: a fresh sandbox, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from atlassian_cloud import Admin
from atlassian_cloud.sandbox import Sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def admin(box: Sandbox) -> Iterator[Admin]:
    with box.client(Admin) as client:
        yield client

"""Accounts are as they were, whichever call fails; what could not be put back is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from atlassian_cloud import Admin
from atlassian_cloud.sandbox import Sandbox

from .conftest import Run
from .interrupting import NEEDS_SIGNALS, Case, interrupted

WHO = "vera.mars@acme.example"


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize(
    ("method", "path", "after"),
    [
        ("PATCH", "/manage/profile", 0),
        ("PATCH", "/manage/profile", 1),
        ("POST", "/lifecycle/disable", 0),
        ("GET", "/manage/profile", 1),
        ("POST", "/lifecycle/enable", 0),
    ],
)
def test_what_was_changed_is_put_back_after_an_error(
    box: Sandbox, admin: Admin, run: Run, method: str, path: str, after: int, executed: bool
) -> None:
    before = admin.users.get(box.accounts.active)
    # After a 500 the library itself reads again.
    status = 403 if method == "GET" else 500
    box.fail(status, path=path, method=method, after=after, execute=executed)
    _, errors = run("user_operations_async", WHO, code=1)
    assert f": {status} " in errors
    assert "could not be put back" not in errors
    assert admin.users.get(box.accounts.active) == before


@pytest.mark.parametrize(
    ("method", "path", "after", "field", "value"),
    [
        ("PATCH", "/manage/profile", 1, "nickname", "marshmallow"),
        ("POST", "/lifecycle/enable", 0, "account_status", "active"),
    ],
)
def test_what_cannot_be_put_back_is_told(
    box: Sandbox, admin: Admin, run: Run, method: str, path: str, after: int, field: str, value: str
) -> None:
    box.fail(500, path=path, method=method, after=after, times=None)
    _, errors = run("user_operations_async", WHO, code=1)
    told = f"Vera Mars ({box.accounts.active}): {field} could not be put back, see to it yourself; it was {value!r}: "
    assert errors.startswith(told)
    assert admin.users.get(box.accounts.active).account.to_dict()[field] != value


def test_nothing_is_put_back_where_nothing_was_changed(box: Sandbox, admin: Admin, run: Run) -> None:
    box.fail(403, path="/manage/profile", method="PATCH", times=None)
    _, errors = run("user_operations_async", WHO, code=1)
    assert "could not be put back" not in errors
    assert [request.status for request in box.requests if request.method == "PATCH"] == [403]


@NEEDS_SIGNALS
def test_ctrl_c_leaves_the_account_as_it_was(box: Sandbox, admin: Admin, run: Run, tmp_path: Path) -> None:
    before = admin.users.get(box.accounts.active)
    # While it is deactivated.
    case = Case(
        "user_operations_async", (WHO,), "/manage/profile", lambda box, folder: {}, method="GET", first="disable"
    )
    interrupted(box, tmp_path, case)
    assert admin.users.get(box.accounts.active) == before

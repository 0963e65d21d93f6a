"""A day of an administrator in the sandbox; every answer agrees with Atlassian's documents."""

from __future__ import annotations

from dataclasses import replace

import pytest
from atlassian_cloud import Admin, NotFoundError
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)


def a_day(box: Sandbox, admin: Admin) -> None:
    for account in admin.organizations.users.list(box.org_id, limit=120):
        assert account.account_id
    admin.users.get(box.accounts.active)
    admin.users.permissions(box.accounts.active)
    admin.users.update(box.accounts.active, nickname="marshmallow")
    admin.users.disable(box.accounts.active)
    admin.users.enable(box.accounts.active)
    with pytest.raises(NotFoundError):
        admin.users.get("nobody")
    for event in admin.organizations.events.list(box.org_id, limit=3):
        assert event.id


def test_every_answer_agrees(box: Sandbox, admin: Admin, tally: Tally) -> None:
    a_day(box, admin)
    assert exchange.agrees(box, tally) >= {"admin.users.get", "admin.users.disable", "admin.organizations.users.list"}


def test_an_answer_that_differs_is_told(
    box: Sandbox, admin: Admin, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day(box, admin)
    wrong = [
        replace(one, response_body=(one.response_body or b"").replace(b'"account_id"', b'"account"'))
        for one in box.exchanges
    ]
    monkeypatch.setattr(type(box), "exchanges", property(lambda _: wrong))
    with pytest.raises(
        AssertionError, match=r"answers differ from their documents:\nadmin\.organizations\.users\.list"
    ):
        exchange.agrees(box, tally)

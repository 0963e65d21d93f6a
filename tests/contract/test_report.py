"""Comes last: nothing of the catalog was left out."""

from __future__ import annotations

import pytest
from atlassian_cloud import operations

from .calls import CASES
from .conftest import Tally
from .documents import FOLDER


def test_every_operation_is_called_in_every_way() -> None:
    names = {info.name for info in operations()}
    assert len(names) == len(operations())
    for awaiting in (False, True):
        for kind in ("minimal", "full"):
            assert {
                case.operation.name for case in CASES if case.awaiting is awaiting and case.variant.kind == kind
            } == names


def test_every_chosen_call_was_made(request: pytest.FixtureRequest, tally: Tally) -> None:
    chosen = [item for item in request.session.items if getattr(item, "originalname", "") == "test_the_call_succeeds"]
    wanted = {item.callspec.params["case"].operation.name for item in chosen}  # type: ignore[attr-defined]
    made = {name for deed, names in tally.done.items() if deed.startswith("called") for name in names}
    assert made == wanted
    if len(chosen) == len(CASES):
        assert len(made) == len(operations())


def test_every_called_operation_is_validated_or_known_to_be_undocumented(
    request: pytest.FixtureRequest, tally: Tally
) -> None:
    chosen = [
        item
        for item in request.session.items
        if getattr(item, "originalname", "") == "test_the_request_agrees_with_the_document"
    ]
    wanted = {item.callspec.params["case"].operation.name for item in chosen} if FOLDER else set()  # type: ignore[attr-defined]
    looked_at = {
        name
        for deed, names in tally.done.items()
        if deed.startswith(("requests validated", "described by no"))
        for name in names
    }
    assert looked_at == wanted

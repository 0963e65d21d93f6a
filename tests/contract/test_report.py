"""Comes last: nothing of the catalog was left out."""

from __future__ import annotations

import pytest
from atlassian_cloud import operations
from atlassian_cloud.sandbox import simulated

from .calls import CASES
from .conftest import HERE, Tally, whole_files
from .documents import FOLDER
from .exchange import ENDED, MODELLED, VALIDATED, described_by
from .facts import BY_NAME, CATALOGS
from .test_calls import failure


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


def stateful_tests(product: str) -> set[str]:
    """The files whose tests have a product's room answer: those with its name; the others work in Jira."""
    found = {path.name for path in HERE.glob("test_*_state.py")}
    of = {name: next((one for one in CATALOGS if name.startswith(f"test_{one}_")), "jira") for name in found}
    # The organization is simulated in the box that takes all calls, too.
    return {name for name in found if of[name] == product} | ({"test_calls.py"} if product == "admin" else set())


@pytest.mark.parametrize("product", CATALOGS)
def test_every_simulated_operation_is_validated(request: pytest.FixtureRequest, tally: Tally, product: str) -> None:
    assert stateful_tests(product)
    if FOLDER is None or not stateful_tests(product) <= whole_files(request.session):
        return
    wanted = {name for name in simulated() if name.startswith(f"{product}.") and not failure(BY_NAME[name])}
    undescribed = {name for name in wanted if described_by(BY_NAME[name]) is None}
    wanted -= tally.done[ENDED]
    left = (wanted - undescribed - tally.done[VALIDATED]) | (undescribed - tally.done[MODELLED])
    assert not left, f"{len(left)} operations whose successes no test has validated:\n" + "\n".join(sorted(left))

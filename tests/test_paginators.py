"""Paginators: lazy, bounded, resumable, and the same for `for` and `async for`."""

from __future__ import annotations

import asyncio
import time

import pytest
from atlassian_cloud import Admin, ApiError, AsyncAdmin, AsyncPaginator, Paginator, ServerError
from atlassian_cloud.sandbox import Sandbox


@pytest.fixture
def everyone(box: Sandbox, admin: Admin) -> list[str]:
    ids = [account.account_id for account in admin.organizations.users.list(box.org_id)]
    box.reset()
    return ids


def settled(box: Sandbox) -> int:
    """How many requests came, once a page asked for ahead of time would have come too."""
    time.sleep(0.3)
    return len(box.requests)


def test_nothing_is_sent_before_the_first_item(box: Sandbox, admin: Admin) -> None:
    listing = admin.organizations.users.list(box.org_id)
    assert isinstance(listing, Paginator)
    assert listing.total is None
    assert listing.cursor is None
    assert box.requests == []
    assert "admin.organizations.users.list" in repr(listing)


def test_all_items_once(everyone: list[str]) -> None:
    assert len(everyone) == len(set(everyone)) > 200


def test_first_sends_one_request(box: Sandbox, admin: Admin, everyone: list[str]) -> None:
    first = admin.organizations.users.list(box.org_id).first()
    assert first is not None
    assert first.account_id == everyone[0]
    assert settled(box) == 1


def test_limit_sends_no_more_than_it_needs(box: Sandbox, admin: Admin, everyone: list[str]) -> None:
    got = [account.account_id for account in admin.organizations.users.list(box.org_id, limit=3)]
    assert got == everyone[:3]
    assert settled(box) == 1
    assert list(admin.organizations.users.list(box.org_id, limit=0)) == []
    assert settled(box) == 1


def test_pages(box: Sandbox, admin: Admin, everyone: list[str]) -> None:
    pages = [[account.account_id for account in page] for page in admin.organizations.users.list(box.org_id).pages()]
    assert len(pages) > 1
    assert [account for page in pages for account in page] == everyone


def test_pages_go_on_where_items_were_read(box: Sandbox, admin: Admin, everyone: list[str]) -> None:
    listing = admin.organizations.users.list(box.org_id)
    begun = [next(listing).account_id for _ in range(100)]
    pages = [[account.account_id for account in page] for page in listing.pages()]
    assert begun + [account for page in pages for account in page] == everyone
    assert all(pages)


def test_to_list(box: Sandbox, admin: Admin, everyone: list[str]) -> None:
    listing = admin.organizations.users.list(box.org_id)
    head = listing.to_list(limit=5)
    rest = listing.to_list()
    assert [account.account_id for account in head + rest] == everyone
    assert listing.to_list() == []
    assert listing.first() is None
    with pytest.raises(ValueError, match="limit"):
        listing.to_list(limit=-1)


def test_total_where_the_server_tells(box: Sandbox, admin: Admin, everyone: list[str]) -> None:
    listing = admin.organizations.users.list(box.org_id)
    listing.first()
    assert listing.total == len(everyone)


def test_page_size_is_the_page_and_limit_the_total(box: Sandbox, admin: Admin) -> None:
    listing = admin.organizations.directories.users.search(box.org_id, box.directory_id, page_size=7)
    assert len(next(iter(listing.pages()))) == 7
    assert b'"limit":7' in box.requests[0].body
    assert (
        len(admin.organizations.directories.users.search(box.org_id, box.directory_id, page_size=7, limit=20).to_list())
        == 20
    )


def test_a_failed_page_can_be_asked_for_again(box: Sandbox, admin: Admin, everyone: list[str]) -> None:
    listing = admin.with_options(max_retries=0).organizations.users.list(box.org_id)
    got = [next(listing).account_id]
    box.fail(status=500, times=1)
    failures = 0
    while True:
        try:
            for account in listing:
                got.append(account.account_id)
            break
        except ServerError:
            failures += 1
    assert failures == 1
    assert got == everyone


def test_to_list_loses_nothing_when_a_page_fails(box: Sandbox, admin: Admin, everyone: list[str]) -> None:
    listing = admin.with_options(max_retries=0).organizations.users.list(box.org_id)
    listing.first()
    box.fail(status=500, times=1)
    with pytest.raises(ServerError):
        listing.to_list()
    assert [account.account_id for account in listing.to_list()] == everyone[1:]


def test_a_saved_cursor_resumes_without_loss(box: Sandbox, admin: Admin, everyone: list[str]) -> None:
    listing = admin.organizations.users.list(box.org_id)
    pages = listing.pages()
    done = [account.account_id for account in next(pages)]
    saved = listing.cursor
    assert saved is not None
    rest = [account.account_id for account in admin.organizations.users.list(box.org_id, cursor=saved)]
    assert done + rest == everyone
    # In the middle of a page the cursor names that page: items come again rather than never.
    listing = admin.organizations.users.list(box.org_id)
    seen = [next(listing).account_id for _ in range(len(done) + 3)]
    again = [account.account_id for account in admin.organizations.users.list(box.org_id, cursor=listing.cursor)]
    assert seen[: len(done)] + again == everyone


def test_scim_pages_by_index(box: Sandbox, admin: Admin) -> None:
    all_at_once = [user.id for user in admin.scim.users.list()]
    small = admin.scim.users.list(page_size=3)
    assert [user.id for user in small] == all_at_once
    assert small.total == len(all_at_once)
    assert len(all_at_once) > 3


@pytest.mark.parametrize("following", [{"href": "/x?cursor=2"}, ["c2"], True])
def test_a_next_page_named_oddly_is_no_end(box: Sandbox, admin: Admin, following: object) -> None:
    page = {"data": [{"account_id": "1"}, {"account_id": "2"}], "links": {"next": following}}
    box.respond(body=page, times=2)
    listing = admin.organizations.users.list(box.org_id)
    assert [next(listing).account_id, next(listing).account_id] == ["1", "2"]
    with pytest.raises(ApiError, match=r"next page at \"links\.next\"") as caught:
        next(listing)
    assert caught.value.call == "admin.organizations.users.list"
    listing = admin.organizations.users.list(box.org_id)
    with pytest.raises(ApiError, match="next page"):
        listing.to_list()
    assert [account.account_id for account in listing.to_list(limit=2)] == ["1", "2"]


def test_a_directory_that_repeats_its_page_is_told(box: Sandbox, admin: Admin) -> None:
    page = {"totalResults": 5, "startIndex": 1, "Resources": [{"id": "1"}, {"id": "2"}]}
    box.respond(body=page, times=10)
    with pytest.raises(ApiError, match="does not follow startIndex"):
        admin.scim.users.list().to_list()
    listing = admin.scim.users.list()
    assert [next(listing).id, next(listing).id] == ["1", "2"]
    with pytest.raises(ApiError, match="does not follow startIndex"):
        next(listing)
    # Five items in pages of two are three requests, and the listing is read twice.
    assert len(box.requests) <= 6


@pytest.mark.parametrize("total", [{}, {"totalResults": "3"}, {"totalResults": 3.0}, {"totalResults": None}])
def test_a_directory_that_tells_its_total_oddly_is_read_to_its_end(
    box: Sandbox, admin: Admin, total: dict[str, object]
) -> None:
    # Two pages may be asked for at once: all but the first are told by what they ask for.
    box.respond(body={**total, "startIndex": 99, "Resources": [{"id": "1"}]})
    for number in (2, 3):
        answer = {**total, "startIndex": 99, "Resources": [{"id": str(number)}]}
        box.respond(body=answer, path=f"startIndex={number}")
    box.respond(body={**total, "Resources": []}, path="startIndex=4")
    assert [user.id for user in admin.scim.users.list()] == ["1", "2", "3"]


def test_a_single_array_has_one_page(box: Sandbox, admin: Admin) -> None:
    tokens = admin.users.tokens.list(box.accounts.with_tokens)
    assert len(tokens.to_list()) > 1
    assert len(box.requests) == 1
    with pytest.raises(TypeError, match="cursor"):
        admin.users.tokens.list(box.accounts.with_tokens, cursor="x")  # type: ignore[call-arg]


def test_the_awaiting_twin(box: Sandbox, everyone: list[str]) -> None:
    async def main() -> None:
        async with box.client(AsyncAdmin) as admin:
            listing = admin.organizations.users.list(box.org_id)
            assert isinstance(listing, AsyncPaginator)
            assert [account.account_id async for account in listing] == everyone
            assert listing.total == len(everyone)
            first = await admin.organizations.users.list(box.org_id).first()
            assert first is not None
            assert first.account_id == everyone[0]
            pages = [page async for page in admin.organizations.users.list(box.org_id).pages()]
            assert [account.account_id for page in pages for account in page] == everyone
            assert len(await admin.organizations.users.list(box.org_id).to_list(limit=120)) == 120
            listing = admin.with_options(max_retries=0).organizations.users.list(box.org_id)
            got = [(await listing.__anext__()).account_id]
            box.fail(status=500, times=1)
            with pytest.raises(ServerError):  # noqa: PT012 - what came before the failure counts
                async for account in listing:
                    got.append(account.account_id)
            got += [account.account_id for account in await listing.to_list()]
            assert sorted(got) == sorted(everyone)
            with pytest.raises(StopAsyncIteration):
                await listing.__anext__()
            with pytest.raises(TypeError):
                for _ in listing:  # type: ignore[attr-defined]
                    pass

    asyncio.run(main())

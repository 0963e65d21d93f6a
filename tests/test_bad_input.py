"""The table of bad input: what is given, and what it gets."""

from __future__ import annotations

import asyncio
import enum
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from atlassian_cloud import (
    Admin,
    ApiError,
    AsyncAdmin,
    AtlassianError,
    ConfigurationError,
    ConnectionError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    TimeoutError,
    TransportError,
)
from atlassian_cloud.sandbox import Sandbox

KEYS = ("ATLASSIAN_ADMIN_TOKEN", "ATLASSIAN_SCIM_TOKEN", "ATLASSIAN_SCIM_DIRECTORY")


@pytest.fixture(autouse=True)
def no_keys_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


def sent(box: Sandbox) -> int:
    return len(box.requests)


# Credentials


def test_no_token() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Admin()
    for word in ("token=", "ATLASSIAN_ADMIN_TOKEN", "API keys", "admin.atlassian.com"):
        assert word in str(caught.value)


def test_missing_directory_key_is_told_apart(box: Sandbox) -> None:
    with Admin(box.token, base_url=box.url) as admin, pytest.raises(ConfigurationError) as caught:
        admin.scim.users.get("x", directory_id="d")
    for word in ("scim_token", "ATLASSIAN_SCIM_TOKEN", "SCIM directory key"):
        assert word in str(caught.value)
    assert sent(box) == 0


def test_missing_directory_id_is_told(box: Sandbox) -> None:
    with Admin(scim_token=box.scim_token, base_url=box.url) as admin, pytest.raises(ConfigurationError) as caught:
        admin.scim.users.get("x")
    for word in ("directory_id", "scim_directory", "ATLASSIAN_SCIM_DIRECTORY"):
        assert word in str(caught.value)
    assert sent(box) == 0


def test_missing_organization_key_is_told_apart(box: Sandbox) -> None:
    with Admin(scim_token=box.scim_token, base_url=box.url) as admin, pytest.raises(ConfigurationError) as caught:
        admin.users.get(box.accounts.active)
    for word in ("token", "ATLASSIAN_ADMIN_TOKEN", "organization API key"):
        assert word in str(caught.value)
    assert sent(box) == 0


def test_blanks_around_a_token_are_stripped(box: Sandbox) -> None:
    with Admin(f"  {box.token}\n", base_url=box.url) as admin:
        assert admin.users.get(box.accounts.active).account.account_id == box.accounts.active


@pytest.mark.parametrize("token", ["a\nb", "a\x00b", "a\x7fb", "   "])
def test_a_control_character_in_a_token_is_refused(token: str) -> None:
    with pytest.raises(ConfigurationError, match="token") as caught:
        Admin(token)
    assert "a\nb" not in str(caught.value)


def test_plain_http_to_another_machine_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="plain http"):
        Admin("secret-key", base_url="http://192.0.2.1:8080")


def test_a_proxy_elsewhere_sees_no_plain_http() -> None:
    with pytest.raises(ConfigurationError, match="plain http"):
        Admin("key", base_url="http://127.0.0.1:1", proxy="http://192.0.2.1:3128")


def test_a_scoped_key_on_user_management(box: Sandbox) -> None:
    with Admin(box.scoped_token, base_url=box.url) as admin, pytest.raises(PermissionDeniedError) as caught:
        admin.users.get(box.accounts.active)
    assert "without scopes" in str(caught.value)
    assert "without scopes" in (caught.value.hint or "")


# Path arguments


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("", ValueError),
        ("  ", ValueError),
        ("..", ValueError),
        (".", ValueError),
        (None, TypeError),
        (True, TypeError),
        (1.5, TypeError),
    ],
)
def test_ids_that_are_none(admin: Admin, box: Sandbox, given: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"admin\.users\.get: account_id"):
        admin.users.get(given)
    assert sent(box) == 0


def test_an_attributes_name_is_no_key_of_a_body(admin: Admin, box: Sandbox) -> None:
    with pytest.raises(
        TypeError, match=r'create: name: unknown key "given_name"; the server\'s name for it is "givenName"'
    ):
        admin.scim.users.create(user_name="a", emails=[{"value": "a@b.c"}], name={"given_name": "Ann"})
    assert sent(box) == 0


def test_a_call_that_was_not_awaited_says_so(box: Sandbox) -> None:
    call = box.client(AsyncAdmin).users.get(box.accounts.active)
    with pytest.raises(
        AttributeError, match=r"admin\.users\.get\(\) was not awaited, and has no attribute \"account\""
    ):
        _ = call.account  # type: ignore[attr-defined]
    call.close()


def test_a_number_is_an_id_too(admin: Admin, box: Sandbox) -> None:
    with pytest.raises(NotFoundError):
        admin.users.get(10001)
    assert box.requests[-1].path == "/users/10001/manage/profile"


def test_a_hostile_id_is_one_encoded_segment(admin: Admin, box: Sandbox) -> None:
    with pytest.raises(ApiError):
        admin.users.get("a/b?c#d")
    assert box.requests[-1].path == "/users/a%2Fb%3Fc%23d/manage/profile"


# Keywords and types


def test_a_misspelt_keyword(admin: Admin, box: Sandbox) -> None:
    with pytest.raises(TypeError, match=r"admin\.users\.get\(\) got an unexpected keyword argument 'expnd'"):
        admin.users.get("x", expnd=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"did you mean 'nickname'\?"):
        admin.users.update("x", nicknam="y")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="account_id"):
        admin.users.get()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="by position"):
        admin.users.get("x", "y")  # type: ignore[call-arg]
    assert sent(box) == 0


def test_a_wrong_type(admin: Admin, box: Sandbox) -> None:
    with pytest.raises(TypeError, match=r"admin\.users\.disable: message: expected str, got int"):
        admin.users.disable(box.accounts.active, message=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="page_size"):
        admin.organizations.directories.users.search(box.org_id, box.directory_id, page_size="5")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="limit"):
        admin.organizations.users.list(box.org_id, limit=-1)
    assert sent(box) == 0


def test_a_very_long_keyword_is_not_compared(admin: Admin, box: Sandbox) -> None:
    started = time.monotonic()
    with pytest.raises(TypeError, match="unexpected keyword") as caught:
        admin.users.update("x", **{"x" * 8_000_000: "y"})  # type: ignore[arg-type]
    assert "did you mean" not in str(caught.value)
    # To compare it with the names there are takes a minute.
    assert time.monotonic() - started < 10
    assert sent(box) == 0


LONE = "a\ud800"


@pytest.mark.parametrize(
    ("arguments", "error", "what"),
    [
        ({"account_id": LONE}, ValueError, r"admin\.users\.get: account_id: holds a lone surrogate"),
        ({"extra_headers": {"a": LONE}}, ValueError, r"extra_headers\.a: holds a lone surrogate"),
        ({"extra_headers": {LONE: "a"}}, ValueError, "extra_headers: holds a lone surrogate"),
        ({"extra_query": {"a": LONE}}, ValueError, r"extra_query\.a: holds a lone surrogate"),
        ({LONE: 1}, ValueError, "the name of a keyword: holds a lone surrogate"),
        (
            {"extra_headers": {f"x-{number}": "a" for number in range(40_000)}},
            ValueError,
            r"admin\.users\.get: extra_headers: more than",
        ),
        ({"extra_headers": {"Content-Length": "5"}}, ValueError, "content-length is set by the connection"),
        ({"extra_headers": {"transfer-encoding": "chunked"}}, ValueError, "transfer-encoding is set by the connection"),
        ({"account_id": "x" * 70_000}, ValueError, r"admin\.users\.get: the arguments are too long"),
        ({"extra_query": {"a": "x" * 70_000}}, ValueError, r"admin\.users\.get: the arguments are too long"),
    ],
)
def test_what_no_request_holds(
    admin: Admin, box: Sandbox, arguments: dict[str, Any], error: type[Exception], what: str
) -> None:
    with pytest.raises(error, match=what) as caught:
        admin.users.get(**{"account_id": "x", **arguments})
    assert not isinstance(caught.value, UnicodeError)
    assert len(str(caught.value)) < 500
    assert sent(box) == 0


def test_what_no_free_request_holds(admin: Admin, box: Sandbox) -> None:
    for method, path, what in ((LONE, "/x", "request: method"), ("GET", "/" + LONE, "request: path")):
        with pytest.raises(ValueError, match=what + ": holds a lone surrogate"):
            admin.request(method, path)
    with pytest.raises(ValueError, match="headers: more than"):
        admin.request("GET", "/x", headers={f"x-{number}": "a" for number in range(40_000)})
    with pytest.raises(TypeError, match="request: path: expected str, got int"):
        admin.request("GET", 3)  # type: ignore[arg-type]
    assert sent(box) == 0


@pytest.mark.parametrize("limit", [2**63, 2**64, -(2**70)])
def test_numbers_beyond_the_range_of_a_limit(admin: Admin, box: Sandbox, limit: int) -> None:
    with pytest.raises(ValueError, match=r"admin\.organizations\.users\.list: limit: out of range"):
        admin.organizations.users.list(box.org_id, limit=limit)
    listing = admin.organizations.users.list(box.org_id)
    with pytest.raises(ValueError, match="limit: out of range"):
        listing.to_list(limit=limit)
    with pytest.raises(ValueError, match="cursor: holds a lone surrogate"):
        admin.organizations.users.list(box.org_id, cursor=LONE)
    with pytest.raises(ValueError, match="page_size: out of range"):
        admin.organizations.directories.users.search(box.org_id, box.directory_id, page_size=limit)
    with pytest.raises(TypeError, match="limit: expected int, got str"):
        listing.to_list(limit="3")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="limit: expected int, got bool"):
        listing.to_list(limit=True)
    assert sent(box) == 0


def test_a_cursor_beyond_the_longest_address(admin: Admin, box: Sandbox) -> None:
    listing = admin.organizations.users.list(box.org_id, cursor="x" * 70_000)
    with pytest.raises(ValueError, match=r"admin\.organizations\.users\.list: the arguments are too long"):
        next(listing)
    assert sent(box) == 0


# Moments


def test_a_moment_without_a_zone_is_refused(admin: Admin, box: Sandbox) -> None:
    naive = datetime(2024, 5, 7, 1, 2, 3)
    with pytest.raises(ValueError, match=r"admin\.organizations\.events\.list: since: .* time zone"):
        admin.organizations.events.list(box.org_id, since=naive)
    with pytest.raises(ValueError, match=r"request: json\.at\[0\]: .* time zone"):
        admin.request("POST", "/anything", json={"at": [naive]})
    assert sent(box) == 0


@pytest.mark.parametrize(
    "offset",
    [timedelta(seconds=-30), timedelta(hours=1, seconds=1), timedelta(minutes=-44, seconds=-30), timedelta(hours=5.5)],
)
def test_a_moment_is_sent_as_the_moment_it_is(admin: Admin, box: Sandbox, offset: timedelta) -> None:
    box.respond(body={}, times=1)
    moment = datetime(2020, 1, 1, 12, tzinfo=timezone(offset))
    admin.request("POST", "/anything", json={"at": moment})
    told = box.requests[-1].json()["at"]
    assert datetime.fromisoformat(told.replace("Z", "+00:00")) == moment
    # Offsets with seconds are not known to every server.
    assert told.endswith("Z" if offset.total_seconds() % 60 else "+05:30")


# Bodies


def itself() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


class Opaque:
    pass


class Itself(enum.Enum):
    A = 1

    @property
    def value(self) -> Any:
        return Itself.A


@pytest.mark.parametrize(
    ("value", "error", "what"),
    [
        (itself(), ValueError, "contains itself"),
        (float("nan"), ValueError, "NaN"),
        (float("-inf"), ValueError, "inf"),
        (Decimal("NaN"), ValueError, "NaN"),
        ("\ud800", ValueError, "surrogate"),
        ({1, 2}, TypeError, "set"),
        (Opaque(), TypeError, "Opaque"),
        (b"bytes", TypeError, "decode"),
        ({3: 4}, TypeError, "keys must be str"),
        (deep(300), ValueError, "deeper"),
        (iter([1]), TypeError, "list_iterator"),
        (Itself.A, ValueError, "contains itself"),
        pytest.param(
            10**5000,
            ValueError,
            "digits",
            id="5,000 digits",
            marks=pytest.mark.skipif(not hasattr(sys, "set_int_max_str_digits"), reason="no limit in this Python"),
        ),
    ],
)
def test_what_json_does_not_know(admin: Admin, box: Sandbox, value: Any, error: type[Exception], what: str) -> None:
    with pytest.raises(error, match=what) as caught:
        admin.request("POST", "/anything", json={"fields": {"customfield_10": [0, value]}})
    assert "request: json.fields.customfield_10[1]" in str(caught.value)
    assert sent(box) == 0


def changes_while_read() -> list[dict[str, Any]]:
    def add(outer: dict[str, Any]) -> None:
        outer.update({f"new {number}": 0 for number in range(1_000)})

    made = []
    for change in (add, dict.clear):
        outer: dict[str, Any] = {}

        class Lively(Mapping):  # type: ignore[type-arg]
            def __getitem__(self, key: str, change: Any = change, outer: Any = outer) -> int:
                change(outer)
                return 1

            def __len__(self) -> int:
                return 1

            def __iter__(self) -> Any:
                return iter(["inner"])

        class Moody(enum.Enum):
            A = 1

            @property
            def value(self, change: Any = change, outer: Any = outer) -> Any:
                change(outer)
                return "v"

        outer.update(a=Lively(), b=Moody.A, c=[Lively(), Moody.A], d=1)
        made.append(outer)
    return made


@pytest.mark.parametrize("body", changes_while_read())
def test_a_dict_that_changes_while_it_is_read_is_sent_as_it_was(
    admin: Admin, box: Sandbox, body: dict[str, Any]
) -> None:
    box.respond(body={}, times=1)
    admin.request("POST", "/anything", json=body)
    assert box.requests[-1].json() == {"a": {"inner": 1}, "b": "v", "c": [{"inner": 1}, "v"], "d": 1}


def test_what_json_knows_is_sent_exactly(admin: Admin, box: Sandbox) -> None:
    box.respond(body=b"{}", times=1)
    body = {
        "big": 2**70,
        "neg": -(2**80),
        "f": 0.1,
        "e": 1e300,
        "d": Decimal("1.10"),
        "t": '𝄞\u2028\x01"',
        "n": None,
        "b": [True, False],
        "o": {},
    }
    admin.request("POST", "/anything", json=body)
    raw = box.requests[-1].body
    assert json.loads(raw) == {**body, "d": 1.1}
    assert b"1.10" in raw
    assert str(2**70).encode() in raw


# Answers


def answer(box: Sandbox, admin: Admin, body: bytes) -> Any:
    box.respond(status=200, body=body, headers={"content-type": "application/json"}, times=1)
    return admin.request("GET", "/anything")


def test_numbers_and_keys_as_pythons_json_reads_them(box: Sandbox, admin: Admin) -> None:
    for text in (
        f'{{"n": {2**70}}}',
        '{"n": 1e400}',
        '{"n": -0.0}',
        '{"a": 1, "b": 2, "a": 3}',
        '{"s": "\\ud800"}',
        '{"s": "\\ud834\\udd1e"}',
    ):
        got = answer(box, admin, text.encode()).to_dict()
        assert got == json.loads(text), text
        assert list(got) == list(json.loads(text))
        assert repr(got) == repr(json.loads(text))


@pytest.mark.parametrize(
    "body", [b"[" * 10_000, b'{"a":' * 10_000, b'{"a": "\xff"}', b'{"a": NaN}', b'{"a": 1', b'"', b"{} {}", b"\x00"]
)
def test_answers_that_are_no_json(box: Sandbox, admin: Admin, body: bytes) -> None:
    with pytest.raises(ApiError, match="no valid JSON") as caught:
        answer(box, admin, body)
    assert caught.value.status == 200
    assert len(str(caught.value)) < 2_000


def test_html_empty_and_wrong_content_type(box: Sandbox, admin: Admin) -> None:
    page = b"<html><body>Log in to continue</body></html>"
    box.respond(status=200, body=page, headers={"content-type": "text/html"}, times=1)
    with pytest.raises(ApiError, match="text/html") as caught:
        admin.users.get(box.accounts.active)
    assert "Log in to continue" in str(caught.value)
    assert caught.value.url in str(caught.value)
    box.respond(status=200, body=b"", headers={"content-type": "application/json"}, times=1)
    with pytest.raises(ApiError, match="empty"):
        admin.users.get(box.accounts.active)


def test_a_login_page_in_answer_to_a_post_is_no_success(box: Sandbox, admin: Admin) -> None:
    box.respond(status=200, body=b"<html>Log in</html>", headers={"content-type": "text/html"}, times=1)
    with pytest.raises(ApiError, match="login page"):
        admin.users.disable(box.accounts.active)


def test_a_huge_error_page_is_bounded(box: Sandbox, admin: Admin) -> None:
    box.respond(status=500, body=b"<p>" + b"x" * 10_000_000, headers={"content-type": "text/html"}, times=1)
    with pytest.raises(ApiError) as caught:
        admin.users.get(box.accounts.active)
    assert caught.value.status == 500
    assert len(str(caught.value)) < 2_000
    assert caught.value.response is not None
    assert len(caught.value.response.content) < 1_000_000


def test_a_truncated_answer(box: Sandbox, admin: Admin) -> None:
    box.drop(when="midbody", times=1)
    with pytest.raises(TransportError):
        admin.with_options(max_retries=0).users.get(box.accounts.active)
    box.drop(when="midbody", times=1)
    assert admin.users.get(box.accounts.active).account.account_id == box.accounts.active


def test_a_byte_a_second_ends_at_the_deadline(box: Sandbox, admin: Admin) -> None:
    box.drip(interval=0.2, times=1)
    started = time.monotonic()
    with pytest.raises(TimeoutError, match="time-out of 1 s"):
        admin.with_options(timeout=1.0).users.get(box.accounts.active)
    assert time.monotonic() - started < 5


def test_a_gzip_bomb_meets_the_size_limit(box: Sandbox, admin: Admin) -> None:
    box.gzip_bomb(200_000_000, times=1)
    with pytest.raises(TransportError, match="max_response_bytes"):
        admin.users.get(box.accounts.active)


# Paging


def test_an_empty_page_in_the_middle_goes_on(box: Sandbox, admin: Admin) -> None:
    page = {"data": [], "links": {"next": f"https://elsewhere.example/admin/v1/orgs/{box.org_id}/users?cursor=abc"}}
    last = {"data": [{"account_id": "x"}], "links": {}}
    box.respond(body=json.dumps(page).encode(), times=1)
    box.respond(body=json.dumps(last).encode(), times=1)
    got = admin.organizations.users.list(box.org_id).to_list()
    assert [account.account_id for account in got] == ["x"]
    # The link led to another host: only its cursor was taken.
    path = f"/admin/v1/orgs/{box.org_id}/users"
    assert [request.path for request in box.requests] == [path, f"{path}?cursor=abc"]


def test_a_page_that_names_itself_as_next(box: Sandbox, admin: Admin) -> None:
    body = json.dumps({"data": [{"account_id": "x"}], "links": {"next": "/admin/v1/orgs/o/users?cursor=same"}}).encode()
    box.respond(body=body, times=10)
    seen: list[str] = []
    with pytest.raises(ApiError, match="second time"):
        seen.extend(account.account_id for account in admin.organizations.users.list(box.org_id))
    assert sent(box) <= 3
    box.reset()
    box.respond(body=body, times=10)
    listing = admin.organizations.users.list(box.org_id)
    assert [next(listing).account_id, next(listing).account_id] == ["x", "x"]
    with pytest.raises(ApiError, match="second time"):
        next(listing)


# Limits and lost connections


def test_429_three_times_succeeds(box: Sandbox, admin: Admin) -> None:
    box.fail(status=429, retry_after=1, times=3)
    started = time.monotonic()
    assert admin.users.get(box.accounts.active).account.account_id == box.accounts.active
    assert 3 <= time.monotonic() - started < 30
    assert sent(box) == 4


def test_429_without_retries(box: Sandbox, admin: Admin) -> None:
    box.fail(status=429, retry_after=7, headers={"ratelimit-reason": "jira-burst-based"}, times=1)
    with pytest.raises(RateLimitError) as caught:
        admin.with_options(max_retries=0).users.get(box.accounts.active)
    assert caught.value.retry_after == 7
    assert caught.value.reason == "jira-burst-based"


def test_a_wait_beyond_the_deadline_is_not_begun(box: Sandbox, admin: Admin) -> None:
    box.fail(status=429, retry_after=3600, times=1)
    started = time.monotonic()
    with pytest.raises(RateLimitError) as caught:
        admin.with_options(timeout=20).users.get(box.accounts.active)
    assert caught.value.retry_after == 3600
    assert time.monotonic() - started < 10


def test_a_post_that_was_sent_is_never_sent_twice(box: Sandbox, admin: Admin) -> None:
    box.drop(when="after", times=1)
    with pytest.raises(ConnectionError, match="may have been executed") as caught:
        admin.users.disable(box.accounts.active)
    assert caught.value.may_have_been_executed
    posts = [request for request in box.requests if request.method == "POST"]
    assert len(posts) == 1
    assert admin.users.get(box.accounts.active).account.account_status == "inactive"


def test_no_server(admin: Admin) -> None:
    with Sandbox() as other:
        url = other.url
    with Admin("key", base_url=url, max_retries=0) as client, pytest.raises(ConnectionError) as caught:
        client.users.disable("x")
    assert not caught.value.may_have_been_executed
    assert isinstance(caught.value, OSError)


# Odd environments


@pytest.mark.parametrize(
    "variables",
    [
        {"HTTP_PROXY": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"},
        {"SSL_CERT_FILE": "/nonexistent", "SSL_CERT_DIR": "/nonexistent"},
    ],
)
def test_proxies_and_missing_certificates_do_not_matter_to_the_sandbox(variables: dict[str, str]) -> None:
    script = (
        "from atlassian_cloud import Admin\n"
        "from atlassian_cloud.sandbox import Sandbox\n"
        "with Sandbox() as box, box.client(Admin) as admin, Admin(box.token, base_url=box.url) as plain:\n"
        "    for client in (admin, plain):\n"
        "        print(client.users.get(box.accounts.active).account.account_status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **variables}, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "active\nactive\n", "")


# asyncio


def test_create_task_run_and_cancel(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncAdmin) as admin:
            task = asyncio.create_task(admin.users.get(box.accounts.active))
            assert (await task).account.account_id == box.accounts.active
            box.delay(30, times=1)
            slow = asyncio.create_task(admin.users.get(box.accounts.active))
            await asyncio.sleep(0.3)
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow
            assert (await admin.users.get(box.accounts.active)).account.account_id == box.accounts.active

    asyncio.run(main())
    client = box.client(AsyncAdmin)
    user = asyncio.run(client.users.get(box.accounts.active))
    assert user.account.account_id == box.accounts.active


def test_cancelling_aborts_the_request() -> None:
    async def main() -> None:
        asked, left = asyncio.Event(), asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            asked.set()
            assert await reader.read() == b""
            left.set()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with AsyncAdmin("key", base_url=url) as admin:
            task = asyncio.create_task(admin.users.get("x"))
            await asyncio.wait_for(asked.wait(), 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(left.wait(), 10)
        server.close()

    asyncio.run(main())


def test_every_error_has_one_root(box: Sandbox, admin: Admin) -> None:
    box.fail(status=418, times=1)
    with pytest.raises(AtlassianError):
        admin.users.get(box.accounts.active)


def test_no_secret_in_errors_and_reprs(box: Sandbox, admin: Admin) -> None:
    box.fail(status=500, times=1)
    with pytest.raises(ApiError) as caught:
        admin.users.get(box.accounts.active, extra_headers={"x-secret": "hush-hush"})
    for shown in (
        repr(caught.value),
        str(caught.value),
        repr(admin),
        repr(caught.value.response),
        repr(admin.users),
        str(vars(caught.value)),
    ):
        assert box.token not in shown
        assert "hush-hush" not in shown

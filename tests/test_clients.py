"""Clients: options, raw answers, any endpoint, subclassing, mocking, logging, errors."""

from __future__ import annotations

import asyncio
import inspect
import logging
import multiprocessing
import os
import pickle
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from unittest import mock

import atlassian_cloud
import pytest
from atlassian_cloud import (
    Admin,
    ApiError,
    AsyncAdmin,
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    Jira,
    NotFoundError,
    PermissionDeniedError,
    RawResponse,
    TimeoutError,
    operations,
)
from atlassian_cloud.sandbox import Sandbox


def test_raw_responses(box: Sandbox, admin: Admin) -> None:
    raw = admin.with_raw_response.users.get(box.accounts.active)
    assert isinstance(raw, RawResponse)
    assert (raw.status, raw.method) == (200, "GET")
    assert raw.url == f"{box.url}/users/{box.accounts.active}/manage/profile"
    assert raw.headers["content-type"].startswith("application/json")
    assert b"account_id" in raw.content
    assert timedelta(0) < raw.elapsed < timedelta(seconds=30)
    assert raw.parse() == admin.users.get(box.accounts.active)
    page = admin.with_raw_response.organizations.users.list(box.org_id).parse()
    assert len(page.data) > 10
    done = admin.with_raw_response.users.disable(box.accounts.active)
    assert (done.status, done.parse()) == (204, None)


def test_raw_responses_awaited(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncAdmin) as admin:
            raw = await admin.with_raw_response.users.get(box.accounts.active)
            assert raw.parse() == await admin.users.get(box.accounts.active)
            page = (await admin.with_raw_response.organizations.users.list(box.org_id)).parse()
            assert len(page.data) > 10

    asyncio.run(main())


def test_any_endpoint(box: Sandbox, admin: Admin) -> None:
    orgs = admin.request("GET", "/admin/v1/orgs", query={"cursor": None})
    assert orgs.data[0].id == box.org_id
    assert (
        admin.request("POST", f"/users/{box.accounts.active}/manage/lifecycle/disable", json={"message": "x"}) is None
    )
    with pytest.raises(NotFoundError):
        admin.request("get", "/no/such/thing")
    assert admin.with_raw_response.request("GET", "/admin/v1/orgs").status == 200

    async def main() -> Any:
        async with box.client(AsyncAdmin) as other:
            return await other.request("GET", "/admin/v1/orgs")

    assert asyncio.run(main()) == orgs


@pytest.mark.parametrize(
    "path",
    ["admin", "//evil.example/x", "/a/../b", "/a/%2e%2e/b", "/a b", "/a#b", "https://evil.example/", "/a\\b", ""],
)
def test_paths_that_could_lead_elsewhere(box: Sandbox, admin: Admin, path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        admin.request("GET", path)
    assert box.requests == []


def test_with_options_shares_and_keeps(box: Sandbox) -> None:
    class Mine(Admin):
        def __init__(self, team: str, box: Sandbox) -> None:
            super().__init__(box.token, base_url=box.url)
            self.team = team

    mine = Mine("identity", box)
    mine.users.get(box.accounts.active)
    quick = mine.with_options(timeout=0.3, max_retries=0, headers={"x-team": "a"})
    assert isinstance(quick, Mine)
    assert quick.team == "identity"
    box.delay(5, times=1)
    with pytest.raises(TimeoutError):
        quick.users.get(box.accounts.active)
    quick.users.get(box.accounts.active)
    assert box.requests[-1].headers["x-team"] == "a"
    mine.users.get(box.accounts.active)
    assert "x-team" not in box.requests[-1].headers
    with pytest.raises(TypeError):
        mine.with_options(tiemout=3)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="timeout"):
        mine.with_options(timeout=0)


def test_extras(box: Sandbox, admin: Admin) -> None:
    with pytest.raises(ApiError):
        admin.users.get("x", extra_query={"a": ["1", 2], "b": True}, extra_headers={"x-a": "b"})
    assert box.requests[-1].path == "/users/x/manage/profile?a=1&a=2&b=true"
    assert box.requests[-1].headers["x-a"] == "b"
    with pytest.raises(ApiError):
        admin.users.disable("x", message="m", extra_body={"message": "n", "further": 1})
    assert box.requests[-1].body == b'{"message":"n","further":1}'
    with pytest.raises(ValueError, match="control"):
        admin.users.get("x", extra_headers={"x-a": "b\r\nx-b: c"})
    with pytest.raises(TypeError, match="extra_headers"):
        admin.users.get("x", extra_headers=[("a", "b")])  # type: ignore[arg-type]


def test_services_can_be_patched_and_mocked(admin: Admin) -> None:
    with mock.patch.object(admin.users, "get", return_value="patched"):
        assert admin.users.get("x") == "patched"
    assert admin.users is admin.users
    assert admin.users.tokens is admin.users.tokens
    fake = mock.create_autospec(admin.users)
    fake.get.return_value = 3
    assert fake.get("x") == 3
    with pytest.raises(AttributeError):
        fake.nonsense  # noqa: B018


def test_signature_help_and_completion(admin: Admin) -> None:
    signature = inspect.signature(admin.users.disable)
    assert list(signature.parameters) == ["account_id", "message", "extra_query", "extra_headers", "extra_body"]
    assert signature.parameters["message"].kind is inspect.Parameter.KEYWORD_ONLY
    assert str(signature.parameters["message"].default) == "..."
    assert "Deactivate" in (inspect.getdoc(admin.users.disable) or "")
    assert {"users", "organizations", "scim"} <= set(dir(admin))
    assert {"get", "disable", "tokens"} <= set(dir(admin.users))
    assert inspect.isroutine(admin.users.get)
    with pytest.raises(AttributeError, match='did you mean "disable"'):
        admin.users.disabel  # type: ignore[attr-defined] # noqa: B018


def test_operations_are_listed() -> None:
    records = {record.name: record for record in operations()}
    get = records["admin.users.get"]
    assert (get.method, get.path, get.deprecated) == ("GET", "/users/{account_id}/manage/profile", False)
    assert get.docs.startswith("https://developer.atlassian.com/")
    assert records["admin.organizations.directory.suspend_user"].deprecated
    assert len(records) == len(operations()) > 140


def test_a_removed_operation_warns_once_and_explains(box: Sandbox, admin: Admin) -> None:
    with (
        pytest.warns(
            DeprecationWarning, match=r"admin\.organizations\.directory\.suspend_user was removed by Atlassian"
        ),
        pytest.raises(ApiError) as caught,
    ):
        admin.organizations.directory.suspend_user(box.org_id, box.accounts.active)
    assert "retired" in (caught.value.hint or "")
    with pytest.raises(ApiError):
        admin.organizations.directory.suspend_user(box.org_id, box.accounts.active)


def test_logging_without_secrets(box: Sandbox, admin: Admin, caplog: pytest.LogCaptureFixture) -> None:
    box.fail(status=503, times=1)
    with caplog.at_level(logging.DEBUG, "atlassian_cloud"):
        admin.users.get(box.accounts.active)
        list(admin.organizations.users.list(box.org_id))
        with pytest.raises(NotFoundError):
            admin.users.get("nobody")
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert "admin.users.get: attempt 1 ended with 503" in told
    assert "-> 200" in told
    assert "-> 404" in told
    assert "admin.organizations.users.list: GET" in told
    assert box.token not in told
    assert "Bearer" not in told
    assert "nickname" not in told


def test_retries_are_told_whether_or_not_they_help(
    box: Sandbox, admin: Admin, caplog: pytest.LogCaptureFixture
) -> None:
    box.fail(status=429, retry_after=0.1, times=1)
    with caplog.at_level(logging.INFO, "atlassian_cloud"):
        admin.users.get(box.accounts.active)
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert re.fullmatch(r"admin\.users\.get: attempt 1 ended with 429; again in 0\.1\d s", record.getMessage())
    caplog.clear()
    box.drop(when="before", times=2)
    with (
        caplog.at_level(logging.DEBUG, "atlassian_cloud"),
        pytest.raises(atlassian_cloud.ConnectionError) as caught,
    ):
        admin.with_options(max_retries=1).users.get(box.accounts.active)
    assert caught.value.attempts == 2
    assert [record.levelno for record in caplog.records] == [logging.INFO, logging.DEBUG]
    retry, end = [record.getMessage() for record in caplog.records]
    assert re.fullmatch(
        r"admin\.users\.get: attempt 1 ended with the connection was lost.*; again in \d\.\d\d s", retry
    )
    assert end.startswith("admin.users.get: failed after 2 attempt(s): ")


@pytest.mark.parametrize("way", ["call", "refused", "lost", "next", "awaited"])
def test_what_a_log_handler_raises(box: Sandbox, admin: Admin, way: str) -> None:
    class Raises(logging.Handler):
        fault: BaseException

        def emit(self, record: logging.LogRecord) -> None:
            raise self.fault

    async def awaited() -> None:
        async with box.client(AsyncAdmin) as other:
            await other.users.get(box.accounts.active)

    def call() -> None:
        if way == "call":
            admin.users.get(box.accounts.active)
        elif way == "refused":
            with pytest.raises(NotFoundError):
                admin.users.get("nobody")
        elif way == "lost":
            box.drop(when="after")
            with pytest.raises(atlassian_cloud.ConnectionError):
                admin.users.disable(box.accounts.active)
        elif way == "next":
            next(admin.organizations.users.list(box.org_id))
        else:
            asyncio.run(awaited())

    handler = Raises()
    logger = logging.getLogger("atlassian_cloud")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        # A handler's own fault breaks no call; Ctrl-C and an exit that come in one are not its own.
        handler.fault = ValueError("of the handler")
        call()
        for fault in (KeyboardInterrupt(), SystemExit(7)):
            handler.fault = fault
            with pytest.raises(type(fault)):
                call()
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_logging_is_quiet_unless_asked(box: Sandbox, admin: Admin, capfd: pytest.CaptureFixture[str]) -> None:
    admin.users.get(box.accounts.active)
    assert capfd.readouterr() == ("", "")


def test_log_level_by_environment(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLASSIAN_LOG", "loud")
    with pytest.raises(ConfigurationError, match="ATLASSIAN_LOG"):
        box.client(Admin)


def test_a_closed_client_says_so(box: Sandbox) -> None:
    with box.client(Admin) as admin:
        admin.users.get(box.accounts.active)
    with pytest.raises(ConfigurationError, match="closed"):
        admin.users.get(box.accounts.active)


@pytest.mark.parametrize(
    ("options", "error", "what"),
    [
        ({"base_url": "ftp://x"}, ConfigurationError, "base_url"),
        ({"base_url": "https://user:secret@x"}, ConfigurationError, "base_url"),
        ({"base_url": "https://x/?key=secret"}, ConfigurationError, "base_url: must not carry a query"),
        ({"base_url": "nonsense#secret"}, ConfigurationError, "base_url"),
        ({"base_url": "nonsense"}, ConfigurationError, "base_url"),
        ({"base_url": 3}, TypeError, "base_url"),
        ({"timeout": -1}, ValueError, "timeout"),
        ({"timeout": "5"}, TypeError, "timeout"),
        ({"timeout": float("nan")}, ValueError, "timeout"),
        ({"max_retries": -1}, ValueError, "max_retries"),
        ({"max_retries": 1.5}, TypeError, "max_retries"),
        ({"proxy": "::::"}, ConfigurationError, "proxy"),
        ({"ca_bundle": "/no/such/file"}, ConfigurationError, "ca_bundle"),
        ({"verify": "no"}, TypeError, "verify"),
        ({"headers": {"a b": "c"}}, ValueError, "headers"),
        ({"headers": {"a": "b\nc"}}, ValueError, "headers"),
        ({"headers": {"a": 1}}, TypeError, "headers"),
        ({"nonsense": 1}, TypeError, "nonsense"),
        ({"token": 3}, TypeError, "token: expected str, got int"),
        ({"token": "a\ud800"}, ValueError, "token: holds a lone surrogate"),
        ({"base_url": "a\ud800"}, ValueError, "base_url: holds a lone surrogate"),
        ({"proxy": "a\ud800"}, ValueError, "proxy: holds a lone surrogate"),
        ({"ca_bundle": "a\ud800"}, ValueError, "ca_bundle: holds a lone surrogate"),
        ({"headers": {"a": "\ud800"}}, ValueError, "headers.a: holds a lone surrogate"),
        ({"max_retries": 2**70}, ValueError, "max_retries: out of range"),
        ({"max_response_bytes": 2**70}, ValueError, "max_response_bytes: out of range"),
        ({"timeout": 10**400}, ValueError, "timeout: out of range"),
        ({"proxy": "htp://user:secret@127.0.0.1:3128"}, ConfigurationError, "proxy: a proxy is reached by http"),
    ],
)
def test_faulty_options(options: dict[str, Any], error: type[Exception], what: str) -> None:
    with pytest.raises(error, match=what) as caught:
        Admin(**{"token": "key", **options})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("site", ["https://me:secret@acme.atlassian.net", "acme?key=secret", "acme#secret"])
def test_what_is_secret_in_a_site_is_not_repeated(site: str) -> None:
    with pytest.raises(ConfigurationError, match="site: expected a name") as caught:
        Jira(site=site, email="a@acme.example", token="key")
    assert "secret" not in str(caught.value)


def test_many_headers_of_a_client(admin: Admin) -> None:
    many = {f"x-{number}": "a" for number in range(40_000)}
    with pytest.raises(ValueError, match="headers: more than"):
        Admin("key", headers=many)
    with pytest.raises(ValueError, match="headers: more than"):
        admin.with_options(headers=many)
    # Nor by and by.
    nearly = admin.with_options(headers={f"x-{number}": "a" for number in range(600)})
    with pytest.raises(ValueError, match="headers: more than"):
        nearly.with_options(headers={f"y-{number}": "a" for number in range(600)})


def test_a_bundle_that_holds_no_certificates_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.pem").write_text("no certificate")
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    for name in ("empty", "note.pem", "broken.pem", "missing.pem"):
        with pytest.raises(ConfigurationError, match="ca_bundle"):
            Admin("key", ca_bundle=tmp_path / name)


@pytest.mark.skipif(os.name != "posix", reason="pipes with a name")
def test_a_bundle_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    script = (
        "import sys; from atlassian_cloud import Admin, ConfigurationError\n"
        "try: Admin('key', ca_bundle=sys.argv[1])\n"
        "except ConfigurationError as fault: print(fault)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "pipe")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ca_bundle: ")


def test_a_client_that_was_not_made_has_a_repr() -> None:
    class Kept(Admin):
        made: Kept

        def __init__(self) -> None:
            Kept.made = self
            super().__init__("key", base_url="nonsense")

    with pytest.raises(ConfigurationError):
        Kept()
    assert repr(Kept.made) == "<Kept, not set up>"


def test_clients_are_not_pickled(admin: Admin) -> None:
    for thing in (admin, admin.users):
        with pytest.raises(TypeError, match="pickle"):
            pickle.dumps(thing)


def _fail(url: str, token: str) -> None:
    with Admin(token, base_url=url) as admin:
        admin.users.get("nobody")


def test_errors_cross_process_boundaries(box: Sandbox, admin: Admin) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool, pytest.raises(NotFoundError) as caught:
        pool.apply(_fail, (box.url, box.token))
    assert (caught.value.status, caught.value.call) == (404, "admin.users.get")
    assert caught.value.code


def test_an_error_keeps_its_fields_when_pickled(box: Sandbox, admin: Admin) -> None:
    with pytest.raises(ApiError) as caught:
        admin.users.update(box.accounts.active, nickname="x" * 99)
    error = caught.value
    assert error.response is not None
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert again.response is None
    assert str(again) == str(error)
    assert {k: v for k, v in vars(error).items() if k != "response"} == vars(again)
    assert again.messages[0].code == "maxLength"


def test_errors_tell_what_the_server_calls_each_message(box: Sandbox, admin: Admin) -> None:
    admin.users.disable(box.accounts.active)
    with pytest.raises(ConflictError) as conflict:
        admin.users.disable(box.accounts.active)
    assert "account.inactive" in [message.code for message in conflict.value.messages]
    with pytest.raises(PermissionDeniedError) as denied:
        admin.users.update(box.accounts.scim_managed, name="New Name")
    assert [(m.field, m.code) for m in denied.value.messages] == [("name", "externalDirectory.scim")]


def test_a_refused_key_is_named(box: Sandbox) -> None:
    with Admin("wrong", base_url=box.url) as admin, pytest.raises(AuthenticationError) as caught:
        admin.users.get(box.accounts.active)
    for word in ("token=", "ATLASSIAN_ADMIN_TOKEN", "organization API key"):
        assert word in (caught.value.hint or "")


def test_errors_tell_fields(box: Sandbox, admin: Admin) -> None:
    with pytest.raises(ApiError) as caught:
        admin.users.update(box.accounts.active, nickname="x" * 99)
    error = caught.value
    assert (error.status, error.code) == (400, "fieldConstraintsViolated")
    assert [message.field for message in error.messages] == ["nickname"]
    assert "nickname" in str(error)
    assert "admin.users.update" in str(error)
    admin.users.disable(box.accounts.active, message="Left the company")
    with pytest.raises(ConflictError) as conflict:
        admin.users.disable(box.accounts.active)
    assert conflict.value.code == "conflict.lifecycleErrors"


def test_package_names() -> None:
    for name in atlassian_cloud.__all__:
        assert getattr(atlassian_cloud, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        atlassian_cloud.nothing  # type: ignore[attr-defined] # noqa: B018
    assert set(atlassian_cloud.__all__) <= set(dir(atlassian_cloud))
    assert Admin.__module__ == "atlassian_cloud"


def test_http2_over_tls_with_a_ca_of_its_own() -> None:
    with Sandbox(tls=True) as box:
        assert box.url.startswith("https://")
        with box.client(Admin) as admin:
            assert admin.users.get(box.accounts.active).account.account_status == "active"
            assert len(admin.organizations.users.list(box.org_id).to_list()) > 200
        with (
            Admin(box.token, base_url=box.url, max_retries=0) as stranger,
            pytest.raises(atlassian_cloud.ConnectionError, match="certificate"),
        ):
            stranger.users.get(box.accounts.active)
        with Admin(box.token, base_url=box.url, verify=False) as careless:
            assert careless.users.get(box.accounts.active).account.account_status == "active"


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_faulty_proxy_of_the_environment_is_no_way_around_it(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for faulty in ("http://user:secret@:::", "htp://user:secret@127.0.0.1:3128"):
        monkeypatch.setenv(variable, faulty)
        with pytest.raises(ConfigurationError, match=variable) as caught:
            Admin("key")
        assert "secret" not in str(caught.value)
    Admin("key", trust_env=False)
    Admin("key", base_url="http://127.0.0.1:1")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the system's verifier decides")
def test_certificates_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    with Sandbox(tls=True) as box:
        assert box.ca_bundle is not None
        (tmp_path / "ca.pem").write_text(Path(box.ca_bundle).read_text())
        (tmp_path / "README").write_text("no certificate")

        def works(**options: Any) -> bool:
            with Admin(box.token, base_url=box.url, max_retries=0, **options) as admin:
                try:
                    admin.organizations.get(box.org_id)
                except atlassian_cloud.ConnectionError as fault:
                    return "certificate" not in str(fault)
            return True

        assert not works()
        for name, value in [
            ("REQUESTS_CA_BUNDLE", str(tmp_path)),
            ("CURL_CA_BUNDLE", box.ca_bundle),
            ("SSL_CERT_FILE", box.ca_bundle),
            ("SSL_CERT_DIR", f"/no/such/folder{os.pathsep}{tmp_path}"),
        ]:
            with monkeypatch.context() as patch:
                patch.setenv(name, value)
                assert works(), name
                assert not works(trust_env=False), name
                patch.setenv(name, "/no/such/thing")
                with pytest.raises(ConfigurationError, match=name):
                    works()
                patch.setenv(name, str(tmp_path / "README"))
                with pytest.raises(ConfigurationError, match="no certificate"):
                    works()
                assert works(ca_bundle=box.ca_bundle)


def test_moments_have_the_form_that_the_product_wants(box: Sandbox) -> None:
    moment = datetime(2024, 5, 7, 1, 2, 3, tzinfo=timezone(timedelta(hours=5.5)))
    with box.client(Jira) as jira:
        jira.issues.worklogs.add("ENG-1", started=moment.astimezone(timezone.utc), time_spent_seconds=60)
        assert b'"started":"2024-05-06T19:32:03.000+0000"' in box.requests[-1].body
        project, kind = {"key": "ENG"}, {"name": "Task"}
        jira.issues.create(fields={"project": project, "issuetype": kind, "summary": "x", "customfield_10034": moment})
        assert b'"2024-05-07T01:02:03.000+0530"' in box.requests[-1].body
    with box.client(Admin) as admin:
        with pytest.raises(ApiError):
            admin.users.update(box.accounts.active, extra_body={"since": moment})
        assert b'"2024-05-07T01:02:03.000+05:30"' in box.requests[-1].body

"""Every kind of credential at the right and the wrong host, tokens that end, and where they are kept."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import stat
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import (
    Admin,
    Agile,
    ApiError,
    Assets,
    AsyncJira,
    AtlassianError,
    AuthenticationError,
    Bitbucket,
    ClientCredentials,
    ConfigurationError,
    Confluence,
    Jira,
    NotFoundError,
    OAuth,
    PermissionDeniedError,
    ServiceManagement,
    TimeoutError,
    TransportError,
)
from atlassian_cloud.auth import FileTokenStore, MemoryTokenStore, Token
from atlassian_cloud.sandbox import Sandbox

SCOPES = [
    "read:jira-work",
    "read:servicedesk-request",
    "read:cmdb-object:jira",
    "read:confluence-content.all",
    "offline_access",
]
READS: dict[Any, Callable[[Any], Any]] = {
    Jira: lambda client: client.myself.get(),
    Agile: lambda client: client.boards.get(1),
    ServiceManagement: lambda client: client.requests.get("HELP-1"),
    Assets: lambda client: client.objects.get("1"),
    Confluence: lambda client: client.pages.get(100001),
    Bitbucket: lambda client: client.repositories.get("website", workspace="acme"),
    Admin: lambda client: client.users.get("5e5f6a63157ed50cd2b9eaca"),
}
SITE = (Jira, Agile, ServiceManagement, Assets, Confluence)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


def consent(oauth: OAuth) -> tuple[str, str]:
    """Do what a user's browser does; return the address at which they end, and the state."""
    url, state = oauth.authorization_url()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)
    try:
        opener.open(url)
    except urllib.error.HTTPError as answer:
        return answer.headers["location"], state
    raise AssertionError("no redirect")


def application(box: Sandbox, **options: Any) -> OAuth:
    given: dict[str, Any] = {"redirect_uri": "https://app.example/callback", "scopes": SCOPES, "base_url": box.url}
    return OAuth(box.oauth.client_id, box.oauth.client_secret, **{**given, **options})


def consented(box: Sandbox, **options: Any) -> OAuth:
    oauth = application(box, **options)
    url, state = consent(oauth)
    oauth.exchange(url, state=state)
    return oauth


def service_account(box: Sandbox) -> ClientCredentials:
    return ClientCredentials(box.oauth.service_client_id, box.oauth.service_client_secret, base_url=box.url)


def consumer(box: Sandbox) -> ClientCredentials:
    return ClientCredentials(box.oauth.consumer_key, box.oauth.consumer_secret, base_url=box.url)


def token_requests(box: Sandbox) -> list[Any]:
    return [request for request in box.requests if request.path in ("/oauth/token", "/site/oauth2/access_token")]


# ---- which credential opens which door

KINDS: dict[str, Callable[[Sandbox], dict[str, Any]]] = {
    "API token": lambda box: {"email": box.email, "token": box.api_token},
    "API token, gateway": lambda box: {"email": box.email, "token": box.api_token, "gateway": True},
    "API token from a function": lambda box: {"email": box.email, "token": lambda: box.api_token},
    "scoped token": lambda box: {"email": box.email, "token": box.scoped_api_token},
    "scoped token, gateway": lambda box: {"email": box.email, "token": box.scoped_api_token, "gateway": True},
    "OAuth": lambda box: {"auth": consented(box)},
    "client credentials": lambda box: {"auth": service_account(box)},
    "Bitbucket API token": lambda box: {"email": box.email, "token": box.bitbucket_api_token},
    "Bitbucket access token": lambda box: {"email": None, "token": box.bitbucket_access_token},
    "OAuth consumer": lambda box: {"auth": consumer(box)},
    "organization key": lambda box: {"token": box.token},
    "organization key from a function": lambda box: {"token": lambda: box.token},
    "organization key with scopes": lambda box: {"token": box.scoped_token},
}
SITE_WAYS = ("API token", "API token, gateway", "API token from a function")
GATEWAY_WAYS = ("scoped token, gateway", "OAuth", "client credentials")
# Product by product, what opens it.
OPENS: dict[Any, tuple[str, ...]] = {
    **dict.fromkeys(SITE, (*SITE_WAYS, *GATEWAY_WAYS)),
    Bitbucket: ("Bitbucket API token", "Bitbucket access token", "OAuth consumer"),
    Admin: ("organization key", "organization key from a function"),
}
REFUSED: dict[Any, tuple[str, ...]] = {
    **dict.fromkeys(SITE, ("scoped token", "Bitbucket API token", "Bitbucket access token", "OAuth consumer")),
    Bitbucket: ("API token", "scoped token", "client credentials", "organization key"),
    Admin: ("organization key with scopes",),
}


def cases(table: dict[Any, tuple[str, ...]]) -> list[Any]:
    return [pytest.param(cls, kind, id=f"{cls.__name__}-{kind}") for cls, kinds in table.items() for kind in kinds]


@pytest.mark.parametrize(("cls", "kind"), cases(OPENS))
def test_credentials_open_what_they_are_made_for(box: Sandbox, cls: Any, kind: str) -> None:
    with box.client(cls, **KINDS[kind](box)) as client:
        assert READS[cls](client) is not None


@pytest.mark.parametrize(("cls", "kind"), cases(REFUSED))
def test_credentials_are_refused_elsewhere(box: Sandbox, cls: Any, kind: str) -> None:
    with box.client(cls, **KINDS[kind](box)) as client, pytest.raises((AuthenticationError, PermissionDeniedError)):
        READS[cls](client)


@pytest.mark.parametrize(
    ("cls", "prefix"),
    [(Jira, "jira"), (Agile, "jira"), (ServiceManagement, "jira"), (Assets, "jira"), (Confluence, "confluence")],
)
def test_a_gateway_stands_in_front_of_every_path(box: Sandbox, cls: Any, prefix: str) -> None:
    with box.client(cls, token=box.scoped_api_token, gateway=True) as client:
        READS[cls](client)
        READS[cls](client)
    paths = [request.path for request in box.requests]
    assert paths.count("/_edge/tenant_info") == 1
    assert [path for path in paths if not path.startswith(f"/ex/{prefix}/{box.cloud_id}/")] == ["/_edge/tenant_info"]


def test_what_names_the_site_itself_needs_no_prefix(box: Sandbox) -> None:
    with box.client(ServiceManagement, token=box.scoped_api_token, gateway=True) as client:
        client.ops.alerts.get("1")
    assert box.requests[-1].path == f"/jsm/ops/api/{box.cloud_id}/v1/alerts/1"


def test_a_site_tells_its_id_without_a_credential(box: Sandbox) -> None:
    with box.client(Jira, token=box.scoped_api_token, gateway=True) as jira:
        jira.myself.get()
    asked = next(request for request in box.requests if request.path == "/_edge/tenant_info")
    assert "authorization" not in asked.headers


def test_a_cloud_id_that_was_told_is_not_looked_up(box: Sandbox) -> None:
    with box.client(Jira, token=box.scoped_api_token, gateway=True, cloud_id=box.cloud_id) as jira:
        jira.myself.get()
        assert jira.request("GET", "/rest/api/3/myself") is not None
    prefix = f"/ex/jira/{box.cloud_id}/rest/api/3/myself"
    assert [request.path for request in box.requests] == [prefix, prefix]


def test_the_refusal_of_a_scoped_token_at_the_site_says_what_to_do(box: Sandbox) -> None:
    with box.client(Jira, token=box.scoped_api_token) as jira, pytest.raises(AuthenticationError) as caught:
        jira.myself.get()
    assert "gateway=True" in str(caught.value.hint)


def test_a_site_that_the_gateway_does_not_know_is_told_apart_from_a_missing_issue(box: Sandbox) -> None:
    for cloud_id, told in [("another", True), (box.cloud_id, False)]:
        with box.client(Jira, gateway=True, cloud_id=cloud_id) as jira, pytest.raises(NotFoundError) as caught:
            jira.issues.get("ENG-99999")
        assert ("cloud_id= may be wrong" in str(caught.value)) is told


def test_a_gateway_needs_to_know_the_site() -> None:
    with pytest.raises(ConfigurationError, match="site is missing"):
        Jira(email="mia@example.com", token="x", gateway=True)
    assert Jira(email="mia@example.com", token="x", gateway=True, cloud_id="id").base_url.startswith("https://api.atl")


# ---- which site an OAuth token is good for


def site(number: int) -> dict[str, Any]:
    return {"id": f"id-{number}", "url": f"https://site{number}.example", "name": f"site{number}", "scopes": ["a"]}


def test_the_one_site_of_a_token_is_found(box: Sandbox) -> None:
    oauth = consented(box)
    assert [(found.cloud_id, found.name) for found in oauth.accessible_resources()] == [(box.cloud_id, "acme")]
    # One entry for each product.
    entry = {**site(1), "id": box.cloud_id}
    box.respond(body=[entry, {**entry, "scopes": ["b"]}], path="accessible-resources")
    with box.client(Jira, auth=oauth) as jira:
        jira.myself.get()
    assert box.requests[-1].path.startswith(f"/ex/jira/{box.cloud_id}/")


def test_two_sites_are_told_apart_by_the_caller(box: Sandbox) -> None:
    oauth = consented(box)
    box.respond(body=[site(1), site(2)], path="accessible-resources", times=None)
    with (
        box.client(Jira, auth=oauth) as jira,
        pytest.raises(
            ConfigurationError, match=r"2 sites; pass site=.* or cloud_id=.* https://site2\.example \(id-2\)"
        ),
    ):
        jira.myself.get()
    with box.client(Jira, auth=oauth, cloud_id=box.cloud_id) as jira:
        jira.myself.get()
    with box.client(Jira, auth=oauth, site="acme") as jira:
        jira.myself.get()


def test_no_site_at_all_is_an_error(box: Sandbox) -> None:
    oauth = consented(box)
    box.respond(body=[], path="accessible-resources")
    with box.client(Jira, auth=oauth) as jira, pytest.raises(ConfigurationError, match="good for no site"):
        jira.myself.get()


# ---- renewal


def test_an_ended_token_is_renewed_once_and_a_post_sent_again(box: Sandbox) -> None:
    oauth = consented(box, scopes=[*SCOPES, "write:jira-work"])
    with box.client(Jira, auth=oauth) as jira:
        jira.myself.get()
        box.advance(hours=2)
        jira.issues.comments.add("ENG-1", body={"type": "doc", "version": 1, "content": []})
    posts = [request.status for request in box.requests if request.path.endswith("/comment")]
    assert posts == [401, 201]
    assert len(token_requests(box)) == 2


def test_a_refused_token_is_not_renewed_twice(box: Sandbox) -> None:
    with box.client(Jira, auth=service_account(box)) as jira:
        box.fail(401, path="/myself", times=None)
        with pytest.raises(AuthenticationError):
            jira.myself.get()
    assert [request.path.rsplit("/", 1)[1] for request in box.requests] == [
        "token",
        "accessible-resources",
        "myself",
        "token",
        "myself",
    ]


def test_a_function_that_returns_the_same_token_is_not_tried_again(box: Sandbox) -> None:
    made: list[int] = []

    def fetch() -> str:
        made.append(1)
        return "wrong"

    with box.client(Admin, token=fetch) as admin, pytest.raises(AuthenticationError) as caught:
        admin.organizations.list().first()
    assert (len(made), len(box.requests)) == (2, 1)
    assert "fetched anew" in str(caught.value.hint)


def test_a_lacking_scope_is_told_and_nothing_renewed(box: Sandbox) -> None:
    oauth = consented(box)
    with box.client(Jira, auth=oauth) as jira, pytest.raises(AuthenticationError) as caught:
        jira.issues.delete("ENG-1")
    assert "scope" in str(caught.value.hint)
    assert len(token_requests(box)) == 1


def test_a_scope_that_the_server_names_is_in_the_hint(box: Sandbox) -> None:
    challenge = 'Bearer error="insufficient_scope", scope="write:jira-work"'
    box.fail(403, path="/issue", headers={"WWW-Authenticate": challenge})
    with box.client(Jira, auth=consented(box)) as jira, pytest.raises(PermissionDeniedError) as caught:
        jira.issues.delete("ENG-1")
    assert "write:jira-work" in str(caught.value.hint)


def test_a_token_is_renewed_a_minute_before_it_ends(box: Sandbox) -> None:
    store = MemoryTokenStore()
    consented(box, store=store)
    token = store.load()
    assert token is not None
    before = len(token_requests(box))
    for left, renewed in ((90, 0), (59, 1)):
        store.save(Token(token.access_token, datetime.now(timezone.utc) + timedelta(seconds=left), token.refresh_token))
        fresh = application(box, store=store)
        with box.client(Jira, auth=fresh, cloud_id=box.cloud_id) as jira:
            jira.myself.get()
        assert len(token_requests(box)) - before == renewed
    assert [request.status for request in box.requests if request.path.endswith("/myself")] == [200, 200]


def test_a_new_token_of_another_process_is_taken_from_the_store(box: Sandbox, tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "token.json")
    first, second = consented(box, store=store), application(box, store=store)
    with box.client(Jira, auth=first) as one, box.client(Jira, auth=second) as two:
        one.myself.get(), two.myself.get()
        box.advance(hours=2)
        one.myself.get(), two.myself.get()
    assert len(token_requests(box)) == 2


def count_of_64_threads(box: Sandbox, auth: Any) -> int:
    with box.client(Jira, auth=auth, cloud_id=box.cloud_id) as jira:
        jira.myself.get()
        before = len(token_requests(box))
        box.advance(hours=2)
        # All 64 are refused before any new token is there.
        gate = threading.Barrier(64)

        def call(_: int) -> None:
            gate.wait()
            jira.myself.get()

        with ThreadPoolExecutor(64) as pool:
            list(pool.map(call, range(64)))
        return len(token_requests(box)) - before


@pytest.mark.parametrize("kind", [consented, service_account])
def test_64_threads_make_one_token_request(box: Sandbox, kind: Callable[[Sandbox], Any]) -> None:
    assert count_of_64_threads(box, kind(box)) == 1


@pytest.mark.parametrize("kind", [consented, service_account])
def test_64_tasks_make_one_token_request(box: Sandbox, kind: Callable[[Sandbox], Any]) -> None:
    async def main() -> int:
        async with box.client(AsyncJira, auth=kind(box), cloud_id=box.cloud_id) as jira:
            await jira.myself.get()
            before = len(token_requests(box))
            box.advance(hours=2)
            await asyncio.gather(*(jira.myself.get() for _ in range(64)))
            return len(token_requests(box)) - before

    assert asyncio.run(main()) == 1


def test_clients_share_what_their_application_holds(box: Sandbox) -> None:
    auth = service_account(box)
    with box.client(Jira, auth=auth) as jira, box.client(Confluence, auth=auth) as confluence:
        jira.myself.get()
        confluence.pages.get(box.confluence.home)
    assert len(token_requests(box)) == 1


def test_a_loop_goes_on_while_a_token_is_fetched(box: Sandbox) -> None:
    entered, leave = threading.Event(), threading.Event()

    def fetch() -> str:
        entered.set()
        assert leave.wait(10)
        return box.token

    async def main() -> str:
        from atlassian_cloud import AsyncAdmin

        async with box.client(AsyncAdmin, token=fetch) as admin:
            call = asyncio.create_task(admin.users.get(box.accounts.active))
            while not entered.is_set():
                await asyncio.sleep(0)
            # The loop runs, or this line would not be reached.
            leave.set()
            return (await call).account.name

    assert asyncio.run(main()) == "Vera Mars"


def test_listings_renew_on_the_way(box: Sandbox) -> None:
    tokens = iter(["wrong", box.token, "never"])
    with box.client(Admin, token=lambda: next(tokens)) as admin:
        assert len(admin.organizations.users.list(box.org_id).to_list()) > 100


def test_what_the_function_raises_reaches_every_caller(box: Sandbox) -> None:
    class VaultSealed(Exception):
        pass

    def fetch() -> str:
        raise VaultSealed("sealed")

    with box.client(Admin, token=fetch) as admin, pytest.raises(VaultSealed, match="sealed"):
        admin.users.get(box.accounts.active)
    assert box.requests == []


@pytest.mark.parametrize("answer", [None, b"bytes", "", "two\nlines"])
def test_what_is_no_token_is_refused_by_name(box: Sandbox, answer: Any) -> None:
    with (
        box.client(Admin, token=lambda: answer) as admin,
        pytest.raises((TypeError, ConfigurationError), match=r"^token"),
    ):
        admin.users.get(box.accounts.active)


def test_a_coroutine_function_is_told_to_be_a_plain_one(box: Sandbox) -> None:
    async def fetch() -> str:
        return box.token

    with (
        box.client(Admin, token=fetch) as admin,
        pytest.raises(TypeError, match="must return str or Token, not coroutine"),
    ):
        admin.users.get(box.accounts.active)


def test_a_fetch_does_not_outlast_the_call(box: Sandbox) -> None:
    leave = threading.Event()
    try:
        with box.client(Admin, token=lambda: str(leave.wait(20)), timeout=0.2) as admin:
            with pytest.raises(TimeoutError, match="no token came") as caught:
                admin.users.get(box.accounts.active)
            assert not caught.value.may_have_been_executed
    finally:
        leave.set()


def test_a_child_fetches_for_itself(box: Sandbox) -> None:
    ended = datetime.now(timezone.utc) - timedelta(hours=1)
    # One that has ended is fetched for every call.
    with box.client(Admin, token=lambda: Token(box.token, ended)) as admin:
        admin.users.get(box.accounts.active)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                admin.users.get(box.accounts.active)
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(pid, 0)[1] == 0


def test_a_program_that_ends_waits_until_the_token_is_saved(box: Sandbox, tmp_path: Path) -> None:
    consented(box, store=FileTokenStore(tmp_path / "token.json"))
    program = f"""
import threading
from atlassian_cloud import Jira, OAuth
from atlassian_cloud.auth import FileTokenStore

entered = threading.Event()

class Slow(FileTokenStore):
    def save(self, token):
        entered.set()
        threading.main_thread().join(20)
        super().save(token)
        print("saved")

store = Slow({str(tmp_path / "token.json")!r})
auth = OAuth({box.oauth.client_id!r}, {box.oauth.client_secret!r}, store=store, base_url={box.url!r})
jira = Jira(auth=auth, cloud_id={box.cloud_id!r}, base_url={box.url!r})
threading.Thread(target=jira.myself.get, daemon=True).start()
assert entered.wait(20)
"""
    box.advance(hours=2)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "saved\n", "")
    assert len(token_requests(box)) == 2


def test_an_empty_email_address_leaves_that_of_the_environment_out(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATLASSIAN_EMAIL", box.email)
    with Bitbucket(token=box.bitbucket_access_token, email="", base_url=box.url, workspace="acme") as bitbucket:
        assert bitbucket.repositories.get("website") is not None


# ---- consent


def test_the_address_for_consent_has_all_that_atlassian_asks_for(box: Sandbox) -> None:
    oauth = OAuth("id", "secret", redirect_uri="https://app.example/cb", scopes=["read:me", "offline_access"])
    url, state = oauth.authorization_url()
    assert url == (
        "https://auth.atlassian.com/authorize?audience=api.atlassian.com&client_id=id&scope=read%3Ame+offline_access"
        f"&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state={state}&response_type=code&prompt=consent"
    )
    assert len(state) >= 32
    assert oauth.authorization_url()[1] != state


def test_a_return_that_was_not_asked_for_is_refused(box: Sandbox) -> None:
    oauth = application(box)
    url, state = consent(oauth)
    for address, wrong in ((url, "x" * len(state)), (url, ""), ("https://app.example/callback?code=x", "")):
        with pytest.raises(ValueError, match="state"):
            oauth.exchange(address, state=wrong)
    with pytest.raises(ValueError, match="no code"):
        oauth.exchange(f"https://app.example/callback?state={state}", state=state)
    with pytest.raises(AuthenticationError, match="User did not authorize") as caught:
        oauth.exchange(
            f"https://app.example/callback?error=access_denied&error_description=User+did+not+authorize&state={state}",
            state=state,
        )
    assert caught.value.code == "access_denied"
    assert token_requests(box) == []


def test_a_code_is_sent_once_even_if_the_answer_is_lost(box: Sandbox) -> None:
    oauth = application(box)
    url, state = consent(oauth)
    box.drop("after", path="/oauth/token")
    with pytest.raises(TransportError) as caught:
        oauth.exchange(url, state=state)
    assert caught.value.may_have_been_executed
    assert len(token_requests(box)) == 1
    with pytest.raises(PermissionDeniedError, match="good once"):
        oauth.exchange(url, state=state)


def test_a_new_consent_takes_the_place_of_the_old_one_at_once(box: Sandbox) -> None:
    oauth = consented(box)
    with box.client(Jira, auth=oauth, cloud_id=box.cloud_id) as jira:
        jira.myself.get()
        box.advance(hours=2)
        url, state = consent(oauth)
        oauth.exchange(url, state=state)
        jira.myself.get()
    assert [request.status for request in box.requests if request.path.endswith("/myself")] == [200, 200]


def test_a_wrong_secret_is_not_taken_for_a_lost_consent(box: Sandbox) -> None:
    oauth = OAuth(box.oauth.client_id, "wrong", redirect_uri="https://a.example", scopes=SCOPES, base_url=box.url)
    url, state = consent(oauth)
    with pytest.raises(AuthenticationError) as caught:
        oauth.exchange(url, state=state)
    assert "client_secret is wrong" in str(caught.value)
    assert "wrong\n" not in str(caught.value)


def test_before_consent_a_call_says_what_is_missing(box: Sandbox) -> None:
    with (
        box.client(Jira, auth=application(box), site="acme") as jira,
        pytest.raises(ConfigurationError, match=r"authorization_url\(\)"),
    ):
        jira.myself.get()


def test_without_offline_access_the_end_says_so(box: Sandbox) -> None:
    with box.client(Jira, auth=consented(box, scopes=["read:jira-work"])) as jira:
        jira.myself.get()
        box.advance(hours=2)
        with pytest.raises(ConfigurationError, match="offline_access"):
            jira.myself.get()


# ---- rotation and stores


def test_a_lost_answer_to_a_renewal_is_asked_for_again(box: Sandbox) -> None:
    oauth = consented(box)
    with box.client(Jira, auth=oauth) as jira:
        jira.myself.get()
        box.advance(hours=2)
        box.drop("after", path="/oauth/token")
        jira.myself.get()
        # And the chain goes on with the token of the second answer.
        box.advance(hours=2)
        jira.myself.get()


def test_a_refresh_token_that_others_used_long_ago_asks_for_consent(box: Sandbox) -> None:
    store = MemoryTokenStore()
    oauth = consented(box, store=store)
    old = store.load()
    with box.client(Jira, auth=oauth, cloud_id=box.cloud_id) as jira:
        jira.myself.get()
        box.advance(hours=2)
        jira.myself.get()
    assert old is not None
    store.save(old)
    box.advance(hours=2)
    with (
        box.client(Jira, auth=application(box, store=store), cloud_id=box.cloud_id) as jira,
        pytest.raises(PermissionDeniedError, match="consent again") as caught,
    ):
        jira.myself.get()
    assert caught.value.code == "unauthorized_client"


@pytest.mark.parametrize(("away", "times"), [(91, 1), (80, 5)], ids=["unused for 90 days", "365 days after consent"])
def test_consent_ends(box: Sandbox, away: int, times: int) -> None:
    with box.client(Jira, auth=consented(box), cloud_id=box.cloud_id) as jira:
        for _ in range(times - 1):
            box.advance(days=away)
            jira.myself.get()
        box.advance(days=away)
        with pytest.raises(PermissionDeniedError, match="consent again") as caught:
            jira.myself.get()
    assert caught.value.code == "invalid_grant"


def test_a_crash_between_renewal_and_saving_loses_nothing(box: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "token.json"
    consented(box, store=FileTokenStore(path))
    held = path.read_bytes()
    program = f"""
import os
from atlassian_cloud import Jira, OAuth
from atlassian_cloud.auth import FileTokenStore

class Crashing(FileTokenStore):
    def save(self, token):
        os._exit(9)

store = Crashing({str(path)!r})
auth = OAuth({box.oauth.client_id!r}, {box.oauth.client_secret!r}, store=store, base_url={box.url!r})
Jira(auth=auth, cloud_id={box.cloud_id!r}, base_url={box.url!r}).myself.get()
"""
    box.advance(hours=2)
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 9
    assert path.read_bytes() == held
    # Refused, then renewed: the new token was never used.
    assert [request.path.rsplit("/", 1)[1] for request in box.requests[-2:]] == ["myself", "token"]
    box.advance(seconds=540)
    with box.client(Jira, auth=application(box, store=FileTokenStore(path)), cloud_id=box.cloud_id) as jira:
        jira.myself.get()


class Faulty(MemoryTokenStore):
    """A store that can break."""

    broken = False

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []

    def save(self, token: Token) -> None:
        self.events.append("save failed" if self.broken else "saved")
        if self.broken:
            raise OSError("disk full")
        super().save(token)


def test_a_token_that_is_not_saved_is_not_used_and_not_lost(box: Sandbox) -> None:
    store = Faulty()
    oauth = consented(box, store=store)
    held = store.load()
    with box.client(Jira, auth=oauth, cloud_id=box.cloud_id) as jira:
        jira.myself.get()
        box.advance(hours=2)
        store.broken = True
        before = [request.path for request in box.requests]
        with pytest.raises(ConfigurationError, match=r"did not save .*ten minutes") as caught:
            jira.myself.get()
        assert isinstance(caught.value.__cause__, OSError)
        assert store.load() is held
        # Refused, renewed, and then nothing: the new token was not used.
        after = [request.path for request in box.requests][len(before) :]
        assert [path.rsplit("/", 1)[1] for path in after] == ["myself", "token"]
        store.broken = False
        jira.myself.get()
    assert len(token_requests(box)) == 2
    assert store.load() is not held


def test_the_new_token_is_saved_before_it_is_used(box: Sandbox) -> None:
    seen: list[int] = []

    class Watching(MemoryTokenStore):
        def save(self, token: Token) -> None:
            super().save(token)
            seen.append(len(box.requests))

    oauth = consented(box, store=Watching())
    with box.client(Jira, auth=oauth, cloud_id=box.cloud_id) as jira:
        box.advance(hours=2)
        jira.myself.get()
    paths = [request.path.rsplit("/", 1)[1] for request in box.requests]
    # Of the requests at the time of the second save, the renewal was the last.
    assert paths[seen[1] - 1] == "token"
    assert paths[seen[1] :] == ["myself"]


def test_a_file_is_its_owners_alone_and_replaced_as_a_whole(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "token.json"
    store = FileTokenStore(path)
    assert store.load() is None
    first = Token("one", datetime(2030, 1, 1, tzinfo=timezone.utc), "refresh", ("a", "b"))
    store.save(first)
    assert store.load() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def crash(*_: Any) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(OSError, match="power cut"):
        store.save(Token("two"))
    monkeypatch.undo()
    assert store.load() == first
    assert [entry.name for entry in tmp_path.iterdir()] == ["token.json"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"access_token": ', "s3cret"])
def test_a_file_without_a_token_is_told_without_its_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="holds no token") as caught:
        FileTokenStore(path).load()
    assert "s3cret" not in str(caught.value)


# ---- secrets, arguments


def test_secrets_show_nowhere(box: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "atlassian_cloud")
    store = MemoryTokenStore()
    oauth = consented(box, store=store)
    with box.client(Jira, auth=oauth) as jira:
        jira.myself.get()
        box.advance(days=1)
        box.fail(403, path="/oauth/token", body={"error": "invalid_grant"})
        with pytest.raises(PermissionDeniedError) as caught:
            jira.myself.get()
        shown = f"{oauth!r} {jira!r} {store.load()!r} {caught.value} {caught.value.__dict__} {caplog.text}"
    token = store.load()
    assert token is not None
    for secret in (box.oauth.client_secret, token.access_token, token.refresh_token or "", "sandbox-code"):
        assert secret not in shown
    for thing in (oauth, token):
        with pytest.raises(TypeError, match=r"not pickled|neither pickled"):
            pickle.dumps(thing)
    assert Token.from_dict(json.loads(json.dumps(token.to_dict()))) == token


def test_a_token_request_goes_over_https_or_stays_here() -> None:
    with pytest.raises(ConfigurationError, match="plain http"):
        OAuth("id", "secret", base_url="http://auth.example.com")


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ("s3cret", TypeError, "fields: expected Mapping, got str"),
        ({}, ValueError, "access_token: is missing"),
        ({"access_token": 5}, TypeError, "access_token: expected str, got int"),
        (
            {"access_token": "s3cret", "expires_at": "s3cret"},
            TypeError,
            "expires_at: expected int or float or None, got str",
        ),
        (
            {"access_token": "s3cret", "expires_at": True},
            TypeError,
            "expires_at: expected int or float or None, got bool",
        ),
        ({"access_token": "s3cret", "expires_at": 1e30}, ValueError, "expires_at: is out of range"),
        ({"access_token": "s3cret", "expires_at": float("nan")}, ValueError, "expires_at: is out of range"),
        (
            {"access_token": "s3cret", "refresh_token": b"s3cret"},
            TypeError,
            "refresh_token: expected str or None, got bytes",
        ),
        ({"access_token": "s3cret", "scopes": "s3cret"}, TypeError, "scopes: expected list or tuple or None, got str"),
        ({"access_token": "s3cret", "scopes": [1]}, TypeError, "scopes: expected str, got int"),
    ],
)
def test_fields_that_are_no_token_are_told_by_name(fields: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}") as caught:
        Token.from_dict(fields)
    assert "s3cret" not in str(caught.value)


def test_a_path_where_no_file_can_be_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"path: {tmp_path} is a folder"):
        FileTokenStore(tmp_path)
    with pytest.raises(ConfigurationError, match=f"path: {tmp_path}/no/token.json: its folder does not exist"):
        FileTokenStore(tmp_path / "no" / "token.json")


REFUSAL = {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}
HTML = {"content-type": "text/html"}


@pytest.mark.parametrize(
    ("status", "answer", "headers", "told"),
    [
        (403, REFUSAL, {}, "consent again"),
        (403, {"error": "invalid_grant"}, {}, "consent again"),
        (403, {"error": "unauthorized_client"}, {}, "consent again"),
        (401, {"error": "access_denied", "error_description": "Unauthorized"}, {}, "client_secret is wrong"),
        (401, {"error": "invalid_client"}, {}, "client_secret is wrong"),
        (400, {"error": "invalid_request", "error_description": "no"}, {}, None),
        (500, REFUSAL, {}, "out of order"),
        (503, "<html>Down for maintenance</html>", HTML, "out of order"),
        (403, "<html>Blocked</html>", HTML, "out of order"),
        (200, "<html>Log in</html>", HTML, "out of order"),
    ],
)
def test_the_code_of_the_token_server_says_what_to_do(
    box: Sandbox, status: int, answer: Any, headers: dict[str, str], told: str | None
) -> None:
    oauth = consented(box)
    box.advance(hours=2)
    for _ in range(9):
        box.respond(status=status, body=answer, headers={"retry-after": "0", **headers}, path="/oauth/token")
    with box.client(Jira, auth=oauth, cloud_id=box.cloud_id) as jira, pytest.raises(ApiError) as caught:
        jira.myself.get()
    meant = {hint for hint in ("consent again", "client_secret is wrong", "out of order") if hint in str(caught.value)}
    assert meant == ({told} if told else set())
    assert caught.value.status == status


def test_contradicting_arguments_are_told(box: Sandbox) -> None:
    with pytest.raises(ConfigurationError, match="auth= takes the place of token="):
        Jira("acme", token="x", auth=service_account(box))
    with pytest.raises(TypeError, match=r"auth: expected an object, got the class; make one: OAuth\(\.\.\.\)"):
        Jira("acme", auth=OAuth)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"store: expected an object with load\(\) and save\(\), got object"):
        OAuth("id", "secret", store=object())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"store: expected an object, got the class; make one: MemoryTokenStore"):
        OAuth("id", "secret", store=MemoryTokenStore)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="goes into token="):
        Jira("acme", auth=lambda: "x")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="authorization server of its own"):
        Bitbucket(auth=application(box))
    with pytest.raises(ConfigurationError, match="client_secret"):
        OAuth("id", " ")
    with pytest.raises(TypeError, match="scopes"):
        OAuth("id", "secret", scopes="read:me")
    with pytest.raises(ValueError, match="time zone"):
        Token("x", datetime(2030, 1, 1))


def test_without_any_credential_all_ways_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATLASSIAN_API_TOKEN", raising=False)
    with pytest.raises(
        ConfigurationError, match=r"token=\.\.\. or set ATLASSIAN_API_TOKEN .* auth=\.\.\. for OAuth 2\.0"
    ):
        Jira("acme")


def test_what_the_environment_says_gives_way_to_auth(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLASSIAN_EMAIL", "mia@example.com")
    monkeypatch.setenv("ATLASSIAN_API_TOKEN", "wrong")
    with Jira(auth=service_account(box), base_url=box.url) as jira:
        jira.myself.get()
    assert box.requests[-1].headers["authorization"] == "Bearer"


def test_applications_go_where_the_environment_says(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLASSIAN_BASE_URL", box.url)
    with Jira(auth=ClientCredentials(box.oauth.service_client_id, box.oauth.service_client_secret)) as jira:
        jira.myself.get()
    oauth = OAuth(box.oauth.client_id, box.oauth.client_secret, redirect_uri="https://a.example", scopes=SCOPES)
    assert oauth.authorization_url()[0].startswith(f"{box.url}/authorize?")
    elsewhere = OAuth("a", "b", redirect_uri="https://a.example", scopes=SCOPES, base_url="https://b.example")
    assert elsewhere.authorization_url()[0].startswith("https://b.example/authorize?")


def test_all_errors_have_one_root(box: Sandbox) -> None:
    with box.client(Jira, auth=application(box)) as jira, pytest.raises(AtlassianError):
        jira.myself.get()


@pytest.mark.parametrize(
    "answer", [b'{"access_token": "s3cr3t"', b"s3cr3t", ["s3cr3t"], {"access_token": 1, "refresh_token": "s3cr3t"}]
)
def test_what_a_token_server_answers_oddly_is_not_shown(box: Sandbox, answer: Any) -> None:
    box.respond(body=answer, path="token", headers={"content-type": "application/json"}, times=None)
    auth = ClientCredentials(box.oauth.service_client_id, box.oauth.service_client_secret, base_url=box.url)
    with box.client(Jira, auth=auth) as jira, pytest.raises(ApiError) as caught:
        jira.myself.get()
    assert "s3cr3t" not in str(caught.value)

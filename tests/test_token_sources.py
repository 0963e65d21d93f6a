"""Where tokens come from when something is amiss: odd answers, new consents in between, closed descriptors, hanging functions."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import (
    ApiError,
    Assets,
    AtlassianError,
    AuthenticationError,
    ClientCredentials,
    ConfigurationError,
    Jira,
    OAuth,
    TimeoutError,
)
from atlassian_cloud.auth import FileTokenStore, MemoryTokenStore, Token
from atlassian_cloud.sandbox import Sandbox
from test_credentials import application, consent, consented, service_account


@pytest.mark.parametrize("token", ["", " \n", "ä", "a b"])
def test_a_token_that_cannot_be_sent_is_neither_used_nor_saved(box: Sandbox, token: str) -> None:
    store = MemoryTokenStore()
    with box.client(Jira, auth=consented(box, store=store), cloud_id=box.cloud_id) as jira:
        before = store.load()
        box.advance(hours=2)
        box.respond(body={"access_token": token, "refresh_token": "R2"}, path="/oauth/token")
        with pytest.raises(AuthenticationError, match="no access_token that could be sent"):
            jira.myself.get()
        assert store.load() is before
        jira.myself.get()


def test_an_empty_refresh_token_does_not_replace_a_good_one(box: Sandbox) -> None:
    store = MemoryTokenStore()
    oauth = consented(box, store=store)
    before = store.load()
    assert before is not None
    box.advance(hours=2)
    answer = {"access_token": before.access_token, "refresh_token": "", "expires_in": 3600}
    box.respond(body=answer, path="/oauth/token")
    with box.client(Jira, auth=oauth, cloud_id=box.cloud_id) as jira, pytest.raises(AuthenticationError):
        jira.myself.get()
    after = store.load()
    assert after is not None
    assert after.refresh_token is not None
    assert after.refresh_token.startswith("sandbox-refresh-")


def test_a_new_consent_outlasts_a_renewal_under_way(box: Sandbox) -> None:
    store = MemoryTokenStore()
    oauth = consented(box, store=store)
    box.advance(hours=2)
    returned, state = consent(oauth)
    box.delay(0.5, path="/oauth/token", times=1)
    with box.client(Jira, auth=oauth, cloud_id=box.cloud_id) as jira:
        renewal = threading.Thread(target=jira.myself.get)
        renewal.start()
        while not any(thread.name == "atlassian-cloud-token" for thread in threading.enumerate()):
            time.sleep(0.01)
        consented_to = oauth.exchange(returned, state=state)
        renewal.join()
        assert store.load() == consented_to
        jira.myself.get()
        assert store.load() == consented_to


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_what_a_token_server_repeats_of_the_request_is_not_shown(box: Sandbox, status: int) -> None:
    secret = "s3cr3t/+ä"
    oauth = OAuth("id", secret, store=MemoryTokenStore(Token("gone", None, "r3fresh&1")), base_url=box.url)
    box.respond(
        status, body={"error": "blocked", "request": secret, "also": "r3fresh&1"}, path="/oauth/token", times=None
    )
    box.fail(401, path="/myself", times=None)
    with box.client(Jira, auth=oauth, cloud_id="id", max_retries=0) as jira, pytest.raises(ApiError) as caught:
        jira.myself.get()
    told = [
        str(caught.value),
        repr(caught.value.__dict__),
        str(caught.value.response and caught.value.response.content),
    ]
    assert not any(part in text for part in ("s3cr3t", "r3fresh") for text in told)
    assert "it repeats the request's secrets" in told[0]


def test_a_token_that_was_refused_is_renewed_though_the_call_could_not_be_made_again(box: Sandbox) -> None:
    given = iter(["ended", box.api_token])
    with box.client(Jira, token=lambda: next(given)) as jira:
        with pytest.raises(AuthenticationError):
            jira.issues.attachments.add("ENG-1", files=[("a", iter([b"x"]))])
        jira.issues.attachments.add("ENG-1", files=[("a", iter([b"x"]))])


@pytest.mark.parametrize("cls", [Jira, Assets])
def test_the_time_out_bounds_what_has_to_be_looked_up(box: Sandbox, cls: Any) -> None:
    read = {Jira: lambda client: client.myself.get(), Assets: lambda client: client.objects.get("1")}[cls]
    box.delay(0.7, times=None)
    with box.client(cls, auth=service_account(box), timeout=1) as client:
        start = time.monotonic()
        with pytest.raises(
            TimeoutError, match=r"(was not looked up|no token came|did not end) within .*time-out of 1 s"
        ):
            read(client)
        assert time.monotonic() - start < 2


def test_a_short_call_does_not_wait_for_the_look_up_of_a_long_one(box: Sandbox) -> None:
    box.delay(3, path="tenant_info")
    with box.client(Jira, gateway=True, timeout=20) as jira:
        long = threading.Thread(target=jira.myself.get)
        long.start()
        time.sleep(0.2)
        start = time.monotonic()
        with pytest.raises(
            TimeoutError, match=r"the cloud id of the site was not looked up within the call's time-out of 0\.5 s"
        ):
            jira.with_options(timeout=0.5).myself.get()
        assert time.monotonic() - start < 2
        long.join()


def test_another_host_that_refuses_is_told_apart(box: Sandbox) -> None:
    with box.client(Jira, token=lambda: box.api_token) as jira:
        (made,) = jira.issues.attachments.add("ENG-1", files=[("a.txt", b"x")])
        box.fail(401, path="/media/")
        with pytest.raises(AuthenticationError) as caught:
            jira.issues.attachments.download(made.id, redirect=True)
    assert "another host, which refused it" in str(caught.value.hint)


PROGRAM = """
import os, sys, threading, time
from atlassian_cloud import Admin
url, key, account = sys.argv[1:4]
make = lambda fetch: Admin(token=fetch, base_url=url, timeout=8, trust_env=False)
"""


def run(program: str, box: Sandbox) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM + program, box.url, box.token, box.accounts.active]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_descriptors_that_a_program_closes_do_no_harm(box: Sandbox, tmp_path: Path) -> None:
    program = f"""
admin = make(lambda: key)
time.sleep(0.2)
os.closerange(3, 256)
files = [open(f"{tmp_path}/{{number}}", "w+b") for number in range(8)]
admin.users.get(account)
print([file.read() for file in files])
"""
    done = run(program, box)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str([b""] * 8)


def test_a_daemon_that_closes_all_descriptors_is_given_tokens(box: Sandbox) -> None:
    program = """
admin = make(lambda: key)
pid = os.fork()
if pid == 0:
    os.closerange(3, 256)
    admin.users.get(account)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
    done = run(program, box)
    assert done.returncode == 0, done.stderr


def test_a_function_that_hangs_does_not_keep_a_program_from_ending(box: Sandbox) -> None:
    program = """
admin = make(lambda: time.sleep(1000)).with_options(timeout=0.5)
try:
    admin.users.get(account)
except Exception as error:
    print(type(error).__name__)
"""
    done = run(program, box)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "TimeoutError", "")


def test_threads_that_were_short_for_a_moment_are_asked_again(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    program = """
from atlassian_cloud import _tokens
start, threading.Thread.start = threading.Thread.start, lambda self: (_ for _ in ()).throw(RuntimeError("no threads"))
try:
    make(lambda: key)
except RuntimeError:
    print("refused")
threading.Thread.start = start
print(make(lambda: key).users.get(account).account.account_id)
"""
    done = run(program, box)
    assert done.stdout.split() == ["refused", box.accounts.active], done.stderr


@pytest.mark.skipif(os.name != "posix", reason="modes of folders are POSIX's")
def test_a_folder_that_cannot_be_read_holds_tokens_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = os.open

    def refusing(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if Path(path) == tmp_path:
            raise PermissionError(13, "no reading here")
        return original(path, flags, *rest, **more)

    store = FileTokenStore(tmp_path / "token.json")
    monkeypatch.setattr(os, "open", refusing)
    store.save(Token("a", None, "b"))
    monkeypatch.undo()
    assert store.load() == Token("a", None, "b")


@pytest.mark.parametrize("cls", [OAuth, ClientCredentials])
@pytest.mark.parametrize("given", [(None, "b"), ("a", None), ("a", b"b"), (1, "b")])
def test_ids_that_are_no_text_are_told_by_name(cls: Any, given: tuple[Any, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"client_(id|secret): expected the text"):
        cls(*given)


def test_what_a_store_or_a_server_returns_oddly_is_told(box: Sandbox, tmp_path: Path) -> None:
    class Odd:
        def load(self) -> Any:
            return {"access_token": "x"}

        def save(self, token: Token) -> None: ...

    with (
        box.client(Jira, auth=application(box, store=Odd()), cloud_id="id") as jira,
        pytest.raises(TypeError, match=r"store: load\(\) must return a Token or None, not dict; see Token\.from_dict"),
    ):
        jira.myself.get()
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(ConfigurationError, match="holds no token"):
        FileTokenStore(tmp_path / "deep.json").load()
    oauth = consented(box)
    with pytest.raises(TypeError, match="state: expected str, got int"):
        oauth.exchange("https://app.example/callback?code=1&state=2", state=5)  # type: ignore[arg-type]
    for odd in ([1], [{"id": "x"}], {"a": 1}):
        box.respond(body=odd, path="accessible-resources")
        with pytest.raises(AtlassianError, match="no list of sites"):
            oauth.accessible_resources()

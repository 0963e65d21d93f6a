"""The sandbox from Python: command line, fixture, faults, clock, forks. Its rules are tested in tests/sandbox*.rs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import (
    Admin,
    AuthenticationError,
    ConflictError,
    Jira,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    operations,
)
from atlassian_cloud.sandbox import Sandbox, simulated


def test_the_fixture_of_the_plugin(atlassian_sandbox: Sandbox) -> None:
    with atlassian_sandbox.client(Admin) as admin:
        assert admin.organizations.get(atlassian_sandbox.org_id).data.id == atlassian_sandbox.org_id


def test_changes_are_kept_and_seen_everywhere(box: Sandbox, admin: Admin) -> None:
    admin.users.disable(box.accounts.active, message="Left the company")
    assert admin.users.get(box.accounts.active).account.account_status == "inactive"
    managed = {a.account_id: a for a in admin.organizations.users.list(box.org_id)}
    assert managed[box.accounts.active].account_status == "inactive"
    event = next(iter(admin.organizations.events.list(box.org_id)))
    assert event.attributes.action
    box.reset()
    assert admin.users.get(box.accounts.active).account.account_status == "active"


def test_the_five_operations_and_their_rules(box: Sandbox, admin: Admin) -> None:
    may = admin.users.permissions(box.accounts.active, privileges=["email.set", "lifecycle.enablement"])
    assert may.email_set is not None
    assert may.email_set.allowed
    assert may.profile_read is None
    refused = admin.users.permissions(box.accounts.scim_managed)
    assert refused.lifecycle_enablement is not None
    assert not refused.lifecycle_enablement.allowed
    assert admin.users.update(box.accounts.active, nickname="marshmallow").account.nickname == "marshmallow"
    with pytest.raises(PermissionDeniedError, match=r"externalDirectory\.scim") as caught:
        admin.users.update(box.accounts.scim_managed, name="New Name")
    assert [message.field for message in caught.value.messages] == ["name"]
    admin.users.disable(box.accounts.active)
    with pytest.raises(ConflictError):
        admin.users.disable(box.accounts.active)
    admin.users.enable(box.accounts.active)
    with pytest.raises(ConflictError):
        admin.users.enable(box.accounts.active)
    with pytest.raises(NotFoundError):
        admin.users.get("nobody")


def test_a_deleted_account_comes_back_within_its_grace_period(box: Sandbox, admin: Admin) -> None:
    admin.users.delete(box.accounts.active)
    box.advance(days=13)
    admin.users.cancel_delete(box.accounts.active)
    assert admin.users.get(box.accounts.active).account.account_status == "active"
    admin.users.delete(box.accounts.active)
    box.advance(days=15)
    with pytest.raises((NotFoundError, PermissionDeniedError, ConflictError)):
        admin.users.cancel_delete(box.accounts.active)


@pytest.mark.parametrize("seconds", [1e300, -1e300, float("inf"), float("nan"), 1e12])
def test_the_clock_has_bounds(box: Sandbox, admin: Admin, seconds: float) -> None:
    with pytest.raises(ValueError, match="clock"):
        box.advance(seconds=seconds)
    admin.users.disable(box.accounts.active)
    assert admin.users.get(box.accounts.active).account.account_status == "inactive"


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ({"days": -1}, "days: the clock goes forward, by 0 or more; got -1"),
        ({"days": 2, "hours": -1}, "hours: the clock goes forward, by 0 or more; got -1"),
        ({"seconds": float("nan")}, "seconds: the clock goes forward, by 0 or more; got nan"),
        ({"hours": "3"}, "hours: expected a number, got str"),
        ({"days": None}, "days: expected a number, got NoneType"),
    ],
)
def test_a_step_of_the_clock_that_cannot_be_is_told_by_argument(
    box: Sandbox, admin: Admin, step: dict[str, Any], complaint: str
) -> None:
    admin.users.delete(box.accounts.active)
    with pytest.raises((ValueError, TypeError), match=complaint):
        box.advance(**step)
    box.advance(days=13.9)
    admin.users.cancel_delete(box.accounts.active)


def test_faults_wait_for_their_request(box: Sandbox, admin: Admin) -> None:
    quick = admin.with_options(max_retries=0)
    box.fail(500, method="GET", path="/profile", after=1)
    quick.users.permissions(box.accounts.active)
    quick.users.get(box.accounts.active)
    with pytest.raises(ServerError):
        quick.users.get(box.accounts.active)
    quick.users.get(box.accounts.active)
    later = datetime.now(timezone.utc) + timedelta(seconds=100)
    box.fail(429, retry_after=later)
    with pytest.raises(RateLimitError) as caught:
        quick.users.get(box.accounts.active)
    assert 90 < (caught.value.retry_after or 0) <= 100


def test_requests_are_recorded_without_secrets(box: Sandbox, admin: Admin) -> None:
    admin.users.disable(box.accounts.active, message="é")
    (request,) = box.requests
    assert (request.method, request.executed, request.status) == ("POST", True, 204)
    assert request.json() == {"message": "é"}
    assert box.token not in repr(request)
    assert request.headers["user-agent"].startswith("atlassian-cloud/")


def test_a_closed_box_refuses_at_once() -> None:
    box = Sandbox()
    port = int(box.url.rpartition(":")[2])
    box.close()
    box.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


@pytest.mark.skipif(os.name != "posix", reason="fork as POSIX has it")
def test_a_closed_box_refuses_even_while_a_forked_child_lives() -> None:
    script = """
import os, socket, time, warnings
warnings.simplefilter("ignore")
from atlassian_cloud import Admin
from atlassian_cloud.sandbox import Sandbox, simulated
box = Sandbox()
port = int(box.url.rpartition(":")[2])
pid = os.fork()
if pid == 0:
    with box, box.client(Admin) as admin:   # leaving the block in the child only forgets
        assert admin.users.get(box.accounts.active)
    time.sleep(3)
    os._exit(0)
time.sleep(1)
with box.client(Admin) as admin:
    print(admin.users.get(box.accounts.active).account.account_status)
box.close()
try:
    socket.create_connection(("127.0.0.1", port), timeout=2)
    print("accepted")
except ConnectionRefusedError:
    print("refused")
print(os.waitpid(pid, 0)[1])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("active\nrefused\n0\n", "")


def test_the_command_line_serves_any_program() -> None:
    command = [sys.executable, "-m", "atlassian_cloud.sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        lines = []
        for line in server.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        text = "".join(lines)
        found = re.search(r"-H 'Authorization: (Bearer \S+)' (http://127\.0\.0\.1:\d+/users/\S+/manage/profile)", text)
        assert found
        request = urllib.request.Request(found[2], headers={"authorization": found[1]})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            assert json.load(answer)["account"]["account_status"] == "active"
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0
        assert server.stderr is not None
        assert server.stderr.read() == ""


def test_a_taken_port_is_told(box: Sandbox) -> None:
    port = int(box.url.rpartition(":")[2])
    with pytest.raises(OSError, match="use"):
        Sandbox(port)


def test_a_key_of_another_kind_is_called_one(box: Sandbox) -> None:
    with box.client(Jira, token=box.token) as jira, pytest.raises(AuthenticationError, match="a key of another kind"):
        jira.myself.get()


def test_a_box_is_every_site(box: Sandbox) -> None:
    with box.client(Jira, site="nosuch") as jira:
        assert jira.myself.get().email_address == box.email


def test_unknown_things_are_refused(box: Sandbox, admin: Admin) -> None:
    with pytest.raises(Exception, match="400"):
        admin.users.get(box.accounts.active, extra_query={"nonsense": 1})
    with pytest.raises(Exception, match="400"):
        admin.users.disable(box.accounts.active, extra_body={"nonsense": 1})
    with pytest.raises(NotFoundError):
        admin.request("GET", "/no/such/path")


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        ({"status": 99}, "status: expected 200 to 599, got 99"),
        ({"status": 1000}, "status: expected 200 to 599, got 1000"),
        ({"status": "x"}, "status: expected 200 to 599, got 'x'"),
        ({"headers": {"Content-Length": "3"}}, "headers: Content-Length follows from the body"),
        ({"headers": {"X Y": "1"}}, "headers: 'X Y' is no name of a header"),
        ({"headers": {"": "1"}}, "headers: '' is no name of a header"),
        ({"headers": {"X-A": "a\r\nb"}}, "headers: the value of X-A has control characters"),
        ({"headers": {"X-A": "\0"}}, "headers: the value of X-A has control characters"),
    ],
)
def test_faults_that_cannot_be_are_refused(box: Sandbox, order: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        box.respond(**order)


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        (lambda box: box.fail(times=0), "times: expected a whole number, 1 or more, got 0"),
        (lambda box: box.fail(times=1.5), "times: expected a whole number"),
        (lambda box: box.fail(after=-1), "after: expected a whole number, 0 or more, got -1"),
        (lambda box: box.fail(path=1), "path: expected str, got int"),
        (lambda box: box.fail(method=b"GET"), "method: expected str, got bytes"),
        (lambda box: box.fail(headers={"X-A": 1}), r"headers\['X-A'\]: expected str, got int"),
        (lambda box: box.delay(-1), "seconds: expected 0 to 86400 seconds, got -1"),
        (lambda box: box.drip(float("nan")), "interval: expected 0 to 86400 seconds, got nan"),
        (lambda box: box.drop("never"), "when: expected before, after or midbody, got 'never'"),
        (lambda box: box.gzip_bomb(-5), "size: expected a whole number, 0 or more, got -5"),
        (lambda box: box.gzip_bomb(10**11), "size: expected at most 8589934592, got 100000000000"),
        (lambda box: box.latency(0.1, path=3), "path: expected str, got int"),
    ],
)
def test_orders_that_cannot_be_are_told_by_argument(
    box: Sandbox, order: Callable[[Sandbox], None], complaint: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=complaint):
        order(box)


def test_a_snapshot_holds_data_files_and_clock(box: Sandbox, admin: Admin, tmp_path: Path) -> None:
    admin.users.update(box.accounts.active, nickname="marshmallow")
    admin.users.delete(box.accounts.with_tokens)
    box.advance(days=10)
    box.save(tmp_path / "box.json")
    with Sandbox() as other, other.client(Admin) as there:
        other.load(tmp_path / "box.json")
        assert there.users.get(box.accounts.active).account.nickname == "marshmallow"
        # Ten of fourteen days of grace have passed there too.
        other.advance(days=3.9)
        there.users.cancel_delete(box.accounts.with_tokens)
        there.users.delete(box.accounts.with_tokens)
        other.advance(days=14.1)
        with pytest.raises(NotFoundError):
            there.users.cancel_delete(box.accounts.with_tokens)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"format": 99, "now": 0, "state": {}}', b'{"format": 1, "now": 0}', b"\xff\xfe{"]
)
def test_what_is_no_snapshot_changes_nothing(box: Sandbox, admin: Admin, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.json is no snapshot that this version can read: "):
        box.load(path)
    assert admin.users.get(box.accounts.active).account.account_id == box.accounts.active


def test_faults_can_be_a_matter_of_chance(box: Sandbox) -> None:
    with box.client(Admin, max_retries=0) as admin:

        def hits() -> list[bool]:
            box.fail(503, times=None, probability=0.3)
            found = []
            for _ in range(200):
                try:
                    admin.users.get(box.accounts.active)
                    found.append(False)
                except ServerError:
                    found.append(True)
            return found

        first = hits()
        assert 35 <= sum(first) <= 85
        box.reset()
        assert hits() == first
    for probability in (0, -1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="probability: expected more than 0 and at most 1"):
            box.fail(probability=probability)


def test_latency_slows_what_it_names(box: Sandbox, admin: Admin) -> None:
    box.latency(0.05, path="/manage/profile")
    raw = admin.with_raw_response.users.get(box.accounts.active)
    assert raw.elapsed >= timedelta(seconds=0.05)
    box.latency(0.2, p99=0.3)
    start = time.monotonic()
    admin.organizations.get(box.org_id)
    assert time.monotonic() - start > 0.1
    for wrong in ({"median": 0}, {"median": 2, "p99": 1}, {"median": float("nan")}, {"median": 4_000}):
        with pytest.raises(ValueError, match="median, p99: expected"):
            box.latency(**wrong)


def test_published_rate_limits_are_kept_to_where_asked_for(box: Sandbox) -> None:
    with box.client(Admin, max_retries=0) as admin, box.client(Jira, max_retries=0) as jira:
        for _ in range(12):
            next(iter(admin.organizations.events.list(box.org_id)))
        assert not box.rate_limits
        box.rate_limits = True

        def often(times: int, call: Callable[[], Any]) -> None:
            for _ in range(times):
                call()

        with pytest.raises(RateLimitError) as caught:
            often(12, lambda: next(iter(admin.organizations.events.list(box.org_id, limit=1))))
        assert caught.value.retry_after is not None
        assert 0 < caught.value.retry_after <= 60
        box.advance(seconds=60)
        next(iter(admin.organizations.events.list(box.org_id)))
        with pytest.raises(RateLimitError) as burst:
            often(1_000, jira.server_info.get)
        assert (burst.value.reason, burst.value.retry_after) == ("jira-burst-based", 1)
        with pytest.raises(RateLimitError) as writes:
            often(40, lambda: jira.issues.watchers.add("ENG-1", body=box.accounts.active))
        assert writes.value.reason == "jira-per-issue-on-write"
        box.rate_limits = False
        for _ in range(200):
            jira.server_info.get()


@pytest.mark.parametrize("page", ["README.md", "docs/sandbox.md"])
def test_the_pages_tell_how_much_is_simulated(page: str) -> None:
    text = (Path(__file__).parents[1] / page).read_text(encoding="utf-8")
    assert re.findall(r"([\d,]+) of the ([\d,]+) operations", text) == [
        (f"{len(simulated()):,}", f"{len(operations()):,}")
    ]

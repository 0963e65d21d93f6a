"""The sandbox from Python: command line, fixture, faults, clock, forks. Its rules are tested in tests/sandbox*.rs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from atlassian_cloud import Admin, ConflictError, NotFoundError, PermissionDeniedError, RateLimitError, ServerError
from atlassian_cloud.sandbox import Sandbox


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


@pytest.mark.parametrize("seconds", [1e300, -1e300, float("inf"), float("nan"), 1e11])
def test_the_clock_has_bounds(box: Sandbox, admin: Admin, seconds: float) -> None:
    with pytest.raises(ValueError, match="clock"):
        box.advance(seconds=seconds)
    admin.users.disable(box.accounts.active)
    assert admin.users.get(box.accounts.active).account.account_status == "inactive"


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
from atlassian_cloud.sandbox import Sandbox
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
    ],
)
def test_faults_that_cannot_be_are_refused(box: Sandbox, order: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        box.respond(**order)

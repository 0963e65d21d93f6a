"""The command line of the box: what it prints and sets is enough to come to it, and faults are told in a line."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from atlassian_cloud.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
COMMAND = [sys.executable, "-m", "atlassian_cloud.sandbox"]
EVERYTHING = """
from atlassian_cloud import Admin, Bitbucket, Jira
with Admin() as admin:
    print(admin.organizations.list().first().attributes.name)
    print(len(admin.scim.users.list(limit=1).to_list()))
with Jira() as jira:
    print(jira.myself.get().email_address)
with Bitbucket() as bitbucket:
    print(bitbucket.repositories.get("website").full_name)
"""
SHOWN = "Acme\n1\nolga.admin@acme.example\nacme/website\n"


def clean() -> dict[str, str]:
    """The environment without anything that leads to a site or a box, and with proxies and certificates as they are."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ATLASSIAN_")}


@contextmanager
def served(*options: str) -> Iterator[str]:
    """What a box says that is served by the command line; it ends with the block."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, text=True, env=clean()
    ) as server:
        assert server.stdout is not None
        lines = []
        for line in server.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        try:
            yield "".join(lines)
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(10) == 0


@pytest.mark.parametrize("options", [[], ["--tls"]])
def test_the_export_lines_are_all_that_a_program_needs(options: list[str]) -> None:
    with served(*options) as text:
        lines = re.findall(r"^ *export (\w+=.*)$", text, re.MULTILINE)
        exported = dict(word.split("=", 1) for line in lines for word in shlex.split(line))
        script = [sys.executable, "-c", EVERYTHING]
        done = subprocess.run(script, env={**clean(), **exported}, capture_output=True, text=True, timeout=60)
        assert (done.stdout, done.stderr) == (SHOWN, "")
        service_account = [sys.executable, str(EXAMPLES / "credentials_service_account.py")]
        done = subprocess.run(service_account, env={**clean(), **exported}, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
    with Sandbox(tls=bool(options)) as box:
        assert all(value in text for value in dataclasses.asdict(box.oauth).values())
        assert box.bitbucket_access_token in text
        own = {"ATLASSIAN_BASE_URL", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"}
        assert exported.keys() == box.environment.keys()
        assert {n: v for n, v in exported.items() if n not in own} == {
            n: v for n, v in box.environment.items() if n not in own
        }


def test_a_script_with_a_service_account_runs_in_a_box() -> None:
    script = str(EXAMPLES / "credentials_service_account.py")
    done = subprocess.run([*COMMAND, "run", script], env=clean(), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Jira knows the account as ")


@pytest.mark.parametrize("content", [b"{}", b"\xff\xfe{", None])
def test_a_file_that_cannot_be_loaded_is_told_in_a_line(tmp_path: Path, content: bytes | None) -> None:
    (tmp_path / "script.py").write_text("print('ran')\n")
    kept = tmp_path / "box.json"
    if content is None:
        kept.mkdir()
    else:
        kept.write_bytes(content)
    done = subprocess.run(
        [*COMMAND, "run", "--load", "box.json", "script.py"],
        env=clean(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    *_, last = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert "error: " in last
    assert "box.json" in last

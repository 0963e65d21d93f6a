"""Each cookbook is short, explains itself, and runs alone: copied, by the command that it names, without any key."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import cookbooks
import pytest
from atlassian_cloud import Jira
from atlassian_cloud.sandbox import Sandbox

from .conftest import EXAMPLES, Run, clean

LONGEST = 59
ALONE = [book.script for book in cookbooks.BOOKS if book.alone]


def test_all_twenty_two_and_those_beyond_them() -> None:
    assert len(cookbooks.BOOKS) == 22 + 5
    assert len({book.script for book in cookbooks.BOOKS}) == 27
    assert len(ALONE) >= 20


@pytest.mark.parametrize("name", ALONE)
def test_a_cookbook_is_short(name: str) -> None:
    source = (EXAMPLES / f"{name}.py").read_text("utf-8")
    told = ast.parse(source).body[0]
    lines = [line for line in source.splitlines()[told.end_lineno :] if line.strip()]
    assert len(lines) <= LONGEST


@pytest.mark.parametrize("name", ALONE)
def test_a_copied_cookbook_runs_by_one_command(name: str) -> None:
    shown = cookbooks.run(name)
    assert shown.code == 0, shown.errors
    assert shown.output or shown.files
    assert "Traceback" not in shown.errors


@pytest.mark.parametrize("name", ALONE)
def test_a_cookbook_explains_itself_and_names_what_is_missing(name: str, run: Run) -> None:
    output, _ = run(name, "--help", environment={})
    assert (ast.get_docstring(ast.parse((EXAMPLES / f"{name}.py").read_text("utf-8"))) or "").splitlines()[0] in output
    (command,) = cookbooks.commands(name)
    arguments = cookbooks.words(command)[5:]
    _, errors = run(name, *arguments, environment={}, code=1)
    assert "ATLASSIAN_" in errors


def test_the_command_hands_on_arguments_and_exit_code(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom atlassian_cloud import Jira\n"
        "with Jira() as jira: print(jira.myself.get().email_address, sys.argv)\nsys.exit(7)\n"
    )
    command = [sys.executable, "-m", "atlassian_cloud.sandbox", "run", "script.py", "--flag", "x"]
    done = subprocess.run(command, env=clean(), cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 7
    assert done.stdout == "olga.admin@acme.example ['script.py', '--flag', 'x']\n"
    done = subprocess.run(
        [*command[:4], "none.py"], env=clean(), cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no file none.py" in done.stderr


def test_a_box_is_kept_for_the_next_run(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom atlassian_cloud import Jira\nwith Jira() as jira:\n"
        "    jira.issues.update('ENG-1', fields={'summary': sys.argv[1] + jira.issues.get('ENG-1')['fields']['summary'][:3]})\n"
        "    print(jira.issues.get('ENG-1')['fields']['summary'])\n"
    )
    kept = ["--load", "box.json", "--save", "box.json"]
    command = [sys.executable, "-m", "atlassian_cloud.sandbox", "run", *kept, "script.py"]
    for given, shown in (("abc", "abc"), ("d", "dabc")):
        done = subprocess.run([*command, given], env=clean(), cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.stdout.startswith(shown), done.stderr


def test_the_address_can_come_from_the_environment(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in box.environment.items():
        monkeypatch.setenv(name, value)
    with Jira() as jira:
        assert jira.base_url == box.url
    with Jira(base_url="http://127.0.0.1:1") as jira:
        assert jira.base_url == "http://127.0.0.1:1"

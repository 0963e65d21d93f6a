"""Each cookbook is short, explains itself, and runs alone: copied, by the command that it names, without any key."""

from __future__ import annotations

import argparse
import ast
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import cast

import cookbooks
import pytest
from atlassian_cloud import Jira, script
from atlassian_cloud.sandbox import Sandbox

from .conftest import EXAMPLES, Run, clean

LONGEST = 59
BOOKS = [book.script for book in cookbooks.BOOKS]
EVERY = sorted(path.stem for path in EXAMPLES.glob("*.py"))
# Jobs and demonstrations; the others are recipes, which are short.
LONG = {"deprovision", "user_operations", "user_operations_async"}


def source(name: str) -> str:
    return (EXAMPLES / f"{name}.py").read_text("utf-8")


def test_all_twenty_two_and_those_beyond_them() -> None:
    assert sum(not book.beyond for book in cookbooks.BOOKS) == 22
    assert sum(book.beyond for book in cookbooks.BOOKS) == 5
    assert set(BOOKS) <= set(EVERY)
    assert len(set(BOOKS)) == 27


@pytest.mark.parametrize("name", sorted({*EVERY} - LONG))
def test_a_recipe_is_short(name: str) -> None:
    text = source(name)
    assert len(text.splitlines()[ast.parse(text).body[0].end_lineno :]) <= LONGEST


@pytest.mark.parametrize("name", EVERY)
def test_an_example_needs_no_file_beside_it(name: str) -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source(name)))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= {*sys.stdlib_module_names, "atlassian_cloud"}


@pytest.mark.parametrize("name", BOOKS)
def test_a_copied_cookbook_runs_by_one_command(name: str) -> None:
    """Alone in a folder, by a command without arguments; what its state is afterwards the other tests look at."""
    command, shown = cookbooks.commands(name)[0], cookbooks.run(name)
    assert command == f"python {name}.py --sandbox"
    assert shown.code == 0, shown.errors
    assert shown.output or shown.files
    assert "Traceback" not in shown.errors


@pytest.mark.parametrize("name", BOOKS)
def test_a_page_tells_what_a_run_leaves(name: str) -> None:
    text, left = cookbooks.pages()[f"{name}.md"], cookbooks.run(name).left
    assert ("The run left " in text) is bool(left)
    assert [file for file in left if f"`{file}`" not in text] == []


@pytest.mark.parametrize("name", BOOKS)
def test_a_cookbook_explains_itself_and_names_what_is_missing(name: str, run: Run) -> None:
    output, _ = run(name, "--help", environment={})
    assert (ast.get_docstring(ast.parse(source(name))) or "").splitlines()[0] in output
    for command in cookbooks.commands(name)[1:]:
        _, errors = run(name, *shlex.split(command)[2:], environment={}, code=2)
        assert "ATLASSIAN_" in errors or "no Markdown files" in errors or "No such file" in errors


def options(name: str, monkeypatch: pytest.MonkeyPatch) -> argparse.ArgumentParser:
    """The parser that a script makes for its command line."""

    class Made(Exception):
        """Ends the script when it has its parser."""

    def stop(parser: argparse.ArgumentParser, *_: object) -> None:
        raise Made(parser)

    with monkeypatch.context() as patched:
        patched.setattr(argparse.ArgumentParser, "parse_args", stop)
        patched.setattr(sys, "argv", [f"{name}.py"])
        with pytest.raises(Made) as caught:
            runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    (parser,) = caught.value.args
    return cast("argparse.ArgumentParser", parser)


@pytest.mark.parametrize("name", EVERY)
def test_the_help_tells_of_every_argument(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parser = options(name, monkeypatch)
    # Those are argparse's own: all arguments, whatever group they are in.
    actions = parser._actions  # pyright: ignore[reportPrivateUsage]
    assert [action.dest for action in actions if not action.help or action.help == argparse.SUPPRESS] == []
    assert [action.dest for action in actions if action.type is script.field and "JSON" not in str(action.help)] == []
    assert f"{name}.py" in parser.format_help()


# Without arguments user_operations makes a sandbox of its own.
@pytest.mark.parametrize("name", sorted({*EVERY} - {"user_operations"}))
def test_nothing_is_changed_on_a_site_without_arguments(name: str, box: Sandbox, tmp_path: Path) -> None:
    """Only `--sandbox` has arguments of its own."""
    pace = ["--calls-per-minute", "60000"] if name in ("last_login_info", "deprovision") else []
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *pace],
        env={**clean(), **box.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.returncode in (0, 2), done.stderr
    if done.returncode == 2:
        assert "the following arguments are required: " in done.stderr or "set ATLASSIAN_" in done.stderr
        assert box.requests == []
    asked = {request.path.partition("?")[0].rsplit("/", 1)[1] for request in box.requests if request.method != "GET"}
    assert asked <= {"search", "jql", "token"}


def test_arguments_of_ones_own_are_taken_in_the_sandbox(run: Run) -> None:
    output, errors = run("search_user_by_email", "--sandbox", "olga.admin@acme.example", environment={})
    assert output.startswith("olga.admin@acme.example\t")
    assert errors == ""
    assert run("search_user_by_email", "--sandbox", environment={})[1].startswith(
        "in a sandbox: python search_user_by_email.py vera.mars@acme.example"
    )


def test_the_sandbox_is_meant_whatever_the_environment_names(box: Sandbox, run: Run) -> None:
    named = {**box.environment, "ATLASSIAN_SITE": "acme", "ATLASSIAN_CLOUD_ID": "x", "HTTP_PROXY": "http://127.0.0.1:9"}
    run("suspend_user_access", "--sandbox", environment=named)
    run("edit_issue_explicit", "--sandbox", environment=named)
    run("pull_request_report", "--sandbox", environment={**named, "ATLASSIAN_BITBUCKET_WORKSPACE": "other"})
    assert box.requests == []


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

"""What scripts share: the command line, the loop over many items, the exit code."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from atlassian_cloud import (
    AuthenticationError,
    BadRequestError,
    Bitbucket,
    ConfigurationError,
    Jira,
    PermissionDeniedError,
    script,
)
from atlassian_cloud.sandbox import Sandbox

TEXT = """Do it.

    python it.py --sandbox
    python it.py ENG-1 "two words"
        --field "Story Points=3"

    python other.py --sandbox-like
"""


def parser(text: str | None = TEXT) -> script.Parser:
    made = script.Parser(text)
    made.prog = "it.py"
    made.add_argument("words", nargs="*")
    made.add_argument("--field", type=script.field, action="append")
    return made


def test_the_sandbox_alone_runs_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    options = parser().read(["--sandbox"])
    assert (options.words, options.field) == (["ENG-1", "two words"], [("Story Points", 3)])
    assert capsys.readouterr().err == 'in a sandbox: python it.py ENG-1 "two words" --field "Story Points=3"\n'
    with script.connect(Jira, options) as jira:
        assert jira.base_url == options.box.url
        assert jira.myself.get().email_address == options.box.email


def test_arguments_beside_it_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    assert parser().read(["--sandbox", "ENG-7"]).words == ["ENG-7"]
    assert parser("Without an example").read(["--sandbox"]).words == []
    assert parser(None).read([]).box is None
    assert capsys.readouterr().err == ""


def test_the_example_is_for_the_sandbox_alone() -> None:
    options = parser().read([])
    assert (options.words, options.box) == ([], None)


def test_a_client_of_another_server(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLASSIAN_SITE", "acme")
    options = parser().read(["--base-url", box.url])
    with script.connect(Jira, options, email=box.email, token=box.api_token) as jira:
        assert jira.myself.get().email_address == box.email
    with pytest.raises(SystemExit):
        parser().read(["--sandbox", "--base-url", box.url])


def test_the_sandbox_has_one_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLASSIAN_BITBUCKET_WORKSPACE", "elsewhere")
    with script.connect(Bitbucket, parser().read(["--sandbox"])) as bitbucket:
        assert bitbucket.repositories.list().to_list()


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("a=1", ("a", 1)),
        ("a=x", ("a", "x")),
        ('a={"b": [1]}', ("a", {"b": [1]})),
        ("a=b=c", ("a", "b=c")),
        ("a=", ("a", "")),
    ],
)
def test_fields_of_the_command_line(given: str, read: tuple[str, object]) -> None:
    assert script.field(given) == read


@pytest.mark.parametrize("given", ["a", "=1"])
def test_fields_without_a_name_or_value_are_refused(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().read(["--field", given])
    assert f"expected NAME=VALUE, got {given!r}" in capsys.readouterr().err


def test_a_tally_counts_tells_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    with script.Tally("issues", every=2) as tally:
        for number in range(5):
            with tally.item(f"ENG-{number}"):
                if number == 1:
                    raise ValueError("no number")
    assert (tally.done, tally.failed, tally.code) == (4, 1, script.FAILED)
    assert capsys.readouterr().err == "ENG-1: no number\n1 issues, 1 failed\n3 issues, 1 failed\n"
    assert script.Tally("issues").code == script.WELL


@pytest.mark.parametrize(
    "fault",
    [
        AuthenticationError("401"),
        ConfigurationError("no key"),
        PermissionDeniedError("403", messages=[(None, "needs a key without scopes", None)]),
        BrokenPipeError(),
        KeyboardInterrupt(),
        KeyError("a fault of the script"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_all_items_would_meet_ends_the_loop(fault: BaseException) -> None:
    tally = script.Tally("issues")
    with pytest.raises(type(fault)), tally.item("ENG-1"):
        raise fault
    assert (tally.done, tally.failed) == (0, 0)


def raising(fault: BaseException | None) -> Callable[[], int]:
    @script.command
    def main() -> int:
        if fault is not None:
            raise fault
        return 7

    return main


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (None, 7, ""),
        (script.SetupError("name it"), 2, "name it"),
        (ConfigurationError("no key"), 2, "no key"),
        (AuthenticationError("401"), 2, "401"),
        (PermissionDeniedError("403", messages=[(None, "scope is missing", None)]), 2, "403"),
        (PermissionDeniedError("403"), 1, "403"),
        (BadRequestError("400"), 1, "400"),
        (FileNotFoundError("no file"), 2, "no file"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_exit_codes(fault: BaseException | None, code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(fault)() == code
    assert capsys.readouterr().err == (f"{said}\n" if said else "")


def test_a_fault_of_the_script_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError())()


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_an_interrupted_loop_says_how_far_it_came(capsys: pytest.CaptureFixture[str]) -> None:
    @script.command
    def main() -> int:
        with script.Tally("issues") as tally:
            for number in range(3):
                with tally.item(number):
                    if number == 2:
                        signal.raise_signal(signal.SIGINT)
        return tally.code

    assert main() == 130
    assert capsys.readouterr().err == "ended early; 2 issues\ninterrupted\n"


def test_a_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLASSIAN_SECRET_FILE", "/run/secrets/x")
    assert script.key("ATLASSIAN_SECRET_FILE") == "/run/secrets/x"
    monkeypatch.setenv("ATLASSIAN_SECRET_FILE", "")
    with pytest.raises(script.SetupError, match="set ATLASSIAN_SECRET_FILE"):
        script.key("ATLASSIAN_SECRET_FILE")

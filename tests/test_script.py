"""What scripts share: the command line, the loop over many items, the exit code."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from atlassian_cloud import (
    AsyncJira,
    AuthenticationError,
    BadRequestError,
    Bitbucket,
    ConfigurationError,
    ConflictError,
    ConnectionError,
    DocumentError,
    Jira,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    TaskError,
    script,
)
from atlassian_cloud.errors import NoMatchError
from atlassian_cloud.jira import custom_fields, editing
from atlassian_cloud.jira.custom_fields import FieldFault, FieldNameError, FieldValueError
from atlassian_cloud.jira.workflow_builder import WorkflowFault
from atlassian_cloud.sandbox import Sandbox


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    with box.client(Jira) as client:
        yield client


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


def test_settings_reach_the_client() -> None:
    with (
        script.connect(Jira, parser().read(["--sandbox"]), token="wrong") as jira,
        pytest.raises(AuthenticationError),
    ):
        jira.myself.get()


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


def test_numbers_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    made = script.Parser(None)
    made.add_argument("--days", type=script.at_least(2))
    assert made.read(["--days", "2"]).days == 2
    for given in ("1", "-5"):
        with pytest.raises(SystemExit):
            made.read(["--days", given])
        assert "--days: must be 2 or more" in capsys.readouterr().err


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
        BadRequestError("400"),
        PermissionDeniedError("403"),
        FileNotFoundError("x"),
        ValueError("x"),
        script.SetupError("x"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_one_item_meets_does_not_end_the_loop(fault: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    with script.Tally("issues") as tally:
        with tally.item("ENG-1"):
            raise fault
        with tally.item("ENG-2"):
            pass
    assert str(tally) == "1 issues, 1 failed"
    assert capsys.readouterr().err == f"ENG-1: {fault}\n"


def test_what_an_item_says_is_out_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe))
    with script.Tally("issues").item("ENG-1"):
        print("one")
        assert pipe.getvalue() == b""
    assert pipe.getvalue() == b"one\n"


def test_a_reader_that_left_needs_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BrokenPipeError), script.Tally("issues"):
        raise BrokenPipeError
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("per_minute", "waited"), [(60, [0.25, 1.0]), (0, [])])
def test_a_pace_spaces_calls_out(per_minute: int, waited: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    now, waits = 100.0, list[float]()

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        waits.append(seconds)

    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(time, "sleep", sleep)
    pace = script.Pace(per_minute)
    pace.wait()
    now += 0.75
    pace.wait()
    pace.wait()
    assert waits == waited
    # A pause is not made up for by a burst.
    now += 60
    for _ in range(2):
        pace.wait()
    assert waits == ([*waited, 1.0] if waited else [])


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
        (BadRequestError("400"), 2, "400"),
        (NotFoundError("404"), 2, "404"),
        (ConflictError("409"), 1, "409"),
        (ServerError("500"), 1, "500"),
        (ConnectionError("lost"), 1, "lost"),
        (TaskError("it failed"), 1, "it failed"),
        (NoMatchError("nobody"), 2, "nobody"),
        (FieldNameError("no such field"), 2, "no such field"),
        (
            FieldValueError([FieldFault("new value", "summary", "Summary", "no text")]),
            2,
            "new value: field 'Summary' (summary): no text",
        ),
        (WorkflowFault("twice"), 2, "twice"),
        (DocumentError("too deep"), 2, "too deep"),
        (FileNotFoundError("no file"), 2, "no file"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_exit_codes(fault: BaseException | None, code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(fault)() == code
    assert capsys.readouterr().err == (f"{said}\n" if said else "")


def test_arguments_and_the_name_go_through() -> None:
    @script.command
    def main(one: int, *, other: int) -> int:
        """What it does."""
        return one + other

    assert main(3, other=4) == 7
    assert (main.__name__, main.__doc__) == ("main", "What it does.")


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_reader_that_leaves_ends_the_script_well(lines: int, tmp_path: Path) -> None:
    """With few lines the pipe is met at the end alone."""
    (tmp_path / "many.py").write_text(
        "import sys\nfrom atlassian_cloud import script\n@script.command\ndef main():\n"
        f"    sys.stdin.read()\n    for number in range({lines}):\n        print(number)\n    return 0\nsys.exit(main())\n"
    )
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "many.py")],
        # Unbuffered, nothing would be left for the end.
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == b""


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


def test_a_main_function_may_be_asynchronous(capsys: pytest.CaptureFixture[str]) -> None:
    @script.command
    async def main(who: str) -> int:
        """What it does."""
        async with script.connect(AsyncJira, parser().read(["--sandbox", "ENG-7"])) as jira:
            print((await editing.find_user(jira, who)).display_name)
        return 7

    assert main("vera.mars@acme.example") == 7
    assert capsys.readouterr().out == "Vera Mars\n"
    assert main("nobody@acme.example") == 2
    assert capsys.readouterr().err == "no account has the email address 'nobody@acme.example'\n"
    assert (main.__name__, main.__doc__) == ("main", "What it does.")


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_an_asynchronous_one_is_interrupted_too(capsys: pytest.CaptureFixture[str]) -> None:
    @script.command
    async def main() -> int:
        with script.Tally("issues") as tally:
            with tally.item(1):
                pass
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
            await asyncio.sleep(30)
        return tally.code

    assert main() == 130
    assert capsys.readouterr().err == "ended early; 1 issues\ninterrupted\n"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("Customer=42", "42"),
        ("Customer=true", "true"),
        ("Customer=1e5", "1e5"),
        ('Customer="42"', "42"),
        ('Customer={"a": 1}', '{"a": 1}'),
        ("Customer=null", None),
        ("summary=2024", "2024"),
        ("Notes=42", "42"),
        ("Severity=7", "7"),
        ("Story Points=42", 42),
        ('Labels=["a"]', ["a"]),
        ("Customer=", ""),
    ],
)
def test_fields_take_json_or_what_was_typed(given: str, value: object, jira: Jira) -> None:
    (name, _), fields = script.field(given), custom_fields.load(jira)
    assert script.field_values(fields, [script.field(given)]) == {name: value}
    fields.values({name: value})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Labels=a,b", """expected a list, got str 'a,b'; a list is written as JSON: 'Labels=["a", "b"]'"""),
        ("Labels=5", """expected a list, got str '5'; a list is written as JSON: 'Labels=["5"]'"""),
        ("Story Points=many", "field 'Story Points' holds number: expected a finite number, got str 'many'"),
    ],
)
def test_what_a_field_does_not_take_is_told_with_a_way_to_write_it(given: str, said: str, jira: Jira) -> None:
    with pytest.raises(script.SetupError) as caught:
        script.field_values(custom_fields.load(jira), [script.field(given)])
    assert str(caught.value).endswith(said)
    with pytest.raises(FieldNameError):
        script.field_values(custom_fields.load(jira), [script.field("Nope=1")])


def test_an_extra_that_is_not_installed_is_told_with_the_way_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "half_there.py").write_text("import not_there_at_all\n")
    (tmp_path / "all_there.py").write_text("x = 1\n")
    assert script.extra("all_there").x == 1
    with pytest.raises(script.SetupError, match=r"needs not_there: pip install 'atlassian-cloud\[not_there\]'"):
        script.extra("not_there")
    with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
        script.extra("half_there")


def test_a_file_is_kept_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sub" / "state.json"
    script.keep(path, "grün")
    assert path.read_bytes() == "grün".encode()

    def cut_off(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:2])
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", cut_off)
        with pytest.raises(OSError, match="no space left"):
            script.keep(path, b"other")
    assert path.read_bytes() == "grün".encode()
    script.keep(path, b"other")
    assert [(one.name, one.read_bytes()) for one in path.parent.iterdir()] == [("state.json", b"other")]

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
from typing import Any

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
    adf,
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


@pytest.mark.parametrize(
    ("given", "said"),
    [("1", "must be 2 to 9"), ("-5", "must be 2 to 9"), ("10", "must be 2 to 9"), ("x", "expected a whole number, got 'x'")],
)  # fmt: skip
def test_numbers_of_the_command_line(given: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = script.Parser(None)
    made.add_argument("--days", type=script.at_least(2, 9))
    made.add_argument("--limit", type=script.at_least(2))
    assert [made.read(["--days", days]).days for days in ("2", "9")] == [2, 9]
    with pytest.raises(SystemExit):
        made.read(["--days", given])
    assert f"--days: {said}" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        made.read(["--limit", "1"])
    assert "--limit: must be 2 or more" in capsys.readouterr().err


def test_an_example_that_is_no_command_line_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parser("    python it.py --sandbox\n    python it.py it's\n").read(["--sandbox"])
    assert caught.value.code == 2
    assert "the example is no command line: No closing quotation" in capsys.readouterr().err


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


def test_what_was_done_before_a_reader_left_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tally = script.Tally("issues")
    with tally.item("ENG-1"):
        pass
    with pytest.raises(script.OutputError), tally, tally.item("ENG-2"):
        raise script.OutputError
    assert capsys.readouterr().err == "ENG-2: may be done; what it says is lost\nended early; 1 issues\n"


def test_what_a_job_had_done_is_told_beside_its_item(capsys: pytest.CaptureFixture[str]) -> None:
    fault = ServerError("500")
    vars(fault)["__notes__"] = ["the page was created"]
    with script.Tally("issues").item("ENG-1"):
        raise fault
    assert capsys.readouterr().err == "ENG-1: 500\nthe page was created\n"
    assert raising(fault)() == 1
    assert capsys.readouterr().err == "500\nthe page was created\n"


def wrong(value: Any) -> Any:
    """A value that the types do not allow."""
    return value


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: script.Tally("x", every=0), ValueError, "Tally: every: must be 1 or more, got 0"),
        (lambda: script.Tally(wrong(5)), TypeError, "Tally: what: expected str, got int"),
        (lambda: script.Pace(wrong("5")), TypeError, "Pace: per_minute: expected int, got str"),
        (lambda: script.Pace(-5), ValueError, "Pace: per_minute: must be 0 or more, got -5"),
        (lambda: script.field(wrong(5)), TypeError, "field: text: expected str, got int"),
        (lambda: script.connect(Jira, wrong(None)), TypeError, "connect: options: expected what `Parser.read` returns, got NoneType"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_named(call: Callable[[], object], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == said


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
        script.OutputError(),
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
        (BrokenPipeError("gone"), 1, "the output could not be written to its end: gone"),
        (script.OutputError("full"), 1, "the output could not be written to its end: full"),
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


def process(body: str, folder: Path, redirected: str = "", **environment: str) -> subprocess.Popen[bytes]:
    """A script whose main function has the body, started by a shell."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    (folder / "it.py").write_text(
        f"import sys\nfrom atlassian_cloud import script\n@script.command\ndef main():\n{lines}sys.exit(main())\n"
    )
    # Unbuffered, nothing would be left for the end.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.Popen(
        ["/bin/sh", "-c", f'exec "$0" it.py {redirected}', sys.executable],
        cwd=folder,
        env=inherited | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(body: str, folder: Path, redirected: str = "", **environment: str) -> tuple[int, str, str]:
    with process(body, folder, redirected, **environment) as started:
        output, errors = started.communicate(timeout=30)
    return started.returncode, output.decode(), errors.decode()


NEEDS_SHELL = pytest.mark.skipif(os.name != "posix", reason="pipes and a shell as POSIX has them")
ITEMS = """\
sys.stdin.read()
with script.Tally("issues") as tally:
    for number in range(3):
        with tally.item(number):
            print(number)
return tally.code"""


@NEEDS_SHELL
@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_reader_that_leaves_is_told(lines: int, tmp_path: Path) -> None:
    """With few lines the pipe is met at the end alone."""
    with process(f"sys.stdin.read()\nfor number in range({lines}):\n    print(number)\nreturn 0", tmp_path) as started:
        assert started.stdin is not None
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        started.stdin.close()
        assert started.wait(30) == 1
        assert started.stderr.read() == b"the output could not be written to its end: Broken pipe\n"


@NEEDS_SHELL
@pytest.mark.parametrize(("unbuffered", "told"), [("", "ended early; 1 issues\n"), ("1", "ended early; 0 issues\n")])
def test_no_item_is_to_blame_for_the_output(unbuffered: str, told: str, tmp_path: Path) -> None:
    lost = "the output could not be written to its end: "
    with process(ITEMS, tmp_path, PYTHONUNBUFFERED=unbuffered) as started:
        assert started.stdin is not None
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        started.stdin.close()
        assert started.wait(30) == 1
        errors = started.stderr.read().decode()
    first = "0: may be done; what it says is lost\n" if unbuffered else ""
    assert errors == f"{first}{told}{lost}Broken pipe\n"
    if os.path.exists("/dev/full"):  # noqa: PTH110
        code, _, errors = ended(ITEMS, tmp_path, ">/dev/full", PYTHONUNBUFFERED=unbuffered)
        assert (code, errors) == (1, f"{first}{told}{lost}No space left on device\n")


@NEEDS_SHELL
def test_where_nobody_hears_it_the_work_is_done(tmp_path: Path) -> None:
    assert ended(ITEMS, tmp_path, ">&-") == (0, "", "")
    assert ended(ITEMS, tmp_path, "2>&-") == (0, "0\n1\n2\n", "")
    failing = ITEMS.replace("print(number)", "print(number); raise ValueError(number)")
    assert ended(failing, tmp_path, "2>&-") == (1, "0\n1\n2\n", "")
    assert ended(failing, tmp_path, ">&-") == (1, "", "0: 0\n1: 1\n2: 2\n")
    if os.path.exists("/dev/full"):  # noqa: PTH110
        assert ended(failing, tmp_path, "2>/dev/full") == (1, "0\n1\n2\n", "")


@NEEDS_SHELL
def test_text_that_the_encoding_lacks_is_escaped_as_in_json(tmp_path: Path) -> None:
    text = 'print("\\u00dcb \\U0001f600")\nprint("\\u00dc", file=sys.stderr)\nreturn 0'
    assert ended(text, tmp_path, PYTHONIOENCODING="ascii") == (0, "\\u00dcb \\ud83d\\ude00\n", "\\u00dc\n")
    assert ended(text, tmp_path, PYTHONIOENCODING="utf-8") == (0, "Üb 😀\n", "Ü\n")


def test_the_outputs_are_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", output)
    assert raising(None)() == 7
    assert sys.stdout is output
    assert output.errors == "strict"


def test_a_value_that_the_library_refuses_is_no_fault_of_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    @script.command
    def main(call: Callable[[Jira], object]) -> int:
        with script.connect(Jira, parser().read(["--sandbox", "ENG-7"])) as jira:
            call(jira)
        return 0

    @script.command
    async def awaited() -> int:
        async with script.connect(AsyncJira, parser().read(["--sandbox", "ENG-7"])) as jira:
            await jira.issues.get("")
        return 0

    def huge(jira: Jira) -> None:
        custom_fields.load(jira).values({"Story Points": 10**400})

    twice: dict[str, Any] = {"Summary": "a", "summary": "b"}
    refused: list[tuple[Callable[[Jira], object], str]] = [
        (lambda jira: jira.issues.get(""), "jira.issues.get: issue_id_or_key: must not be empty"),
        (lambda jira: adf.from_markdown(">" * 200 + "a"), "nested deeper than 90 levels"),
        (lambda jira: custom_fields.load(jira).values(twice), "new value: field 'Summary' (summary): is given twice, by name and by id"),
        (lambda jira: script.Pace(-1), "Pace: per_minute: must be 0 or more, got -1"),
    ]  # fmt: skip
    for call, said in refused:
        assert main(call) == 2
        assert capsys.readouterr().err == f"{said}\n"
    assert main(huge) == 2
    assert awaited() == 2
    capsys.readouterr()
    faults: list[tuple[Callable[[Jira], object], type[Exception]]] = [
        (lambda jira: int("x"), ValueError),
        (lambda jira: float(10**400), OverflowError),
        (lambda jira: jira.issues.get(wrong(5.5)), TypeError),
        (lambda jira: os.environ["NOT_THERE_AT_ALL"], KeyError),
    ]
    for call, kind in faults:
        with pytest.raises(kind):
            main(call)


def test_a_file_is_of_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with script.locked(path):
        path.write_bytes(b"one")
        with pytest.raises(script.SetupError, match=r"a\.jsonl is being written by another run"), script.locked(path):
            pass
    with script.locked(path):
        assert path.read_bytes() == b"one"


@NEEDS_SHELL
def test_the_lock_of_a_run_that_was_killed_is_gone(tmp_path: Path) -> None:
    body = "import pathlib\nwith script.locked(pathlib.Path('a')):\n    print('held', flush=True)\n    sys.stdin.read()"
    with process(body, tmp_path) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == b"held\n"
        with pytest.raises(script.SetupError), script.locked(tmp_path / "a"):
            pass
        started.kill()
        started.wait(30)
        with script.locked(tmp_path / "a"):
            pass


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

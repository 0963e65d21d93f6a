"""What scripts for the command line share: where they run, how they go through many items, and how they end.

@script.command
def main(argv: Sequence[str] | None = None) -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("issue", nargs="+", help="keys")
    options = parser.read(argv)
    with script.connect(Jira, options) as jira, script.Tally("issues") as tally:
        for key in options.issue:
            with tally.item(key):
                editing.edit(jira, key, {"labels": ["seen"]})
    return tally.code

if __name__ == "__main__":
    sys.exit(main())
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import codecs
import functools
import importlib
import inspect
import json
import os
import re
import shlex
import sys
import time
import traceback
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ParamSpec, TextIO, TypeVar, cast, overload

from . import _locks
from ._checks import Count, Text, checked
from .errors import (
    AtlassianError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    DocumentError,
    NotFoundError,
    PermissionDeniedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType

    from .jira.custom_fields import Fields

P = ParamSpec("P")
Client = TypeVar("Client")

__all__ = [
    "ADMIN_KEYS",
    "FAILED",
    "INTERRUPTED",
    "SETUP",
    "SITE_KEYS",
    "WELL",
    "Given",
    "OutputError",
    "Pace",
    "Parser",
    "SetupError",
    "Tally",
    "at_least",
    "command",
    "connect",
    "extra",
    "field",
    "field_values",
    "is_of_an_argument",
    "is_of_the_key",
    "keep",
    "key",
    "locked",
]

WELL, FAILED, SETUP, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all is well; an item failed, or the server or the output did; something must be set right first; Ctrl-C."""

SITE_KEYS = "ATLASSIAN_SITE, ATLASSIAN_EMAIL, ATLASSIAN_API_TOKEN"
ADMIN_KEYS = "ATLASSIAN_ADMIN_TOKEN, ATLASSIAN_SCIM_TOKEN, ATLASSIAN_SCIM_DIRECTORY"

_END = """\
Keys come from the environment, as far as they are needed: {keys}.
Exit code: 0 all is well; 1 an item failed, or the server or the output did; 2 an argument, a file or a credential must
be set right first; 130 Ctrl-C."""
# The example after the one for the sandbox; a deeper indented line goes on with the one before.
_EXAMPLE = re.compile(r"^ +python \S+\.py --sandbox\n +python \S+\.py(.*(?:\n {8,}.*)*)", re.MULTILINE)
# How what operations say of their arguments begins.
_OPERATION = re.compile(r"(?:admin|agile|bitbucket|confluence|jira|service_management)\.[\w.]+: ")


class SetupError(Exception):
    """Something that whoever started the script must set right; the text says what."""


class OutputError(Exception):
    """Standard output takes no more: whoever read it, such as `head`, has gone, or the disk is full. No item is to blame for it."""


class Parser(argparse.ArgumentParser):
    """Options of a script, with `--sandbox` and `--base-url` among them.

    Args:
        text: Docstring of the script, shown as its help. Where it shows `python NAME.py --sandbox` and a second example on the line
            after it, then `--sandbox` alone runs that example in the sandbox.
        keys: Environment variables with the keys that the script needs, for the help.
    """

    def __init__(self, text: str | None, keys: str = SITE_KEYS) -> None:
        super().__init__(
            description=text, epilog=_END.format(keys=keys), formatter_class=argparse.RawDescriptionHelpFormatter
        )
        found = _EXAMPLE.search(text or "")
        self.example = re.sub(r"\s*\n\s+", " ", found[1]).strip() if found else ""
        """The arguments that `--sandbox` stands for where it stands alone, as they are typed."""
        where = self.add_mutually_exclusive_group()
        told = "run against a fresh Atlassian in memory, without any key"
        where.add_argument(
            "--sandbox", action="store_true", help=f"{told}; alone, it runs the example" if self.example else told
        )
        where.add_argument(
            "--base-url", metavar="URL", help="another server, such as one of `python -m atlassian_cloud.sandbox`"
        )

    def read(self, argv: Sequence[str] | None = None) -> argparse.Namespace:
        """Read the command line; `box` of what comes back is the sandbox, None without `--sandbox`."""
        given = list(sys.argv[1:] if argv is None else argv)
        if given == ["--sandbox"] and self.example:
            _tell(f"in a sandbox: python {self.prog} {self.example}")
            try:
                given += shlex.split(self.example)
            except ValueError as fault:
                self.error(f"the example is no command line: {fault}")
        options = self.parse_args(given)
        options.box = None
        if options.sandbox:
            from .sandbox import Sandbox

            options.box = Sandbox()
            # It lasts as long as the script, whoever forgets the options.
            atexit.register(options.box.close)
        return options


def connect(cls: Callable[..., Client], options: argparse.Namespace, **settings: Any) -> Client:
    """Make a client of the sandbox, or of the server that the options and the environment name.

    `settings` are arguments of the client, such as `gateway=True`.
    """
    if not hasattr(options, "box"):
        raise TypeError(f"connect: options: expected what `Parser.read` returns, got {type(options).__name__}")
    if options.box is not None:
        client: Client = options.box.client(cls, **settings)
        return client
    return cls(**{"base_url": options.base_url, **settings})


def key(variable: str) -> str:
    """Return a key that the library itself does not look for in the environment; `SetupError` if it is not set."""
    value = os.environ.get(variable)
    if not value:
        raise SetupError(f"set {variable}")
    return value


class Tally:
    """Goes through many items: counts them, tells of the progress, and outlives one that fails.

    Args:
        what: What the items are, for the progress: "issues".
        every: Tell of the progress on stderr after so many items, 1 or more.
    """

    @checked
    def __init__(self, what: Text, *, every: Count = 25) -> None:
        if every == 0:
            raise ValueError("Tally: every: must be 1 or more, got 0")
        self.what = what
        self.every = every
        self.done = 0
        self.failed = 0

    def __enter__(self) -> Tally:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if fault is not None:
            _tell(f"ended early; {self}")

    def __str__(self) -> str:
        return f"{self.done} {self.what}" + (f", {self.failed} failed" if self.failed else "")

    @property
    def code(self) -> int:
        """Exit code: 1 if an item failed."""
        return FAILED if self.failed else WELL

    @contextmanager
    def item(self, name: object) -> Generator[None, None, None]:
        """Work on one item. Its error is told on stderr beside its name, and ends nothing, unless all others would meet it too."""
        try:
            yield
            self.done += 1
        except (OutputError, BrokenPipeError):
            _tell(f"{name}: may be done; what it says is lost")
            raise
        except (AtlassianError, OSError, ValueError, OverflowError, SetupError) as fault:
            # The key is refused: so it would be for the others.
            if isinstance(fault, AtlassianError) and is_of_the_key(fault):
                raise
            self.failed += 1
            _tell(f"{name}: {fault}", *_notes(fault))
        if (self.done + self.failed) % self.every == 0:
            _tell(self)
        print(end="", flush=True)


class Pace:
    """Spaces calls out, so that a server's limit is not met. 0 calls a minute means: as fast as they come."""

    @checked
    def __init__(self, per_minute: Count) -> None:
        self.interval = 60 / per_minute if per_minute else 0.0
        self.next = 0.0

    def wait(self) -> None:
        """Wait until the next call may be made."""
        now = time.monotonic()
        if now < self.next:
            time.sleep(self.next - now)
        self.next = max(now, self.next) + self.interval


def is_of_the_key(fault: Exception) -> bool:
    """Whether the fault would come back for every item: no key, a wrong one, one with scopes where none may be."""
    if isinstance(fault, PermissionDeniedError):
        return any("scope" in message.text for message in fault.messages)
    return isinstance(fault, (AuthenticationError, ConfigurationError))


def is_of_an_argument(fault: Exception) -> bool:
    """Whether what was asked for is not there, or cannot be: the library says so, or the server by 400 or 404."""
    found = isinstance(fault, AtlassianError) and isinstance(fault, (LookupError, ValueError))
    return found or isinstance(fault, (BadRequestError, NotFoundError, DocumentError))


def _is_of_a_value(fault: Exception) -> bool:
    """Whether the library refused a value that it was given. A fault of the script's own is none, such as `int("x")`."""
    if isinstance(fault, DocumentError):
        return True
    # The first frame is that of `command`.
    frames = [frame for frame, _ in traceback.walk_tb(fault.__traceback__)][1:]
    inside = any(frame.f_globals.get("__name__", "").startswith(f"{__package__}.") for frame in frames)
    # Operations are no Python, and have no frame; they begin with their name.
    return isinstance(fault, (ValueError, OverflowError)) and (inside or bool(_OPERATION.match(str(fault))))


def at_least(least: int, most: int | None = None) -> Callable[[str], int]:
    """Make a type for an option: a whole number, not less than this, nor more than `most`."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}") from None
        if number < least or (most is not None and number > most):
            raise argparse.ArgumentTypeError(
                f"must be {least} or more" if most is None else f"must be {least} to {most}"
            )
        return number

    return read


class Given(tuple[str, Any]):
    """What `NAME=VALUE` says: the name, and the value, which is JSON or else text."""

    typed: str
    """The value as it was typed."""

    def __new__(cls, name: str, typed: str) -> Given:
        try:
            value = json.loads(typed)
        except ValueError:
            value = typed
        made = super().__new__(cls, (name, value))
        made.typed = typed
        return made


@checked
def field(text: str) -> Given:
    """A type for an option such as `--field NAME=VALUE`: the name, and the value, which is JSON or else text."""
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, got {text!r}")
    return Given(name, value)


def field_values(fields: Fields, given: Iterable[Given]) -> dict[str, Any]:
    """Return values by name as the fields of Jira take them: JSON where the field takes that, else the text as it was typed.

    So 42 is text for a field of text, and a number for one of numbers.

    Args:
        fields: Of the site, from `custom_fields.load(jira)`.
        given: What `field` read.

    Raises:
        FieldNameError: A name is of no field, or of several.
        SetupError: The field takes neither; the text says how a list is written.
    """
    values: dict[str, Any] = {}
    for one in given:
        name, value = one
        kind = fields[name].kind
        try:
            values[name] = _first_taken(kind.write, value, one.typed)
        except (ValueError, OverflowError) as fault:
            message = f"field {name!r} holds {kind.name}: {fault}"
            listed = one.typed.split(",")
            try:
                kind.write(listed)
            except ValueError:
                raise SetupError(message) from fault
            how = shlex.quote(f"{name}={json.dumps(listed, ensure_ascii=False)}")
            raise SetupError(f"{message}; a list is written as JSON: {how}") from fault
    return values


def _first_taken(write: Callable[[Any], Any], value: Any, typed: str) -> Any:
    if value is None:
        return None
    try:
        write(value)
    except (ValueError, OverflowError):
        write(typed)
        return typed
    return value


def keep(path: Path, content: str | bytes) -> None:
    """Write a file whole, or not at all, and make the folder that it is in; text in UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    part.replace(path)


@contextmanager
def locked(path: Path) -> Generator[IO[bytes], None, None]:
    """Open a file to be read and appended to by this run alone; it is made if it is not there. The lock ends with the process, too.

    Raises:
        SetupError: Another run has it.
    """
    with path.open("a+b") as file:
        if not _locks.take(file):
            raise SetupError(f"{path} is being written by another run; wait for its end, or name another file")
        try:
            yield file
        finally:
            file.flush()
            _locks.release(file)


def extra(name: str) -> Any:
    """Return a module that comes with an extra of this package, such as pandas; `SetupError` says how to install it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as fault:
        if fault.name != name:
            raise
        raise SetupError(f"this script needs {name}: pip install 'atlassian-cloud[{name}]'") from fault


@overload
def command(main: Callable[P, Coroutine[Any, Any, int]]) -> Callable[P, int]: ...
@overload
def command(main: Callable[P, int]) -> Callable[P, int]: ...
def command(main: Callable[P, Any]) -> Callable[P, int]:
    """Make exit codes and one clear message of what can go wrong in a script's main function, which returns its exit code.

    It may be an `async def`, which is run by `asyncio.run`: the function made of it is called without `await`.
    """

    asynchronous = inspect.iscoroutinefunction(main)

    @functools.wraps(main)
    def run(*args: P.args, **kwargs: P.kwargs) -> int:
        with _outputs():
            try:
                code: int = asyncio.run(main(*args, **kwargs)) if asynchronous else main(*args, **kwargs)
                sys.stdout.flush()
            except (Exception, KeyboardInterrupt) as fault:
                found = _code(fault)
                if found is None:
                    raise
                _tell(*_words(fault))
                return found
            return code

    return run


def _code(fault: BaseException) -> int | None:
    """The exit code; None of a fault of the script's own."""
    if isinstance(fault, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(fault, (OutputError, BrokenPipeError)):
        return FAILED
    if isinstance(fault, AtlassianError):
        return SETUP if is_of_an_argument(fault) or is_of_the_key(fault) else FAILED
    # An OSError is of a file that an option names.
    if isinstance(fault, (SetupError, OSError)) or (isinstance(fault, Exception) and _is_of_a_value(fault)):
        return SETUP
    return None


def _words(fault: BaseException) -> list[str]:
    if isinstance(fault, KeyboardInterrupt):
        # asyncio raises the interrupt anew, from the cancelled task.
        return [*_notes(fault), *_notes(fault.__context__), "interrupted"]
    lost = isinstance(fault, (OutputError, BrokenPipeError))
    return [f"the output could not be written to its end: {fault}" if lost else str(fault), *_notes(fault)]


def _notes(fault: BaseException | None) -> list[str]:
    """What a job had done before it broke off."""
    return [str(note) for note in getattr(fault, "__notes__", ())]


def _tell(*lines: object) -> None:
    """On stderr. Where nobody hears it, the work goes on."""
    with suppress(OSError):
        for line in lines:
            print(line, file=sys.stderr, flush=True)


class _Output:
    """Standard output, whose faults are told from those of the files of an item."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        try:
            return self.stream.write(text)
        except OSError as fault:
            raise OutputError(fault.strerror) from fault

    def flush(self) -> None:
        try:
            self.stream.flush()
        except OSError as fault:
            raise OutputError(fault.strerror) from fault


@contextmanager
def _outputs() -> Generator[None, None, None]:
    """Standard output and stderr that take every text, be they closed or of another encoding."""
    before = sys.stdout, sys.stderr
    with ExitStack() as stack:
        streams = [stack.enter_context(_usable(cast("TextIO | None", stream))) for stream in before]
        sys.stdout, sys.stderr = cast("TextIO", _Output(streams[0])), streams[1]
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before


@contextmanager
def _usable(stream: TextIO | None) -> Generator[TextIO, None, None]:
    if stream is None:
        # Closed by whoever started the script, who wants to hear nothing.
        with Path(os.devnull).open("w", encoding="utf-8") as nothing:
            yield nothing
        return
    errors, reconfigure = stream.errors, cast("Any", getattr(stream, "reconfigure", dict))
    reconfigure(errors=_ESCAPED)
    try:
        yield stream
    finally:
        try:
            stream.flush()
        except (OSError, ValueError):
            # It would fail again when Python ends, and change the exit code.
            with suppress(OSError), Path(os.devnull).open("wb") as nothing:
                os.dup2(nothing.fileno(), stream.fileno())
        reconfigure(errors=errors)


def _escape(fault: UnicodeError) -> tuple[str, int]:
    """As JSON escapes it, so that JSON stays what it is."""
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    return json.dumps(fault.object[fault.start : fault.end])[1:-1], fault.end


_ESCAPED = f"{__name__}.escaped"
codecs.register_error(_ESCAPED, _escape)

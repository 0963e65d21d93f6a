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
import functools
import importlib
import inspect
import json
import os
import re
import shlex
import sys
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

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
    from pathlib import Path
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
]

WELL, FAILED, SETUP, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all is well; an item failed, or the server did; something must be set right first; Ctrl-C."""

SITE_KEYS = "ATLASSIAN_SITE, ATLASSIAN_EMAIL, ATLASSIAN_API_TOKEN"
ADMIN_KEYS = "ATLASSIAN_ADMIN_TOKEN, ATLASSIAN_SCIM_TOKEN, ATLASSIAN_SCIM_DIRECTORY"

_END = """\
Keys come from the environment, as far as they are needed: {keys}.
Exit code: 0 all is well; 1 an item failed, or the server did; 2 an argument, a file or a credential must be set right
first; 130 Ctrl-C."""
# The example after the one for the sandbox; a deeper indented line goes on with the one before.
_EXAMPLE = re.compile(r"^ +python \S+\.py --sandbox\n +python \S+\.py(.*(?:\n {8,}.*)*)", re.MULTILINE)


class SetupError(Exception):
    """Something that whoever started the script must set right; the text says what."""


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
            print(f"in a sandbox: python {self.prog} {self.example}", file=sys.stderr, flush=True)
            given += shlex.split(self.example)
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
        every: Tell of the progress on stderr after so many items.
    """

    def __init__(self, what: str, *, every: int = 25) -> None:
        self.what = what
        self.every = every
        self.done = 0
        self.failed = 0

    def __enter__(self) -> Tally:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if fault is not None and not isinstance(fault, BrokenPipeError):
            print(f"ended early; {self}", file=sys.stderr)

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
        except (AtlassianError, OSError, ValueError, SetupError) as fault:
            # Whoever reads the output has gone, or the key is refused: so it would be for the others.
            if isinstance(fault, BrokenPipeError) or (isinstance(fault, AtlassianError) and is_of_the_key(fault)):
                raise
            self.failed += 1
            print(f"{name}: {fault}", file=sys.stderr)
        if (self.done + self.failed) % self.every == 0:
            print(self, file=sys.stderr)
        sys.stdout.flush()


class Pace:
    """Spaces calls out, so that a server's limit is not met. 0 calls a minute means: as fast as they come."""

    def __init__(self, per_minute: int) -> None:
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


def at_least(least: int) -> Callable[[str], int]:
    """Make a type for an option: a whole number, not less than this."""

    def read(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more")
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
        except ValueError as fault:
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
    except ValueError:
        write(typed)
        return typed
    return value


def keep(path: Path, content: str | bytes) -> None:
    """Write a file whole, or not at all, and make the folder that it is in; text in UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    part.replace(path)


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
        try:
            code: int = asyncio.run(main(*args, **kwargs)) if asynchronous else main(*args, **kwargs)
            sys.stdout.flush()
        except (SetupError, ConfigurationError) as fault:
            print(fault, file=sys.stderr)
            return SETUP
        except (AtlassianError, DocumentError) as fault:
            print(fault, file=sys.stderr)
            return SETUP if is_of_an_argument(fault) or is_of_the_key(fault) else FAILED
        except BrokenPipeError:
            # Whoever read the output, such as `head`, has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return WELL
        except OSError as fault:
            # A file that an option names.
            print(fault, file=sys.stderr)
            return SETUP
        except KeyboardInterrupt as fault:
            # What a job had done. asyncio raises the interrupt anew, from the cancelled task.
            for one in (fault, fault.__context__):
                for note in getattr(one, "__notes__", ()):
                    print(note, file=sys.stderr)
            print("interrupted", file=sys.stderr)
            return INTERRUPTED
        return code

    return run

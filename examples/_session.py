"""What the examples share: where they run, how they find things, and how they end."""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from atlassian_cloud import (
    Admin,
    AsyncAdmin,
    AtlassianError,
    AuthenticationError,
    ConfigurationError,
    PermissionDeniedError,
)

if TYPE_CHECKING:
    from typing import ParamSpec

    from atlassian_cloud.sandbox import Sandbox

    Given = ParamSpec("Given")

WELL, FAILED, SETUP, INTERRUPTED = 0, 1, 2, 130

ADMIN_KEYS = "ATLASSIAN_ADMIN_TOKEN, ATLASSIAN_SCIM_TOKEN, ATLASSIAN_SCIM_DIRECTORY"
WHERE = """\
Keys come from the environment, as far as they are needed: {keys}.
Exit code: 0 all well, 1 something failed, 2 something must be set right first, 130 interrupted."""


class SetupError(Exception):
    """Something that whoever started the script must set right."""


def arguments(text: str | None, keys: str = ADMIN_KEYS) -> argparse.ArgumentParser:
    """Make a parser that knows where an example can run, and which keys it reads."""
    parser = argparse.ArgumentParser(
        description=text, epilog=WHERE.format(keys=keys), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--sandbox", action="store_true", help="run against a fresh Atlassian in memory, without any key"
    )
    where.add_argument(
        "--base-url", metavar="URL", help="another server, such as one of `python -m atlassian_cloud.sandbox`"
    )
    return parser


@contextmanager
def connect(options: argparse.Namespace) -> Generator[tuple[Admin, Sandbox | None], None, None]:
    """Make the client that the options ask for, and the sandbox behind it, if there is one."""
    if options.sandbox:
        from atlassian_cloud.sandbox import Sandbox

        with Sandbox() as box, box.client(Admin) as admin:
            yield admin, box
    else:
        with Admin(base_url=options.base_url) as admin:
            yield admin, None


@asynccontextmanager
async def connect_async(options: argparse.Namespace) -> AsyncGenerator[tuple[AsyncAdmin, Sandbox | None], None]:
    """Do the same for asyncio."""
    if options.sandbox:
        from atlassian_cloud.sandbox import Sandbox

        with Sandbox() as box:
            async with box.client(AsyncAdmin) as admin:
                yield admin, box
    else:
        async with AsyncAdmin(base_url=options.base_url) as admin:
            yield admin, None


def key(variable: str) -> str:
    """Return a key that the library itself does not look for in the environment."""
    value = os.environ.get(variable)
    if not value:
        raise SetupError(f"set {variable}")
    return value


def organization(admin: Admin, given: str | None = None) -> str:
    """Return the id of the organization: the given one, else the only one of the key."""
    if given:
        return given
    found = admin.organizations.list().to_list()
    if len(found) == 1:
        return found[0].id
    names = ", ".join(f"{org.id} ({org.attributes.name})" for org in found) or "none"
    raise SetupError(f"name the organization with --org; the key belongs to: {names}")


class Pace:
    """Spaces calls out, so that a server's limit is not met. 0 calls a minute means: as fast as they come."""

    def __init__(self, per_minute: int) -> None:
        self.interval = 60 / per_minute if per_minute else 0.0
        self.next = 0.0

    def wait(self) -> None:
        now = time.monotonic()
        if now < self.next:
            time.sleep(self.next - now)
        self.next = max(now, self.next) + self.interval


def is_of_the_key(fault: AtlassianError) -> bool:
    """Whether the fault would come back for every account: no key, a wrong one, one with scopes where none may be."""
    if isinstance(fault, PermissionDeniedError):
        return any("scope" in message.text for message in fault.messages)
    return isinstance(fault, (AuthenticationError, ConfigurationError))


def at_least(least: int) -> Callable[[str], int]:
    """Make a type for an option: a whole number, not less than this."""

    def read(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more")
        return number

    return read


def ends_well(main: Callable[Given, int]) -> Callable[Given, int]:
    """Make exit codes and one clear message of what can go wrong."""

    @functools.wraps(main)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> int:
        try:
            code = main(*args, **kwargs)
            sys.stdout.flush()
        except (SetupError, ConfigurationError, AuthenticationError) as fault:
            print(fault, file=sys.stderr)
            return SETUP
        except AtlassianError as fault:
            print(fault, file=sys.stderr)
            return SETUP if is_of_the_key(fault) else FAILED
        except BrokenPipeError:
            # Whoever read the output, such as `head`, has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return WELL
        except OSError as fault:
            # A file that an option names.
            print(fault, file=sys.stderr)
            return SETUP
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return INTERRUPTED
        return code

    return run

"""Work that goes on at Atlassian after a call has been answered: asked how it stands, waited for, cancelled."""

# The package may use its own private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import time
from operator import attrgetter

from . import _native
from ._downloads import plain_function
from .errors import ConfigurationError, TaskError, TimeoutError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    _Progress = Callable[[int | None], object]

# Seconds between two questions: the first wait, how much longer each is than the one before, and the longest.
_FIRST, _GROWTH, _LONGEST = 0.5, 1.5, 10.0
# Seconds that a question may take, however little is left.
_LEAST = 1.0


class _Task:
    """What both kinds share."""

    def __init__(self, client: Any, started: _native.Model) -> None:
        facts = (
            _native.task_facts(client._product, type(started).__name__) if type(started) is not _native.Model else None
        )
        if facts is None:
            raise TypeError(f"task: expected the answer of an operation that starts one, got {type(started).__name__}")
        self._client = client
        self._facts: dict[str, Any] = json.loads(facts)
        self.started = started
        """The answer of the operation that began it."""
        told = started.get(self._facts["id"])
        if not told:
            raise ValueError(f"task: the answer has no {self._facts['id']}; there is nothing to wait for")
        self.id = str(told)
        """Id of the task."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} of {type(self.started).__name__}>"

    def _ask(self, operation: str, within: float | None = None) -> Any:
        client = self._client if within is None else self._client.with_options(timeout=within)
        return attrgetter(operation)(client)(self.id)

    def _within(self, end: float) -> float | None:
        """What a question may take, so that a slow answer does not outlast the wait: what is left, but a second at the least."""
        left = max(end - time.monotonic(), _LEAST)
        return left if left < self._client._native.timeout else None

    def _cancelling(self) -> str:
        operation: str | None = self._facts["cancel"]
        if operation is None:
            raise ConfigurationError(f"task {self.id}: tasks of this kind cannot be cancelled")
        return operation

    def _is(self, status: Any, mark: str) -> bool:
        told = _at(status, self._facts[mark]["key"])
        if told is None:
            # Nobody would ever learn that it has ended.
            key = self._facts[mark]["key"]
            raise TaskError(
                f"task {self.id}: the server's status has no {key}; how it stands is unknown", self.id, status
            )
        text = {True: "true", False: "false"}.get(told, told) if isinstance(told, bool) else told
        return text in self._facts[mark]["values"]

    def _outcome(self, status: _native.Model) -> Any:
        if self._is(status, "succeeded"):
            result: str | None = self._facts["result"]
            return status if result is None else _at(status, result)
        state = _at(status, self._facts["ended"]["key"])
        words = _at(status, self._facts["message"])
        said = (
            ""
            if not words
            else f": {words if isinstance(words, str) else json.dumps(words, default=_native.Model.to_dict)}"
        )
        raise TaskError(f"task {self.id} has ended as {'failed' if state is True else state}{said}", self.id, status)

    def _late(self, timeout: float) -> TimeoutError:
        return TimeoutError(f"task {self.id} has not ended within {timeout} s; it goes on at the server")

    def _progress(self, status: _native.Model) -> int | None:
        told: int | None = _at(status, self._facts["progress"])
        return told


class Task(_Task):
    """A long task at the server. Nothing that happens here ends it, but for `cancel()`."""

    def status(self) -> Any:
        """Ask how it stands; return the model that the product has for that."""
        return self._ask(self._facts["status"])

    def wait(self, timeout: float | None = None, progress: _Progress | None = None) -> Any:
        """Wait until it has ended, and return its result: what the product tells of it, else the last status.

        `timeout` is in seconds, None for ever; then `TimeoutError` is raised, also a builtin one, and the task goes on. So it does after
        Ctrl-C. `progress` is called with the percentage after each question, None where the server does not tell. A task that
        failed or was cancelled is a `TaskError`.
        """
        end, pause = _end(timeout, progress), _FIRST
        while True:
            try:
                status = self._ask(self._facts["status"], self._within(end))
            except TimeoutError as fault:
                if timeout is None or time.monotonic() < end:
                    raise
                raise self._late(timeout) from fault
            if progress is not None:
                progress(self._progress(status))
            if self._is(status, "ended"):
                return self._outcome(status)
            left = end - time.monotonic()
            if timeout is not None and left <= 0:
                raise self._late(timeout)
            time.sleep(min(pause, left))
            pause = min(pause * _GROWTH, _LONGEST)

    def cancel(self) -> None:
        """Ask the server to stop it; `ConfigurationError` where the product has nothing for that."""
        self._ask(self._cancelling())


class AsyncTask(_Task):
    """A long task at the server. Nothing that happens here ends it, but for `cancel()`."""

    async def status(self) -> Any:
        """Ask how it stands; return the model that the product has for that."""
        return await self._ask(self._facts["status"])

    async def wait(self, timeout: float | None = None, progress: _Progress | None = None) -> Any:
        """Wait until it has ended, and return its result: what the product tells of it, else the last status.

        `timeout` is in seconds, None for ever; then `TimeoutError` is raised, also a builtin one, and the task goes on. So it does when
        the wait is cancelled. `progress` is called with the percentage after each question, None where the server does not
        tell. A task that failed or was cancelled is a `TaskError`.
        """
        import asyncio

        end, pause = _end(timeout, progress), _FIRST
        while True:
            try:
                status = await self._ask(self._facts["status"], self._within(end))
            except TimeoutError as fault:
                if timeout is None or time.monotonic() < end:
                    raise
                raise self._late(timeout) from fault
            if progress is not None:
                progress(self._progress(status))
            if self._is(status, "ended"):
                return self._outcome(status)
            left = end - time.monotonic()
            if timeout is not None and left <= 0:
                raise self._late(timeout)
            await asyncio.sleep(min(pause, left))
            pause = min(pause * _GROWTH, _LONGEST)

    async def cancel(self) -> None:
        """Ask the server to stop it; `ConfigurationError` where the product has nothing for that."""
        await self._ask(self._cancelling())


def _end(timeout: Any, progress: Any) -> float:
    """When the wait ends; wrong arguments are told before the first question."""
    plain_function(progress, "progress")
    if timeout is None:
        return float("inf")
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout: expected seconds as a number, or None, got {type(timeout).__name__}")
    if not timeout >= 0:
        raise ValueError(f"timeout: must be 0 seconds or more, got {timeout}")
    # Longer than any program runs; an integer may be larger than time can count.
    return time.monotonic() + min(timeout, 1e12)


def _at(status: _native.Model, path: str) -> Any:
    """A field by its dotted path, None if it is not there."""
    value: Any = status
    for key in path.split("."):
        value = value.get(key) if isinstance(value, _native.Model) else None
    return value

"""Jobs of several calls, written once for both kinds of client.

A job is a generator that yields what an operation returned: with a client that blocks that is the answer, with one that awaits
a coroutine. Whoever drives it sends the answer back.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Job = Generator[Any, Any, T]
"""What a job yields and gets back is of any type; it returns a `T`."""


def twin(job: Callable[..., Job[Any]]) -> Any:
    """The function that does a job: the result with a client that blocks, a coroutine with one that awaits.

    Modules give it a type of their own, with both clients of their product.
    """

    @wraps(job)
    def start(client: Any, /, *args: Any, **kwargs: Any) -> Any:
        return (_await if client._awaiting else _finish)(job(client, *args, **kwargs))

    return start


def _finish(job: Job[T]) -> T:
    answer = None
    while True:
        try:
            answer = job.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result


async def _await(job: Job[T]) -> T:
    try:
        asked = next(job)
        while True:
            try:
                answer = await asked
            except BaseException as fault:
                asked = job.throw(fault)
            else:
                asked = job.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result

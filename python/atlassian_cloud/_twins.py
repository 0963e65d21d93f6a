"""Jobs of several calls, written once for both kinds of client.

A job is a generator that yields what an operation returned: with a client that blocks that is the answer, with one that awaits
a coroutine. Whoever drives it sends the answer back.
"""

# The package may use its own private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Generator
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from ._checks import bound, name_of
from ._client import AsyncClient, SyncClient

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Job = Generator[Any, Any, T]
"""What a job yields and gets back is of any type; it returns a `T`."""


def twin(job: Callable[..., Job[Any]], product: str) -> Any:
    """The function that does a job: the result with a client that blocks, a coroutine with one that awaits.

    Client and arguments are checked when it is called. Modules give it a type of their own, with both clients of their product.
    """

    @wraps(job)
    def start(client: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(client, (SyncClient, AsyncClient)) or getattr(client, "_product", None) != product:
            name = product.capitalize()
            raise TypeError(f"{name_of(job)}: client: expected {name} or Async{name}, got {type(client).__name__}")
        given = bound(job, (client, *args), kwargs)
        return (_await if isinstance(client, AsyncClient) else _finish)(job(*given.args, **given.kwargs))

    return start


def broken_off(fault: BaseException, text: str, **done: Any) -> NoReturn:
    """Let an exception go on that breaks a job off: Ctrl-C, a cancelled task, any other. It takes along what was done.

    That is attributes of the exception, and a note that tracebacks show.
    """
    for name, value in done.items():
        setattr(fault, name, value)
    # As `add_note` does, which Python 3.10 lacks.
    fault.__dict__["__notes__"] = [*getattr(fault, "__notes__", ()), text]
    raise fault


def _finish(job: Job[T]) -> T:
    answer = None
    try:
        while True:
            answer = job.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
    except BaseException as fault:
        # Ctrl-C may come between two steps of the job, which then has to tell what it did. One that has ended only throws it back.
        job.throw(fault)
        raise


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

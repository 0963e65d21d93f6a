"""Carries out what the engine orders: tokens are fetched on threads of Python's, never on one that runs calls."""

from __future__ import annotations

import os
import sys
import threading

from . import _native  # pyright: ignore[reportPrivateUsage]

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_lock = threading.Lock()
_pid: int | None = None


def source(fetch: Callable[[str | None], tuple[str, float | None]], *, saves: bool) -> _native.TokenSource:
    """Make a source of tokens; one call of `fetch` is under way at a time.

    It is given the token that was refused, or None, and returns one with its end in seconds since 1970, or None. With `saves` a
    program that ends waits for it.
    """
    _listen()
    return _native.TokenSource(fetch, saves)


def source_of_function(argument: str, function: Callable[[], Any]) -> _native.TokenSource:
    """Make a source of what was given in the place of a token: a function without arguments that returns it."""

    def fetch(refused: str | None) -> tuple[str, float | None]:
        from .auth import Token

        answer = function()
        if isinstance(answer, str):
            return answer, None
        if isinstance(answer, Token):
            return answer.access_token, answer.expires_at.timestamp() if answer.expires_at else None
        if hasattr(answer, "close") and hasattr(answer, "send"):
            answer.close()
        raise TypeError(
            f"{argument}: the function must return str or Token, not {type(answer).__name__}; "
            "it runs in a thread of its own, where it may wait"
        )

    return source(fetch, saves=False)


def _listen() -> None:
    global _pid
    with _lock:
        if _pid == os.getpid():
            return
        orders = _opened()
        try:
            threading.Thread(target=_serve, args=(orders,), name="atlassian-cloud-tokens", daemon=True).start()
        except RuntimeError:
            os.close(orders)
            raise
        _pid = os.getpid()


def _opened() -> int:
    orders = _native.open_token_orders()
    if sys.platform == "win32":
        import msvcrt

        return msvcrt.open_osfhandle(orders, os.O_RDONLY)
    return orders


def _serve(orders: int) -> None:
    pipe = os.fstat(orders)
    while True:
        try:
            # A program that closes what it did not open may have closed this, and opened something else in its place.
            rung = os.path.samestat(os.fstat(orders), pipe) and os.read(orders, 1)
        except OSError:
            rung = False
        if not rung:
            orders = _opened()
            pipe = os.fstat(orders)
        for order in _native.token_orders():
            try:
                # No daemon where it saves: a program that ends waits until a rotated token is safe.
                threading.Thread(
                    target=_carry_out, args=(order,), name="atlassian-cloud-token", daemon=not order.saves
                ).start()
            except RuntimeError as error:
                # The interpreter is ending, or there can be no more threads.
                order.fail(error)


def _carry_out(order: _native.TokenOrder) -> None:
    try:
        order.settle(*order.fetch(order.refused))
    except BaseException as error:
        order.fail(error)


def _listen_again() -> None:
    global _lock
    _lock = threading.Lock()
    if _pid is not None:
        _listen()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_listen_again)

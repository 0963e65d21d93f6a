"""Arguments of the hand-written jobs, checked by their annotations before anything is sent.

What an annotation says is what is asked: `Sequence[Draft]`, `Mapping[str, Any] | None`, `Text`. So each name in one has to be
there when the module runs.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterable, Iterable, Mapping, Sequence, Set
from dataclasses import fields
from functools import cache, wraps
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar, Union, cast, get_args, get_origin

from ._native import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
T = TypeVar("T")


LIMITED = "no empty text or collection, no number below 0"
Text = Annotated[str, LIMITED]
Id = Annotated[str | int, LIMITED]
"""An id or key; ids may be numbers."""
Count = Annotated[int, LIMITED]
Seconds = Annotated[float, LIMITED]
Values = Annotated[Mapping[str, Any], LIMITED]
"""By name, at least one."""


def checked(function: Callable[P, T]) -> Callable[P, T]:
    """The function, which refuses arguments that are of other types than its annotations say."""

    @wraps(function)
    def check(*args: P.args, **kwargs: P.kwargs) -> T:
        given = bound(function, args, kwargs)
        return function(*given.args, **given.kwargs)

    return check


def bound(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> inspect.BoundArguments:
    """The arguments of a call, each as it was checked. `TypeError` or `ValueError` names the one that will not do."""
    signature, types = _facts(function)
    try:
        given = signature.bind(*args, **kwargs)
    except TypeError as fault:
        raise TypeError(f"{name_of(function)}: {fault}") from None
    for name, value in given.arguments.items():
        if name in types:
            given.arguments[name] = check(value, types[name], f"{name_of(function)}: {name}")
    return given


def name_of(function: Callable[..., Any]) -> str:
    """What a function is called in errors."""
    return function.__qualname__.lstrip("_").removesuffix(".__init__")


def check_fields(record: Any) -> None:
    """The same for the fields of a dataclass, after it was made."""
    cls = record.__class__
    for name, annotation in _field_types(cls).items():
        check(getattr(record, name), annotation, f"{cls.__qualname__}: {name}")


@cache
def _facts(function: Callable[..., Any]) -> tuple[inspect.Signature, dict[str, Any]]:
    signature = inspect.signature(function)
    types = {
        name: _evaluated(parameter.annotation, function.__globals__)
        for name, parameter in signature.parameters.items()
        if parameter.annotation not in (inspect.Parameter.empty, "Any")
    }
    return signature, types


@cache
def _field_types(cls: Any) -> dict[str, Any]:
    names = vars(sys.modules[cls.__module__])
    return {field.name: _evaluated(field.type, names) for field in fields(cls) if field.type != "Any"}


def _evaluated(annotation: Any, names: dict[str, Any]) -> Any:
    return eval(annotation, names) if isinstance(annotation, str) else annotation


def check(value: Any, annotation: Any, label: str) -> Any:
    """The value, if it is of the type; an iterable that can be read only once comes back as one that checks as it is read."""
    if annotation is Any or isinstance(annotation, TypeVar):
        return value
    if get_origin(annotation) is Annotated:
        value = check(value, _bare(annotation), label)
        _check_limit(value, label)
        return value
    choices = _choices(annotation)
    for choice in choices:
        if _is(value, choice):
            return _inside(value, choice, label)
    advice = ""
    listed = next((choice for choice in choices if _kind(choice) in (Iterable, Sequence)), None)
    if listed is not None and any(_is(value, one) for one in _choices(*get_args(listed))):
        advice = f"; one alone goes into a list: [{value!r}]" if isinstance(value, str) else "; put it into a list"
    elif listed is not None and isinstance(cast("object", value), AsyncIterable):
        whole = "await ….to_list()" if hasattr(cast("object", value), "to_list") else "[one async for one in …]"
        advice = f"; it has to be read first: {whole}"
    raise TypeError(f"{label}: expected {_words(annotation)}, got {type(value).__name__}{advice}")


def _choices(annotation: Any) -> tuple[Any, ...]:
    """The members of a union; another type alone."""
    if get_origin(annotation) in (Union, UnionType):
        return get_args(annotation)
    return (annotation,)


def _kind(annotation: Any) -> Any:
    """The class that instances are of."""
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    return get_origin(annotation) or annotation


def _is(value: Any, annotation: Any) -> bool:
    kind = _kind(annotation)
    if kind is Any:
        return True
    if kind in (Union, UnionType):
        return any(_is(value, choice) for choice in _choices(_bare(annotation)))
    if isinstance(value, bool):
        return kind is bool
    if kind is float:
        return isinstance(value, (int, float))
    if kind in (Iterable, Sequence):
        # A text and a dict are iterable too, and hardly ever meant so.
        return isinstance(value, kind) and not isinstance(value, (str, bytes, bytearray, Mapping, Model))
    return isinstance(value, kind)


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _inside(value: Any, annotation: Any, label: str) -> Any:
    if get_origin(annotation) is Annotated:
        return check(value, annotation, label)
    arguments = get_args(annotation)
    found: Any = value
    if isinstance(value, Mapping):
        if arguments and arguments[0] is str:
            for key in cast("Mapping[object, Any]", value):
                if not isinstance(key, str):
                    raise TypeError(f"{label}: keys must be str, got {type(key).__name__} ({key!r})")
    elif _kind(annotation) in (Iterable, Sequence) and arguments:
        if not isinstance(value, (Sequence, Set)):
            return _each(found, arguments[0], label)
        for _ in _each(found, arguments[0], label):
            pass
    return found


def _each(values: Iterable[Any], annotation: Any, label: str) -> Iterator[Any]:
    for index, value in enumerate(values):
        yield check(value, annotation, f"{label}[{index}]")


def _check_limit(value: Any, label: str) -> None:
    if isinstance(value, (int, float)):
        # As it stands, NaN is refused too.
        if not value >= 0:
            raise ValueError(f"{label}: must be 0 or more, got {value}")
    elif not (value.strip() if isinstance(value, str) else value):
        raise ValueError(f"{label}: must not be empty")


def _words(annotation: Any) -> str:
    if get_origin(annotation) in (Union, UnionType):
        words = [_words(choice) for choice in get_args(annotation)]
        return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
    kind = _kind(annotation)
    if kind in (Union, UnionType):
        return _words(_bare(annotation))
    if kind in (Iterable, Sequence):
        return f"a list of {_words(get_args(_bare(annotation))[0])}"
    told: str = {Mapping: "dict", NoneType: "None", float: "number"}.get(kind) or kind.__name__
    return told

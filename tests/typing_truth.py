"""Whether values are what the stubs declare. stubtest compares names and signatures; this compares what comes out.

The stub files themselves are read, not the catalog that they were made from.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from atlassian_cloud import AsyncPaginator, Model, Paginator, RawResponse

_SCALARS: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    # An int is a float to a type checker, and JSON makes no difference.
    "float": (int, float),
    "bool": bool,
    "datetime": datetime,
    "date": date,
    "Model": Model,
}
_NEVER: dict[str, type] = {"int": bool, "float": bool, "date": datetime}
_WRAPPERS: dict[str, type] = {"Paginator": Paginator, "AsyncPaginator": AsyncPaginator, "RawResponse": RawResponse}


def check_model(instance: Model) -> None:
    """Compare every attribute of a model, and of the models in it, with the type that its stub declares."""
    _report(_model(instance, type(instance).__qualname__))


def check_returned(operation: Any, value: object) -> None:
    """Compare what an operation (`admin.users.get`) returned with what its stub declares. A paginator is not read."""
    class_name, _, name = operation.__qualname__.partition(".")
    method = _methods(operation.__module__, class_name)[name]
    assert method.returns is not None
    _report(_value(value, method.returns, operation.__module__, f"{operation.__qualname__}()"))


def _report(problems: Iterator[str]) -> None:
    found = list(problems)
    assert not found, "values that are not what the stubs declare:\n" + "\n".join(found)


def stub_path(module: str) -> Path:
    """The stub file of a module."""
    source = importlib.import_module(module).__file__
    assert source is not None
    return Path(source).with_suffix(".pyi")


@cache
def stub_classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes that a module's stub declares."""
    tree = ast.parse(stub_path(module).read_text("utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


@cache
def _methods(module: str, name: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    body = stub_classes(module)[name].body
    return {node.name: node for node in body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def _model(instance: Model, at: str) -> Iterator[str]:
    module, name = type(instance).__module__, type(instance).__qualname__
    if type(instance) is Model:
        return
    declared = _methods(module, name)
    if missing := set(type(instance).__match_args__) ^ declared.keys():  # type: ignore[attr-defined]
        yield f"{at}: {', '.join(sorted(missing))}: in the class or in the stub, but not in both"
    for attribute, method in declared.items():
        assert method.returns is not None
        yield from _value(getattr(instance, attribute), method.returns, module, f"{at}.{attribute}")


def _value(value: object, declared: ast.expr, module: str, at: str) -> Iterator[str]:
    match declared:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            if all(any(_value(value, choice, module, at)) for choice in (left, right)):
                # Only one of the choices can hold the interesting fault; None is not it.
                yield from _value(value, left if value is not None else right, module, at)
        case ast.Constant(value=None):
            if value is not None:
                yield _fault(value, declared, at)
        case ast.Attribute(value=ast.Name(id="builtins" | "_datetime"), attr=name):
            yield from _value(value, ast.Name(name), module, at)
        case ast.Subscript(value=outer, slice=inner):
            yield from _generic(value, ast.unparse(outer).removeprefix("builtins."), inner, declared, module, at)
        case ast.Name(id="Any"):
            pass
        case ast.Name(id=name) if name in _SCALARS:
            if not isinstance(value, _SCALARS[name]) or isinstance(value, _NEVER.get(name, ())):
                yield _fault(value, declared, at)
            elif isinstance(value, Model):
                yield from _model(value, at)
        case ast.Name(id=name):
            if isinstance(value, getattr(importlib.import_module(module), name)):
                assert isinstance(value, Model)
                yield from _model(value, at)
            else:
                yield _fault(value, declared, at)
        case _:
            yield f"{at}: {ast.unparse(declared)} is no type that can be checked"


def _generic(value: object, outer: str, inner: ast.expr, declared: ast.expr, module: str, at: str) -> Iterator[str]:
    if outer == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _value(item, inner, module, f"{at}[{index}]")
    elif outer == "dict" and isinstance(value, dict) and isinstance(inner, ast.Tuple):
        for key, item in value.items():
            yield from _value(key, inner.elts[0], module, f"{at} key")
            yield from _value(item, inner.elts[1], module, f"{at}[{key!r}]")
    elif outer == "RawResponse" and isinstance(value, RawResponse):
        yield from _value(value.parse(), inner, module, f"{at}.parse()")
    elif outer not in _WRAPPERS or not isinstance(value, _WRAPPERS[outer]):
        yield _fault(value, declared, at)


def _fault(value: object, declared: ast.expr, at: str) -> str:
    return f"{at}: declared {ast.unparse(declared)}, is {type(value).__qualname__}: {value!r:.80}"

"""Columns of a listing as tables of pandas, polars and pyarrow, which are imported when first asked for."""

from __future__ import annotations

import warnings
from importlib import import_module

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeAlias

    # Name, type and values. Moments are microseconds and days are days since 1970.
    _Column: TypeAlias = tuple[str, str, list[Any]]

_EXTRAS = {"pandas": "pandas", "polars": "polars", "pyarrow": "arrow"}


def builder(library: str) -> Callable[[Iterable[tuple[str, str, list[Any], int]]], object]:
    """What makes a table of this library out of columns, each with the number of values that did not fit its type."""
    try:
        module = import_module(library)
    except ModuleNotFoundError as error:
        if error.name != library:
            raise
        extra = _EXTRAS[library]
        raise ImportError(
            f"to_{extra}() needs {library}: pip install {library}, or atlassian-cloud[{extra}]", name=library
        ) from None
    make = {"pandas": _pandas, "polars": _polars, "pyarrow": _arrow}[library]

    def build(columns: Iterable[tuple[str, str, list[Any], int]]) -> object:
        odd: list[str] = []

        def fitted() -> Iterator[_Column]:
            for name, kind, values, misfits in columns:
                if misfits:
                    odd.append(f"column {name!r}: {misfits} of {len(values)} values are no {kind}, and missing here")
                yield name, kind, values

        table = make(module, fitted())
        for text in odd:
            warnings.warn(f"{text}; to_columns() gives such values as they were sent", stacklevel=2)
        return table

    return build


def _pandas(pandas: Any, columns: Iterable[_Column]) -> object:
    numpy = import_module("numpy")

    def array(kind: str, values: list[Any]) -> object:
        if kind == "int":
            return pandas.array(values, dtype="Int64")
        if kind == "bool":
            return pandas.array(values, dtype="boolean")
        if kind == "float":
            return numpy.array(values, dtype="float64")
        if kind == "str":
            return pandas.array(values, dtype=pandas.StringDtype(na_value=numpy.nan))
        if kind == "datetime":
            return pandas.DatetimeIndex(numpy.array(values, dtype="datetime64[us]"), tz="UTC")
        if kind == "date":
            return numpy.array(values, dtype="datetime64[D]").astype("datetime64[us]")
        return pandas.Series(values, dtype=object)

    return pandas.DataFrame({name: array(kind, values) for name, kind, values in columns}, copy=False)


def _polars(polars: Any, columns: Iterable[_Column]) -> object:
    # As the values are, and as they are meant.
    types = {
        "int": (polars.Int64, polars.Int64),
        "bool": (polars.Boolean, polars.Boolean),
        "float": (polars.Float64, polars.Float64),
        "datetime": (polars.Int64, polars.Datetime("us", "UTC")),
        "date": (polars.Int32, polars.Date),
    }

    def series(name: str, kind: str, values: list[Any]) -> object:
        given, meant = types.get(_innermost(kind), (polars.String, polars.String))
        for _ in range(kind.count("[")):
            given, meant = polars.List(given), polars.List(meant)
        return polars.Series(name, values, dtype=given).cast(meant)

    return polars.DataFrame([series(*column) for column in columns])


def _arrow(pyarrow: Any, columns: Iterable[_Column]) -> object:
    types = {
        "int": pyarrow.int64(),
        "bool": pyarrow.bool_(),
        "float": pyarrow.float64(),
        "datetime": pyarrow.timestamp("us", "UTC"),
        "date": pyarrow.date32(),
    }

    def array(kind: str, values: list[Any]) -> object:
        meant = types.get(_innermost(kind), pyarrow.string())
        for _ in range(kind.count("[")):
            meant = pyarrow.list_(meant)
        return pyarrow.array(values, meant)

    return pyarrow.table({name: array(kind, values) for name, kind, values in columns})


def _innermost(kind: str) -> str:
    """The element type of lists: "int" of "list[list[int]]"."""
    return kind.rpartition("[")[2].rstrip("]")

"""Small descriptors that put off work until someone looks."""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def product_classes(
    product: str, namespace: dict[str, object]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of the module that holds a product's models and services, made when first asked for."""
    from ._native import class_names, find_class

    def find(name: str) -> object:
        found = None if name.startswith("_") else find_class(product, name)
        if found is None and name.endswith("Dict") and not name.startswith("_"):
            from . import _help

            found = _help.body_type(product, name)
        if found is None:
            raise AttributeError(f"module {namespace['__name__']!r} has no attribute {name!r}")
        namespace[name] = found
        return found

    def names() -> list[str]:
        return sorted({*namespace, *class_names(product)})

    return find, names


class ClassDoc:
    """The `__doc__` of a class from the catalog; the prose is read when asked for."""

    __slots__ = ("index", "kind", "product")

    def __init__(self, product: str, kind: str, index: int) -> None:
        self.product, self.kind, self.index = product, kind, index

    def __get__(self, instance: object, owner: type | None = None) -> str:
        from . import _help

        return (
            _help.model_doc(self.product, self.index)
            if self.kind == "model"
            else _help.service_doc(self.product, self.index)
        )


class ServiceAttribute:
    """A service on a client: made when first asked for, then kept in the instance."""

    __slots__ = ("index", "make", "name", "product")

    def __init__(self, product: str, name: str, index: int, make: Callable[[Any, int], Any]) -> None:
        self.product, self.name, self.index, self.make = product, name, index, make

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        service = self.make(instance, self.index)
        instance.__dict__[self.name] = service
        return service

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        from . import _help

        return _help.service_doc(self.product, self.index)

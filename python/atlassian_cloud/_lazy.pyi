from collections.abc import Callable
from typing import Any

def product_classes(
    product: str, namespace: dict[str, object]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]: ...

class ClassDoc:
    def __init__(self, product: str, kind: str, index: int) -> None: ...
    def __get__(self, instance: object, owner: type | None = None) -> str: ...
    product: str
    kind: str
    index: int

# To whoever reads the attribute it is the service that it gives.
class ServiceAttribute(Any):  # type: ignore[misc]
    def __init__(self, product: str, name: str, index: int, make: Callable[[Any, int], Any]) -> None: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any: ...
    product: str
    name: str
    index: int
    make: Callable[[Any, int], Any]

"""The one place where a model is held against its declared types."""

from __future__ import annotations

from typing import Any

try:
    from typing_truth import check_model
except ModuleNotFoundError:  # Until it is there: every declared attribute can be read.

    def check_model(instance: Any) -> None:
        for name in dir(type(instance)):
            if not name.startswith("_"):
                getattr(instance, name)


__all__ = ["check_model"]

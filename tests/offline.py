"""Clients of every product that no call is made with: to look at."""

from __future__ import annotations

from functools import cache
from typing import Any

import atlassian_cloud
from atlassian_cloud._help import catalog

# In the order of their prefixes in the names of services' classes.
PREFIXES = ("", "Async", "Raw", "AsyncRaw")


@cache
def clients(product: str) -> dict[str, Any]:
    """A client of each kind and its raw view, by prefix of their services' classes."""
    facts = catalog(product)["facts"]
    arguments = {credential["argument"]: "key" for credential in facts["credentials"]}
    arguments |= {c["user"]["argument"]: "mia@example.com" for c in facts["credentials"] if c["user"]}
    arguments |= {facts["site"]["argument"]: "acme"} if facts["site"] else {}
    blocking, awaiting = (
        getattr(atlassian_cloud, prefix + facts["client"])(**arguments, trust_env=False) for prefix in ("", "Async")
    )
    return dict(
        zip(PREFIXES, (blocking, awaiting, blocking.with_raw_response, awaiting.with_raw_response), strict=True)
    )

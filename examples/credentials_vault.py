"""A key that a vault keeps: the client asks a function for it when it needs one, and again when it is refused.

Here the vault is a file, such as a container has in /run/secrets, in which the key is replaced now and then.

    python examples/credentials_vault.py --sandbox
    python examples/credentials_vault.py
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from _session import WELL, arguments, ends_well, key
from atlassian_cloud import Admin
from atlassian_cloud.sandbox import Sandbox

KEYS = "ATLASSIAN_SECRET_FILE"


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(__doc__, KEYS).parse_args(argv)
    with ExitStack() as stack:
        replacement = None
        if options.sandbox:
            box = stack.enter_context(Sandbox())
            secret = Path(stack.enter_context(TemporaryDirectory())) / "atlassian-key"
            secret.write_text("a key that was replaced since")
            options.base_url, replacement = box.url, box.token
        else:
            secret = Path(key("ATLASSIAN_SECRET_FILE"))

        def from_vault() -> str:
            found = secret.read_text()
            print("the vault was asked")
            if replacement:
                secret.write_text(replacement)
            return found

        with Admin(token=from_vault, base_url=options.base_url) as admin:
            for organization in admin.organizations.list():
                print("the key belongs to", organization.attributes.name)
    return WELL


if __name__ == "__main__":
    sys.exit(main())

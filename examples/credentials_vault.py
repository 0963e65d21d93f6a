"""A key that a vault keeps: the client asks a function for it when it needs one, and again when it is refused.

Here the vault is a file, such as a container has in /run/secrets, in which the key is replaced now and then.

    python credentials_vault.py --sandbox
    python credentials_vault.py
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

from atlassian_cloud import Admin, script


@script.command
def main(argv: Sequence[str] | None = None) -> int:
    options = script.Parser(__doc__, "ATLASSIAN_SECRET_FILE").read(argv)
    if options.box:
        secret = Path(mkdtemp()) / "atlassian-key"
        secret.write_text("a key that was replaced since")
    else:
        secret = Path(script.key("ATLASSIAN_SECRET_FILE"))

    def from_vault() -> str:
        found = secret.read_text()
        print("the vault was asked")
        if options.box:
            secret.write_text(options.box.token)
        return found

    with script.connect(Admin, options, token=from_vault) as admin:
        for organization in admin.organizations.list():
            print("the key belongs to", organization.attributes.name)
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())

"""Email address and API token: the key of a person's script, made without scopes at id.atlassian.com.

One token is good for Jira, Confluence and the other products of a site, with the rights of its account.

    python examples/credentials_api_token.py --sandbox
    python examples/credentials_api_token.py
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack

from _session import WELL, arguments, ends_well
from atlassian_cloud import Confluence, Jira
from atlassian_cloud.sandbox import Sandbox

KEYS = "ATLASSIAN_SITE, ATLASSIAN_EMAIL, ATLASSIAN_API_TOKEN"


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(__doc__, KEYS).parse_args(argv)
    with ExitStack() as stack:
        if options.sandbox:
            box = stack.enter_context(Sandbox())
            jira, confluence = box.client(Jira), box.client(Confluence)
        else:
            # Site, email address and token come from the environment.
            jira, confluence = Jira(base_url=options.base_url), Confluence(base_url=options.base_url)
        with jira, confluence:
            # Some calls are open to anyone: this one proves who you are.
            print("Jira knows you as", jira.myself.get().display_name)
            space = confluence.spaces.list(limit=1).first()
            print("Confluence shows you the space", space.name if space else "of nobody yet")
    return WELL


if __name__ == "__main__":
    sys.exit(main())

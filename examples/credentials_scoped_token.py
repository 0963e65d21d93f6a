"""An API token with scopes, or one of a service account: a key that can do only what it is made for.

The site's own address refuses such tokens; gateway=True sends the calls through api.atlassian.com.

    python examples/credentials_scoped_token.py --sandbox
    python examples/credentials_scoped_token.py
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack

from _session import WELL, arguments, ends_well
from atlassian_cloud import AuthenticationError, Jira
from atlassian_cloud.sandbox import Sandbox

KEYS = "ATLASSIAN_SITE, ATLASSIAN_EMAIL, ATLASSIAN_API_TOKEN"


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(__doc__, KEYS).parse_args(argv)
    with ExitStack() as stack:
        if options.sandbox:
            box = stack.enter_context(Sandbox())
            with box.client(Jira, token=box.scoped_api_token) as wrong:
                try:
                    wrong.myself.get()
                except AuthenticationError as error:
                    print("At the site itself:", error.status, "-", error.hint)
            jira = box.client(Jira, token=box.scoped_api_token, gateway=True)
        else:
            jira = Jira(gateway=True, base_url=options.base_url)
        with jira:
            # The cloud id in the address is asked for once.
            print("Through the gateway:", jira.myself.get().display_name)
    return WELL


if __name__ == "__main__":
    sys.exit(main())

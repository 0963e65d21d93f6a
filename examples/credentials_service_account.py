"""OAuth 2.0 client credentials: the key of a service account, for jobs that belong to nobody in particular.

Tokens last an hour and are renewed on the way; one object serves the clients of all products.

    python examples/credentials_service_account.py --sandbox
    python examples/credentials_service_account.py
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack

from _session import WELL, arguments, ends_well, key
from atlassian_cloud import ClientCredentials, Confluence, Jira
from atlassian_cloud.sandbox import Sandbox

KEYS = "ATLASSIAN_OAUTH_CLIENT_ID, ATLASSIAN_OAUTH_CLIENT_SECRET"


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(__doc__, KEYS).parse_args(argv)
    with ExitStack() as stack:
        if options.sandbox:
            box = stack.enter_context(Sandbox())
            options.base_url = box.url
            account = (box.oauth.service_client_id, box.oauth.service_client_secret)
        else:
            account = (key("ATLASSIAN_OAUTH_CLIENT_ID"), key("ATLASSIAN_OAUTH_CLIENT_SECRET"))
        auth = ClientCredentials(*account, base_url=options.base_url)
        with (
            Jira(auth=auth, base_url=options.base_url) as jira,
            Confluence(auth=auth, base_url=options.base_url) as confluence,
        ):
            print("Jira knows the account as", jira.myself.get().display_name)
            space = confluence.spaces.list(limit=1).first()
            print("Confluence shows it the space", space.name if space else "of nobody yet")
    return WELL


if __name__ == "__main__":
    sys.exit(main())

"""OAuth 2.0 client credentials: the key of a service account, for jobs that belong to nobody in particular.

Tokens last an hour and are renewed on the way; one object serves the clients of all products.

    python credentials_service_account.py --sandbox
    python credentials_service_account.py
"""

import sys
from collections.abc import Sequence

from atlassian_cloud import ClientCredentials, Confluence, Jira, script

KEYS = "ATLASSIAN_OAUTH_CLIENT_ID, ATLASSIAN_OAUTH_CLIENT_SECRET"


@script.command
def main(argv: Sequence[str] | None = None) -> int:
    options = script.Parser(__doc__, KEYS).read(argv)
    if box := options.box:
        account, address = (box.oauth.service_client_id, box.oauth.service_client_secret), box.url
    else:
        account = (script.key("ATLASSIAN_OAUTH_CLIENT_ID"), script.key("ATLASSIAN_OAUTH_CLIENT_SECRET"))
        address = options.base_url
    auth = ClientCredentials(*account, base_url=address)
    with Jira(auth=auth, base_url=address) as jira, Confluence(auth=auth, base_url=address) as confluence:
        print("Jira knows the account as", jira.myself.get().display_name)
        space = confluence.spaces.list(limit=1).first()
        print("Confluence shows it the space", space.name if space else "of nobody yet")
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())

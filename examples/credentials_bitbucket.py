"""The three kinds of key that Bitbucket takes: API token, access token, OAuth consumer.

An API token goes with the email address of its account, an access token of a repository or workspace without one.

    python credentials_bitbucket.py --sandbox
    python credentials_bitbucket.py
"""

import os
import sys
from collections.abc import Sequence

from atlassian_cloud import Bitbucket, ClientCredentials, script

KEYS = "ATLASSIAN_BITBUCKET_TOKEN, ATLASSIAN_EMAIL, ATLASSIAN_BITBUCKET_WORKSPACE"


def show(kind: str, bitbucket: Bitbucket) -> None:
    with bitbucket:
        repository = bitbucket.repositories.list(limit=1).first()
        print(f"{kind}: {repository.full_name if repository else 'no repository yet'}")


@script.command
def main(argv: Sequence[str] | None = None) -> int:
    options = script.Parser(__doc__, KEYS).read(argv)
    if box := options.box:
        consumer = ClientCredentials(box.oauth.consumer_key, box.oauth.consumer_secret, base_url=box.url)
        show("API token", box.client(Bitbucket, token=box.bitbucket_api_token))
        show("access token", box.client(Bitbucket, email=None, token=box.bitbucket_access_token))
        show("OAuth consumer", box.client(Bitbucket, auth=consumer))
    else:
        kind = "API token" if "ATLASSIAN_EMAIL" in os.environ else "access token"
        show(kind, script.connect(Bitbucket, options))
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())

"""The three kinds of key that Bitbucket takes: API token, access token, OAuth consumer.

An API token goes with the email address of its account, an access token of a repository or workspace without one.

    python examples/credentials_bitbucket.py --sandbox
    python examples/credentials_bitbucket.py
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from _session import WELL, arguments, ends_well
from atlassian_cloud import Bitbucket, ClientCredentials
from atlassian_cloud.sandbox import Sandbox

KEYS = "ATLASSIAN_BITBUCKET_TOKEN, ATLASSIAN_EMAIL, ATLASSIAN_BITBUCKET_WORKSPACE"


def show(kind: str, bitbucket: Bitbucket) -> None:
    with bitbucket:
        repository = bitbucket.repositories.list(limit=1).first()
        print(f"{kind}: {repository.full_name if repository else 'no repository yet'}")


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(__doc__, KEYS).parse_args(argv)
    with ExitStack() as stack:
        if options.sandbox:
            box = stack.enter_context(Sandbox())
            consumer = ClientCredentials(box.oauth.consumer_key, box.oauth.consumer_secret, base_url=box.url)
            show("API token", box.client(Bitbucket, workspace="acme", token=box.bitbucket_api_token))
            show("access token", box.client(Bitbucket, workspace="acme", email=None, token=box.bitbucket_access_token))
            show("OAuth consumer", box.client(Bitbucket, workspace="acme", auth=consumer))
        else:
            show(
                "API token" if "ATLASSIAN_EMAIL" in os.environ else "access token", Bitbucket(base_url=options.base_url)
            )
    return WELL


if __name__ == "__main__":
    sys.exit(main())

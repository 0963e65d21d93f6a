"""Email address and API token: the key of a person's script, made without scopes at id.atlassian.com.

One token is good for Jira, Confluence and the other products of a site, with the rights of its account.

    python credentials_api_token.py --sandbox
    python credentials_api_token.py
"""

import sys
from collections.abc import Sequence

from atlassian_cloud import Confluence, Jira, script


@script.command
def main(argv: Sequence[str] | None = None) -> int:
    options = script.Parser(__doc__).read(argv)
    # Site, email address and token come from the environment.
    with script.connect(Jira, options) as jira, script.connect(Confluence, options) as confluence:
        # Some calls are open to anyone: this one proves who you are.
        print("Jira knows you as", jira.myself.get().display_name)
        space = confluence.spaces.list(limit=1).first()
        print("Confluence shows you the space", space.name if space else "of nobody yet")
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())

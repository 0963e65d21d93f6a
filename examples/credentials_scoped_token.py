"""An API token with scopes, or one of a service account: a key that can do only what it is made for.

The site's own address refuses such tokens; gateway=True sends the calls through api.atlassian.com.

    python credentials_scoped_token.py --sandbox
    python credentials_scoped_token.py
"""

import sys
from collections.abc import Sequence
from typing import Any

from atlassian_cloud import AuthenticationError, Jira, script


@script.command
def main(argv: Sequence[str] | None = None) -> int:
    options = script.Parser(__doc__).read(argv)
    # The sandbox has a token of either kind; your site's comes from the environment.
    scoped: dict[str, Any] = {"token": options.box.scoped_api_token} if options.box else {}
    if options.box:
        with script.connect(Jira, options, **scoped) as wrong:
            try:
                wrong.myself.get()
            except AuthenticationError as error:
                print("At the site itself:", error.status, "-", error.hint)
    with script.connect(Jira, options, gateway=True, **scoped) as jira:
        # The cloud id in the address is asked for once.
        print("Through the gateway:", jira.myself.get().display_name)
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())

"""OAuth 2.0 with the consent of a user: an application calls Jira in their name, without ever seeing a key of theirs.

The token is kept in a file, so that consent is asked for once. A second run goes on with what the first one left.

    python examples/credentials_oauth.py --sandbox
    python examples/credentials_oauth.py
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from _session import WELL, SetupError, arguments, ends_well, key
from atlassian_cloud import Jira, OAuth
from atlassian_cloud.auth import FileTokenStore
from atlassian_cloud.sandbox import Sandbox

KEYS = "ATLASSIAN_OAUTH_CLIENT_ID, ATLASSIAN_OAUTH_CLIENT_SECRET, ATLASSIAN_OAUTH_REDIRECT_URI"


SCOPES = ["read:jira-work", "read:jira-user", "offline_access"]


def browser(url: str) -> str:
    """Stand in for a browser in which the user says yes; return where they are sent."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StaysHere)
    try:
        opener.open(url)
    except urllib.error.HTTPError as answer:
        return str(answer.headers["location"])
    raise SetupError("the sandbox sent nobody anywhere")


def ask(url: str) -> str:
    """Send a real user there; a web application does this with a redirect and a page of its own."""
    return input(f"Open {url}\nand paste the address at which you end: ")


class _StaysHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        return None


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    parser = arguments(__doc__, KEYS)
    parser.add_argument("--token", metavar="FILE", default="token.json", help="where the token is kept")
    options = parser.parse_args(argv)
    with ExitStack() as stack:
        if options.sandbox:
            box = stack.enter_context(Sandbox())
            options.base_url = box.url
            application = (box.oauth.client_id, box.oauth.client_secret)
            redirect_uri = "https://app.example/callback"
            path = Path(stack.enter_context(TemporaryDirectory())) / "token.json"
        else:
            application = (key("ATLASSIAN_OAUTH_CLIENT_ID"), key("ATLASSIAN_OAUTH_CLIENT_SECRET"))
            redirect_uri = key("ATLASSIAN_OAUTH_REDIRECT_URI")
            path = Path(options.token)
        store = FileTokenStore(path)
        oauth = OAuth(*application, redirect_uri=redirect_uri, scopes=SCOPES, store=store, base_url=options.base_url)
        if store.load() is None:
            url, state = oauth.authorization_url()
            visit = browser if options.sandbox else ask
            returned_to = visit(url)
            token = oauth.exchange(returned_to, state=state)
            print("Consent for", ", ".join(token.scopes))
        for site in oauth.accessible_resources():
            with Jira(auth=oauth, cloud_id=site.cloud_id, base_url=options.base_url) as jira:
                print(f"On {site.name}, Jira knows you as {jira.myself.get().display_name}")
    return WELL


if __name__ == "__main__":
    sys.exit(main())

"""OAuth 2.0 with the consent of a user: an application calls Jira in their name, without ever seeing a key of theirs.

The token is kept in a file, so that consent is asked for once. A second run goes on with what the first one left.

    python credentials_oauth.py --sandbox
    python credentials_oauth.py
"""

import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from atlassian_cloud import Jira, OAuth, script
from atlassian_cloud.auth import FileTokenStore

KEYS = "ATLASSIAN_OAUTH_CLIENT_ID, ATLASSIAN_OAUTH_CLIENT_SECRET, ATLASSIAN_OAUTH_REDIRECT_URI"


class Browser(urllib.request.HTTPRedirectHandler):
    """Stands in for a browser in which the user says yes."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        raise urllib.error.HTTPError(newurl, code, msg, headers, fp)

    def visit(self, url: str) -> str:
        """Return where the user is sent."""
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({}), self).open(url)
        except urllib.error.HTTPError as answer:
            return str(answer.headers["location"])
        raise script.SetupError("the sandbox sent nobody anywhere")


@script.command
def main(argv: Sequence[str] | None = None) -> int:
    parser = script.Parser(__doc__, KEYS)
    parser.add_argument("--token", metavar="FILE", default="token.json", help="where the token is kept")
    options = parser.read(argv)
    path, address, redirect_uri = Path(options.token), options.base_url, "https://app.example/callback"
    if box := options.box:
        # The token of a sandbox ends with it.
        path, address = Path(mkdtemp()) / "token.json", box.url
        application = (box.oauth.client_id, box.oauth.client_secret)
    else:
        application = (script.key("ATLASSIAN_OAUTH_CLIENT_ID"), script.key("ATLASSIAN_OAUTH_CLIENT_SECRET"))
        redirect_uri = script.key("ATLASSIAN_OAUTH_REDIRECT_URI")
    store, scopes = FileTokenStore(path), ["read:jira-work", "read:jira-user", "offline_access"]
    oauth = OAuth(*application, redirect_uri=redirect_uri, scopes=scopes, store=store, base_url=address)
    if store.load() is None:
        url, state = oauth.authorization_url()
        # A web application does this with a redirect and a page of its own.
        told = Browser().visit(url) if box else input(f"Open {url}\nand paste the address at which you end: ")
        print("Consent for", ", ".join(oauth.exchange(told, state=state).scopes))
    for site in oauth.accessible_resources():
        with Jira(auth=oauth, cloud_id=site.cloud_id, base_url=address) as jira:
            print(f"On {site.name}, Jira knows you as {jira.myself.get().display_name}")
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())

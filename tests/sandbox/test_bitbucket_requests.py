"""The Bitbucket room, asked by bare requests: what other clients than this one send."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from atlassian_cloud import ApiError, AuthenticationError, Bitbucket, NotFoundError, PermissionDeniedError
from atlassian_cloud.sandbox import Sandbox

WEBSITE = "/2.0/repositories/acme/website"


class Answer(NamedTuple):
    status: int
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


def ask(
    box: Sandbox, address: str, method: str = "GET", form: list[tuple[str, str]] | None = None, token: str = ""
) -> Answer:
    """Send a request as the box's account, or with an access token; the address is a path or one of the box's links."""
    account = base64.b64encode(f"{box.email}:{box.bitbucket_api_token}".encode()).decode()
    request = urllib.request.Request(
        address if address.startswith("http") else box.url + address,
        data=None if form is None else urlencode(form).encode(),
        method=method,
        headers={"authorization": f"Bearer {token}" if token else f"Basic {account}"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return Answer(answer.status, answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.read())


def test_the_links_of_files_and_directories_lead_there(box: Sandbox) -> None:
    entries = ask(box, f"{WEBSITE}/src/main/?max_depth=3").body["values"]
    assert {entry["type"] for entry in entries} == {"commit_file", "commit_directory"}
    for entry in entries:
        assert ask(box, entry["links"]["self"]["href"]).status == 200
        described = ask(box, entry["links"]["meta"]["href"])
        assert (described.status, described.body["type"], described.body["path"]) == (200, entry["type"], entry["path"])
    root = ask(box, f"{WEBSITE}/src/main/?format=meta")
    assert (root.status, root.body["type"]) == (200, "commit_directory")
    # Elsewhere the parameter stays unknown.
    assert ask(box, f"{WEBSITE}/refs/branches?format=meta").status == 400


def test_a_commit_is_made_by_a_plain_form(box: Sandbox) -> None:
    made = ask(
        box,
        f"{WEBSITE}/src",
        "POST",
        [
            ("/notes/me.txt", "Lorem & ipsum\n"),
            ("/message", "a file of that name"),
            ("message", "By form"),
            ("author", "Ann Bee <ann@acme.example>"),
            ("branch", "by-form"),
            ("parents", "main"),
            ("files", "README.md"),
        ],
    )
    assert made.status == 201
    commit = ask(box, f"{WEBSITE}/commit/by-form").body
    assert (commit["message"], commit["author"]["raw"]) == ("By form", "Ann Bee <ann@acme.example>")
    assert ask(box, f"{WEBSITE}/src/by-form/notes/me.txt").raw == b"Lorem & ipsum\n"
    assert ask(box, f"{WEBSITE}/src/by-form/message").raw == b"a file of that name"
    assert ask(box, f"{WEBSITE}/src/by-form/README.md").status == 404
    # An upload of downloads is a form with files, and nothing else.
    assert ask(box, f"{WEBSITE}/downloads", "POST", [("files", "x")]).status == 415


@pytest.mark.parametrize("kind", ["branches", "tags"])
def test_names_with_slashes_go_as_they_are(box: Sandbox, kind: str) -> None:
    with box.client(Bitbucket, workspace="acme") as bitbucket:
        getattr(bitbucket.repositories, kind).create("website", name="feature/deep/z", target={"hash": "main"})
    for name in ("feature/deep/z", "feature%2Fdeep%2Fz"):
        found = ask(box, f"{WEBSITE}/refs/{kind}/{name}")
        assert (found.status, found.body["name"]) == (200, "feature/deep/z")
    assert ask(box, found.body["links"]["self"]["href"]).body["name"] == "feature/deep/z"
    assert ask(box, f"{WEBSITE}/refs/{kind}/feature/deep").status == 404
    refused = ask(box, f"{WEBSITE}/refs/{kind}/feature/deep/z", "PUT")
    assert (refused.status, refused.body["error"]["message"]) == (405, "PUT is not supported here; DELETE, GET is.")
    assert ask(box, f"{WEBSITE}/refs/{kind}/feature/deep/z", "DELETE").status == 204
    assert ask(box, f"{WEBSITE}/refs/{kind}/feature/deep/z").status == 404


def test_some_lists_have_pages_of_their_own(box: Sandbox) -> None:
    assert ask(box, f"{WEBSITE}/pullrequests?pagelen=50").status == 200
    for listing, length in (("pullrequests", 51), ("pullrequests/activity", 51), ("refs/branches", 101)):
        refused = ask(box, f"{WEBSITE}/{listing}?pagelen={length}")
        assert refused.status == 400
        assert refused.body["error"]["message"].startswith("Invalid pagelen")
    branches = ask(box, f"{WEBSITE}/refs/branches").body
    assert (branches["pagelen"], branches["size"] > 0) == (10, True)
    for name in ("commits", "commits/main"):
        commits = ask(box, f"{WEBSITE}/{name}").body
        assert (commits["pagelen"], "size" in commits, "page" in commits) == (30, False, False)


def test_an_access_token_is_good_for_its_repository(box: Sandbox) -> None:
    options = {"workspace": "acme", "email": None, "token": box.bitbucket_access_token}
    with box.client(Bitbucket, **options) as bitbucket, box.client(Bitbucket, workspace="acme") as anyone:
        repositories = bitbucket.repositories
        assert [found.slug for found in repositories.list()] == ["website"]
        anyone.repositories.update("website", name="Home page")
        assert repositories.get("home-page").slug == "home-page"
        repositories.branches.create("home-page", name="mine", target={"hash": "main"})
        with pytest.raises(PermissionDeniedError, match="another repository"):
            repositories.get("tools")
        uuid = anyone.repositories.get("tools").uuid
        assert uuid is not None
        with pytest.raises(PermissionDeniedError):
            repositories.source.get(uuid, "main", "README.md")
        with pytest.raises(PermissionDeniedError):
            repositories.create("new", project={"type": "project", "key": "CORE"})
        with pytest.raises(NotFoundError):
            repositories.get("nothing")
        # What everybody reads it reads too.
        anyone.repositories.update("tools", is_private=False)
        assert repositories.get("tools").slug == "tools"
        with pytest.raises(PermissionDeniedError):
            repositories.branches.create("tools", name="mine", target={"hash": "main"})


def test_an_unknown_credential_is_told_as_bitbucket_tells_it(box: Sandbox) -> None:
    refused = ask(box, WEBSITE, token="wrong")
    assert (refused.status, refused.body["type"], list(refused.body["error"])) == (401, "error", ["message"])
    with (
        box.client(Bitbucket, workspace="acme", email=None, token=box.token) as bitbucket,
        pytest.raises(AuthenticationError, match="of another kind"),
    ):
        bitbucket.repositories.get("website")


@pytest.mark.parametrize("name", [".", "..", "   "])
def test_a_download_has_a_name_to_be_fetched_by(box: Sandbox, name: str) -> None:
    with box.client(Bitbucket, workspace="acme") as bitbucket:
        downloads = bitbucket.repositories.downloads
        with pytest.raises(ApiError, match="no name for a file") as caught:
            downloads.upload("tools", files=[("good.bin", b"abc"), (name, b"abc")])
        assert caught.value.status == 400
        assert not list(downloads.list("tools"))

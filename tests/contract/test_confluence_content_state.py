"""What hangs on Confluence's content, and how content ends; every answer agrees with Atlassian's documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import Confluence, NotFoundError
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = [
    pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS),
    pytest.mark.filterwarnings("ignore:.*deprecated by Atlassian"),
]

BODY = {"representation": "storage", "value": "<p>Hello <strong>world</strong></p>"}
MACRO = (
    '<ac:structured-macro ac:name="code" ac:macro-id="m1"><ac:parameter ac:name="language">go</ac:parameter>'
    "<ac:plain-text-body><![CDATA[a < b]]></ac:plain-text-body></ac:structured-macro>"
)


@pytest.fixture
def confluence(box: Sandbox) -> Iterator[Confluence]:
    with box.client(Confluence) as client:
        yield client


@pytest.fixture
def made(box: Sandbox, confluence: Confluence) -> dict[str, str]:
    """One of each kind of content, by the service that it belongs to."""
    space = box.confluence.engineering
    page = confluence.pages.create(space_id=space, title="A page", body=BODY)
    assert page.id
    chosen = {"textSelection": "world", "textSelectionMatchCount": 1, "textSelectionMatchIndex": 0}
    named: dict[str, Any] = {
        "pages": page,
        "blog_posts": confluence.blog_posts.create(space_id=space, title="A post", body=BODY),
        "whiteboards": confluence.whiteboards.create(space_id=space, title="A board"),
        "databases": confluence.databases.create(space_id=space, title="Data"),
        "folders": confluence.folders.create(space_id=space, title="A folder"),
        "smart_links": confluence.smart_links.create(space_id=space, title="A link", embed_url="https://acme.example"),
        "custom_content": confluence.custom_content.create(
            type="ac:app:note", page_id=page.id, title="Note", body=BODY
        ),
        "attachments": confluence.v1.content.attachments.add(
            page.id, file=("a.png", b"\x89PNG"), minor_edit=True
        ).to_dict()["results"][0]["id"],
        "comments.footer": confluence.comments.footer.create(page_id=page.id, body=BODY),
        "comments.inline": confluence.comments.inline.create(
            page_id=page.id, body=BODY, inline_comment_properties=chosen
        ),
    }
    return {service: str(getattr(one, "id", one)) for service, one in named.items()}


def service(confluence: Confluence, path: str) -> Any:
    found: Any = confluence
    for step in path.split("."):
        found = getattr(found, step)
    return found


def test_properties(box: Sandbox, confluence: Confluence, tally: Tally, made: dict[str, str]) -> None:
    made["comments"] = made.pop("comments.footer")
    made["spaces"] = box.confluence.engineering
    del made["comments.inline"]
    for path, owner in made.items():
        properties = service(confluence, path).properties
        kept = str(properties.create(owner, key="flag", value={"on": True}).id)
        properties.update(owner, kept, key="flag", value=[1], version={"number": 2, "message": "Off"})
        assert properties.get(owner, kept).value == [1]
        assert [one.key for one in properties.list(owner, key="flag")] == ["flag"]
        properties.delete(owner, kept)
        with pytest.raises(NotFoundError):
            properties.get(owner, kept)
    exchange.agrees(box, tally)


def test_properties_of_the_app_and_of_users(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    of_app = confluence.apps.properties
    for value in ({"on": True}, {"on": False}):
        of_app.set("flag", body=value)
    assert of_app.get("flag").value == {"on": False}
    assert list(of_app.list())
    of_app.delete("flag")
    of_user, me = confluence.v1.users.properties, box.accounts.active
    of_user.create(me, "flag", value={"on": True})
    of_user.update(me, "flag", value={"on": False})
    assert of_user.get(me, "flag").value
    assert [one.key for one in of_user.list(me)] == ["flag"]
    of_user.delete(me, "flag")
    exchange.agrees(box, tally)


def test_classification(box: Sandbox, confluence: Confluence, tally: Tally, made: dict[str, str]) -> None:
    level = str(confluence.classification_levels.list()[0].id)
    for path in ("pages", "blog_posts", "whiteboards", "databases"):
        levels, one = service(confluence, path).classification_level, made[path]
        levels.set(one, level_id=level, status="current")
        assert levels.get(one).id == level
        levels.reset(one, status="current")
        with pytest.raises(NotFoundError):
            levels.get(one)
    of_space, space = confluence.spaces.default_classification_level, box.confluence.engineering
    of_space.set(space, level_id=level)
    assert of_space.get(space).id == level
    assert confluence.pages.classification_level.get(made["pages"]).id == level
    of_space.delete(space)
    exchange.agrees(box, tally)


def test_content_ends(box: Sandbox, confluence: Confluence, tally: Tally, made: dict[str, str]) -> None:
    post = made["blog_posts"]
    confluence.blog_posts.update(
        post, body_id=post, status="current", title="Another title", body=BODY, version={"number": 2}
    )
    # What hangs on a page goes before it.
    for path in sorted(made, key=["pages"].count):
        service(confluence, path).delete(made[path])
    for path in ("whiteboards", "folders", "comments.footer", "comments.inline"):
        with pytest.raises(NotFoundError):
            service(confluence, path).get(made[path])
    for path in ("attachments", "custom_content", "blog_posts", "pages"):
        service(confluence, path).delete(made[path], purge=True)
    exchange.agrees(box, tally)


def test_trees_end(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    pages = confluence.v1.pages
    for task in (
        pages.delete_tree(box.confluence.runbooks),
        pages.archive(pages=[{"id": int(box.confluence.architecture)}]),
    ):
        assert confluence.task(task).wait().successful
    exchange.agrees(box, tally)


def test_versions_and_macros(box: Sandbox, confluence: Confluence, tally: Tally, made: dict[str, str]) -> None:
    page, note, comment = made["pages"], made["custom_content"], made["comments.footer"]
    body = {"representation": "storage", "value": MACRO}
    confluence.pages.update(page, body_id=page, status="current", title="Macros", body=body, version={"number": 2})
    macros = confluence.v1.content.macros
    assert macros.get(page, 2, "m1").name == "code"
    assert macros.convert(page, 2, "m1", "view").value
    assert macros.convert_async(page, 2, "m1", "view").async_id
    confluence.v1.content.versions.delete(page, 1)
    confluence.v1.content.attachments.add_or_update(page, file=("a.png", b"\x89PNG2"), minor_edit=True)
    confluence.comments.footer.update(comment, version={"number": 2}, body=BODY)
    for versions, one in (
        (confluence.pages.versions, page),
        (confluence.blog_posts.versions, made["blog_posts"]),
        (confluence.custom_content.versions, note),
        (confluence.attachments.versions, made["attachments"]),
        (confluence.comments.footer.versions, comment),
        (confluence.comments.inline.versions, made["comments.inline"]),
    ):
        for version in versions.list(one):
            versions.get(one, version.number)
    exchange.agrees(box, tally)


def test_conversions(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    conversions = confluence.v1.content.body_conversions
    wanted = [{"to": to, "body": BODY} for to in ("view", "export_view")]
    tasks = conversions.create_many(conversion_inputs=wanted)
    assert len(conversions.get_many(ids=[str(task.async_id) for task in tasks])) == 2
    exchange.agrees(box, tally)


def test_files(box: Sandbox, confluence: Confluence, tally: Tally, made: dict[str, str]) -> None:
    page, file = made["pages"], made["attachments"]
    assert confluence.v1.content.attachments.download(page, file) == b"\x89PNG"
    assert confluence.attachments.download_thumbnail(file) == b"\x89PNG"
    assert [one.id for one in confluence.pages.attachments.list(page)] == [file]
    exchange.agrees(box, tally)


def test_labels(box: Sandbox, confluence: Confluence, tally: Tally, made: dict[str, str]) -> None:
    labels = confluence.v1.content.labels
    for path in ("pages", "blog_posts", "attachments", "custom_content"):
        labels.add(made[path], body=[{"prefix": "global", "name": name} for name in ("one", "two")])
        assert len(list(service(confluence, path).labels.list(made[path]))) == 2
    [one] = [label for label in confluence.labels.list() if label.name == "one"]
    number = str(one.id)
    for listing in (confluence.labels.pages, confluence.labels.blog_posts, confluence.labels.attachments):
        assert list(listing.list(number))
    labels.remove(made["pages"], name="one")
    labels.remove_by_path(made["pages"], "two")
    of_space = confluence.v1.spaces.labels
    of_space.add("ENG", body=[{"prefix": "team", "name": "core"}])
    assert list(of_space.list("ENG"))
    of_space.remove("ENG", name="core", prefix="team")
    exchange.agrees(box, tally)

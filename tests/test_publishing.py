"""Pages by their titles: published, found, made as trees."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import AtlassianError, BadRequestError, ConflictError, Confluence, Markdown, TransportError, adf
from atlassian_cloud.confluence import publishing
from atlassian_cloud.confluence.publishing import Draft, NoMatchError, PublishError
from atlassian_cloud.sandbox import Sandbox


@pytest.fixture
def confluence(box: Sandbox) -> Iterator[Confluence]:
    with box.client(Confluence) as client:
        yield client


def page(confluence: Confluence, id: str) -> dict[str, Any]:
    return confluence.pages.get(id, body_format="storage").to_dict()


def test_a_page_is_published_by_its_title(confluence: Confluence) -> None:
    text = Markdown("# One\n\nand **more**")
    changes = [publishing.publish(confluence, "ENG", "In Markdown", text).change for _ in range(2)]
    assert changes == ["created", "unchanged"]
    made = publishing.publish(confluence, "ENG", "Runbook", "<p>One</p>")
    same = publishing.publish(confluence, "ENG", "Runbook", "<p>One</p>")
    changed = publishing.publish(confluence, 65537, "Runbook", "<p>Two</p>", message="Second")
    assert [(p.id, p.version, p.change) for p in (made, same, changed)] == [
        (made.id, 1, "created"),
        (made.id, 1, "unchanged"),
        (made.id, 2, "updated"),
    ]
    read = page(confluence, made.id)
    assert (read["body"]["storage"]["value"], read["version"]["number"], read["version"]["message"]) == (
        "<p>Two</p>",
        2,
        "Second",
    )
    with pytest.raises(LookupError, match="no space has the key 'NOPE'"):
        publishing.publish(confluence, "NOPE", "Runbook", "")


def test_a_conflict_is_retried_on_fresh_data_only_if_asked(confluence: Confluence, box: Sandbox) -> None:
    made = publishing.publish(confluence, "ENG", "Contested", "<p>One</p>")
    conflict: dict[str, Any] = {"status": 409, "body": {}, "path": f"/pages/{made.id}"}
    box.respond(**conflict)
    with pytest.raises(ConflictError):
        publishing.publish(confluence, "ENG", "Contested", "<p>Two</p>")
    assert page(confluence, made.id)["version"]["number"] == 1
    box.respond(**conflict)
    again = publishing.publish(confluence, "ENG", "Contested", "<p>Two</p>", retries=1)
    assert (again.version, page(confluence, made.id)["body"]["storage"]["value"]) == (2, "<p>Two</p>")
    listed = [request for request in box.requests if "/api/v2/pages?" in request.path and request.method == "GET"]
    assert len(listed) == 4
    box.respond(**conflict, times=2)
    with pytest.raises(ConflictError):
        publishing.publish(confluence, "ENG", "Contested", "<p>Three</p>", retries=1)


def test_a_page_that_confluence_rewrote_is_known_by_its_checksum(confluence: Confluence) -> None:
    def publish(text: str) -> publishing.Published:
        return publishing.publish(confluence, "ENG", "Rewritten", Markdown(text), message="From git", checksum=True)

    def rewrite(message: str) -> None:
        """What Confluence does to a body on its way in, or somebody else later."""
        read = page(confluence, made.id)
        version = {"number": read["version"]["number"] + 1, "message": message}
        body = {"representation": "storage", "value": f'<p local-id="1">{read["version"]["number"]}</p>'}
        confluence.pages.update(
            made.id, body_id=made.id, status="current", title="Rewritten", body=body, version=version
        )

    made = publish("One")
    assert (made.change, made.version) == ("created", 2)
    message = page(confluence, made.id)["version"]["message"]
    assert message.startswith("From git [sha256 ")
    rewrite(message)
    assert (publish("One").change, publish("One").version) == ("unchanged", 3)
    assert (publish("Two").change, publish("Two").change) == ("updated", "unchanged")
    # Somebody else's change is not ours.
    rewrite("By hand")
    assert publish("Two").change == "updated"
    assert page(confluence, made.id)["body"]["storage"]["value"] == "<p>Two</p>"
    assert publishing.publish(confluence, "ENG", "Rewritten", Markdown("Two")).change == "unchanged"


@pytest.mark.parametrize("text", ["<p>1</p>", ""])
def test_a_page_that_was_created_is_told_so_whatever_came_between(
    confluence: Confluence, box: Sandbox, text: str
) -> None:
    box.fail(409, method="PUT", path="/pages/")
    made = publishing.publish(confluence, "ENG", "Fresh", text, checksum=True, retries=1)
    assert (made.change, made.version) == ("created", 2)
    assert page(confluence, made.id)["version"]["message"].startswith("[sha256 ")
    assert publishing.publish(confluence, "ENG", "Fresh", text, checksum=True).change == "unchanged"
    box.fail(409, path="/child/attachment")
    files = {"a.png": b"one"}
    pictured = publishing.publish(confluence, "ENG", "Pictured", text, attachments=files, retries=1)
    assert (pictured.change, pictured.attached) == ("created", ("a.png",))
    assert page(confluence, pictured.id)["body"]["storage"]["value"] == text


def test_a_page_is_told_whose_second_reading_failed(confluence: Confluence, box: Sandbox) -> None:
    box.fail(409, method="PUT", path="/pages/")
    box.fail(403, method="GET", path="/api/v2/pages?", after=1)
    with pytest.raises(AtlassianError, match="403") as caught:
        publishing.publish(confluence, "ENG", "Fresh", "<p/>", checksum=True, retries=1)
    (half,) = caught.value.published  # type: ignore[attr-defined]
    assert caught.value.__notes__ == [f"publish: 'Fresh' was created, as page {half.id}"]


def test_titles_are_two_that_confluence_takes_for_two(confluence: Confluence) -> None:
    drafts = [Draft("Maße", "<p>measures</p>"), Draft("MASSE", "<p>mass</p>")]
    assert [one.change for one in publishing.create_tree(confluence, "ENG", drafts)] == ["created", "created"]
    assert [one.change for one in publishing.create_tree(confluence, "ENG", drafts)] == ["unchanged", "unchanged"]
    street = [publishing.publish(confluence, "ENG", title, "<p/>") for title in ("Straße", "STRASSE", "straße")]
    assert [one.change for one in street] == ["created", "created", "updated"]
    assert street[0].id == street[2].id != street[1].id


LONE = "\ud800"


@pytest.mark.parametrize(
    ("draft", "kind", "said"),
    [
        (("bad", LONE), ValueError, "create_tree: 'bad': body: holds a lone surrogate"),
        ((LONE, ""), ValueError, "create_tree: title: holds a lone surrogate"),
        (("bad", {"representation": "storage", "value": 5}), TypeError, "create_tree: 'bad': body: expected storage"),
        (("bad", {"representation": "storage"}), TypeError, "create_tree: 'bad': body: expected storage"),
        (("bad", {"storage": {"value": LONE}}), ValueError, "create_tree: 'bad': body.storage.value: holds a lone"),
        (("bad", {"storage": "text"}), TypeError, "create_tree: 'bad': body: expected storage"),
    ],
)
def test_what_cannot_be_sent_is_told_before_the_first_page_is_made(
    confluence: Confluence, box: Sandbox, draft: tuple[str, Any], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        publishing.create_tree(confluence, "ENG", [Draft("ok"), Draft(*draft)])
    assert not box.requests


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"title": LONE}, "publish: title: holds a lone surrogate"),
        ({"body": LONE}, "publish: body: holds a lone surrogate"),
        ({"message": LONE}, "publish: message: holds a lone surrogate"),
        ({"attachments": {LONE: b""}}, "publish: attachments: name: holds a lone surrogate"),
        ({"attachments": {"": b""}}, "publish: attachments: name: must not be empty"),
    ],
)
def test_no_half_page_is_made_of_what_cannot_be_sent(
    confluence: Confluence, box: Sandbox, given: dict[str, Any], said: str
) -> None:
    arguments: dict[str, Any] = {"title": "Fine", "body": "<p/>", "checksum": True} | given
    publish: Any = publishing.publish
    with pytest.raises(ValueError, match=said):
        publish(confluence, "ENG", **arguments)
    assert not box.requests


def test_spaces_and_pages_are_found_by_name(confluence: Confluence) -> None:
    assert publishing.space_id(confluence, "DOCS") == 65538
    assert (
        page(confluence, publishing.page_id(confluence, "DOCS", "Install the client"))["title"] == "Install the client"
    )
    assert publishing.page_id(confluence, 65538, "Install the client") == "100029"
    with pytest.raises(NoMatchError, match="no space has the key 'NOPE'"):
        publishing.space_id(confluence, "NOPE")
    with pytest.raises(NoMatchError, match="the space DOCS has no page 'Nothing'"):
        publishing.page_id(confluence, "DOCS", "Nothing")


TREE = [Draft("Top", "<p>top</p>", [Draft("Left", "", [Draft("Leaf", "<p>leaf</p>")]), Draft("Right")])]


def test_a_tree_is_made_and_walked(confluence: Confluence) -> None:
    made = publishing.create_tree(confluence, "ENG", TREE)
    assert [p.title for p in made] == ["Top", "Left", "Leaf", "Right"]
    tree = publishing.read_tree(confluence, made[0].id)
    assert [node.title for node in tree.below()] == ["Left", "Leaf", "Right"]
    assert [(depth, node.title) for depth, node in tree.walk()] == [(0, "Top"), (1, "Left"), (2, "Leaf"), (1, "Right")]
    again = publishing.create_tree(confluence, "ENG", TREE)
    assert [(p.id, p.change) for p in again] == [(p.id, "unchanged") for p in made]
    moved = publishing.publish(confluence, "ENG", "Leaf", "<p>leaf</p>", parent_id=made[3].id)
    assert moved.change == "updated"
    assert page(confluence, moved.id)["parentId"] == made[3].id


def test_a_tree_that_fails_tells_what_was_made(confluence: Confluence) -> None:
    drafts = [Draft("Fine", "", [Draft("Also fine")]), Draft("T" * 256, "")]
    with pytest.raises(PublishError) as caught:
        publishing.create_tree(confluence, "ENG", drafts)
    assert [p.title for p in caught.value.published] == ["Fine", "Also fine"]
    assert isinstance(caught.value.__cause__, BadRequestError)
    assert pickle.loads(pickle.dumps(caught.value)).published == caught.value.published


def test_a_document_makes_a_page_and_what_is_none_makes_no_empty_one(confluence: Confluence) -> None:
    first = publishing.publish(confluence, "DOCS", " Documents ", "<p>keep me</p>")
    second = publishing.publish(confluence, "DOCS", "Documents", adf.doc(adf.paragraph("new")))
    assert (second.id, second.change) == (first.id, "updated")
    page = confluence.pages.get(int(first.id), body_format="storage").to_dict()
    assert "new" in page["body"]["storage"]["value"]
    for body in ({}, {"foo": 1}, None, 5):
        with pytest.raises(TypeError, match=r"publish: body: expected (storage format|str, Markdown)"):
            publishing.publish(confluence, "DOCS", "Documents", body)  # type: ignore[arg-type]


def test_an_update_whose_answer_was_lost_is_not_called_somebody_elses(confluence: Confluence, box: Sandbox) -> None:
    publishing.publish(confluence, "DOCS", "Lost", "<p>one</p>")
    box.drop("after", method="PUT", path="/pages/")
    with pytest.raises(TransportError, match="may have been executed"):
        publishing.publish(confluence, "DOCS", "Lost", "<p>two</p>")
    assert publishing.publish(confluence, "DOCS", "Lost", "<p>two</p>").change == "unchanged"


def kept(confluence: Confluence, id: str) -> tuple[str, str, str]:
    """Title, status and text."""
    read = confluence.pages.get(id, body_format="storage", status=["current", "archived", "trashed", "draft"]).to_dict()
    return read["title"], read["status"], read["body"]["storage"]["value"]


def test_titles_are_the_same_whatever_their_letter_case(confluence: Confluence, box: Sandbox) -> None:
    made = publishing.publish(confluence, "ENG", "Übersicht", "<p>one</p>")
    again = publishing.publish(confluence, "ENG", "ÜBERSICHT", "<p>one</p>")
    assert (again.id, again.title, again.version, again.change) == (made.id, "ÜBERSICHT", 2, "updated")
    assert kept(confluence, made.id) == ("ÜBERSICHT", "current", "<p>one</p>")
    assert publishing.publish(confluence, "ENG", "ÜBERSICHT", "<p>one</p>").change == "unchanged"
    # A server that finds titles of any case needs no second look.
    found = confluence.pages.get(made.id, body_format="storage").to_dict()
    box.respond(body={"results": [found], "_links": {}}, method="GET", path="/api/v2/pages?")
    before = len(box.requests)
    assert publishing.publish(confluence, 65537, "übersicht", "<p>one</p>").version == 3
    assert [request.method for request in box.requests[before:]] == ["GET", "PUT"]


def test_what_confluence_refuses_for_other_reasons_is_told_as_it_is(confluence: Confluence, box: Sandbox) -> None:
    with pytest.raises(BadRequestError, match="parent 999999 does not exist"):
        publishing.publish(confluence, "ENG", "Orphan", "<p/>", parent_id=999999)
    # Nor is the space gone through for it.
    assert sum("/api/v2/pages?" in request.path for request in box.requests) == 1
    # A page that the account may not see has the title.
    taken = {"status": 400, "code": "INVALID_REQUEST_PARAMETER", "title": "A page with this title already exists"}
    box.respond(status=400, body={"errors": [taken]}, method="POST", path="/api/v2/pages")
    with pytest.raises(BadRequestError, match="already exists"):
        publishing.publish(confluence, "ENG", "Hidden from me", "<p/>")


@pytest.mark.parametrize("title", ["Archived", "ARCHIVED"])
def test_an_archived_page_of_the_title_is_told_and_left_alone(confluence: Confluence, box: Sandbox, title: str) -> None:
    box.tasks.duration = 0
    old = publishing.publish(confluence, "ENG", "Archived", "<p>old</p>")
    confluence.task(confluence.v1.pages.archive(pages=[{"id": int(old.id)}])).wait(10)
    assert kept(confluence, old.id)[1] == "archived"
    said = f"'{title}' is the title of an archived page, {old.id}; restore it"
    with pytest.raises(PublishError, match=said) as caught:
        publishing.publish(confluence, "ENG", title, "<p>new</p>")
    assert caught.value.published == []
    with pytest.raises(PublishError, match=f"'{title}' and what comes after it is not published: {said}") as caught:
        publishing.create_tree(confluence, "ENG", [Draft("Before"), Draft(title), Draft("After")])
    assert [one.title for one in caught.value.published] == ["Before"]
    assert kept(confluence, old.id) == ("Archived", "archived", "<p>old</p>")
    with pytest.raises(NoMatchError, match=f"the page 'Archived' of the space ENG is archived; its id is {old.id}"):
        publishing.page_id(confluence, "ENG", "Archived")


def test_the_trash_and_drafts_have_no_part_in_it(confluence: Confluence) -> None:
    old = publishing.publish(confluence, "ENG", "Thrown away", "<p>old</p>")
    confluence.pages.delete(old.id)
    new = publishing.publish(confluence, "ENG", "Thrown away", "<p>new</p>")
    assert (new.change, new.id == old.id) == ("created", False)
    assert kept(confluence, old.id) == ("Thrown away", "trashed", "<p>old</p>")
    draft = confluence.pages.create(space_id=65537, title="Not yet", status="draft")
    assert publishing.publish(confluence, "ENG", "Not yet", "<p>new</p>").change == "created"
    assert kept(confluence, str(draft.id))[1] == "draft"


@pytest.mark.parametrize(
    "drafts",
    [
        [Draft("Same", "<p>1</p>"), Draft("Same", "<p>2</p>")],
        [Draft("Top", "", [Draft("Same")]), Draft(" SAME ")],
        [Draft("Same", "", [Draft("Same")])],
    ],
)
def test_a_tree_with_one_title_twice_is_refused(confluence: Confluence, box: Sandbox, drafts: list[Draft]) -> None:
    with pytest.raises(ValueError, match=r"create_tree: pages: two have the title ' ?(Same|SAME) ?'"):
        publishing.create_tree(confluence, "ENG", drafts)
    assert not box.requests


def test_a_tree_that_holds_itself_or_no_body_is_refused(confluence: Confluence, box: Sandbox) -> None:
    children: list[Draft] = []
    top = Draft("Top", "", children)
    children.append(top)
    with pytest.raises(ValueError, match="two have the title 'Top'"):
        publishing.create_tree(confluence, "ENG", [top])
    with pytest.raises(TypeError, match="create_tree: 'Second': body: expected storage format"):
        publishing.create_tree(confluence, "ENG", [Draft("First"), Draft("Second", {"foo": 1})])
    assert not box.requests


def test_ids_of_one_operation_are_taken_by_another(confluence: Confluence) -> None:
    space = publishing.space_id(confluence, "DOCS")
    page = confluence.pages.create(space_id=space, title="From an id", body={"representation": "storage", "value": ""})
    assert page.space_id == str(space)
    assert [one.id for one in confluence.pages.list(space_id=[page.space_id], id=[page.id])] == [page.id]
    # The jobs take what the operations tell.
    assert publishing.page_id(confluence, page.space_id, "From an id") == page.id
    below = publishing.publish(confluence, page.space_id, "Below it", "<p/>", parent_id=page.id)
    assert [one.title for one in publishing.read_tree(confluence, int(str(page.id))).below()] == ["Below it"]
    assert publishing.publish(confluence, space, "Below it", "<p/>", parent_id=int(str(page.id))).id == below.id
    with pytest.raises(NoMatchError, match="no space has the key '999'"):
        publishing.page_id(confluence, "999", "From an id")


PICTURE = "<p>seen</p>" + '<ac:image><ri:attachment ri:filename="a.png"/></ac:image>'


def attached(confluence: Confluence, id: str) -> dict[str, tuple[int, bytes]]:
    return {
        str(one.title): (
            one.to_dict()["version"]["number"],
            confluence.v1.content.attachments.download(id, str(one.id)),
        )
        for one in confluence.pages.attachments.list(id)
    }


def test_attachments_are_there_before_the_text_that_shows_them(
    confluence: Confluence, box: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "elsewhere.png"
    file.write_bytes(b"one")
    files: dict[str, bytes | Path] = {"a.png": file, "b.txt": b"text"}

    def publish(text: str = PICTURE) -> publishing.Published:
        return publishing.publish(confluence, "ENG", "Pictures", text, attachments=files, checksum=True)

    made = publish()
    assert (made.change, made.version, made.attached) == ("created", 2, ("a.png", "b.txt"))
    assert attached(confluence, made.id) == {"a.png": (1, b"one"), "b.txt": (1, b"text")}
    assert page(confluence, made.id)["body"]["storage"]["value"] == PICTURE
    first, *_, last = [request for request in box.requests if request.method in ("POST", "PUT")]
    assert ("ri:attachment" in str(first.body), "ri:attachment" in str(last.body)) == (False, True)
    # Nothing is uploaded again that is the same.
    sent = len(box.requests)
    again = publish()
    assert (again.change, again.version, again.attached) == ("unchanged", 2, ())
    assert {request.method for request in box.requests[sent:]} == {"GET"}
    # A new picture needs no new text, and a new text no new picture.
    file.write_bytes(b"two")
    assert (publish().change, publish().attached) == ("unchanged", ())
    assert attached(confluence, made.id) == {"a.png": (2, b"two"), "b.txt": (1, b"text")}
    changed = publish(PICTURE + "<p>more</p>")
    assert (changed.change, changed.version, changed.attached) == ("updated", 3, ())
    # Somebody else's picture of the name is replaced.
    confluence.v1.content.attachments.add_or_update(made.id, file=("a.png", b"else"), minor_edit=True)
    assert publish(PICTURE + "<p>more</p>").attached == ("a.png",)
    assert attached(confluence, made.id)["a.png"] == (4, b"two")


def test_a_page_whose_attachment_was_refused_is_gone_on_with(confluence: Confluence, box: Sandbox) -> None:
    box.fail(413, path="/child/attachment")
    with pytest.raises(AtlassianError, match="413") as caught:
        publishing.publish(confluence, "ENG", "Pictures", PICTURE, attachments={"a.png": b"one"})
    (half,) = caught.value.published  # type: ignore[attr-defined]
    assert page(confluence, half.id)["body"]["storage"]["value"] == ""
    done = publishing.publish(confluence, "ENG", "Pictures", PICTURE, attachments={"a.png": b"one"})
    assert (done.id, done.change, done.attached) == (half.id, "updated", ("a.png",))
    before = len(box.requests)
    wrong: Any = {"a.png": 1}
    with pytest.raises(TypeError, match=r"publish: attachments: 'a\.png': expected bytes or a path, got int"):
        publishing.publish(confluence, "ENG", "Pictures", PICTURE, attachments=wrong)
    with pytest.raises(FileNotFoundError):
        publishing.publish(confluence, "ENG", "Pictures", PICTURE, attachments={"a.png": Path("nowhere.png")})
    assert len(box.requests) == before


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("---\ntitle: Front\n---\n\nWords", "Front", "<p>Words</p>"),
        ("\ufeff---\r\ntags:\r\n  - a\r\n# no heading\r\ntitle: 'A: \"B\"'\r\n---\r\nWords", 'A: "B"', "<p>Words</p>"),
        ("---\ntitle: Front\n---\n# Front\nWords", "Front", "<p>Words</p>"),
        ("---\ntitle: Front\n---\n# Other\nWords", "Front", "<h1>Other</h1><p>Words</p>"),
        ("---\nauthor: me\n---\n# Head\nWords", "Head", "<p>Words</p>"),
        ("---\ntitle:\n---\nWords", None, "<p>Words</p>"),
        ("---\n---\nWords", None, "<p>Words</p>"),
        # Rules and headings.
        ("---\n\nWords\n\n---\n", None, "<hr/><p>Words</p><hr/>"),
        ("---\ntitle: Front\n", None, "<hr/><p>title: Front</p>"),
        ("---\n\ntitle: Front\n\n---\n", None, "<hr/><p>title: Front</p><hr/>"),
        ("---\ntags: [\n  a\n]\ntitle: >-\n  Long\n---\n# Head", "Head", ""),
        ("Words\n\n---\ntitle: Front\n---\n", None, "<p>Words</p><hr/><h2>title: Front</h2>"),
    ],
)
def test_front_matter_is_none_of_the_body(text: str, title: str | None, body: str) -> None:
    assert publishing.title_and_body(text) == (title, body)


def test_links_and_pictures_get_other_addresses() -> None:
    text = "# T\n\n[b](b.md) [c](c.md)\n\n- ![p](img/p.png)\n"
    addresses = {"b.md": "page:B%20b", "img/p.png": "attachment:p%20q.png"}
    assert publishing.title_and_body(text, addresses=addresses) == (
        "T",
        '<p><ac:link><ri:page ri:content-title="B b"/><ac:link-body>b</ac:link-body></ac:link> <a href="c.md">c</a></p>'
        '<ul><li><ac:image ac:alt="p"><ri:attachment ri:filename="p q.png"/></ac:image></li></ul>',
    )
    asked: list[str] = []
    publishing.title_and_body(text, addresses=lambda given: asked.append(given))
    assert asked == ["b.md", "c.md", "img/p.png"]


def test_a_block_that_does_not_end_is_read_in_one_go() -> None:
    lines = "-a: b\n" * 2000
    assert publishing.title_and_body(f"---\nx: y\n{lines}")[0] is None

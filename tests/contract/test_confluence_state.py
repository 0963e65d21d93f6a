"""What Confluence's room of the sandbox answers agrees with Atlassian's documents: a day's work, and every read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from atlassian_cloud import ApiError, Confluence, ConflictError, NotFoundError, operations
from atlassian_cloud.sandbox import Sandbox, simulated

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)

BODY = {"representation": "storage", "value": "<p>Hello <strong>world</strong></p>"}


@pytest.fixture
def confluence(box: Sandbox) -> Iterator[Confluence]:
    with box.client(Confluence) as client:
        yield client


def write_pages(box: Sandbox, confluence: Confluence) -> str:
    space = box.confluence.engineering
    page = confluence.pages.create(space_id=space, title="Contract", body=BODY, parent_id=box.confluence.architecture)
    assert page.id
    new = {"number": 2, "message": "more"}
    confluence.pages.update(page.id, body_id=page.id, status="current", title="Contract 2", body=BODY, version=new)
    with pytest.raises(ConflictError):
        confluence.pages.update(page.id, body_id=page.id, status="current", title="Contract 2", body=BODY, version=new)
    confluence.pages.update_title(page.id, status="current", title="Contract 3")
    confluence.pages.create(space_id=space, status="draft", title="A draft")
    post = confluence.blog_posts.create(space_id=space, title="News", body=BODY)
    assert post.id
    confluence.blog_posts.delete(post.id)
    board = confluence.whiteboards.create(space_id=space, title="Board")
    link = confluence.smart_links.create(space_id=space, title="Link", embed_url="https://example.com")
    folder = confluence.folders.create(space_id=space, title="Folder")
    database = confluence.databases.create(space_id=space, title="Data")
    assert board.id and link.id and folder.id and database.id
    note = confluence.custom_content.create(type="ac:app:note", page_id=page.id, title="Note", body=BODY)
    assert note.id
    confluence.custom_content.update(
        note.id, body_id=note.id, type="ac:app:note", status="current", title="Note", body=BODY, version={"number": 2}
    )
    return page.id


def hang_on(box: Sandbox, confluence: Confluence, page: str) -> None:
    v1 = confluence.v1
    file = v1.content.attachments.add(page, file=("a.txt", b"one"), minor_edit=True).results[0]
    v1.content.attachments.add_or_update(page, file=("a.txt", b"two"), minor_edit=True, comment="second")
    v1.content.attachments.update(page, str(file.id), body_id=str(file.id), type="attachment", title="b.txt")
    v1.content.attachments.update_data(page, str(file.id), file=("c.txt", b"three"), minor_edit=True)
    v1.content.labels.add(page, body=[{"prefix": "global", "name": "contract"}])
    footer = confluence.comments.footer.create(page_id=page, body=BODY)
    assert footer.id
    confluence.comments.footer.update(footer.id, version={"number": 2}, body=BODY)
    confluence.comments.footer.create(parent_comment_id=footer.id, body=BODY)
    chosen = {"textSelection": "world", "textSelectionMatchCount": 1, "textSelectionMatchIndex": 0}
    inline = confluence.comments.inline.create(page_id=page, body=BODY, inline_comment_properties=chosen)
    assert inline.id
    confluence.comments.inline.update(inline.id, version={"number": 2}, body=BODY, resolved=True)
    found = confluence.pages.properties.create(page, key="k", value={"a": 1})
    assert found.id
    confluence.pages.properties.update(page, found.id, key="k", value=[1], version={"number": 2})
    kept = confluence.spaces.properties.create(box.confluence.engineering, key="k", value={"a": 1})
    assert kept.id
    confluence.spaces.properties.update(
        box.confluence.engineering, kept.id, key="k", value={"a": 2}, version={"number": 2}
    )
    task = next(iter(confluence.tasks.list(status="incomplete")))
    confluence.tasks.update(str(task.id), status="complete")


def administer(box: Sandbox, confluence: Confluence, page: str) -> None:
    v1 = confluence.v1
    me = box.accounts.organization_admin
    named = {"user": [{"type": "known", "accountId": me}], "group": [{"type": "group", "id": box.groups.engineering}]}
    v1.content.restrictions.add(page, body=[{"operation": "update", "restrictions": named}])
    v1.content.restrictions.set(page, body=[{"operation": "read", "restrictions": named}])
    v1.content.restrictions.users.add(page, "update", account_id=me)
    v1.content.restrictions.delete(page)
    v1.content.permissions.check(page, subject={"type": "user", "identifier": me}, operation="read")
    v1.content.states.set(page, status="current", name="Odd", color="#2684ff")
    v1.content.states.remove(page)
    v1.content.versions.restore(page, operation_key="restore", params={"versionNumber": 1, "message": "back"})
    v1.pages.move(page, "before", box.confluence.runbooks)
    v1.pages.copy(page, destination={"type": "space", "value": "DOCS"}, page_title="Copy")
    task = v1.pages.copy_hierarchy(
        box.confluence.runbooks, destination_page_id=page, title_options={"prefix": "Copy of "}, copy_labels=True
    )
    v1.long_tasks.get(str(task.id))
    space = confluence.spaces.create(key="NEW", name="New space")
    assert space.id
    role = confluence.spaces.roles.create(name="Reader", description="Reads", space_permissions=["read/space"])
    confluence.spaces.role_assignments.set(
        space.id, body=[{"principal": {"principalType": "USER", "principalId": me}, "roleId": role.id}]
    )
    v1.spaces.create(key="OLD", name="Old way")
    v1.spaces.update("OLD", name="Older")
    right = {"key": "read", "target": "space"}
    v1.spaces.permissions.add("OLD", subject={"type": "group", "identifier": box.groups.engineering}, operation=right)
    v1.spaces.settings.update("OLD", content_mode="compact")
    v1.spaces.labels.add("OLD", body=[{"prefix": "team", "name": "old"}])
    v1.spaces.delete("OLD")
    v1.templates.create(name="T", template_type="page", body={"storage": {**BODY}})
    group = v1.groups.create(name="contract-group")
    v1.groups.members.add(group_id=str(group.id), account_id=me)
    v1.content.watchers.add(page)
    v1.relations.create("favourite", "user", "current", "content", page)
    v1.users.properties.create(me, "p", value={"x": 1})
    v1.audit.create(remote_address="127.0.0.1", summary="By hand")
    converted = v1.content.body_conversions.create("view", value="<p>x</p>", representation="storage")
    v1.content.body_conversions.get(str(converted.async_id))
    confluence.admin_key.enable(duration_in_minutes=5)
    confluence.users.get_many(account_ids=[me])
    confluence.content.get_types(content_ids=[page])


def values(box: Sandbox, confluence: Confluence, page: str) -> dict[str, str]:
    """What can stand in the paths of reads."""
    me = box.accounts.organization_admin
    first = {
        kind: confluence.v1.content.search(f"type = {kind}").first()
        for kind in ("whiteboard", "database", "folder", "embed")
    }
    found = {f"{kind}s": str(one.id) for kind, one in first.items() if one is not None}
    note = next(iter(confluence.custom_content.list(type="ac:app:note")))
    post = next(iter(confluence.blog_posts.list()))
    return {
        **found,
        "pages": page,
        "blogposts": str(post.id),
        "custom-content": str(note.id),
        "attachments": str(next(iter(confluence.pages.attachments.list(page))).id),
        "footer-comments": str(next(iter(confluence.pages.comments.list_footer(page))).id),
        "inline-comments": str(next(iter(confluence.pages.comments.list_inline(page))).id),
        "comments": str(next(iter(confluence.pages.comments.list_footer(page))).id),
        "spaces": box.confluence.engineering,
        "labels": str(next(iter(confluence.labels.list())).id),
        "tasks": str(next(iter(confluence.tasks.list())).id),
        "space-roles": str(next(iter(confluence.spaces.roles.list())).id),
        "content": page,
        "space": "ENG",
        "label": "security",
        "template": str(confluence.v1.templates.list(space_key="ENG").to_list()[0].template_id),
        "group": box.groups.engineering,
        "user": me,
    }


QUESTIONS = {
    "cql": "space = ENG",
    "type": "ac:app:note",
    "name": "security",
    "accountId": "",
    "id": "",
    "query": "a",
    "state-id": "2",
    "ids": "",
    "filter": "",
}


def read_all(box: Sandbox, confluence: Confluence, page: str) -> None:
    """Every simulated read that can be asked with the ids at hand; a refusal is an answer too."""
    known = values(box, confluence, page)
    me, group = box.accounts.organization_admin, box.groups.engineering
    everything = "body.storage,body.view,version,space,history.lastUpdated,ancestors,metadata.labels,children.page,children.attachment"
    for operation in operations():
        if (
            operation.method != "GET"
            or operation.name not in simulated()
            or not operation.name.startswith("confluence.")
        ):
            continue
        path = operation.path
        pieces = path.split("/")
        for place, piece in enumerate(pieces):
            if piece.startswith("{"):
                before = pieces[place - 1]
                guess = {
                    "version": "1",
                    "versions": "1",
                    "byOperation": "read",
                    "byGroupId": group,
                    "descendant": "page",
                }
                pieces[place] = guess.get(before, known.get(before, "1"))
        asked: dict[str, str] = {"limit": "3"} if not re.search(r"\}$", path) else {}
        for key, value in QUESTIONS.items():
            if f"{operation.name} {key}" in NEEDED:
                asked[key] = {"accountId": me, "id": group}.get(key, value)
        if operation.name in ("confluence.v1.content.search", "confluence.v1.search.content"):
            deep = everything if operation.name.endswith("content.search") else "content.space,content.version"
            asked["expand"] = deep
        try:
            confluence.request("GET", "/".join(pieces), query=asked)
        except ApiError:
            # Unknown parameters and things that are not there are refused; try it bare.
            asked.pop("limit", None)
            try:
                confluence.request("GET", "/".join(pieces), query=asked)
            except ApiError:
                continue


NEEDED = {
    "confluence.v1.content.search cql",
    "confluence.v1.search.content cql",
    "confluence.custom_content.list type",
    "confluence.pages.custom_content.list type",
    "confluence.blog_posts.custom_content.list type",
    "confluence.spaces.custom_content.list type",
    "confluence.v1.labels.get name",
    "confluence.v1.users.get accountId",
    "confluence.v1.users.list_groups accountId",
    "confluence.v1.users.get_many accountId",
    "confluence.v1.users.get_email accountId",
    "confluence.v1.users.get_emails accountId",
    "confluence.v1.content.restrictions.users.check accountId",
    "confluence.v1.groups.get id",
    "confluence.v1.groups.search query",
    "confluence.v1.spaces.states.list_content state-id",
}


def test_every_answer_agrees(box: Sandbox, confluence: Confluence, tally: Tally) -> None:
    page = write_pages(box, confluence)
    hang_on(box, confluence, page)
    administer(box, confluence, page)
    read_all(box, confluence, page)
    v1 = confluence.v1
    v1.search.users('user.fullname ~ "Ada"').to_list(limit=3)
    v1.search.content("type in (space, user)", expand=["content"]).to_list(limit=3)
    included = {f"include_{part}": True for part in ("labels", "properties", "operations", "likes", "versions")}
    confluence.pages.get(box.confluence.architecture, body_format="view", **included)
    confluence.spaces.get(
        box.confluence.engineering,
        description_format="plain",
        include_icon=True,
        include_permissions=True,
        include_labels=True,
    )
    confluence.pages.list(body_format="atlas_doc_format").first()
    confluence.pages.delete(page)
    with pytest.raises(NotFoundError):
        confluence.pages.delete(page)
    confluence.pages.delete(page, purge=True)
    answered = exchange.agrees(box, tally)
    ours = {name for name in simulated() if name.startswith("confluence.")}
    assert len(answered & ours) >= 200, json.dumps(sorted(ours - answered))

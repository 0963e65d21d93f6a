"""Cookbooks of Confluence and Bitbucket: what they leave behind, read back by other operations."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from atlassian_cloud import Bitbucket, Confluence
from atlassian_cloud.sandbox import Sandbox

from .conftest import Run

SALARIES = "100053"


@pytest.fixture
def confluence(box: Sandbox) -> Iterator[Confluence]:
    with box.client(Confluence) as client:
        yield client


def test_upload_content_attachment(confluence: Confluence, run: Run, tmp_path: Path) -> None:
    (tmp_path / "plan.txt").write_bytes(b"one")
    _, errors = run("upload_content_attachment", "100029", "plan.txt", "missing.txt", code=1)
    assert "missing.txt: " in errors
    assert "is there already" in run("upload_content_attachment", "100029", "plan.txt")[0]
    (tmp_path / "plan.txt").write_bytes(b"one and two")
    assert "new version" in run("upload_content_attachment", "100029", "plan.txt")[0]
    (kept,) = confluence.pages.attachments.list("100029")
    assert (kept.title, kept.file_size, kept.to_dict()["version"]["number"]) == ("plan.txt", 11, 2)
    assert confluence.v1.content.attachments.download("100029", str(kept.id)) == b"one and two"
    # Of the same size, and yet another.
    (tmp_path / "plan.txt").write_bytes(b"two and one")
    assert "new version" in run("upload_content_attachment", "100029", "plan.txt")[0]
    assert confluence.v1.content.attachments.download("100029", str(kept.id)) == b"two and one"


def test_search_contents_by_cql(confluence: Confluence, run: Run) -> None:
    output, errors = run("search_contents_by_cql", "type = page AND space = DOCS")
    pages = {page.id for page in confluence.pages.list(space_id=[65538])}
    assert {line.split("\t")[0] for line in output.splitlines()} == pages
    assert errors == f"{len(pages)} found\n"
    assert len(run("search_contents_by_cql", "type = page", "--limit", "3")[0].splitlines()) == 3
    _, errors = run("search_contents_by_cql", "type ===", code=2)
    assert "400" in errors


def readers(confluence: Confluence, page: str) -> set[str]:
    found = confluence.v1.content.restrictions.get(page, "read").to_dict()["restrictions"]["user"]["results"]
    return {user["accountId"] for user in found}


def test_cascade_permissions(box: Sandbox, confluence: Confluence, run: Run) -> None:
    wanted = readers(confluence, SALARIES)
    below = [str(page.id) for page in confluence.pages.descendants.list(SALARIES)]
    assert box.accounts.active in wanted
    output, _ = run("cascade_permissions", SALARIES)
    assert output.count("would change") == len(below) == 3
    assert [readers(confluence, page) for page in below] == [set[str]()] * 3

    box.fail(403, path=f"{below[1]}/restriction", method="PUT", times=None)
    output, errors = run("cascade_permissions", SALARIES, "--execute", code=1)
    assert (output.count("changed"), below[1] in errors) == (2, True)
    assert [readers(confluence, page) for page in below] == [wanted, set[str](), wanted]


def test_cascade_permissions_again(confluence: Confluence, run: Run) -> None:
    run("cascade_permissions", SALARIES, "--execute")
    output, _ = run("cascade_permissions", SALARIES, "--execute")
    assert output.count("the same already") == 3


@pytest.mark.parametrize(
    ("path", "told", "changed"),
    [
        (f"/content/{SALARIES}/restriction", f"does not tell the restrictions of page {SALARIES}", 0),
        (f"/api/v2/pages/{SALARIES}", "does not tell the 'id' of a page in the tree", 0),
        (
            "/content/100055/restriction",
            "100055 Salary bands 2026: the server does not tell the restrictions of page 100055",
            2,
        ),
    ],
)
def test_an_answer_without_restrictions_opens_no_page(
    box: Sandbox, confluence: Confluence, run: Run, path: str, told: str, changed: int
) -> None:
    wanted = readers(confluence, SALARIES)
    box.respond(body={}, path=path)
    _, errors = run("cascade_permissions", SALARIES, "--execute", code=1)
    assert told in errors
    below = [readers(confluence, str(page.id)) for page in confluence.pages.descendants.list(SALARIES)]
    assert readers(confluence, SALARIES) == wanted
    assert (below.count(wanted), below.count(set())) == (changed, 3 - changed)


def test_page_permissions_name_what_stands_in_the_way(box: Sandbox, confluence: Confluence, run: Run) -> None:
    only: Any = [
        {
            "operation": "read",
            "restrictions": {"user": [{"type": "known", "accountId": box.accounts.organization_admin}], "group": []},
        }
    ]
    confluence.v1.content.restrictions.set("100055", body=only)
    output, _ = run("page_permissions", box.accounts.active, "100055")
    # The page above names her.
    assert output.splitlines()[1] == "  read: no; page 100055 is for Olga Admin only"


def test_page_permissions(box: Sandbox, run: Run) -> None:
    output, _ = run("page_permissions", box.accounts.active, SALARIES)
    assert "read: yes" in output
    assert run("page_permissions", "vera.mars@acme.example", SALARIES)[0] == output
    output, _ = run("page_permissions", box.accounts.with_tokens, SALARIES)
    assert f"read: no; page {SALARIES} is for Olga Admin, Vera Mars, org-admins only" in output
    _, errors = run("page_permissions", box.accounts.active, "999", code=1)
    assert errors.startswith("999: ")


def test_export_space(box: Sandbox, confluence: Confluence, run: Run, tmp_path: Path) -> None:
    pages = {page.id: page for page in confluence.pages.list(space_id=[65538])}
    broken = "100031"
    box.fail(403, path=f"/pages/{broken}/attachments", times=None)
    _, errors = run("export_space", "DOCS", "docs", code=1)
    assert errors.count(": 403 ") == 1
    files = {path.stem.rsplit("-", 1)[1] for path in (tmp_path / "docs").glob("*.md")}
    assert files == pages.keys() - {broken}
    # What was written stays; the rest is fetched the next time, and afterwards what is new.
    box.reset()
    assert run("export_space", "DOCS", "docs")[0].startswith("1 pages written")
    assert run("export_space", "DOCS", "docs")[0].startswith("0 pages written")
    confluence.pages.update("100029", body_id="100029", status="current", title="Install the client",
                            body={"representation": "storage", "value": "<p>In <strong>one</strong> step</p>"},
                            version={"number": pages["100029"].to_dict()["version"]["number"] + 1})  # fmt: skip
    assert run("export_space", "DOCS", "docs")[0].startswith("1 pages written")
    text = (tmp_path / "docs" / "install-the-client-100029.md").read_text("utf-8")
    assert text == "# Install the client\n\nIn **one** step\n"
    (diagram,) = confluence.pages.attachments.list("100028")
    saved = tmp_path / "docs" / "attachments" / f"diagram-{diagram.id}.png"
    assert saved.read_bytes() == confluence.v1.content.attachments.download("100028", str(diagram.id))
    # Any reader of Markdown shows the picture, from the folder beside the file.
    shown = (tmp_path / "docs" / "getting-started-100028.md").read_text("utf-8")
    (address,) = re.findall(r"!\[[^]]*\]\(([^ )]+)", shown)
    assert (tmp_path / "docs" / unquote(address)) == saved
    texts = [path.read_text("utf-8") for path in (tmp_path / "docs").glob("*.md")]
    mentions = [mention for text in texts for mention in re.findall(r"\[([^]]*)\]\(accountid:([^)]*)\)", text)]
    people = confluence.users.get_many(account_ids=sorted({id for _, id in mentions})).results or []
    names = {str(user.account_id): f"@{user.display_name}" for user in people}
    assert mentions
    assert all(names[id] == name for name, id in mentions)
    assert not any("adf:media" in text for text in texts)
    written = json.loads((tmp_path / "docs" / "export.json").read_text("utf-8"))
    assert written["100029"] == pages["100029"].to_dict()["version"]["number"] + 1


def test_exported_names_with_spaces(confluence: Confluence, run: Run, tmp_path: Path) -> None:
    (tmp_path / "a b#1.png").write_bytes(b"x")
    run("upload_content_attachment", "100029", "a b#1.png")
    body: Any = {
        "representation": "storage",
        "value": '<ac:image><ri:attachment ri:filename="a b#1.png"/></ac:image><p><ac:link><ri:user ri:account-id="gone"/></ac:link></p>'
        '<ac:image><ri:attachment ri:filename="elsewhere.png"/></ac:image>',
    }
    confluence.pages.update("100029", body_id="100029", status="current", title="T", body=body, version={"number": 2})
    run("export_space", "DOCS", "docs")
    text = (tmp_path / "docs" / "t-100029.md").read_text("utf-8")
    (kept,) = confluence.pages.attachments.list("100029")
    assert text == f"# T\n\n![](attachments/a-b-1-{kept.id}.png)\n\n[@gone](accountid:gone)\n\n![](elsewhere.png)\n"
    assert (tmp_path / "docs" / "attachments" / f"a-b-1-{kept.id}.png").read_bytes() == b"x"


def test_publish_markdown(confluence: Confluence, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.md").write_text("# First\n\nSome **bold** words\n", "utf-8")
    (folder / "second.md").write_text("| a | b |\n| --- | --- |\n| 1 | 2 |\n", "utf-8")
    arguments = ("notes", "DOCS", "--parent", "Guides")

    def page(title: str) -> dict[str, object]:
        (found,) = confluence.pages.list(space_id=[65538], title=title, body_format="storage")
        return found.to_dict()

    assert run("publish_markdown", *arguments)[0] == "First: created\nsecond: created\n"
    assert page("First")["parentId"] == "100031"
    assert "<strong>bold</strong>" in str(page("First")["body"])
    assert "<table" in str(page("second")["body"])
    before = page("First")
    assert run("publish_markdown", *arguments)[0] == "First: unchanged\nsecond: unchanged\n"
    assert page("First") == before
    (folder / "a.md").write_text("# First\n\nOther words\n", "utf-8")
    (folder / "broken.md").write_bytes(b"\xff\xfe")
    output, errors = run("publish_markdown", *arguments, code=1)
    assert output == "First: updated\nsecond: unchanged\n"
    assert "broken.md" in errors
    assert "Other words" in str(page("First")["body"])


def test_files_of_one_title_but_for_letter_case_are_told(confluence: Confluence, run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    for name, text in (("a", "# Maß\n\none"), ("b", "# maß\n\ntwo"), ("c", "# MASS\n\nthree")):
        (tmp_path / "notes" / f"{name}.md").write_text(text, "utf-8")
    output, errors = run("publish_markdown", "notes", "DOCS", code=1)
    assert output == "Maß: created\nMASS: created\n"
    assert errors == f"{Path('notes/b.md')}: {Path('notes/a.md')} has the title 'maß' too\n"
    titled = {title: confluence.pages.list(space_id=[65538], title=title).to_list() for title in ("Maß", "maß", "MASS")}
    assert {title: len(found) for title, found in titled.items()} == {"Maß": 1, "maß": 0, "MASS": 1}


@pytest.mark.parametrize(("status", "code"), [(400, 1), (401, 2)])
def test_a_page_that_was_made_and_not_marked_is_told(
    confluence: Confluence, box: Sandbox, run: Run, tmp_path: Path, status: int, code: int
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("# First\n", "utf-8")
    box.fail(status, method="PUT", path="/pages/", times=None)
    _, errors = run("publish_markdown", "notes", "DOCS", code=code)
    (made,) = confluence.pages.list(space_id=[65538], title="First")
    assert f"publish: 'First' was created, as page {made.id}\n" in errors


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("\ufeff# First\n\nWords\n", "First", "<p>Words</p>"),
        ("\n \n# First\nWords\n", "First", "<p>Words</p>"),
        ("\r\n# First #\r\n\r\nWords", "First", "<p>Words</p>"),
        ("First\n=====\n\nWords", "First", "<p>Words</p>"),
        ("# The *first* `x`\n", "The first x", ""),
        ("## Second\n\nWords", "a", "<h2>Second</h2><p>Words</p>"),
        ("Words\n\n# Later", "a", "<p>Words</p><h1>Later</h1>"),
        ("#\n\nWords", "a", "<h1></h1><p>Words</p>"),
        ("", "a", ""),
    ],
)
def test_the_title_is_the_first_heading(
    confluence: Confluence, run: Run, tmp_path: Path, text: str, title: str, body: str
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_bytes(text.encode())
    assert run("publish_markdown", "notes", "DOCS")[0] == f"{title}: created\n"
    (made,) = confluence.pages.list(space_id=[65538], title=title, body_format="storage")
    assert made.to_dict()["body"]["storage"]["value"] == body


def test_publish_markdown_with_pictures_links_and_subfolders(
    confluence: Confluence, box: Sandbox, run: Run, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    (notes / "sub" / "img").mkdir(parents=True)
    (notes / "a.md").write_text("---\ntitle: Alpha\n---\n![shot](shot.png)\n\n[Beta](sub/b.md)\n", "utf-8")
    (notes / "sub" / "b.md").write_text("# Beta\n\n![rel](img/rel.png)\n\n[a](../a.md)\n", "utf-8")
    (notes / "shot.png").write_bytes(b"shot")
    (notes / "sub" / "img" / "rel.png").write_bytes(b"rel")
    assert run("publish_markdown", "notes", "DOCS")[0] == (
        "Alpha: created; shot.png uploaded\nBeta: created; img-rel.png uploaded\n"
    )

    def kept(title: str) -> tuple[str, dict[str, bytes]]:
        (page,) = confluence.pages.list(space_id=[65538], title=title, body_format="storage")
        files = confluence.pages.attachments.list(str(page.id))
        download = confluence.v1.content.attachments.download
        return (
            page.to_dict()["body"]["storage"]["value"],
            {str(one.title): download(str(page.id), str(one.id)) for one in files},
        )

    body, files = kept("Alpha")
    assert files == {"shot.png": b"shot"}
    assert '<ri:attachment ri:filename="shot.png"/>' in body
    assert '<ri:page ri:content-title="Beta"/>' in body
    body, files = kept("Beta")
    assert files == {"img-rel.png": b"rel"}
    assert '<ri:attachment ri:filename="img-rel.png"/>' in body
    assert '<ri:page ri:content-title="Alpha"/>' in body
    # Again: nothing is sent. Of what is gone it is told, and the page is there.
    before = len(box.requests)
    assert run("publish_markdown", "notes", "DOCS")[0] == "Alpha: unchanged\nBeta: unchanged\n"
    assert {request.method for request in box.requests[before:]} == {"GET"}
    (notes / "shot.png").unlink()
    (notes / "sub" / "img" / "rel.png").write_bytes(b"other")
    output, errors = run("publish_markdown", "notes", "DOCS", code=1)
    assert "Beta: unchanged; img-rel.png uploaded\n" in output
    assert errors == f"{Path('notes/a.md')}: not in notes, and left out: shot.png\n"
    assert kept("Beta")[1] == {"img-rel.png": b"other"}


def test_publish_markdown_knows_its_pages_again(confluence: Confluence, run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("# First\n\nWords\n", "utf-8")
    run("publish_markdown", "notes", "DOCS")
    (made,) = confluence.pages.list(space_id=[65538], title="First")
    # Confluence reads what it is given in its own way.
    version = {"number": 3, "message": made.to_dict()["version"]["message"]}
    body: Any = {"representation": "storage", "value": '<p local-id="x">Words</p>'}
    confluence.pages.update(made.id, body_id=made.id, status="current", title="First", body=body, version=version)
    assert run("publish_markdown", "notes", "DOCS")[0] == "First: unchanged\n"
    # Two files of one title would take turns.
    (tmp_path / "notes" / "b.md").write_text("# First\n\nOther words\n", "utf-8")
    output, errors = run("publish_markdown", "notes", "DOCS", code=1)
    assert output == "First: unchanged\n"
    assert "has the title 'First' too" in errors
    (now,) = confluence.pages.list(space_id=[65538], title="First")
    assert now.to_dict()["version"]["number"] == 3
    assert "no page 'Nowhere'" in run("publish_markdown", "notes", "DOCS", "--parent", "Nowhere", code=2)[1]
    assert "no Markdown files" in run("publish_markdown", "elsewhere", "DOCS", code=2)[1]


def test_pull_request_report(box: Sandbox, run: Run) -> None:
    with box.client(Bitbucket, workspace=box.bitbucket.workspace) as bitbucket:
        pulls = bitbucket.repositories.pullrequests.list(box.bitbucket.repository, state=["OPEN"]).to_list()
        first = str(pulls[0].id)
        bitbucket.repositories.pullrequests.update(box.bitbucket.repository, first, title="Renamed")
    box.fail(403, path=f"/pullrequests/{pulls[1].id}/diffstat", times=None)
    output, errors = run("pull_request_report", box.bitbucket.repository, "nowhere", code=1)
    rows = {row["id"]: row for row in csv.DictReader(output.splitlines())}
    assert rows.keys() == {str(pull.id) for pull in pulls} - {str(pulls[1].id)}
    assert rows[first]["title"] == "Renamed"
    assert int(rows[first]["lines"]) > 0
    assert f"#{pulls[1].id}: " in errors
    assert "nowhere: " in errors


def test_files_of_one_name_are_refused_before_anything_is_sent(
    box: Sandbox, confluence: Confluence, run: Run, tmp_path: Path
) -> None:
    for folder, name in (("x", "p.txt"), ("y", "P.txt")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(folder)
    (tmp_path / "other.txt").write_text("other")
    _, errors = run("upload_content_attachment", "100029", "x/p.txt", "other.txt", "y/P.txt", code=2)
    assert "one file of a name: x/p.txt, y/P.txt; " in errors
    assert box.requests == []
    run("upload_content_attachment", "100029", "x/p.txt", "other.txt")
    assert {one.title for one in confluence.pages.attachments.list("100029")} == {"p.txt", "other.txt"}

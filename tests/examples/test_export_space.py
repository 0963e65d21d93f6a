"""Names of exported files: none is lost, none is too long, and none stays behind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from atlassian_cloud import Confluence
from atlassian_cloud.sandbox import Sandbox

from .conftest import Run

PAGE = "100029"
LONG = "\U0001d4d0" * 90


@pytest.fixture
def confluence(box: Sandbox) -> Iterator[Confluence]:
    with box.client(Confluence) as client:
        yield client


def renamed(confluence: Confluence, title: str, body: str = "<p>x</p>") -> None:
    number = confluence.pages.get(PAGE).to_dict()["version"]["number"] + 1
    text: Any = {"representation": "storage", "value": body}
    confluence.pages.update(PAGE, body_id=PAGE, status="current", title=title, body=text, version={"number": number})


def attached(folder: Path) -> dict[str, bytes]:
    """What the text of the page shows, by the names that it has there, in the order of the text."""
    (page,) = folder.glob(f"*-{PAGE}.md")
    addresses = re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text("utf-8"))
    return {address: (folder / unquote(address)).read_bytes() for address in addresses}


def test_each_attachment_has_a_file_of_its_own(confluence: Confluence, run: Run, tmp_path: Path) -> None:
    names = [
        "a/b.txt",
        "c/b.txt",
        "x.part",
        "x",
        "..",
        "P.TXT",
        "p.txt",
        "CON.txt",
        "a:b",
        "図" * 84,
        "i.png" * 40,
        "?",
    ]
    for name in names:
        confluence.v1.content.attachments.add(PAGE, file=(name, name.encode()), minor_edit=True)
    shown = [name for name in names if not {*"/:"} & {*name}]
    pictures = (f'<ac:image><ri:attachment ri:filename="{name}"/></ac:image>' for name in shown)
    renamed(confluence, "Names", "".join(pictures))
    run("export_space", "DOCS", "docs")
    files = [path.name for path in (tmp_path / "docs" / "attachments").iterdir()]
    ids = {re.findall(r"-(att\d+)(?:\.|$)", name)[0]: name for name in files}
    for one in confluence.pages.attachments.list(PAGE):
        assert (tmp_path / "docs" / "attachments" / ids[str(one.id)]).read_bytes() == str(one.title).encode()
    assert list(attached(tmp_path / "docs").values()) == [name.encode() for name in shown]
    # Systems that do not tell case apart, those that have names of their own, and those that take 143 bytes.
    assert len({name.casefold() for name in files}) == len(files)
    assert all(re.fullmatch(r"[\w-]+-att\d+(\.\w+)?", name) for name in files)
    assert max(len(name.encode()) for name in files) < 120
    assert [path.name for path in tmp_path.rglob("*.part")] == [
        name for name in files if name.startswith("x-") and name.endswith(".part")
    ]
    assert run("export_space", "DOCS", "docs")[0].startswith("0 pages written")


def test_a_long_title_is_cut_by_bytes(confluence: Confluence, run: Run, tmp_path: Path) -> None:
    renamed(confluence, LONG)
    run("export_space", "DOCS", "docs")
    (page,) = (tmp_path / "docs").glob(f"*-{PAGE}.md")
    assert page.name == f"{LONG[:20]}-{PAGE}.md"
    assert page.read_text("utf-8") == f"# {LONG}\n\nx\n"


def test_a_new_title_takes_the_place_of_the_old_one(confluence: Confluence, run: Run, tmp_path: Path) -> None:
    confluence.v1.content.attachments.add(PAGE, file=("p.txt", b"p"), minor_edit=True)
    run("export_space", "DOCS", "docs")
    # Whose id ends like this one's is another page.
    other = tmp_path / "docs" / f"other-1{PAGE}.md"
    other.touch()
    before = {path.name for path in (tmp_path / "docs").glob("*.md")} - {f"install-the-client-{PAGE}.md"}
    assert len(before) > 10
    for title, name in (("First", "first"), ("Second", "second"), ("SECOND", "second"), ("!", "untitled"), ("B", "b")):
        renamed(confluence, title, '<ac:image><ri:attachment ri:filename="p.txt"/></ac:image>')
        assert run("export_space", "DOCS", "docs")[0].startswith("1 pages written")
        assert {path.name for path in (tmp_path / "docs").glob("*.md")} == before | {f"{name}-{PAGE}.md"}
    assert list(attached(tmp_path / "docs").values()) == [b"p"]


def test_a_page_leads_to_what_replaced_its_attachment(confluence: Confluence, run: Run, tmp_path: Path) -> None:
    def attach(content: bytes) -> str:
        made = confluence.v1.content.attachments.add(PAGE, file=("p.txt", content), minor_edit=True).to_dict()
        return str(made["results"][0]["id"])

    renamed(confluence, "T", '<ac:image><ri:attachment ri:filename="p.txt"/></ac:image>')
    first = attach(b"one")
    run("export_space", "DOCS", "docs")
    assert list(attached(tmp_path / "docs").values()) == [b"one"]
    confluence.attachments.delete(first.removeprefix("att"))
    attach(b"two")
    assert run("export_space", "DOCS", "docs")[0].startswith("1 pages written")
    assert list(attached(tmp_path / "docs").values()) == [b"two"]


@pytest.mark.parametrize("text", ["{bad", "[]", "3", "\udcff", '{"100029": {}}'])
def test_without_a_sound_state_all_is_fetched(run: Run, tmp_path: Path, text: str) -> None:
    run("export_space", "DOCS", "docs")
    state = tmp_path / "docs" / "export.json"
    before = json.loads(state.read_text("utf-8"))
    state.write_bytes(text.encode(errors="surrogateescape"))
    run("export_space", "DOCS", "docs")
    assert json.loads(state.read_text("utf-8")) == before


def test_a_file_is_no_folder(box: Sandbox, run: Run, tmp_path: Path) -> None:
    (tmp_path / "docs").write_text("mine")
    _, errors = run("export_space", "DOCS", "docs", code=2)
    assert errors.count("\n") == 1
    assert "Not a directory: " in errors
    assert box.requests == []
    assert (tmp_path / "docs").read_text() == "mine"

"""Folders of Markdown files: links between them, pictures, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from atlassian_cloud.confluence.markdown_folder import MarkdownFolder


def made(folder: Path, files: dict[str, str | bytes]) -> MarkdownFolder:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return MarkdownFolder(folder)


def test_links_lead_to_pages_and_anchors(tmp_path: Path) -> None:
    text = "[b](sub/b.md#How%20to) [c](./c%20d.md) [me](#here) [web](https://x.example/b.md) [site](/wiki/b.md)\n"
    folder = made(tmp_path, {"a.md": text, "sub/b.md": "# A/B & #1\n\n[a](../a.md)", "c d.md": "Words"})
    assert [path.relative_to(tmp_path).as_posix() for path in folder.files] == ["a.md", "c d.md", "sub/b.md"]
    page = folder.page(tmp_path / "a.md")
    assert (page.title, page.attachments, page.missing) == ("a", {}, ())
    assert '<ac:link ac:anchor="How to"><ri:page ri:content-title="A/B &amp; #1"/><ac:link-body>b</' in page.body
    assert '<ri:page ri:content-title="c d"/>' in page.body
    assert '<ac:link ac:anchor="here"><ac:link-body>me' in page.body
    assert '<a href="https://x.example/b.md">web</a> <a href="/wiki/b.md">site</a>' in page.body
    assert folder.page(tmp_path / "sub" / "b.md").body == (
        '<p><ac:link><ri:page ri:content-title="a"/><ac:link-body>a</ac:link-body></ac:link></p>'
    )


def test_pictures_and_files_become_attachments(tmp_path: Path) -> None:
    text = (
        "![one](shot.png)\n\n![two](img/a%20b.png)\n\n![three](img-shot.png) ![four](img/shot.png)\n\n"
        "[![five](shot.png)](plan.pdf)\n\n[plan](plan.pdf)\n\n![web](https://x.example/shot.png)\n"
    )
    files = ("shot.png", "img/a b.png", "img-shot.png", "img/shot.png", "plan.pdf")
    folder = made(tmp_path, {"a.md": text, **{name: name for name in files}})
    page = folder.page(tmp_path / "a.md")
    assert {name: path.read_text() for name, path in page.attachments.items()} == {
        "shot.png": "shot.png",
        "img-a b.png": "img/a b.png",
        "img-shot.png": "img-shot.png",
        "other-img-shot.png": "img/shot.png",
        "plan.pdf": "plan.pdf",
    }
    for name in page.attachments:
        assert f'<ri:attachment ri:filename="{name}"/>' in page.body
    assert '<ac:link><ri:attachment ri:filename="plan.pdf"/><ac:link-body>plan' in page.body
    assert '<ri:url ri:value="https://x.example/shot.png"/>' in page.body
    assert page.missing == ()


def test_what_is_not_there_or_outside_is_told_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    text = "![no](no.png)\n\n[gone](gone.md) [up](../secret.txt) [folder](sub) [odd](http://[)\n\n![s](way.png)\n"
    folder = made(tmp_path / "notes", {"a.md": text, "sub/x.png": "x", ".git/b.md": "# B", "sub/.c.md": "# C"})
    (tmp_path / "notes" / "way.png").symlink_to(tmp_path / "secret.txt")
    assert [path.name for path in folder.files] == ["a.md"]
    page = folder.page(folder.files[0])
    assert page.missing == ("no.png", "gone.md", "../secret.txt", "sub", "way.png")
    assert page.attachments == {}
    assert '<a href="gone.md">gone</a>' in page.body


def test_a_file_that_is_no_text_fails_alone(tmp_path: Path) -> None:
    folder = made(tmp_path, {"a.md": "[b](b.md) [c](c.md)", "b.md": b"# B \xff\n", "c.md": "> " * 500 + "deep"})
    assert 'ri:content-title="c"' in folder.page(tmp_path / "a.md").body
    for name in ("b.md", "c.md"):
        with pytest.raises(ValueError, match=r"utf-8|deep"):
            folder.page(tmp_path / name)

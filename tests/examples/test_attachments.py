"""Files that are attached to an issue, and what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import Jira
from atlassian_cloud.sandbox import Sandbox

from .conftest import Run


def attached(box: Sandbox) -> list[bytes]:
    """Contents of what is attached as f.txt, the oldest first."""
    with box.client(Jira) as jira:
        found = jira.issues.get("ENG-1", fields=["attachment"]).to_dict()["fields"]["attachment"]
        ids = sorted(int(one["id"]) for one in found if one["filename"] == "f.txt")
        return [jira.issues.attachments.download(str(id)) for id in ids]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "f.txt"
    path.write_bytes(b"aaaa")
    return path


def test_a_changed_file_of_the_same_size_is_attached(box: Sandbox, run: Run, file: Path) -> None:
    run("attachments", "ENG-1", "f.txt", "--to", "g")
    file.write_bytes(b"bbbb")
    output, _ = run("attachments", "ENG-1", "f.txt", "--to", "g")
    assert output == "attached f.txt of 4 bytes to ENG-1\nit came back the same\n"
    assert attached(box) == [b"aaaa", b"bbbb"]
    assert file.with_name("g").read_bytes() == b"bbbb"
    # Whichever of them it is: it is there.
    for content in (b"bbbb", b"aaaa"):
        file.write_bytes(content)
        assert run("attachments", "ENG-1", "f.txt", "--to", "g")[0].startswith("already attached")
        assert file.with_name("g").read_bytes() == content
    assert attached(box) == [b"aaaa", b"bbbb"]


def test_what_comes_back_otherwise_is_no_success(box: Sandbox, run: Run, file: Path) -> None:
    box.respond(body="bbbb", path="/attachment/content/")
    output, errors = run("attachments", "ENG-1", "f.txt", "--to", "g", code=1)
    assert "came back the same" not in output
    assert "f.txt: it came back otherwise than it was sent; see g" in errors
    assert attached(box) == [b"aaaa"]


def test_what_comes_back_is_not_written_over_the_file_itself(box: Sandbox, run: Run, file: Path) -> None:
    run("attachments", "ENG-1", "f.txt", "--to", "g")
    file.write_bytes(b"bbbb")
    assert "--to is the file itself" in run("attachments", "ENG-1", "f.txt", "--to", "./f.txt", code=2)[1]
    assert file.read_bytes() == b"bbbb"


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("GET", "/issue/ENG-1?", {}, "does not tell what is attached to ENG-1; nothing was attached"),
        ("GET", "/issue/ENG-1?", {"fields": {}}, "does not tell what is attached to ENG-1; nothing was attached"),
        ("POST", "/ENG-1/attachments", {}, "does not tell what it attached; look at ENG-1"),
        ("POST", "/ENG-1/attachments", [{}], "does not tell what it attached; look at ENG-1"),
    ],
)
def test_an_answer_without_what_it_should_tell(
    box: Sandbox, run: Run, file: Path, method: str, path: str, body: Any, told: str
) -> None:
    box.respond(body=body, path=path, method=method)
    assert told in run("attachments", "ENG-1", "f.txt", "--to", "g", code=1)[1]
    assert attached(box) == []

"""README and docs/*.md tell the truth: their code runs, their commands are there, their links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import Admin, errors, script
from atlassian_cloud.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
GUIDE = ROOT / "docs" / "guide.md"
CREDENTIALS = GUIDE.with_name("credentials.md")
PAGES = [README, *sorted(GUIDE.parent.glob("*.md"))]
# Those whose blocks go on from one another.
RUN_THROUGH = [GUIDE, GUIDE.with_name("rich_text.md"), GUIDE.with_name("sandbox.md")]


def blocks(page: Path) -> list[tuple[int, str, str]]:
    """The fenced blocks of a page: the number of the line before, the language, the text."""
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)
    return [(text[: block.start(2)].count("\n"), block[1], block[2]) for block in found]


def snippets(page: Path = GUIDE) -> list[tuple[int, str]]:
    """The Python blocks of a page, with the number of the line before each."""
    return [(line, source) for line, language, source in blocks(page) if language == "python"]


def text_of(page: Path) -> str:
    """The page without its blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


@pytest.mark.parametrize(
    ("page", "least", "shown"), [(RUN_THROUGH[0], 25, 30), (RUN_THROUGH[1], 3, 7), (RUN_THROUGH[2], 4, 3)], ids=str
)
def test_the_pages_can_be_run(page: Path, least: int, shown: int, capsys: pytest.CaptureFixture[str]) -> None:
    """In order, in one namespace. What a `print` shows is what the comment behind it says."""
    sources = snippets(page)
    assert len(sources) > least
    namespace: dict[str, Any] = {}
    said = 0
    for line, source in sources:
        exec(compile("\n" * line + source, str(page), "exec"), namespace)
        expected = re.findall(r"^ *print\(.*\)  # (.*)$", source, re.M)
        if expected:
            assert capsys.readouterr().out.splitlines() == expected, f"block at line {line + 1}"
        capsys.readouterr()
        said += len(expected)
    assert said > shown


def test_the_readme_can_be_run(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block is a program of its own, for a site that the environment names."""
    for name, value in box.environment.items():
        monkeypatch.setenv(name, value)
    sources = snippets(README)
    assert len(sources) > 4
    for line, source in sources:
        source = source.replace("your organization's id", box.org_id)
        exec(compile("\n" * line + source, "README.md", "exec"), {"__name__": "__main__"})


class Vault:
    """Has the key of the organization."""

    def __init__(self, key: str) -> None:
        self.key = key

    def read(self, path: str) -> dict[str, str]:
        return {"key": self.key}


def redirected(url: str) -> str:
    """Where a user who says yes is sent."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
            raise urllib.error.HTTPError(newurl, code, msg, headers, fp)

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay).open(url)
    with caught.value as answer:
        return str(answer.headers["location"])


def test_the_page_of_credentials_can_be_run(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the box's credentials in the place of those that are not shown."""
    for name, value in box.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"vault": Vault(box.token)}
    sources = snippets(CREDENTIALS)
    assert len(sources) == 7
    for line, source in sources:
        if "returned_to" in source:
            namespace["returned_to"] = redirected(namespace["url"])
        for shown, meant in (
            ('email="mia@acme.example"', f"email={box.email!r}"),
            ('token="...", gateway', f"token={box.scoped_api_token!r}, gateway"),
            ('token="..."', f"token={box.api_token!r}"),
            ('client_id="..."', f"client_id={box.oauth.client_id!r}"),
            ('client_secret="..."', f"client_secret={box.oauth.client_secret!r}"),
            ('"client id"', repr(box.oauth.service_client_id)),
            ('"client secret"', repr(box.oauth.service_client_secret)),
        ):
            source = source.replace(shown, meant)
        assert "..." not in source.replace(": ...", "")
        exec(compile("\n" * line + source, "credentials.md", "exec"), namespace)
    assert capsys.readouterr().out.splitlines() == ["Olga Admin"] * 4 + ["Acme"]
    makers = re.findall(r"`((?:Bitbucket|Jira|Admin)\([^`]+\))`", text_of(CREDENTIALS))
    assert len(makers) == 3
    exec("from atlassian_cloud import Bitbucket", namespace)
    for maker in makers:
        eval(maker, namespace).close()


def test_no_block_is_left_out() -> None:
    """Python is run by the tests above; what has no language is shell, or the tree of errors."""
    for page in PAGES:
        for line, language, source in blocks(page):
            assert language in ("", "python"), f"{page.name}:{line}"
            if language == "python":
                assert page in (README, CREDENTIALS, *RUN_THROUGH)
            elif not source.startswith("AtlassianError\n"):
                assert set(shell(source)) <= set(commands()), f"{page.name}:{line}"
        # Four blanks make a block too, which nothing would run.
        assert not re.search(r"\n\n {4}\S", text_of(page)), page.name


def shell(block: str) -> list[str]:
    return [line.partition("  #")[0].strip() for line in block.splitlines()]


def commands() -> list[str]:
    """What the pages tell to type: in blocks, and in the text."""
    found = [line for page in PAGES for _, language, source in blocks(page) if not language for line in shell(source)]
    text = "".join(text_of(page) for page in PAGES)
    return sorted({
        *(line for line in found if line.startswith(("make ", "pip ", "python "))),
        *re.findall(r"`((?:python -m |make |pip )[^`]+)`", text),
    })  # fmt: skip


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_pages_works(command: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("from atlassian_cloud import Jira\nJira().myself.get()\n")
    first, *words = shlex.split(command)
    if first == "make":
        # Whole it would build; what it would do is asked of it.
        done = subprocess.run(
            ["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, env={**os.environ, "MAKEFLAGS": ""}
        )
        assert done.returncode == 0, done.stderr
        runs = {"demo": "examples/user_operations.py", "test": "-m pytest", "bench": "benches/run.py"}
        assert runs[words[0]] in done.stdout
    elif first == "pip":
        (what,) = words[1:]
        extras = metadata.metadata("atlassian-cloud").get_all("Provides-Extra") or []
        name, _, extra = what.rstrip("]").partition("[")
        assert (words[0], name in (".", "atlassian-cloud"), extra in ("", *extras)) == ("install", True, True)
    else:
        serves = "--port" in words
        with subprocess.Popen(
            [sys.executable, *(word.replace("8080", "0") for word in words)],
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if not name.startswith("ATLASSIAN_")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            if serves:
                assert process.stdout is not None
                assert any("Ctrl-C" in line for line in process.stdout)
                process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said


def test_the_tree_of_errors_is_that_of_the_classes() -> None:
    (tree,) = [source for _, language, source in blocks(GUIDE) if not language]
    above: list[type] = []
    for line in tree.splitlines():
        found = re.match(r"([│├└─ ]*)(\w+)", line)
        assert found is not None
        depth, kind = len(found[1]) // 4, getattr(errors, found[2])
        assert depth == 0 or above[depth - 1] in kind.__bases__, line
        above[depth:] = [kind]


def test_the_guide_runs_its_own_tests(box: Sandbox) -> None:
    (source,) = [source for _, source in snippets() if "def test_" in source]
    namespace: dict[str, Any] = {"Admin": Admin}
    exec(source, namespace)
    namespace["test_leavers_are_disabled"](box)


def test_the_script_of_the_guide_runs_by_its_command(tmp_path: Path) -> None:
    (source,) = [source for _, source in snippets() if "script.Parser" in source]
    (tmp_path / "priorities.py").write_text(source, "utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ATLASSIAN_")}
    for arguments, code, shown in (
        (["--sandbox"], 0, ["ENG-1 Medium", "ENG-2 Medium"]),
        (["--sandbox", "ENG-1", "ENG-99999"], 1, ["ENG-1 Medium"]),
        (["ENG-1"], 2, []),
        (["--help"], 0, None),
    ):
        done = subprocess.run(
            [sys.executable, "priorities.py", *arguments], cwd=tmp_path, env=clean, capture_output=True, text=True
        )
        assert done.returncode == code, done.stderr
        assert done.stdout.splitlines() == shown or (shown is None and "Tell the priority of issues." in done.stdout)


def test_the_guide_names_only_what_scripts_have() -> None:
    names = set(re.findall(r"`script\.(\w+)", text_of(GUIDE)))
    assert names == {name for name in script.__all__ if not name.isupper()}


def headings(page: Path) -> set[str]:
    """What a link to a part of the page may name."""
    return {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in text_of(page).splitlines()
        if line.startswith("#")
    }


@pytest.mark.parametrize(
    "page", [*PAGES, *sorted((GUIDE.parent / "cookbooks").glob("*.md"))], ids=lambda page: page.stem
)
def test_links_of_the_pages_lead_somewhere(page: Path) -> None:
    # Code shows addresses that lead nowhere.
    for target in re.findall(r"\]\(([^)]+)\)", re.sub(r"`[^`\n]+`", "", text_of(page))):
        path, _, fragment = target.partition("#")
        if path.startswith("https:"):
            continue
        to = (page.parent / path).resolve() if path else page
        assert to.exists(), target
        assert not fragment or fragment in headings(to), target


def test_the_guide_names_only_what_is_there(admin: Admin) -> None:
    for name in set(re.findall(r"`(admin\.[a-z_.]+)\b", GUIDE.read_text(encoding="utf-8"))):
        thing: Any = admin
        for part in name.split(".")[1:]:
            thing = getattr(thing, part)

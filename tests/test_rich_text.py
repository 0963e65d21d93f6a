"""Rich text: every node and mark built, checked and shown; Markdown in the bodies of requests; documents that mean harm."""

from __future__ import annotations

import contextlib
import copy
import json
import pickle
import re
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import ApiError, Confluence, DocumentError, Jira, Markdown, ServiceManagement, adf, storage, wiki
from atlassian_cloud.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
KEY = ("com.example", "chart")

INLINE: list[adf.Inline] = [
    adf.text("plain"),
    adf.strong("strong"),
    adf.em("em"),
    adf.strike("strike"),
    adf.underline("underline"),
    adf.code("code"),
    adf.subsup("low", "sub"),
    adf.text_color("red", "#ff0000"),
    adf.background_color("marked", "#00ff00"),
    adf.link("link", "https://example.com", title="a title"),
    adf.annotation("noted", "comment-1"),
    adf.hard_break(),
    adf.mention("5b10", "@Ann"),
    adf.date(date(2026, 11, 29)),
    adf.status("DONE", "green"),
    adf.emoji(":smile:", text="😄"),
    adf.placeholder("fill in"),
    adf.inline_card("https://example.com/card"),
    adf.inline_extension(*KEY, text="inline app"),
    adf.media_inline("media-1", "files"),
]
ITEM = adf.list_item(adf.paragraph("item"), adf.ordered_list("nested", order=3))
BLOCKS: list[adf.Block] = [
    adf.paragraph(*INLINE),
    adf.marked(adf.paragraph("centred"), adf.alignment("center"), adf.font_size()),
    adf.marked(adf.heading(2, "indented"), adf.indentation(2)),
    adf.bullet_list("one", ITEM),
    adf.blockquote(adf.paragraph("quoted")),
    adf.marked(adf.code_block("x = 1", "python"), adf.breakout("wide")),
    *(adf.panel(kind, adf.paragraph(kind)) for kind in ("info", "note", "tip", "warning", "error", "success")),
    adf.panel("custom", adf.paragraph("custom"), color="#abcdef", icon=":x:"),
    adf.rule(),
    adf.marked(adf.table(adf.table_row(adf.table_header("head")), adf.table_row(adf.table_cell("cell"))), adf.fragment("f")),
    adf.table(adf.table_row(adf.table_cell(adf.nested_expand("more", adf.paragraph("inside")), rowspan=1))),
    adf.expand("title", adf.paragraph("hidden")),
    adf.layout_section(adf.layout_column(50, adf.paragraph("left")), adf.layout_column(50, adf.paragraph("right"))),
    adf.task_list(
        adf.task_item("to do"),
        adf.task_list(adf.task_item("below", done=True)),
        adf.block_task_item(adf.paragraph("a"), adf.paragraph("b")),
    ),
    adf.decision_list(adf.decision_item("decided")),
    adf.media_single(adf.external_media("https://example.com/a.png", alt="picture"), adf.caption("words below")),
    adf.media_single(
        adf.marked(adf.media("m", "c", alt="file"), adf.border(1, "#ff0000"), adf.link_mark("https://example.com"),
                   adf.annotation_mark("n")),
        layout="wide", width=300, width_type="pixel",
    ),
    adf.media_group(adf.media("media-2", "c")),
    adf.block_card("https://example.com/block"),
    adf.embed_card("https://example.com/embed"),
    adf.marked(adf.extension(*KEY, text="app"), adf.data_consumer(["f"])),
    adf.bodied_extension(*KEY, adf.paragraph("body")),
    adf.sync_block("resource", "local"),
    adf.bodied_sync_block("resource-2", "local-2", adf.paragraph("synced")),
]  # fmt: skip


def kinds(value: Any) -> set[str]:
    if isinstance(value, dict):
        found = {value["type"]} if "type" in value else set()
        return found.union(*(kinds(item) for key in ("content", "marks") for item in value.get(key, ())))
    return set()


def rules(table: str) -> set[str]:
    """Names of the schema's table."""
    source = (ROOT / "src/rich_text/schema.rs").read_text("utf-8").split(f"pub const {table}:")[1].split("\n];")[0]
    return set(re.findall(r"^    (?:node|mark)\(\s*\"(\w+)\"", source, re.M))


def bare(value: Any) -> Any:
    """Without ids and empty lists, marks in one order."""
    if isinstance(value, dict):
        node = {key: bare(item) for key, item in value.items()}
        if node.get("type") not in ("extension", "syncBlock", "bodiedSyncBlock", "fragment"):
            (node.get("attrs") or {}).pop("localId", None)
        (node.get("attrs") or {}).pop("rowspan", None)
        if "marks" in node:
            node["marks"].sort(key=str)
        return {key: item for key, item in node.items() if item not in ([], {})}
    return [bare(item) for item in value] if isinstance(value, list) else value


def test_every_node_and_mark_is_built_and_shown() -> None:
    document = adf.doc(*BLOCKS)
    assert kinds(document) == rules("NODES") | rules("MARKS")
    assert len(kinds(document)) == 60
    adf.validate(document)
    markdown = adf.to_markdown(document)
    assert bare(adf.from_markdown(markdown)) == bare(json.loads(json.dumps(document)))
    told = [
        "plain", "strong", "low", "noted", "@Ann", "2026-11-29", "DONE", "😄", "fill in", "inline app", "media-1", "nested",
        "quoted", "x = 1", "success", "head", "inside", "hidden", "right", "below", "decided", "words below", "media-2",
        "https://example.com/block", "https://example.com/embed", "body", "resource", "synced",
    ]  # fmt: skip
    shown = [markdown, adf.to_text(document), adf.to_html(document), storage.from_adf(document)]
    for form, name in zip(shown, ("markdown", "text", "html", "storage"), strict=True):
        missing = [word for word in told if word not in form]
        assert not missing or (name == "storage" and missing == ["@Ann", "inline app"]), name


def test_nodes_are_frozen_and_json() -> None:
    node = adf.doc(adf.paragraph("x", adf.strong(adf.em("y"))))
    assert (
        json.loads(json.dumps(node))
        == node
        == {
            "version": 1,
            "type": "doc",
            "content": [
                {
                    "type": "paragraph",
                    "content": [
                        {"type": "text", "text": "x"},
                        {"type": "text", "text": "y", "marks": [{"type": "em"}, {"type": "strong"}]},
                    ],
                }
            ],
        }
    )
    for change in (lambda: node.update(a=1), lambda: node["content"].append(1), lambda: node.__setitem__("type", "x")):
        with pytest.raises(TypeError, match="cannot be changed"):
            change()
    assert copy.deepcopy(node) == pickle.loads(pickle.dumps(node)) == node


@pytest.mark.parametrize(
    ("document", "path", "problem"),
    [
        ({"type": "doc", "version": 1}, "content", "missing"),
        ({"type": "paragraph"}, "type", "outermost"),
        ({"type": "doc", "version": 2, "content": []}, "version", "must be 1"),
        (adf.doc(adf.heading(7, "x")), "content[0].attrs.level", "from 1 to 6"),  # type: ignore[arg-type]
        (adf.doc(adf.paragraph("a", adf.text(""))), "content[0].content[1].text", "empty"),
        (
            adf.doc(adf.paragraph(adf.link(adf.strong("x"), None))),
            "content[0].content[0].marks[1].attrs.href",
            "missing",
        ),  # type: ignore[arg-type]
        (
            adf.doc(adf.paragraph(adf.code(adf.strong("x")))),
            "content[0].content[0].marks[1].type",
            "cannot stand together",
        ),
        (adf.doc(adf.blockquote(adf.heading(1, "x"))), "content[0].content[0].type", "cannot hold a heading"),
        (adf.doc(adf.panel("blue", adf.paragraph())), "content[0].attrs.panelType", "one of"),  # type: ignore[arg-type]
        (adf.doc(adf.bullet_list()), "content[0].content", "at least 1"),
        (adf.doc(adf.media_single(adf.media("", "c"))), "content[0].content[0].attrs.id", "empty"),
        (
            {"type": "doc", "version": 1, "content": [{"type": "paragaph"}]},
            "content[0].type",
            'did you mean "paragraph"',
        ),
        (
            {"type": "doc", "version": 1, "content": [{"type": "rule", "attrs": {"x": 1}}]},
            "content[0].attrs.x",
            "no such",
        ),
        ({"type": "doc", "version": 1, "content": {}}, "content", "expected a list"),
    ],
)
def test_faults_tell_their_path(document: dict[str, Any], path: str, problem: str) -> None:
    with pytest.raises(DocumentError, match=re.escape(f"{path}: ")) as caught:
        adf.validate(document)
    assert caught.value.path == path
    assert problem in caught.value.problem
    assert isinstance(caught.value, ValueError)


def test_markdown_becomes_the_nodes_it_names() -> None:
    text = (
        "# A *b*\n\n1. [x](https://a.example) https://b.example.\n\n- [x] done\n- [ ] open\n\n| a | b |\n|---|---|\n| 1 | `c` |\n\n"
        "> [!WARNING]\n> care\n\n```py\nx\n```\n\n[@Ann](accountid:5b10) [2026-11-29](date:) [OK](status:green)\n\n![alt](p.png)\n"
    )
    document = adf.from_markdown(text)
    adf.validate(document)
    head, ordered, tasks, table, panel, code, line, picture = document["content"]
    assert head["attrs"] == {"level": 1}
    links = [node for node in ordered["content"][0]["content"][0]["content"] if "marks" in node]
    assert [node["marks"][0]["attrs"]["href"] for node in links] == ["https://a.example", "https://b.example"]
    assert [item["attrs"]["state"] for item in tasks["content"]] == ["DONE", "TODO"]
    assert [cell["type"] for row in table["content"] for cell in row["content"]] == ["tableHeader"] * 2 + [
        "tableCell"
    ] * 2
    assert panel["attrs"] == {"panelType": "warning"}
    assert code["attrs"] == {"language": "py"}
    assert [node["type"] for node in line["content"] if node["type"] != "text"] == ["mention", "date", "status"]
    assert picture["content"][0]["attrs"] == {"type": "external", "url": "p.png", "alt": "alt"}


@pytest.mark.parametrize(
    "text",
    ["> " * 5000, "- " * 5000, "".join("  " * n + "- a\n" for n in range(300)), "[" * 200_000, "*a " * 200_000, "`" * 100_001,
     "<!-- adf:expand -->\n\n" * 500, "<u>" * 100_000, "![" * 100_000, "| a " * 100_000, "<" * 300_000, "\\" * 300_001],
)  # fmt: skip
def test_hostile_markdown_ends_soon(text: str) -> None:
    started = time.monotonic()
    try:
        adf.to_markdown(adf.from_markdown(text))
    except DocumentError as error:
        assert re.search("nested deeper|more than", str(error))  # noqa: PT017
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("source", ["<p>" * 100_000, "<" * 300_000, "&" * 300_000, '<a "' * 100_000, "]]>" * 100_000])
def test_hostile_storage_ends_soon(source: str) -> None:
    started = time.monotonic()
    try:
        storage.to_markdown(source)
    except DocumentError as error:
        assert "nested deeper" in str(error)  # noqa: PT017
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "source", ["{quote}\n" * 10_000, "*" * 200_000, "[a|" * 100_000, "_a *b " * 50_000, "|" * 200_000, "!" * 200_000]
)
def test_hostile_wiki_ends_soon(source: str) -> None:
    started = time.monotonic()
    try:
        wiki.to_markdown(source)
    except DocumentError as error:
        assert "nested deeper" in str(error)  # noqa: PT017
    assert time.monotonic() - started < 10


def test_deep_documents_are_refused() -> None:
    node: dict[str, Any] = {"type": "paragraph"}
    for _ in range(95):
        node = {"type": "blockquote", "content": [node]}
    for take in (adf.validate, adf.to_markdown, adf.to_text, adf.to_html):
        with pytest.raises(ValueError, match=r"cannot hold|nested deeper"):
            take({"type": "doc", "version": 1, "content": [node]})
    # Allowed by the schema, at whatever depth.
    node = {"type": "paragraph", "content": []}
    for _ in range(50):
        node = {"type": "bulletList", "content": [{"type": "listItem", "content": [node]}]}
    for take in (adf.validate, adf.to_markdown, adf.to_text, adf.to_html):
        with pytest.raises(ValueError, match="nested deeper"):
            take({"type": "doc", "version": 1, "content": [node]})


def test_ten_megabytes_take_bounded_time() -> None:
    text = (
        "Some *words* and a [link](https://example.com/a_b) in a paragraph of a hundred letters or so, no more.\n\n"
    ) * 100_000
    assert len(text) > 10_000_000
    started = time.monotonic()
    document = adf.from_markdown(text)
    assert len(document["content"]) == 100_000
    assert adf.to_text(document).count("\n") == 99_999
    assert len(storage.from_markdown(text)) > 10_000_000
    # Some seconds in a release; a minute as built for tests, on a machine that is busy.
    assert time.monotonic() - started < 300
    with pytest.raises(DocumentError, match="more than 1000000 nodes"):
        adf.from_markdown("a\n\n" * 3_400_000)


def test_html_is_escaped() -> None:
    evil = adf.doc(
        adf.paragraph(
            "<script>", adf.link("x", "java\nscript:alert(1)"), adf.link("y", "HTTPS://ok.example/?a=1&b=\"'")
        ),
        adf.code_block("</code>", '"><img src=x>'),
        adf.media_single(adf.external_media("data:text/html,x", alt="<b>")),
        adf.panel("custom", adf.paragraph(), color="red;background:url(x)"),
    )
    html = adf.to_html(evil)
    assert "<script" not in html
    assert "script:" not in html
    assert "<img" not in html
    assert "url(x)" not in html
    assert '<a href="HTTPS://ok.example/?a=1&amp;b=&quot;&#39;">y</a>' in html
    assert "&lt;b&gt;" in html
    assert "&lt;/code&gt;" in html
    assert html.count("</code>") == 1


STORAGE = [
    ("<p>a <strong>b</strong> <em>c</em>&nbsp;d</p>", "a **b** _c_\xa0d\n"),
    ('<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">go</ac:parameter>'
     "<ac:plain-text-body><![CDATA[if a < b {\n]]]]><![CDATA[>}]]></ac:plain-text-body></ac:structured-macro>",
     "```go\nif a < b {\n]]>}\n```\n"),
    ('<ac:structured-macro ac:name="info"><ac:rich-text-body><p>x</p></ac:rich-text-body></ac:structured-macro>', "> [!NOTE]\n> x\n"),
    ('<ac:structured-macro ac:name="warning"><ac:rich-text-body><p>x</p></ac:rich-text-body></ac:structured-macro>',
     "> [!CAUTION]\n> x\n"),
    ('<ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">T</ac:parameter><ac:rich-text-body><p>x</p>'
     "</ac:rich-text-body></ac:structured-macro>", "<details>\n<summary>T</summary>\n\nx\n\n</details>\n"),
    ('<p><ac:link><ri:page ri:content-title="My page" ri:space-key="DOC"/><ac:plain-text-link-body><![CDATA[see]]>'
     "</ac:plain-text-link-body></ac:link></p>", "[see](page:DOC/My%20page)\n"),
    ('<p><ac:link><ri:user ri:account-id="5b10"/></ac:link> <time datetime="2026-11-29"/></p>',
     "[](accountid:5b10) [2026-11-29](date:)\n"),
    ('<ac:image ac:alt="A"><ri:attachment ri:filename="a.png"/></ac:image>', "![A](a.png)\n"),
    ("<ac:task-list><ac:task><ac:task-id>7</ac:task-id><ac:task-status>complete</ac:task-status><ac:task-body>x</ac:task-body>"
     "</ac:task></ac:task-list>", "- [x] x\n"),
    ("<table><tbody><tr><th>a</th></tr><tr><td><p>1</p></td></tr></tbody></table>", "| a |\n| --- |\n| 1 |\n"),
    ("<ul><li>a<ul><li>b</li></ul></li></ul>", "- a\n  - b\n"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "markdown"), STORAGE)
def test_storage_is_read_and_written(source: str, markdown: str) -> None:
    assert storage.to_markdown(source) == markdown
    adf.validate(storage.to_adf(source))
    assert storage.to_markdown(storage.from_markdown(markdown)) == markdown


def test_unknown_macros_are_kept() -> None:
    source = (
        '<ac:structured-macro ac:name="toc"><ac:parameter ac:name="maxLevel">2</ac:parameter></ac:structured-macro>'
    )
    again = storage.from_markdown(storage.to_markdown(source))
    assert 'ac:name="toc"' in again
    assert '<ac:parameter ac:name="maxLevel">2</ac:parameter>' in again


@pytest.mark.parametrize(
    ("source", "markdown"),
    [
        ("h2. Title", "## Title\n"),
        ("*b* _i_ -s- {{c}} 2*3*4", "**b** _i_ ~~s~~ `c` 2\\*3\\*4\n"),
        ("* a\n** b\n* c", "- a\n  - b\n- c\n"),
        ("# a\n# b", "1. a\n2. b\n"),
        ("||h||i||\n|1|[x|https://a.example]|", "| h | i |\n| --- | --- |\n| 1 | [x](https://a.example) |\n"),
        ("{code:go}\n*x*\n{code}", "```go\n*x*\n```\n"),
        ("bq. words", "> words\n"),
        ("[~accountid:5b10] and !a.png|alt=A!", "[](accountid:5b10) and \n\n![A](a.png)\n"),
        ("{panel:title=T}\nx\n{panel}", "> [!NOTE]\n> **T**\n>\n> x\n"),
        ("a\nb", "a\\\nb\n"),
    ],
)
def test_wiki_is_read(source: str, markdown: str) -> None:
    assert wiki.to_markdown(source).replace("and&#32;", "and ") == markdown
    adf.validate(wiki.to_adf(source))


# Markdown in bodies


@pytest.fixture
def sent(box: Sandbox) -> Callable[..., Any]:
    """Makes a call and gives the body that arrived."""

    def make(call: Any, *args: Any, **kwargs: Any) -> Any:
        with contextlib.suppress(ApiError):
            call(*args, **kwargs)
        return box.requests[-1].json()

    return make


def test_markdown_is_a_document_for_jira(box: Sandbox, sent: Callable[..., Any]) -> None:
    with box.client(Jira) as jira:
        request = jira.with_raw_response.issues.comments.add
        document = adf.from_markdown("**hi**")
        assert sent(request, "PROJ-1", body=Markdown("**hi**"))["body"] == document
        assert sent(request, "PROJ-1", body=adf.doc(adf.paragraph("x")))["body"]["type"] == "doc"
        create = jira.with_raw_response.issues.create
        assert sent(create, fields={"description": Markdown("**hi**"), "x": [Markdown("**hi**")]}) == {
            "fields": {"description": document, "x": [document]}
        }
        with pytest.raises(TypeError, match=r"jira\.v2\.issues\.comments\.add: body: .*Markdown"):
            jira.v2.issues.comments.add("PROJ-1", body=Markdown("x"))
        with pytest.raises(
            TypeError, match=r"jira\.v2\.issues\.create: fields\.description: Markdown is not taken here"
        ):
            jira.v2.issues.create(fields={"description": Markdown("x")})
        with pytest.raises(TypeError, match=r"jira\.issues\.get: issue_id_or_key: .*Markdown"):
            jira.issues.get(Markdown("x"))  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"jira\.issues\.comments\.add: body: .*nested deeper"):
            jira.issues.comments.add("PROJ-1", body=Markdown("> " * 500))
        with pytest.raises(TypeError, match=r"Markdown is not taken here"):
            jira.request("POST", "/rest/api/3/issue", json={"a": Markdown("x")})


def test_markdown_is_storage_for_confluence(box: Sandbox, sent: Callable[..., Any]) -> None:
    value = {"representation": "storage", "value": "<p><strong>hi</strong></p>"}
    with box.client(Confluence) as confluence:
        create = confluence.with_raw_response.pages.create
        assert sent(create, space_id="1", title="t", body=Markdown("**hi**"))["body"] == value
        with pytest.raises(TypeError, match=r"confluence\.pages\.create: title: expected str, got Markdown"):
            confluence.pages.create(space_id="1", title=Markdown("x"), body=Markdown("x"))  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"confluence\.spaces\.create: description: .*Markdown"):
            confluence.spaces.create(name="n", key="K", description=Markdown("x"))  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"confluence\.pages\.create: body\.value: .*storage\.from_markdown"):
            confluence.pages.create(space_id="1", body={"representation": "storage", "value": Markdown("x")})  # type: ignore[typeddict-item]


def test_markdown_in_customer_requests(box: Sandbox, sent: Callable[..., Any]) -> None:
    with box.client(ServiceManagement) as desk:
        create = desk.with_raw_response.requests.create
        values = {"description": Markdown("hi")}
        request = sent(
            create, request_type_id="1", service_desk_id="1", is_adf_request=True, request_field_values=values
        )
        assert request["requestFieldValues"]["description"] == adf.from_markdown("hi")


@pytest.mark.parametrize("bad", [None, 5, b"x", ["x"], "\ud800"])
def test_what_is_no_markdown_is_refused(bad: Any) -> None:
    for take in (Markdown, adf.from_markdown, storage.from_markdown):
        with pytest.raises((TypeError, ValueError), match=r"[Mm]arkdown: "):
            take(bad)
    for read in (storage.to_markdown, wiki.to_markdown):
        with pytest.raises((TypeError, ValueError), match=r"(storage|wiki): "):
            read(bad)
    for write in (adf.to_markdown, adf.validate, adf.to_html):
        with pytest.raises((TypeError, ValueError), match="document"):
            write(bad)


def test_markdown_is_a_value() -> None:
    text = Markdown("a")
    assert text == Markdown("a") != Markdown("b")
    assert len({text, Markdown("a")}) == 1
    assert (text.text, str(text), repr(text)) == ("a", "a", "Markdown('a')")
    assert pickle.loads(pickle.dumps(text)) == copy.deepcopy(text) == text
    assert adf.from_markdown(text) == adf.from_markdown("a")

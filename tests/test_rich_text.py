"""Rich text: every node and mark built, checked and shown; Markdown in the bodies of requests; documents that mean harm."""

from __future__ import annotations

import contextlib
import copy
import html
import itertools
import json
import pickle
import re
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from atlassian_cloud import ApiError, Confluence, DocumentError, Jira, Markdown, ServiceManagement, adf, storage, wiki
from atlassian_cloud.jira import editing
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


# How each node and mark is seen in HTML and in plain text; text None where it says nothing by itself.
SHOWN: dict[str, tuple[str, str | None]] = {
    "doc": ("<p>plain", "plain"), "paragraph": ("<p>plain", "plain"), "text": ("plain", "plain"),
    "heading": ("<h2", "indented"), "hardBreak": ("<br>", "\n"), "bulletList": ("<ul><li>", "- one"),
    "orderedList": ('<ol start="3">', "3. nested"), "listItem": ("<li><p>item", "item"), "blockquote": ("<blockquote>", "quoted"),
    "codeBlock": ('<pre data-adf-mark="breakout"><code class="language-python">', "x = 1"), "panel": ("panel-info", "info"),
    "rule": ("<hr>", "---"),
    "table": ("<table", "head"), "tableRow": ("<tr>", "head"), "tableCell": ("<td>", "cell"), "tableHeader": ("<th>", "head"),
    "expand": ("<summary>title", "title"), "nestedExpand": ("<summary>more", "more"), "layoutSection": ('data-adf="layoutSection"', "left"),
    "layoutColumn": ('data-adf="layoutColumn"', "right"), "taskList": ('<ul class="tasks">', "[ ] to do"),
    "taskItem": ('<input type="checkbox" disabled checked> below', "[x] below"), "blockTaskItem": ("<p>b</p></li>", "b"),
    "decisionList": ('<ul class="decisions">', "decided"), "decisionItem": ('<li data-state="DECIDED">decided', "decided"),
    "mediaSingle": ("<figure", "picture"), "mediaGroup": ('data-media-id="media-2"', "media-2"),
    "media": ('<img src="https://example.com/a.png" alt="picture"', "picture"), "mediaInline": ('data-media-id="media-1"', "media-1"),
    "caption": ("<figcaption>words below", "words below"), "mention": ('data-account-id="5b10">@Ann', "@Ann"), "emoji": ("😄", "😄"),
    "date": ('<time datetime="2026-11-29">', "2026-11-29"), "status": ("status-green", "DONE"), "placeholder": ("fill in", "fill in"),
    "inlineCard": ('<a href="https://example.com/card"', "https://example.com/card"),
    "blockCard": ('<a href="https://example.com/block"', "https://example.com/block"),
    "embedCard": ('<a href="https://example.com/embed"', "https://example.com/embed"), "extension": ('data-adf="extension"', "app"),
    "inlineExtension": ('data-adf="inlineExtension"', "inline app"), "bodiedExtension": ('data-adf="bodiedExtension"', "body"),
    "syncBlock": ('data-adf="syncBlock"', "resource"), "bodiedSyncBlock": ('data-adf="bodiedSyncBlock"', "synced"),
    "strong": ("<strong>", "strong"), "em": ("<em>", "em"), "strike": ("<s>", "strike"), "underline": ("<u>", "underline"),
    "code": ("<code>code", "code"), "subsup": ("<sub>low", "low"), "textColor": ('style="color:#ff0000"', "red"),
    "backgroundColor": ('style="background-color:#00ff00"', "marked"), "link": ('<a href="https://example.com" title="a title">', "link"),
    "annotation": ('data-adf-mark="annotation"', "noted"), "alignment": ("text-align:center", "centred"),
    "fontSize": ('data-adf-mark="fontSize"', None), "indentation": ('data-adf-mark="indentation"', "indented"),
    "breakout": ('data-adf-mark="breakout"', "x = 1"), "fragment": ('data-adf-mark="fragment"', "head"),
    "border": ('data-adf-mark="border"', None), "dataConsumer": ('data-adf-mark="dataConsumer"', "app"),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(SHOWN))
def test_each_node_and_mark_alone(kind: str) -> None:
    name = re.sub("(?<!^)([A-Z])", r"_\1", kind).lower()
    assert callable(getattr(adf, name))
    document = next(document for document in map(adf.doc, BLOCKS) if kind in kinds(document))
    adf.validate(document)
    broken = json.loads(json.dumps(document).replace(f'"type": "{kind}"', '"type": "nothing"'))
    with pytest.raises(DocumentError, match=r"type: "):
        adf.validate(broken)
    again = adf.from_markdown(adf.to_markdown(document))
    assert bare(again) == bare(json.loads(json.dumps(document)))
    element, text = SHOWN[kind]
    assert element in adf.to_html(document)
    assert text is None or text in adf.to_text(document)


def test_the_kinds_are_those_of_the_schema() -> None:
    assert SHOWN.keys() == rules("NODES") | rules("MARKS")


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


def deep_references(count: int) -> str:
    return "".join(f"[a{n}]: b\n" for n in range(count)) + "".join(f"[a{n}] " for n in range(count))


def ends_soon(read: Callable[[str], dict[str, Any]], source: str) -> None:
    """In seconds, and not in minutes; and the output is not many times as big."""
    started = time.monotonic()
    try:
        document = read(source)
    except DocumentError as error:
        assert re.search("nested deeper|more than", str(error))  # noqa: PT017
    else:
        for write in (adf.to_markdown, adf.to_text, adf.to_html, storage.from_adf):
            # A line in containers 90 deep has their markers before it; short rows of a table are filled up, to 260,000 cells.
            assert len(write(document)) < 250 * len(source) + 30_000_000
    assert time.monotonic() - started < 60


@pytest.mark.parametrize(
    "text",
    [
        "> " * 100_000, "- " * 100_000, "".join("  " * n + "- a\n" for n in range(300)), "[" * 40_000, "*a " * 40_000, "`" * 20_000,
        "<!-- adf:expand -->\n\n" * 20_000, "<u>" * 20_000, "![" * 20_000, "| a " * 20_000, "<" * 60_000, "\\" * 60_000,
        "<details>\n\n" * 20_000, "<u>a" * 20_000, "> " * 80 + "a\\\n" * 20_000, "a**b_c* " * 8_000,
        "*a **b " * 8_000 + "c** d* " * 8_000,
        "![" * 10_000 + "a" + "](b)" * 10_000, "[" * 20_000 + "a" + "](b)" * 10_000, "[a](" * 15_000, "[a](<b" * 10_000,
        "~~a ~b " * 8_000,
        "".join("`" * n + "a" for n in range(800)), "[^a]" * 6_000 + "\n" + "[^a]: b\n" * 6_000, deep_references(3_000),
        "[a]: " + "b" * 30_000 + "\n\n" + "[a] " * 8_000, "|a" * 200 + "\n" + "|-" * 200 + "\n" + "|b\n" * 500,
        "|a|\n|-|\n" + "|b|\n" * 14_000, "http://a(" * 4_000 + ")" * 20_000, "http://" * 8_000, "www." * 15_000, "<a b='" * 10_000,
        "a <!-- " * 8_000, "a <? " * 12_000, "a <![CDATA[ " * 5_000, "> [!NOTE] " + "[" * 60_000, "_" * 60_000, "&" * 60_000,
    ],
)  # fmt: skip
def test_hostile_markdown_ends_soon(text: str) -> None:
    ends_soon(adf.from_markdown, text)


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in itertools.pairwise("abcdefghij")
)


@pytest.mark.parametrize(
    "source",
    [
        "<p>" * 20_000, "<" * 60_000, "&" * 60_000, '<a "' * 20_000, "]]>" * 20_000, ENTITIES + "]><p>&j;</p>", "<a \"<b '" * 8_000,
        "<p " + "a=b " * 15_000 + ">x</p>", "<ul><li>" * 40 + "<pre>" + "a\n" * 20_000, "<strong><em>" * 40 + "a<br/>" * 10_000,
        "<table><tr><td>" * 25 + "a<p>b</p>" * 6_000, "<table><tr>" + "<td>a</td>" * 4_000 + "</tr>" + "<tr><td>b</td></tr>" * 4_000,
        "<pre>" * 85 + "abc " * 15_000, "<h1>" * 80 + "<p>a</p>" * 8_000, "<![CDATA[" * 6_000, "<!-- " * 12_000,
        "<b>" * 85 + "</i>" * 15_000,
        '<ac:structured-macro ac:name="x">' + '<ac:parameter ac:name="a">b</ac:parameter>' * 1_400,
    ],
)  # fmt: skip
def test_hostile_storage_ends_soon(source: str) -> None:
    ends_soon(storage.to_adf, source)


def test_entities_of_a_document_are_not_expanded() -> None:
    assert "aaaaaaaaaaa" not in storage.to_markdown(ENTITIES + "]><p>&b;&j;</p>")


@pytest.mark.parametrize(
    "source",
    [
        "{quote}\n" * 2_000, "*" * 40_000, "[a|" * 20_000, "_a *b " * 50_000, "|" * 40_000, "!" * 40_000, "{" * 60_000,
        "{{a " * 60_000,
        "|[" * 20_000, "|[a|b]" * 10_000, "|{" * 20_000, "|!a.png|b" * 6_000, "|a" * 15_000 + "|\n" + "|a|\n" * 8_000, "[" * 200_000,
        "{color:red}a" * 5_000, "{color:red}a" * 2_400 + "b{color}" * 2_400, "{color:" * 8_000, "{code:a}" * 8_000,
        "{panel:a}b\n" * 6_000,
        "{panel:x}{quote:y}{info:z}{tip:a}{note:b}{warning:c}" * 1_200, "|{code}a" * 8_000, "|{code}a|b{code}" * 3_000,
        "*a _b +c -d ^e ~f " * 1_600 + "f~ e^ d- c+ b_ a* " * 1_600, "a{*}b{_}c" * 6_000, "*#*#*#*#*#* a\n#*#*#*#*#* b\n" * 1_200,
        "??a " * 15_000, "http://a" * 8_000, "{panel:a}|{quote}|" * 3_000, "\\" * 60_000, "[*a|http://b] " * 4_000,
    ],
)  # fmt: skip
def test_hostile_wiki_ends_soon(source: str) -> None:
    ends_soon(wiki.to_adf, source)


def test_what_is_not_there_is_an_empty_text(box: Sandbox) -> None:
    with box.client(Jira) as jira:
        key = editing.create(jira, {"Project": "ENG", "Issue Type": "Task", "Summary": "Bare"})
        description = jira.issues.get(key).to_dict()["fields"].get("description")
        older = jira.v2.issues.get(key).to_dict()["fields"].get("description")
    assert [write(description) for write in (adf.to_markdown, adf.to_text, adf.to_html)] == [""] * 3
    assert (wiki.to_markdown(older), wiki.to_adf(older)) == ("", wiki.to_adf(""))
    # Of pages None tells that the body was not asked for.
    with pytest.raises(TypeError):
        storage.to_markdown(None)  # type: ignore[arg-type]  # pyright: ignore


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


CONTROLS = "".join(map(chr, range(32))) + "\ufffe\uffff"
HELD = "\t\n\r"


def test_what_xml_cannot_hold_is_replaced() -> None:
    for c in CONTROLS:
        kept = c if c in HELD else "\ufffd"
        document = adf.doc(
            adf.paragraph(f"a{c}b", adf.status(f"s{c}", "green"), adf.link("x", f"https://e.example/{c}")),
            adf.code_block(f"a{c}b", f"l{c}"),
            adf.extension("key", f"t{c}", parameters={"macroParams": {"p": {"value": f"v{c}"}}}),
        )
        for written in (
            storage.from_adf(document),
            adf.to_html(document),
            storage.from_markdown(f"a{c}b `a{c}b`\n\n~~~\na{c}b\n~~~"),
        ):
            assert not set(CONTROLS) - set(HELD) & set(written)
            assert f"a{kept}b" in written.replace("\r", c) or c in HELD
        # Storage format is XML.
        ElementTree.fromstring(f"<x xmlns:ac='a' xmlns:ri='r'>{storage.from_adf(document)}</x>")
        if c not in HELD:
            for read in (adf.from_markdown(f"a{c}b"), adf.from_markdown(f"a&#{ord(c)};b"), wiki.to_adf(f"a{c}b"),
                         storage.to_adf(f"<p>a{c}b</p>"), storage.to_adf(f"<p>a&#{ord(c)};b</p>")):  # fmt: skip
                assert read["content"][0]["content"][0]["text"] == "a\ufffdb"
    assert "a\ufffd\U0001f600é\ufeff" in storage.from_markdown("a\x00\U0001f600é\ufeff")
    for lone in ("\ud800", "a\udfffb"):
        for take in (adf.from_markdown, storage.from_markdown, storage.to_markdown, wiki.to_markdown):
            with pytest.raises(ValueError, match=r"(markdown|storage|wiki): "):
                take(lone)
        for write in (adf.to_html, adf.to_markdown, adf.validate, storage.from_adf):
            with pytest.raises(ValueError, match="document"):
                write(adf.doc(adf.paragraph(lone)))


RUNNING = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
    "java\x00script:alert(1)", "\x01javascript:alert(1)", "javascript\u200b:alert(1)", "vbscript:msgbox", "VBScript :x",
    "data:text/html,<script>alert(1)</script>", "data:image/svg+xml;base64,AA",
]  # fmt: skip
WELCOME = [
    "https://a.example/javascript:x", "HTTP://a.example", "mailto:a@b.example", "tel:+49123", "slack://open?team=T", "vscode:x/y",
    "obsidian://open", "ftp://a.example", "/wiki/x:y", "#anchor", "a.html", "../x?y=data:1", "?q=javascript:1", "urn:isbn:1", "datastore:x",
]  # fmt: skip


@pytest.mark.parametrize("address", RUNNING)
def test_addresses_that_run_something_are_left_out(address: str) -> None:
    documents = [
        adf.doc(adf.paragraph(adf.link("words", address))),
        adf.doc(adf.media_single(adf.external_media(address, alt="words"), adf.caption("below"))),
        adf.doc(adf.media_single(adf.marked(adf.media("i", "c", alt="words"), adf.link_mark(address)))),
        adf.doc(adf.table(adf.table_row(adf.table_cell(adf.media_single(adf.external_media(address, alt="words")))))),
        adf.doc(adf.paragraph(adf.inline_card(address))),
        adf.doc(adf.block_card(address)),
        adf.doc(adf.embed_card(address)),
    ]
    for document in documents:
        with pytest.raises(DocumentError, match=r"attrs\.(href|url): expected an address that runs nothing"):
            adf.validate(document)
        written = [adf.to_html(document), storage.from_adf(document), adf.to_markdown(document)]
        assert not any(
            re.search(r"(href|src|ri:value)=|\]\(<?[\s\W]*(java|vb|data)|^<\W*(java|vb|data)", text, re.I)
            for text in written
        )
        assert all("words" in text or "script" in text.lower() or "data:" in text for text in written)
        again = adf.from_markdown(written[2])
        adf.validate(again)
    escaped = html.escape(address, quote=True).replace("\n", "&#10;").replace("\x00", "&#0;")
    spelled = "".join(f"&#{ord(c)};" if c.isalpha() else c for c in address.strip())
    for text in (f"[words](<{address}>)", f"![words](<{address}>)", f"[words](<{spelled}>)", f"[words][x]\n\n[x]: <{address}>",
                 f"[words](adf:inlineCard '{json.dumps({'url': address})}')"):  # fmt: skip
        document = adf.from_markdown(text)
        adf.validate(document)
        assert not {"link", "media", "inlineCard"} & kinds(document) or "\n" in address
    for text in (f'<p><a href="{escaped}">words</a></p>', f'<p><ac:link><ri:url ri:value="{escaped}"/></ac:link> words</p>',
                 f'<ac:image ac:alt="words"><ri:url ri:value="{escaped}"/></ac:image>'):  # fmt: skip
        document = storage.to_adf(text)
        adf.validate(document)
        assert not {"link", "media"} & kinds(document)
        assert "words" in storage.to_markdown(text)
    assert not {"link", "media"} & kinds(wiki.to_adf(f"[words|{address}]"))


@pytest.mark.parametrize("address", WELCOME)
def test_other_addresses_stay(address: str) -> None:
    document = adf.doc(adf.paragraph(adf.link("words", address)))
    adf.validate(document)
    assert adf.from_markdown(adf.to_markdown(document)) == document
    assert f'href="{address}"' in adf.to_html(document)
    assert address.strip("#") in storage.from_adf(document)
    assert storage.to_adf(storage.from_adf(document)) == document


def test_names_of_people_may_be_told() -> None:
    source = (
        '<p><ac:link><ri:user ri:account-id="5b10"/></ac:link> <ac:link><ri:user ri:account-id="7:x"/></ac:link></p>'
    )
    assert storage.to_markdown(source) == "[@5b10](accountid:5b10) [@7:x](accountid:7:x)\n"
    assert storage.from_markdown(storage.to_markdown(source)) == source
    assert (
        storage.to_markdown(source, names={"5b10": "Ann *B*"})
        == "[@Ann \\*B\\*](accountid:5b10) [@7:x](accountid:7:x)\n"
    )
    asked: list[str] = []

    def name(id: str) -> str | None:
        asked.append(id)
        return None if id == "5b10" else "@Bo"

    assert storage.to_markdown(source * 2, names=name).count("[@Bo](accountid:7:x)") == 2
    assert asked == ["5b10", "7:x"]
    document = adf.doc(adf.paragraph(adf.mention("5b10"), " ", adf.mention("7:x", "@Known")))
    assert adf.to_text(document, names={"5b10": "Ann", "7:x": "Other"}) == "@Ann @Known"
    assert "@Ann</span>" in adf.to_html(document, names={"5b10": "Ann"})
    assert wiki.to_markdown("[~accountid:5b10]", names={"5b10": "Ann"}) == "[@Ann](accountid:5b10)\n"
    assert adf.from_markdown("[@5b10](accountid:5b10)") == adf.doc(adf.paragraph(adf.mention("5b10")))
    with pytest.raises(TypeError, match=r"names: expected a dict or a function .* got int"):
        storage.to_markdown(source, names=5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match='names: expected str or None for "5b10", got int'):
        storage.to_markdown(source, names={"5b10": 1})  # type: ignore[dict-item]
    with pytest.raises(KeyError, match="5b10"):
        storage.to_markdown(source, names=dict[str, str]().__getitem__)


def test_files_may_be_placed() -> None:
    source = (
        '<ac:image ac:width="30"><ri:attachment ri:filename="a b.png"/></ac:image><p><ac:link><ri:attachment ri:filename="c.pdf"/>'
        '<ac:link-body>see</ac:link-body></ac:link></p><ac:image><ri:url ri:value="https://x.example/a.png"/></ac:image>'
    )
    placed = storage.to_markdown(source, files={"a b.png": "files/a%20b.png", "c.pdf": "files/c.pdf"})
    assert placed == "![](files/a%20b.png '{\"width\":30}')\n\n[see](files/c.pdf)\n\n![](https://x.example/a.png)\n"
    assert "![](<a b.png>" in storage.to_markdown(source, files=lambda name: None)
    document = adf.doc(
        adf.media_single(adf.media("m-1", "c", alt="x.png"), adf.caption("words"), layout="wide"),
        adf.paragraph("in ", adf.media_inline("m-2", "c"), " line"),
        adf.media_group(adf.media("m-3", "c")),
    )
    text = adf.to_markdown(document, files={"x.png": "f/x.png", "m-2": "f/2.png"})
    assert "\n![x.png](f/x.png)\n" in text
    assert "\nin ![](f/2.png) line\n" in text
    assert "adf:media '" in text
    adf.validate(adf.from_markdown(text))
    assert '<img src="f/x.png" alt="x.png">' in adf.to_html(document, files={"m-1": "f/x.png"})
    assert wiki.to_markdown("!a.png! [^b c.txt]", files=lambda name: f"f/{len(name)}") == "![](f/5)\n\n[b c.txt](f/7)\n"


def test_a_byte_order_mark_is_no_text() -> None:
    assert adf.from_markdown("\ufeff# A") == adf.from_markdown("# A")
    assert wiki.to_adf("\ufeffh1. A") == wiki.to_adf("h1. A")
    assert storage.to_adf("\ufeff<h1>A</h1>") == storage.to_adf("<h1>A</h1>")


def test_html_is_escaped() -> None:
    evil = adf.doc(
        adf.paragraph(
            "<script>", adf.link("x", "java\nscript:alert(1)"), adf.link("y", "HTTPS://ok.example/?a=1&b=\"'")
        ),
        adf.code_block("</code>", '"><img src=x>'),
        adf.media_single(adf.external_media("data:text/html,x", alt="<b>")),
        adf.panel("custom", adf.paragraph(), color="red;background:url(x)"),
    )
    shown = adf.to_html(evil)
    assert "<script" not in shown
    assert "script:" not in shown
    assert "<img" not in shown
    assert "url(x)" not in shown
    assert '<a href="HTTPS://ok.example/?a=1&amp;b=&quot;&#39;">y</a>' in shown
    assert "&lt;b&gt;" in shown
    assert "&lt;/code&gt;" in shown
    assert shown.count("</code>") == 1


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
     "[@5b10](accountid:5b10) [2026-11-29](date:)\n"),
    ('<ac:image ac:alt="A"><ri:attachment ri:filename="a.png"/></ac:image>', "![A](a.png)\n"),
    ('<ac:image ac:width="320"><ri:attachment ri:filename="a.png"/></ac:image>', "![](a.png '{\"width\":320}')\n"),
    ("<table><tbody><tr><th>a</th><td>1</td></tr></tbody></table>",
     '<!-- adf:table {"cells":[[1,0,{"header":true}]]} -->\n\n|  |  |\n| --- | --- |\n| a | 1 |\n\n<!-- /adf:table -->\n'),
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
        ("[~accountid:5b10] and !a.png|alt=A!", "[@5b10](accountid:5b10) and\n\n![A](a.png)\n"),
        ("{panel:title=T|bgColor=#fff}\nx\n* y\n{panel}", "> [!NOTE]\n> **T**\n>\n> x\n>\n> - y\n"),
        ("a\nb", "a\\\nb\n"),
        ("h3. *b* and _i_\ntext", "### **b** and _i_\n\ntext\n"),
        ("{color:red}r *b*{color} {color:#00ff00}g{color}",
         '<span style="color:#ff0000">r **b**</span> <span style="color:#00ff00">g</span>\n'),
        ("{color:#f00}\nh1. T\n\nx\n{color}y", '# <span style="color:#ff0000">T</span>\n\n<span style="color:#ff0000">x</span>\\\ny\n'),
        ("{color:red}no end", "{color:red}no end\n"),
        ("!a.png|width=300,height=20,alt=A! !Screen shot.png|thumbnail!",
         "![A](a.png '{\"width\":300,\"height\":20}')\n\n![](<Screen shot.png>)\n"),
        ("Wow! See a.png! and x!a.png!", "Wow! See a.png! and x!a.png\\!\n"),
        ("!notes.pdf! [^my file.pdf] [it|^my file.pdf]",
         "[notes.pdf](attachment:notes.pdf) [my file.pdf](attachment:my%20file.pdf) [it](attachment:my%20file.pdf)\n"),
        ("see http://a.example/x_y_z, (https://b.example/?a=b).", "see <http://a.example/x_y_z>, (<https://b.example/?a=b>).\n"),
        ("[mailto:a@b.example] [call|tel:+49] [top|#top] [*bold*|https://x.example] [ABC-1] a[0]",
         "[a@b.example](mailto:a@b.example) [call](tel:+49) [top](#top) [**bold**](https://x.example) \\[ABC-1\\] a\\[0\\]\n"),
        ("[https://a.example|https://a.example|smart-link]", "<https://a.example>\n"),
        ("*a _b_ c* _it *bi* it_", "**a _b_ c** _it **bi** it_\n"),
        ("*see {{a*b}} and [x*y|https://a.example] so*", "<strong>see </strong>`a*b`<strong> and [x\\*y](https://a.example) so</strong>\n"),
        ("te{*}x{*}t x{^}2{^}", "te**x**t x<sup>2</sup>\n"),
        ("C++ and C++ 2-3-4 a_b_c f(x) --flag", "C++ and C++ 2-3-4 a_b_c f(x) --flag\n"),
        ("a -- b --- c", "a – b — c\n"),
        (r"\*no\* \{code} C:\temp", r"\*no\* {code} C:\\temp" + "\n"),
        (r"a\\b\\" + "\nc", "a\\\nb\\\nc\n"),
        ("(/) done (x) :)", "✅ done ❌ 🙂\n"),
        ("a&nbsp;b &amp; c", "a\xa0b & c\n"),
        ("# a\n{code:sh}\nls\n{code}\n# b\nmore", "1. a\n\n   ```sh\n   ls\n   ```\n2. b\\\n   more\n"),
        ("* a !x.png!\n* b", "- a\n\n  ![](x.png)\n- b\n"),
        ("# a\n#* b\n## c\n# d", "1. a\n   - b\n\n   1. c\n2. d\n"),
        ("run {code}ls{code} now", "run\n\n```\nls\n```\n\nnow\n"),
        ("{quote}a{quote} b", "> a\n\nb\n"),
        ("{quote}no end", "{quote}no end\n"),
        ("{panel}\n{code:python}\nprint('{panel}')\n{code}\n{panel}", "> [!NOTE]\n>\n> ```python\n> print('{panel}')\n> ```\n"),
        ("{noformat}\n*x* {code}\n{noformat}", "```\n*x* {code}\n```\n"),
        ("{code:title=A.java|borderStyle=solid}\nx\n{code}", "**A.java**\n\n```\nx\n```\n"),
        ("{warning:title=T}x{warning}", "> [!CAUTION]\n> **T**\n>\n> x\n"),
        ("|a\nb|[x|https://a.example]|\n|c|{{d}}|\nafter",
         "|  |  |\n| --- | --- |\n| a<br>b | [x](https://a.example) |\n| c | `d` |\n\nafter\n"),
        ("||h||i||\n|1|", "| h | i |\n| --- | --- |\n| 1 |  |\n"),
        ("----\nbq. q *b*", "---\n\n> q **b**\n"),
        ("[~jdoe] {anchor:x}\r\nb", "@jdoe\\\nb\n"),
    ],
)  # fmt: skip
def test_wiki_is_read(source: str, markdown: str) -> None:
    assert wiki.to_markdown(source) == markdown
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
    for read in (storage.to_markdown, storage.to_adf):
        with pytest.raises((TypeError, ValueError), match=r"storage: "):
            read(bad)
    with pytest.raises((TypeError, ValueError), match="document"):
        adf.validate(bad)
    if bad is None:
        return
    with pytest.raises((TypeError, ValueError), match="wiki: "):
        wiki.to_markdown(bad)
    for write in (adf.to_markdown, adf.to_text, adf.to_html):
        with pytest.raises((TypeError, ValueError), match="document"):
            write(bad)


def test_markdown_is_a_value() -> None:
    text = Markdown("a")
    assert text == Markdown("a") != Markdown("b")
    assert len({text, Markdown("a")}) == 1
    assert (text.text, str(text), repr(text)) == ("a", "a", "Markdown('a')")
    assert pickle.loads(pickle.dumps(text)) == copy.deepcopy(text) == text
    assert adf.from_markdown(text) == adf.from_markdown("a")

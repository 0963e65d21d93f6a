//! Rich text: Markdown and ADF into each other, faults with their paths, documents that mean harm.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;

use atlassian_cloud::rich_text::{Node, from_markdown, to_html, to_markdown, to_text, validate};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

fn read(markdown: &str) -> Value {
    let document = from_markdown(markdown).unwrap().into_value();
    validate(&document).unwrap_or_else(|fault| panic!("{markdown:?} -> {document}: {fault}"));
    document
}

fn write(document: &Value) -> String {
    to_markdown(&Node::from_value(document.clone()).unwrap())
}

/// Without the ids of editors, with texts joined: what a document says.
fn meaning(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
            let mut out = serde_json::Map::new();
            for (key, value) in fields {
                let mut value = meaning(value);
                if key == "attrs" {
                    let attrs = value.as_object_mut().unwrap();
                    if !matches!(kind, "syncBlock" | "bodiedSyncBlock" | "extension" | "inlineExtension" | "bodiedExtension" | "fragment") {
                        attrs.shift_remove("localId");
                    }
                    if kind == "orderedList" && attrs.get("order") == Some(&json!(1)) {
                        attrs.shift_remove("order");
                    }
                    if matches!(kind, "tableCell" | "tableHeader") {
                        for span in ["colspan", "rowspan"] {
                            if attrs.get(span) == Some(&json!(1)) {
                                attrs.shift_remove(span);
                            }
                        }
                    }
                    if attrs.is_empty() {
                        continue;
                    }
                }
                if key == "marks" {
                    let marks = value.as_array_mut().unwrap();
                    marks.sort_by_key(|mark| mark.to_string());
                    if marks.is_empty() {
                        continue;
                    }
                }
                if key == "content" {
                    value = Value::Array(joined(value.as_array().unwrap()));
                    if value.as_array().unwrap().is_empty() {
                        continue;
                    }
                }
                out.insert(key.clone(), value);
            }
            out.sort_keys();
            Value::Object(out)
        }
        Value::Array(items) => Value::Array(items.iter().map(meaning).collect()),
        other => other.clone(),
    }
}

fn joined(nodes: &[Value]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    for node in nodes {
        if let Some(last) = out.last_mut()
            && last["type"] == "text"
            && node["type"] == "text"
            && last.get("marks") == node.get("marks")
        {
            last["text"] = json!(format!("{}{}", last["text"].as_str().unwrap(), node["text"].as_str().unwrap()));
            continue;
        }
        out.push(node.clone());
    }
    out
}

#[track_caller]
fn assert_survives(document: &Value) {
    let markdown = write(document);
    let again = from_markdown(&markdown).unwrap().into_value();
    assert_eq!(meaning(&again), meaning(document), "\n{document}\n--- as Markdown\n{markdown}\n---");
}

fn words() -> BoxedStrategy<String> {
    prop_oneof![
        4 => "[a-zA-Z ]{1,12}",
        3 => r"[ a-z0-9*_`~<>|#+.)(!&;:/=\\\[\]\-'\x22{}]{1,10}",
        1 => Just("https://a.example/x_y?b=1&c=2".to_owned()),
        1 => Just("www.example.com".to_owned()),
        1 => Just("1. x".to_owned()),
        1 => Just("- [ ] x".to_owned()),
        1 => Just("[!NOTE]".to_owned()),
        1 => Just("snake_case &amp; &#38; <b> ---".to_owned()),
        1 => "\\PC{1,6}",
    ]
    .boxed()
}

fn text() -> BoxedStrategy<Value> {
    let mark = prop_oneof![
        Just(json!({"type": "strong"})),
        Just(json!({"type": "em"})),
        Just(json!({"type": "strike"})),
        Just(json!({"type": "underline"})),
        Just(json!({"type": "subsup", "attrs": {"type": "sub"}})),
        Just(json!({"type": "textColor", "attrs": {"color": "#ff5630"}})),
        Just(json!({"type": "backgroundColor", "attrs": {"color": "#00ff00"}})),
        Just(json!({"type": "subsup", "attrs": {"type": "sup"}})),
        Just(json!({"type": "annotation", "attrs": {"id": "a|b\"<'", "annotationType": "inlineComment"}})),
        Just(json!({"type": "link", "attrs": {"href": "https://x.example/a_(b)?c=|&d=*"}})),
        Just(json!({"type": "link", "attrs": {"href": "/wiki", "title": "a \"t\" | 'x' \\ &amp;"}})),
    ];
    let code = prop_oneof![Just(json!({"type": "link", "attrs": {"href": "https://x.example"}}))];
    let formatted = (words(), prop::collection::vec(mark, 0..3)).prop_map(|(text, mut marks)| {
        let mut seen = Vec::new();
        marks.retain(|mark| {
            let kind = mark["type"].clone();
            let new = !seen.contains(&kind);
            seen.push(kind);
            new
        });
        json!({"type": "text", "text": text, "marks": marks})
    });
    let code = (words(), prop::collection::vec(code, 0..2)).prop_map(|(text, mut marks)| {
        marks.push(json!({"type": "code"}));
        json!({"type": "text", "text": text, "marks": marks})
    });
    prop_oneof![5 => formatted, 1 => code].boxed()
}

fn inline() -> BoxedStrategy<Value> {
    let other = prop_oneof![
        Just(json!({"type": "hardBreak"})),
        words().prop_map(|name| json!({"type": "mention", "attrs": {"id": "5b10:a-b", "text": format!("@{name}")}})),
        Just(json!({"type": "mention", "attrs": {"id": "5b10", "text": "@x", "userType": "APP", "accessLevel": ""}})),
        Just(json!({"type": "mention", "attrs": {"id": "712020:5b_10"}})),
        Just(json!({"type": "mention", "attrs": {"id": "5b10", "text": "@5b10"}})),
        Just(json!({"type": "date", "attrs": {"timestamp": "1795910400000"}})),
        Just(json!({"type": "date", "attrs": {"timestamp": "1795910400001"}})),
        Just(json!({"type": "date", "attrs": {"timestamp": "soon"}})),
        words().prop_map(|text| json!({"type": "status", "attrs": {"text": text, "color": "green"}})),
        Just(json!({"type": "status", "attrs": {"text": "x", "color": "#ff0000", "style": "bold"}})),
        Just(json!({"type": "emoji", "attrs": {"shortName": ":smile:", "id": "1f604", "text": "😄"}})),
        Just(json!({"type": "emoji", "attrs": {"shortName": ":a b:"}})),
        Just(json!({"type": "placeholder", "attrs": {"text": "Type | here"}})),
        Just(json!({"type": "inlineCard", "attrs": {"url": "https://x.example/it's?a=b"}})),
        Just(json!({"type": "inlineCard", "attrs": {"data": {"url": "https://x.example", "n": [1, null, "\\"]}}})),
        Just(json!({"type": "inlineExtension", "attrs": {"extensionKey": "k", "extensionType": "t", "parameters": {"a": "<b> -->"}}})),
        Just(json!({"type": "mediaInline", "attrs": {"id": "m", "collection": "", "type": "file"}})),
        Just(json!({"type": "mediaInline", "attrs": {"id": "m", "collection": ""}, "marks": [
            {"type": "dataConsumer", "attrs": {"sources": ["a"]}}, {"type": "border", "attrs": {"size": 2, "color": "#ff0000"}}]})),
    ];
    prop_oneof![3 => text(), 1 => other].boxed()
}

fn texts() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(inline(), 0..6)
}

fn paragraph() -> BoxedStrategy<Value> {
    texts().prop_map(|content| json!({"type": "paragraph", "content": content})).boxed()
}

fn simple_block() -> BoxedStrategy<Value> {
    let code = ("[ -~\n]{0,30}", prop::option::of("[a-z+#]{1,6}")).prop_map(|(code, language)| {
        let mut node = json!({"type": "codeBlock", "content": []});
        if !code.is_empty() {
            node["content"] = json!([{"type": "text", "text": code}]);
        }
        if let Some(language) = language {
            node["attrs"] = json!({"language": language});
        }
        node
    });
    let image = (words(), prop::option::of(1u32..900)).prop_map(|(alt, width)| {
        let mut media = json!({"type": "media", "attrs": {"type": "external", "url": "https://x.example/a b(1).png", "alt": alt}});
        if let Some(width) = width {
            media["attrs"]["width"] = json!(width);
        }
        json!({"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [media]})
    });
    let file = Just(json!({"type": "mediaSingle", "attrs": {"layout": "wide", "width": 50}, "content": [
        {"type": "media", "attrs": {"type": "file", "id": "m-1", "collection": "c"}, "marks": [
            {"type": "border", "attrs": {"size": 1, "color": "#ff0000"}}, {"type": "link", "attrs": {"href": "https://x.example"}}]},
        {"type": "caption", "content": [{"type": "text", "text": "A *caption*"}]}]}));
    prop_oneof![4 => paragraph(), 1 => code, 1 => image, 1 => file].boxed()
}

fn list(block: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let item = prop::collection::vec(block, 0..3).prop_flat_map(|rest| {
        paragraph().prop_map(move |first| {
            let content: Vec<Value> = std::iter::once(first).chain(rest.iter().cloned()).collect();
            json!({"type": "listItem", "content": content})
        })
    });
    (prop::collection::vec(item, 1..4), prop::option::of(0u32..12))
        .prop_map(|(items, order)| match order {
            None => json!({"type": "bulletList", "content": items}),
            Some(order) => json!({"type": "orderedList", "attrs": {"order": order}, "content": items}),
        })
        .boxed()
}

fn tasks() -> BoxedStrategy<Value> {
    let item = (prop::collection::vec(inline(), 0..4), any::<bool>()).prop_map(
        |(content, done)| json!({"type": "taskItem", "attrs": {"localId": "t", "state": if done { "DONE" } else { "TODO" }}, "content": content}),
    );
    let flat = prop::collection::vec(item.clone(), 1..4);
    let line = || paragraph().prop_filter("has text", |paragraph| paragraph["content"] != json!([]));
    let block = prop::collection::vec(line(), 1..3)
        .prop_map(|content| json!({"type": "blockTaskItem", "attrs": {"localId": "b", "state": "TODO"}, "content": content}));
    (flat.clone(), prop::option::of(flat), prop::option::of(block))
        .prop_map(|(mut items, nested, block)| {
            items.extend(block);
            if let Some(nested) = nested {
                items.push(json!({"type": "taskList", "attrs": {"localId": "l"}, "content": nested}));
            }
            json!({"type": "taskList", "attrs": {"localId": "l"}, "content": items})
        })
        .boxed()
}

fn table() -> BoxedStrategy<Value> {
    (1usize..4, 1usize..4, any::<bool>(), any::<bool>(), any::<bool>())
        .prop_flat_map(|(rows, columns, headed, beside, attrs)| {
            prop::collection::vec(prop::collection::vec(simple_block(), columns), rows).prop_map(move |cells| {
                let rows: Vec<Value> = (cells.into_iter().enumerate())
                    .map(|(row, cells)| {
                        let cells: Vec<Value> = (cells.into_iter().enumerate())
                            .map(|(column, block)| {
                                let header = (headed && row == 0) || (beside && column == 0);
                                let kind = if header { "tableHeader" } else { "tableCell" };
                                let mut cell = json!({"type": kind, "content": [block]});
                                if attrs && column == 0 {
                                    cell["attrs"] = json!({"colwidth": [100], "background": "#eeeeee"});
                                }
                                cell
                            })
                            .collect();
                        json!({"type": "tableRow", "content": cells})
                    })
                    .collect();
                let mut table = json!({"type": "table", "content": rows});
                if attrs {
                    table["attrs"] = json!({"layout": "wide", "isNumberColumnEnabled": false});
                }
                table
            })
        })
        .boxed()
}

fn block() -> BoxedStrategy<Value> {
    let heading = (1u8..7, texts()).prop_map(|(level, content)| json!({"type": "heading", "attrs": {"level": level}, "content": content}));
    let mark = prop::sample::select(vec![
        json!({"type": "alignment", "attrs": {"align": "center"}}),
        json!({"type": "indentation", "attrs": {"level": 2}}),
        json!({"type": "fontSize", "attrs": {"fontSize": "small"}}),
    ]);
    let aligned = (texts(), mark).prop_map(|(content, mark)| json!({"type": "paragraph", "content": content, "marks": [mark]}));
    let inner = prop_oneof![3 => simple_block(), 1 => list(simple_block()), 1 => list(list(simple_block()))];
    let quote = prop::collection::vec(inner.clone(), 1..4).prop_map(|content| json!({"type": "blockquote", "content": content}));
    let panel = (
        prop::sample::select(vec!["info", "note", "tip", "warning", "error", "success", "custom"]),
        prop::collection::vec(prop_oneof![inner.clone(), tasks()], 1..4),
    )
        .prop_map(|(kind, content)| {
            let mut node = json!({"type": "panel", "attrs": {"panelType": kind}, "content": content});
            if kind == "custom" {
                node["attrs"]["panelColor"] = json!("#fff");
            }
            node
        });
    let decisions = prop::collection::vec((texts(), any::<bool>()), 1..3).prop_map(|items| {
        let items: Vec<Value> = (items.into_iter())
            .map(|(content, odd)| json!({"type": "decisionItem", "attrs": {"localId": "d", "state": if odd { "UNDECIDED" } else { "DECIDED" }}, "content": content}))
            .collect();
        json!({"type": "decisionList", "attrs": {"localId": "d"}, "content": items})
    });
    let nested = (words(), inner.clone())
        .prop_map(|(title, block)| json!({"type": "nestedExpand", "attrs": {"title": title}, "content": [block]}))
        .boxed();
    let expand = (words(), prop::collection::vec(prop_oneof![4 => inner.clone(), 4 => table(), 1 => nested], 1..3))
        .prop_map(|(title, content)| json!({"type": "expand", "attrs": {"title": title}, "content": content}));
    let layout = prop::collection::vec(inner.clone(), 2).prop_map(|blocks| {
        let columns: Vec<Value> =
            blocks.into_iter().map(|block| json!({"type": "layoutColumn", "attrs": {"width": 50}, "content": [block]})).collect();
        json!({"type": "layoutSection", "content": columns, "marks": [{"type": "breakout", "attrs": {"mode": "wide"}}]})
    });
    let leaf = prop_oneof![
        Just(json!({"type": "rule"})),
        Just(json!({"type": "blockCard", "attrs": {"url": "https://x.example"}})),
        Just(json!({"type": "embedCard", "attrs": {"url": "https://x.example", "layout": "wide"}})),
        Just(json!({"type": "extension", "attrs": {"extensionKey": "toc", "extensionType": "com.atlassian", "localId": "e"}})),
        Just(
            json!({"type": "extension", "attrs": {"extensionKey": "toc", "extensionType": "com.atlassian"}, "marks": [{"type": "fragment", "attrs": {"localId": "f"}}]})
        ),
        Just(json!({"type": "syncBlock", "attrs": {"resourceId": "r", "localId": "s"}})),
        Just(json!({"type": "bodiedSyncBlock", "attrs": {"resourceId": "r", "localId": "s"}, "content": [{"type": "rule"}]})),
        Just(
            json!({"type": "mediaGroup", "content": [{"type": "media", "attrs": {"type": "file", "id": "a", "collection": "c"}}, {"type": "media", "attrs": {"type": "link", "id": "b", "collection": "c"}}]})
        ),
        Just(
            json!({"type": "bodiedExtension", "attrs": {"extensionKey": "k", "extensionType": "t"}, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]})
        ),
    ];
    prop_oneof![
        4 => simple_block(), 2 => heading, 1 => aligned, 1 => quote, 2 => panel, 1 => decisions, 1 => expand, 1 => layout, 2 => leaf,
        2 => list(simple_block()), 1 => list(list(simple_block())), 2 => tasks(), 2 => table(),
    ]
    .boxed()
}

fn document() -> impl Strategy<Value = Value> {
    prop::collection::vec(block(), 0..5).prop_map(|content| json!({"type": "doc", "version": 1, "content": content}))
}

/// A thousand; `PROPTEST_CASES` may ask for more.
fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig { cases: asked.cases.max(1000), failure_persistence: None, ..asked }
}

fn kinds(value: &Value, found: &mut BTreeSet<String>) {
    found.extend(value["type"].as_str().map(str::to_owned));
    for list in ["content", "marks"] {
        value[list].as_array().into_iter().flatten().for_each(|item| kinds(item, found));
    }
}

#[test]
fn generated_documents_have_every_node_and_mark() {
    let schema = include_str!("../src/rich_text/schema.rs");
    let named = |line: &str| line.trim_start().strip_prefix('"').and_then(|name| Some(name.split_once("\",")?.0.to_owned()));
    let known: BTreeSet<String> = (schema.split("    node(").chain(schema.split("    mark("))).skip(1).filter_map(named).collect();
    assert_eq!(known.len(), 60);
    let mut found = BTreeSet::new();
    let mut runner = TestRunner::deterministic();
    for _ in 0..1000 {
        kinds(&document().new_tree(&mut runner).unwrap().current(), &mut found);
    }
    assert_eq!(found, known);
}

#[test]
fn a_break_alone_in_an_item_takes_nothing_in() {
    let item = |content: Value| json!({"type": "listItem", "content": content});
    let words = json!({"type": "paragraph", "content": [{"type": "text", "text": "below"}]});
    let below = json!({"type": "bulletList", "content": [item(json!([words]))]});
    let lone = json!({"type": "paragraph", "content": [{"type": "hardBreak"}]});
    let list = json!({"type": "bulletList", "content": [item(json!([lone, below])), item(json!([lone]))]});
    assert_survives(&json!({"type": "doc", "version": 1, "content": [list]}));
}

#[test]
fn a_link_of_code_that_begins_a_block_defines_nothing() {
    let marks = json!([{"type": "link", "attrs": {"href": "https://x.example"}}, {"type": "code"}]);
    let paragraph = json!({"type": "paragraph", "content": [{"type": "text", "text": "a[0]: b", "marks": marks}]});
    assert_survives(&json!({"type": "doc", "version": 1, "content": [paragraph]}));
}

/// Names and attributes as documents have them, and such as none has.
fn attrs() -> BoxedStrategy<String> {
    let value = prop::sample::select(vec![
        "9",
        "2",
        "-1",
        "1.5",
        "true",
        "null",
        "\"bad\"",
        "\"info\"",
        "\"center\"",
        "\"wide\"",
        "\"#ff0000\"",
        "\"\"",
        "[1,2]",
        "{}",
        "\"file\"",
        "\"external\"",
        "\"DONE\"",
        "\"http://x.example\"",
        "\"javascript:x\"",
        "[[0,0,{\"colspan\":2,\"header\":true}],[1,0,{\"x\":1}]]",
        "[{\"type\":\"link\",\"attrs\":{\"href\":\"/x\"}}]",
        "[{\"type\":\"alignment\",\"attrs\":{\"align\":\"end\"}},{\"type\":\"indentation\",\"attrs\":{\"level\":1}}]",
        "[{\"type\":\"nope\"},{\"type\":\"breakout\",\"attrs\":{\"mode\":\"wide\"}},{\"type\":\"fragment\"}]",
    ]);
    let key = prop::sample::select(vec![
        "level",
        "panelType",
        "width",
        "layout",
        "url",
        "data",
        "datasource",
        "title",
        "order",
        "localId",
        "state",
        "type",
        "id",
        "collection",
        "text",
        "color",
        "extensionKey",
        "extensionType",
        "parameters",
        "resourceId",
        "cells",
        "marks",
        "language",
        "timestamp",
        "shortName",
        "nope",
        "colspan",
        "background",
        "alt",
        "widthType",
        "sources",
        "href",
    ]);
    let fitting = prop::sample::select(vec![
        r#"{"level":2}"#,
        r#"{"panelType":"tip"}"#,
        r#"{"width":50}"#,
        r#"{"url":"http://x.example"}"#,
        r#"{"url":"http://x.example","layout":"wide"}"#,
        r#"{"extensionKey":"k","extensionType":"t"}"#,
        r#"{"type":"file","id":"m","collection":""}"#,
        r#"{"layout":"center"}"#,
        r#"{"resourceId":"r","localId":"s"}"#,
        r#"{"state":"DONE"}"#,
        r#"{"cells":[[0,0,{"header":true,"colspan":"x"}]]}"#,
        r#"{"id":"m","collection":""}"#,
        r#"{"marks":[{"type":"breakout","attrs":{"mode":"wide"}}]}"#,
        r#"{"datasource":{}}"#,
        r#"{"shortName":":x:"}"#,
        r#"{"text":"x"}"#,
    ]);
    let any = prop::collection::vec((key, value), 0..4)
        .prop_map(|pairs| format!("{{{}}}", pairs.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect::<Vec<_>>().join(",")));
    prop_oneof![1 => Just(String::new()), 2 => any, 3 => fitting.prop_map(str::to_owned)].boxed()
}

fn name() -> BoxedStrategy<String> {
    let schema = include_str!("../src/rich_text/schema.rs");
    let named = |line: &str| line.trim_start().strip_prefix('"').and_then(|name| Some(name.split_once("\",")?.0.to_owned()));
    let mut known: Vec<String> = schema.split("    node(").skip(1).filter_map(named).collect();
    known.push("nope".to_owned());
    prop::sample::select(known).boxed()
}

/// Texts of the pieces that our own syntax is made of, whole or broken off.
fn own_syntax() -> impl Strategy<Value = String> {
    let lead = "(> |- |1\\. |- \\[x\\] |  ){0,2}";
    let open = (name(), attrs(), any::<bool>()).prop_map(|(name, attrs, alone)| {
        let attrs = attrs.replace('>', "\\u003e");
        format!("<!-- adf:{name} {attrs}{}-->\n\n", if alone { " /" } else { " " })
    });
    let close = name().prop_map(|name| format!("\n\n<!-- /adf:{name} -->\n\n"));
    let link = (
        prop::sample::select(vec!["", "!", "# ", "**a**", "`x` "]),
        prop::sample::select(vec!["accountid:", "date:", "status:", "emoji:", "adf:"]),
        name(),
        attrs(),
    )
        .prop_map(|(before, scheme, name, attrs)| {
            format!("{before}[c]({scheme}{name}{})", if attrs.is_empty() { attrs } else { format!(" '{attrs}'") })
        });
    let alert = (prop::sample::select(vec!["NOTE", "CUSTOM", "DECISION", "NOPE"]), attrs())
        .prop_map(|(word, attrs)| format!("> [!{word}] {attrs}\n> "));
    let span =
        (attrs(), prop::sample::select(vec!["link", "alignment", "code", "annotation", "nope", "border"])).prop_map(|(attrs, kind)| {
            let json = format!(r#"{{"type":"{kind}","attrs":{}}}"#, if attrs.is_empty() { "{}" } else { &attrs });
            format!("<span data-adf=\"{}\">a</span>", json.replace('"', "&quot;"))
        });
    let markdown = prop::sample::select(vec![
        "words",
        "\n",
        "\n\n",
        "# title\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "```py\nx\n```\n",
        "---\n",
        "- a\n- b\n",
        "- [ ] a\n- [x] b\n",
        "> q\n",
        "![a](b.png)",
        "[![a](b.png)](/l)",
        "<details>\n<summary>t</summary>\n\n",
        "</details>\n\n",
        "<u>",
        "**`c`**",
        "<br>",
        "\\\n",
        "<!-- adf:layoutColumn {\"width\":50} -->\n\na\n\n<!-- /adf:layoutColumn -->\n\n",
        "<!-- adf:layoutSection -->\n\n",
        "<!-- /adf:layoutSection -->\n\n",
    ]);
    let piece = prop_oneof![3 => open, 2 => close, 2 => link, 1 => alert, 1 => span, 4 => markdown.prop_map(str::to_owned)];
    prop::collection::vec((lead, piece).prop_map(|(lead, piece)| lead + &piece), 0..14).prop_map(|pieces| pieces.concat())
}

#[test]
fn depth_is_told_of_the_whole_document() {
    for levels in 1..100 {
        for text in [
            "- ".repeat(levels) + "a",
            "> ".repeat(levels) + "- a",
            "<details>\n\n".repeat(levels) + "- a",
            "- > ".repeat(levels) + "- [x] a",
        ] {
            if let Ok(document) = from_markdown(&text) {
                validate(&document.into_value()).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            }
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn our_own_syntax_fits_the_schema(text in own_syntax()) {
        read(&text);
    }

    #[test]
    fn documents_survive_markdown(document in document()) {
        validate(&document).unwrap();
        assert_survives(&document);
        let tree = Node::from_value(document).unwrap();
        to_text(&tree);
        to_html(&tree);
    }

    #[test]
    fn markdown_survives_adf(text in "([ -~]{0,12}\n?|\n|- |> |    |```\n|<[a-z]+>|<!-- adf:[a-z]+ (/)?-->|\\| a \\| b \\|\n|[0-9]\\. |\\* \\[x\\] |!\\[a\\]\\(b\\)|</?details>\n|# |\\*\\*|_|\\PC){0,20}") {
        let document = from_markdown(&text).unwrap().into_value();
        assert_survives(&document);
    }

    #[test]
    fn markdown_fits_the_schema(lines in prop::collection::vec(
        "(> |- |1\\. |  |    |- \\[x\\] ){0,4}(# |## |\\| a \\| b \\|\n\\|---\\|---\\|\n|```\n|---|\\[!NOTE\\]\n|\\[!DECISION\\]\n|<details>\n|</details>\n|!\\[a\\]\\(b\\)|\\*\\*`c`\\*\\*|\\[x\\]\\(y\\))?[a-z *_<>]{0,6}\n{1,2}",
        0..12,
    )) {
        read(&lines.concat());
    }
}

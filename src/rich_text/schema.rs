//! The nodes and marks of ADF as data: attributes, children, marks. The facts are those of `@atlaskit/adf-schema` 57.7.22, its "full" schema.

use Kind::{Address, AnyValue, Bool, Color, ColorAlpha, Name, Numbers, OneOf, Range, StatusColor, Str, Texts, Whole};

pub struct NodeRule {
    pub name: &'static str,
    /// Attributes, in each of the forms that the node may have.
    pub forms: &'static [&'static [Attr]],
    /// The attributes' object itself must be there.
    pub needs_attrs: bool,
    pub children: Children,
}

pub struct MarkRule {
    pub name: &'static str,
    pub attrs: &'static [Attr],
    /// Marks that may not stand beside this one.
    pub excludes: &'static [&'static str],
}

pub struct Attr {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
}

/// What an attribute may be.
pub enum Kind {
    Str,
    /// At least one character.
    Name,
    /// A link's or a picture's, which must not run anything.
    Address,
    /// A number in these bounds.
    Range(f64, f64),
    /// A number of 0 or more.
    Whole,
    Bool,
    OneOf(&'static [&'static str]),
    /// #rrggbb
    Color,
    /// #rrggbb or #rrggbbaa
    ColorAlpha,
    /// A name of six, or #rrggbb.
    StatusColor,
    Numbers,
    /// At least one string.
    Texts,
    AnyValue,
}

pub enum Children {
    None,
    /// `text` instead of children.
    Text,
    Of {
        allowed: &'static [Child],
        min: usize,
        max: usize,
    },
    /// One medium, then perhaps its caption.
    Media,
}

/// A node that may stand in another, and the marks it may have there.
pub type Child = (&'static str, &'static [&'static str]);

const fn optional(name: &'static str, kind: Kind) -> Attr {
    Attr { name, kind, required: false }
}

const fn required(name: &'static str, kind: Kind) -> Attr {
    Attr { name, kind, required: true }
}

const MANY: usize = usize::MAX;
const ANY_NUMBER: Kind = Range(f64::MIN, f64::MAX);
const PERCENT: Kind = Range(0.0, 100.0);
const LOCAL_ID: Attr = optional("localId", Str);

const LAYOUTS: Kind = OneOf(&["wide", "full-width", "center", "wrap-right", "wrap-left", "align-end", "align-start"]);
const VALIGN: Attr = optional("valign", OneOf(&["top", "middle", "bottom"]));
const TASK_STATES: Kind = OneOf(&["TODO", "DONE"]);

const NO_MARKS: &[&str] = &[];
const SMALL: &[&str] = &["fontSize"];
const ALIGNED: &[&str] = &["alignment", "indentation"];
const ALIGNED_SMALL: &[&str] = &["fontSize", "alignment", "indentation"];
const ALIGNED_ONLY_SMALL: &[&str] = &["fontSize", "alignment"];
const DATA: &[&str] = &["dataConsumer", "fragment"];
const MEDIA_MARKS: &[&str] = &["dataConsumer", "link", "annotation", "border"];
const BREAKOUT: &[&str] = &["breakout"];
const TABLE_MARKS: &[&str] = &["fragment"];
const TEXT_MARKS: &[&str] =
    &["link", "em", "strong", "strike", "subsup", "underline", "textColor", "annotation", "backgroundColor", "code"];

const INLINE: &[Child] = &[
    ("text", TEXT_MARKS),
    ("date", NO_MARKS),
    ("emoji", NO_MARKS),
    ("hardBreak", NO_MARKS),
    ("inlineCard", NO_MARKS),
    ("mention", NO_MARKS),
    ("placeholder", NO_MARKS),
    ("status", NO_MARKS),
    ("inlineExtension", DATA),
    ("mediaInline", MEDIA_MARKS),
];

const CAPTION: &[Child] = &[
    ("text", TEXT_MARKS),
    ("date", NO_MARKS),
    ("emoji", NO_MARKS),
    ("hardBreak", NO_MARKS),
    ("inlineCard", NO_MARKS),
    ("mention", NO_MARKS),
    ("placeholder", NO_MARKS),
    ("status", NO_MARKS),
];

const LINK_MARK: &[&str] = &["link"];

/// What a list item may hold, and a quote beside.
const LIST_ITEM: &[Child] = &[
    ("paragraph", SMALL),
    ("bulletList", NO_MARKS),
    ("orderedList", NO_MARKS),
    ("taskList", NO_MARKS),
    ("mediaSingle", LINK_MARK),
    ("codeBlock", NO_MARKS),
    ("extension", DATA),
];

const QUOTE: &[Child] = &[
    ("paragraph", NO_MARKS),
    ("orderedList", NO_MARKS),
    ("bulletList", NO_MARKS),
    ("codeBlock", NO_MARKS),
    ("mediaSingle", LINK_MARK),
    ("mediaGroup", NO_MARKS),
    ("extension", DATA),
];

const PANEL: &[Child] = &[
    ("paragraph", SMALL),
    ("heading", NO_MARKS),
    ("bulletList", NO_MARKS),
    ("orderedList", NO_MARKS),
    ("blockCard", NO_MARKS),
    ("mediaGroup", NO_MARKS),
    ("mediaSingle", LINK_MARK),
    ("codeBlock", NO_MARKS),
    ("taskList", NO_MARKS),
    ("rule", NO_MARKS),
    ("decisionList", NO_MARKS),
    ("extension", DATA),
];

const NESTED_EXPAND: &[Child] = &[
    ("paragraph", SMALL),
    ("heading", NO_MARKS),
    ("mediaSingle", LINK_MARK),
    ("mediaGroup", NO_MARKS),
    ("codeBlock", NO_MARKS),
    ("bulletList", NO_MARKS),
    ("orderedList", NO_MARKS),
    ("taskList", NO_MARKS),
    ("decisionList", NO_MARKS),
    ("rule", NO_MARKS),
    ("panel", NO_MARKS),
    ("blockquote", NO_MARKS),
    ("extension", DATA),
];

/// In an extension with a body.
const EXTENSION_BODY: &[Child] = &[
    ("paragraph", SMALL),
    ("panel", NO_MARKS),
    ("blockquote", NO_MARKS),
    ("orderedList", NO_MARKS),
    ("bulletList", NO_MARKS),
    ("rule", NO_MARKS),
    ("heading", NO_MARKS),
    ("codeBlock", NO_MARKS),
    ("mediaGroup", NO_MARKS),
    ("mediaSingle", LINK_MARK),
    ("decisionList", NO_MARKS),
    ("taskList", NO_MARKS),
    ("table", TABLE_MARKS),
    ("blockCard", NO_MARKS),
    ("embedCard", NO_MARKS),
    ("extension", DATA),
];

const EXPAND: &[Child] = &[
    ("paragraph", SMALL),
    ("panel", NO_MARKS),
    ("blockquote", NO_MARKS),
    ("orderedList", NO_MARKS),
    ("bulletList", NO_MARKS),
    ("rule", NO_MARKS),
    ("heading", NO_MARKS),
    ("codeBlock", NO_MARKS),
    ("mediaGroup", NO_MARKS),
    ("mediaSingle", LINK_MARK),
    ("decisionList", NO_MARKS),
    ("taskList", NO_MARKS),
    ("table", TABLE_MARKS),
    ("blockCard", NO_MARKS),
    ("embedCard", NO_MARKS),
    ("extension", DATA),
    ("nestedExpand", NO_MARKS),
];

const CELL: &[Child] = &[
    ("paragraph", ALIGNED_ONLY_SMALL),
    ("panel", NO_MARKS),
    ("blockquote", NO_MARKS),
    ("orderedList", NO_MARKS),
    ("bulletList", NO_MARKS),
    ("rule", NO_MARKS),
    ("heading", ALIGNED),
    ("codeBlock", NO_MARKS),
    ("mediaSingle", LINK_MARK),
    ("mediaGroup", NO_MARKS),
    ("decisionList", NO_MARKS),
    ("taskList", NO_MARKS),
    ("blockCard", NO_MARKS),
    ("embedCard", NO_MARKS),
    ("extension", DATA),
    ("nestedExpand", NO_MARKS),
];

const COLUMN: &[Child] = &[
    ("blockCard", NO_MARKS),
    ("paragraph", ALIGNED_SMALL),
    ("mediaSingle", LINK_MARK),
    ("codeBlock", NO_MARKS),
    ("taskList", NO_MARKS),
    ("bulletList", NO_MARKS),
    ("orderedList", NO_MARKS),
    ("heading", ALIGNED),
    ("mediaGroup", NO_MARKS),
    ("decisionList", NO_MARKS),
    ("rule", NO_MARKS),
    ("panel", NO_MARKS),
    ("blockquote", NO_MARKS),
    ("extension", DATA),
    ("embedCard", NO_MARKS),
    ("table", TABLE_MARKS),
    ("expand", NO_MARKS),
    ("bodiedExtension", DATA),
];

const SYNC_BODY: &[Child] = &[
    ("paragraph", ALIGNED_SMALL),
    ("blockCard", NO_MARKS),
    ("blockquote", NO_MARKS),
    ("bulletList", NO_MARKS),
    ("codeBlock", NO_MARKS),
    ("decisionList", NO_MARKS),
    ("embedCard", NO_MARKS),
    ("expand", NO_MARKS),
    ("heading", ALIGNED),
    ("layoutSection", BREAKOUT),
    ("mediaGroup", NO_MARKS),
    ("mediaSingle", LINK_MARK),
    ("orderedList", NO_MARKS),
    ("panel", NO_MARKS),
    ("rule", NO_MARKS),
    ("table", TABLE_MARKS),
    ("taskList", NO_MARKS),
];

const DOC: &[Child] = &[
    ("blockCard", NO_MARKS),
    ("codeBlock", BREAKOUT),
    ("mediaSingle", LINK_MARK),
    ("paragraph", ALIGNED_SMALL),
    ("taskList", NO_MARKS),
    ("orderedList", NO_MARKS),
    ("bulletList", NO_MARKS),
    ("blockquote", NO_MARKS),
    ("decisionList", NO_MARKS),
    ("embedCard", NO_MARKS),
    ("extension", DATA),
    ("heading", ALIGNED),
    ("mediaGroup", NO_MARKS),
    ("rule", NO_MARKS),
    ("panel", NO_MARKS),
    ("table", TABLE_MARKS),
    ("bodiedExtension", DATA),
    ("expand", BREAKOUT),
    ("layoutSection", BREAKOUT),
    ("syncBlock", BREAKOUT),
    ("bodiedSyncBlock", BREAKOUT),
];

const TASKS: &[Child] = &[("taskItem", NO_MARKS), ("taskList", NO_MARKS), ("blockTaskItem", NO_MARKS)];

const ONLY_LOCAL_ID: &[&[Attr]] = &[&[LOCAL_ID]];
const TASK_ITEM: &[&[Attr]] = &[&[required("localId", Str), required("state", TASK_STATES)]];
const CELL_ATTRS: &[&[Attr]] = &[&[
    optional("colspan", ANY_NUMBER),
    optional("rowspan", ANY_NUMBER),
    optional("colwidth", Numbers),
    optional("background", Str),
    LOCAL_ID,
    VALIGN,
]];
const EXTENSION: &[&[Attr]] = &[&[
    required("extensionKey", Name),
    required("extensionType", Name),
    optional("parameters", AnyValue),
    optional("text", Str),
    optional("layout", OneOf(&["wide", "full-width", "default"])),
    optional("localId", Name),
]];
const SYNC: &[&[Attr]] = &[&[required("resourceId", Str), required("localId", Str)]];

const fn children(allowed: &'static [Child], min: usize) -> Children {
    Children::Of { allowed, min, max: MANY }
}

const fn node(name: &'static str, forms: &'static [&'static [Attr]], needs_attrs: bool, children: Children) -> NodeRule {
    NodeRule { name, forms, needs_attrs, children }
}

pub const NODES: &[NodeRule] = &[
    node("doc", &[&[]], false, children(DOC, 0)),
    node("paragraph", ONLY_LOCAL_ID, false, children(INLINE, 0)),
    node("heading", &[&[required("level", Range(1.0, 6.0)), LOCAL_ID]], true, children(INLINE, 0)),
    node("text", &[&[]], false, Children::Text),
    node("hardBreak", &[&[optional("text", OneOf(&["\n"])), LOCAL_ID]], false, Children::None),
    node("bulletList", ONLY_LOCAL_ID, false, children(&[("listItem", NO_MARKS)], 1)),
    node("orderedList", &[&[optional("order", Whole), LOCAL_ID]], false, children(&[("listItem", NO_MARKS)], 1)),
    node("listItem", ONLY_LOCAL_ID, false, children(LIST_ITEM, 1)),
    node("blockquote", ONLY_LOCAL_ID, false, children(QUOTE, 1)),
    node(
        "codeBlock",
        &[&[optional("language", Str), optional("uniqueId", Str), LOCAL_ID, optional("wrap", Bool), optional("hideLineNumbers", Bool)]],
        false,
        children(&[("text", NO_MARKS)], 0),
    ),
    node(
        "panel",
        &[&[
            required("panelType", OneOf(&["info", "note", "tip", "warning", "error", "success", "custom"])),
            optional("panelIcon", Str),
            optional("panelIconId", Str),
            optional("panelIconText", Str),
            optional("panelColor", Str),
            LOCAL_ID,
        ]],
        true,
        children(PANEL, 1),
    ),
    node("rule", ONLY_LOCAL_ID, false, Children::None),
    node(
        "table",
        &[&[
            optional("displayMode", OneOf(&["default", "fixed"])),
            optional("isNumberColumnEnabled", Bool),
            optional("layout", OneOf(&["wide", "full-width", "center", "align-end", "align-start", "default"])),
            optional("localId", Name),
            optional("width", ANY_NUMBER),
        ]],
        false,
        children(&[("tableRow", NO_MARKS)], 1),
    ),
    node("tableRow", ONLY_LOCAL_ID, false, children(&[("tableCell", NO_MARKS), ("tableHeader", NO_MARKS)], 0)),
    node("tableCell", CELL_ATTRS, false, children(CELL, 1)),
    node("tableHeader", CELL_ATTRS, false, children(CELL, 1)),
    node("expand", &[&[optional("title", Str), LOCAL_ID]], false, children(EXPAND, 1)),
    node("nestedExpand", &[&[optional("title", Str), LOCAL_ID]], true, children(NESTED_EXPAND, 1)),
    node("layoutSection", ONLY_LOCAL_ID, false, Children::Of { allowed: &[("layoutColumn", NO_MARKS)], min: 2, max: 3 }),
    node("layoutColumn", &[&[required("width", PERCENT), LOCAL_ID, VALIGN]], true, children(COLUMN, 1)),
    node("taskList", &[&[required("localId", Str)]], true, children(TASKS, 1)),
    node("taskItem", TASK_ITEM, true, children(INLINE, 0)),
    node("blockTaskItem", TASK_ITEM, true, children(&[("paragraph", SMALL), ("extension", DATA)], 1)),
    node("decisionList", &[&[required("localId", Str)]], true, children(&[("decisionItem", NO_MARKS)], 1)),
    node("decisionItem", &[&[required("localId", Str), required("state", Str)]], true, children(INLINE, 0)),
    node(
        "mediaSingle",
        &[
            &[required("layout", LAYOUTS), optional("width", PERCENT), optional("widthType", OneOf(&["percentage"])), LOCAL_ID],
            &[required("layout", LAYOUTS), required("width", Whole), required("widthType", OneOf(&["pixel"])), LOCAL_ID],
        ],
        false,
        Children::Media,
    ),
    node("mediaGroup", &[&[]], false, children(&[("media", MEDIA_MARKS)], 1)),
    node(
        "media",
        &[
            &[
                required("type", OneOf(&["link", "file"])),
                required("id", Name),
                required("collection", Str),
                optional("alt", Str),
                optional("width", ANY_NUMBER),
                optional("height", ANY_NUMBER),
                optional("occurrenceKey", Name),
                LOCAL_ID,
            ],
            &[
                required("type", OneOf(&["external"])),
                required("url", Address),
                optional("alt", Str),
                optional("width", ANY_NUMBER),
                optional("height", ANY_NUMBER),
                LOCAL_ID,
            ],
        ],
        true,
        Children::None,
    ),
    node(
        "mediaInline",
        &[&[
            optional("type", OneOf(&["link", "file", "image"])),
            required("id", Name),
            required("collection", Str),
            optional("alt", Str),
            optional("width", ANY_NUMBER),
            optional("height", ANY_NUMBER),
            optional("occurrenceKey", Name),
            optional("data", AnyValue),
            LOCAL_ID,
        ]],
        true,
        Children::None,
    ),
    node("caption", ONLY_LOCAL_ID, false, children(CAPTION, 0)),
    node(
        "mention",
        &[&[
            required("id", Str),
            optional("text", Str),
            optional("accessLevel", Str),
            optional("userType", OneOf(&["DEFAULT", "SPECIAL", "APP"])),
            LOCAL_ID,
        ]],
        true,
        Children::None,
    ),
    node("emoji", &[&[required("shortName", Str), optional("id", Str), optional("text", Str), LOCAL_ID]], true, Children::None),
    node("date", &[&[required("timestamp", Name), LOCAL_ID]], true, Children::None),
    node("status", &[&[required("text", Name), required("color", StatusColor), optional("style", Str), LOCAL_ID]], true, Children::None),
    node("placeholder", &[&[required("text", Str), LOCAL_ID]], true, Children::None),
    node("inlineCard", &[&[required("url", Address), LOCAL_ID], &[required("data", AnyValue), LOCAL_ID]], true, Children::None),
    node(
        "blockCard",
        &[
            &[
                required("datasource", AnyValue),
                optional("url", Address),
                optional("width", ANY_NUMBER),
                optional("layout", LAYOUTS),
                LOCAL_ID,
            ],
            &[required("url", Address), LOCAL_ID],
            &[required("data", AnyValue), LOCAL_ID],
        ],
        true,
        Children::None,
    ),
    node(
        "embedCard",
        &[&[
            required("url", Address),
            required("layout", LAYOUTS),
            optional("width", PERCENT),
            optional("originalHeight", ANY_NUMBER),
            optional("originalWidth", ANY_NUMBER),
            LOCAL_ID,
        ]],
        true,
        Children::None,
    ),
    node("extension", EXTENSION, true, Children::None),
    node(
        "inlineExtension",
        &[&[
            required("extensionKey", Name),
            required("extensionType", Name),
            optional("parameters", AnyValue),
            optional("text", Str),
            optional("localId", Name),
        ]],
        true,
        Children::None,
    ),
    node("bodiedExtension", EXTENSION, true, children(EXTENSION_BODY, 1)),
    node("syncBlock", SYNC, true, Children::None),
    node("bodiedSyncBlock", SYNC, true, children(SYNC_BODY, 1)),
];

const fn mark(name: &'static str, attrs: &'static [Attr], excludes: &'static [&'static str]) -> MarkRule {
    MarkRule { name, attrs, excludes }
}

/// In the order in which they stand around a text, outermost first.
pub const MARKS: &[MarkRule] = &[
    mark("breakout", &[required("mode", OneOf(&["wide", "full-width"])), optional("width", ANY_NUMBER)], &[]),
    mark("fragment", &[required("localId", Name), optional("name", Str)], &[]),
    mark("dataConsumer", &[required("sources", Texts)], &[]),
    mark("fontSize", &[required("fontSize", OneOf(&["small"]))], &[]),
    mark("alignment", &[required("align", OneOf(&["center", "end"]))], &["indentation"]),
    mark("indentation", &[required("level", Range(1.0, 6.0))], &[]),
    mark("border", &[required("size", Range(1.0, 3.0)), required("color", ColorAlpha)], &[]),
    mark("annotation", &[required("id", Str), required("annotationType", OneOf(&["inlineComment"]))], &[]),
    mark(
        "link",
        &[
            required("href", Address),
            optional("title", Str),
            optional("id", Str),
            optional("collection", Str),
            optional("occurrenceKey", Str),
        ],
        &[],
    ),
    mark("backgroundColor", &[required("color", Color)], &[]),
    mark("textColor", &[required("color", Color)], &[]),
    mark("underline", &[], &[]),
    mark("subsup", &[required("type", OneOf(&["sub", "sup"]))], &[]),
    mark("strike", &[], &[]),
    mark("strong", &[], &[]),
    mark("em", &[], &[]),
    mark("code", &[], &["backgroundColor", "textColor", "underline", "subsup", "strike", "strong", "em"]),
];

pub fn node_rule(name: &str) -> Option<&'static NodeRule> {
    NODES.iter().find(|rule| rule.name == name)
}

pub fn mark_rule(name: &str) -> Option<&'static MarkRule> {
    MARKS.iter().find(|rule| rule.name == name)
}

/// The same name, if it is one of the schema's.
pub fn known_name(name: &str) -> Option<&'static str> {
    node_rule(name).map(|rule| rule.name).or_else(|| mark_rule(name).map(|rule| rule.name))
}

/// Where a mark stands among others; unknown ones are outermost.
pub fn mark_rank(name: &str) -> usize {
    MARKS.iter().position(|rule| rule.name == name).map_or(0, |at| at + 1)
}

impl NodeRule {
    pub fn allowed(&self) -> &'static [Child] {
        match self.children {
            Children::Of { allowed, .. } => allowed,
            Children::Media => &[("media", MEDIA_MARKS), ("caption", NO_MARKS)],
            Children::None | Children::Text => &[],
        }
    }
}

/// The name of a node that neither holds others nor is text.
pub fn leaf(name: &str) -> Option<&'static str> {
    node_rule(name).filter(|rule| matches!(rule.children, Children::None)).map(|rule| rule.name)
}

/// The marks that a node may have within another; None where it may not stand there.
pub fn marks_in(outer: &str, inner: &str) -> Option<&'static [&'static str]> {
    node_rule(outer)?.allowed().iter().find(|(name, _)| *name == inner).map(|(_, marks)| *marks)
}

pub fn has_children(name: &str) -> bool {
    node_rule(name).is_some_and(|rule| !rule.allowed().is_empty())
}

/// Whether the schema lets one node stand in another; None where it does not know the outer one.
pub fn may_hold(outer: &str, inner: &str) -> Option<bool> {
    Some(node_rule(outer)?.allowed().iter().any(|(name, _)| *name == inner))
}

/// Nodes of running text.
pub fn is_inline(name: &str) -> bool {
    INLINE.iter().any(|(inline, _)| *inline == name)
}

/// Nodes that hold running text and no blocks.
pub fn holds_inline(name: &str) -> bool {
    matches!(name, "paragraph" | "heading" | "caption" | "taskItem" | "decisionItem")
}

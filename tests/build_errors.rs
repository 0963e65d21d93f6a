//! The build refuses a faulty catalog with file, key and reason. A sound one lies in tests/catalog_faults; each case spoils one place of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../build/check.rs"]
mod check;
#[path = "../build/source.rs"]
mod source;
#[path = "../src/catalog/types.rs"]
#[allow(dead_code)]
mod types;

use std::path::{Path, PathBuf};

use types::{Place, Product, ProductProse, Strategy, Style, Type};

const SOUND: &str = "tests/catalog_faults/test";
const FILES: [&str; 3] = ["deep_parts.toml", "product.toml", "things.toml"];

fn sound(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(SOUND).join(file)).unwrap()
}

/// What the build script does, up to the packing.
fn build(root: &Path) -> (Vec<(Product, ProductProse)>, Vec<String>) {
    let mut problems = Vec::new();
    let mut products = Vec::new();
    for folder in source::product_folders(root) {
        let product = source::read_product(&folder, &mut problems);
        if problems.is_empty() {
            products.extend(check::product(product, &mut problems));
        }
    }
    check::successors(&products, &mut problems);
    (products, problems)
}

fn scratch(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("catalog").join(name.replace(|c: char| !c.is_alphanumeric(), "-"));
    let _ = std::fs::remove_dir_all(&root);
    std::fs::create_dir_all(root.join("test")).unwrap();
    root
}

/// The problems of a catalog of these files, without the folder that they lie in.
fn problems(name: &str, files: &[(&str, String)]) -> Vec<String> {
    let root = scratch(name);
    for (file, text) in files {
        std::fs::write(root.join("test").join(file), text).unwrap();
    }
    // Shown from the root of the project, where they lie below it.
    let folder = root.join("test");
    let folder = format!("{}/", folder.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&folder).display());
    let (_, problems) = build(&root);
    problems.iter().map(|problem| problem.replace(&folder, "")).collect()
}

/// The sound catalog with one place of one file replaced, or with a line of its own at its end when there is no place.
fn spoiled(file: &str, place: &str, instead: &str) -> Vec<(&'static str, String)> {
    (FILES.iter())
        .map(|known| {
            let text = sound(known);
            if *known != file {
                return (*known, text);
            }
            if place.is_empty() {
                return (*known, format!("{text}\n{instead}\n"));
            }
            assert_eq!(text.matches(place).count(), 1, "{place:?} stands once in {file}");
            (*known, text.replace(place, instead))
        })
        .collect()
}

/// Name, file, place, what stands there instead, and the problems, whole and in order.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    // Types.
    ("unknown type of a field", "things.toml", "name = \"str\"\n", "name = \"string\"\n", &["things.toml: model.Thing.name: unknown type \"string\""]),
    // The page still has a list, of whatever, and another operation leads to the thing: no further problem.
    ("unknown type inside a list", "things.toml", "data = \"list[Thing]\"", "data = \"list[Thang]\"", &["things.toml: model.Things.data: unknown type \"Thang\""]),
    ("unknown type inside a dict", "things.toml", "dict[Owner]?", "dict[list[Ower]]?", &["things.toml: model.Thing.owners: unknown type \"Ower\"", "things.toml: model.Owner: nothing uses this model"]),
    ("an open bracket", "things.toml", "\"list[str]?\"", "\"list[str?\"", &[
        "things.toml: operation.list.query.ids: unknown type \"list[str\"",
        "things.toml: operation.list.query.ids: style is for lists in the query",
        "things.toml: operation.list.query.ids: the query and headers take plain values and lists of them",
    ]),
    ("unknown type of a parameter", "things.toml", "body.note = \"str?\"", "body.note = \"text?\"", &["things.toml: operation.update.body.note: unknown type \"text\""]),
    ("unknown type of a whole body", "things.toml", "body = \"list[str]\"", "body = \"Nothing\"", &["things.toml: operation.replace.body: unknown type \"Nothing\""]),
    ("unknown type of an answer", "deep_parts.toml", "returns = \"object\"", "returns = \"Part\"", &["deep_parts.toml: operation.get.returns: unknown type \"Part\""]),
    ("an object in the query", "things.toml", "type = \"str?\", one_of", "type = \"object?\", one_of", &["things.toml: operation.list.query.sort: the query and headers take plain values and lists of them"]),
    ("a list of lists in the query", "things.toml", "type = \"list[str]?\"", "type = \"list[list[str]]?\"", &["things.toml: operation.list.query.ids: the query and headers take plain values and lists of them"]),
    ("style of what is no list", "things.toml", "type = \"str?\", one_of", "type = \"str?\", style = \"comma\", one_of", &["things.toml: operation.list.query.sort: style is for lists in the query"]),
    ("style in a body", "things.toml", "type = \"str\", doc = \"Name.\"", "type = \"list[str]\", style = \"comma\", doc = \"Name.\"", &["things.toml: operation.update.body.name: style is for lists in the query"]),
    ("a field with a default", "things.toml", "secret = true", "default = \"x\"", &["things.toml: model.Thing.token: a field has neither default nor style"]),
    // Paths and routes.
    ("a path parameter that the path lacks", "deep_parts.toml", "returns = \"object\"", "path.partId = \"Part id.\"", &["deep_parts.toml: operation.get.path.partId: the path has no such parameter"]),
    ("a path parameter without a text", "deep_parts.toml", "/parts/{thingId}", "/parts/{partId}", &["deep_parts.toml: operation.get.path.partId: no text here nor in product.toml"]),
    ("a text for a path parameter that nobody has", "product.toml", "", "partId = \"Part id.\"", &["product.toml: path.partId: no operation has such a path parameter"]),
    ("no method", "deep_parts.toml", "GET /parts", "/parts", &["deep_parts.toml: operation.get.http: expected a method, a blank and a path that starts with /"]),
    ("an unknown method", "deep_parts.toml", "GET /parts", "FETCH /parts", &["deep_parts.toml: operation.get.http: expected a method, a blank and a path that starts with /"]),
    ("a path without its slash", "deep_parts.toml", "GET /parts", "GET parts", &["deep_parts.toml: operation.get.http: expected a method, a blank and a path that starts with /"]),
    ("two operations of one route, whatever their parameters are called", "deep_parts.toml", "GET /parts/{thingId}", "PUT /things/{id}", &[
        "deep_parts.toml: operation.get.path.id: no text here nor in product.toml",
        "things.toml: operation.replace.http: PUT /things/{} is deep.parts.get already",
    ]),
    ("a brace that is not closed", "deep_parts.toml", "/parts/{thingId}", "/parts/{thingId}/{", &["deep_parts.toml: operation.get.http: the braces of the path do not match"]),
    ("a brace that is not opened", "deep_parts.toml", "/parts/{thingId}", "/parts/{thingId}}", &["deep_parts.toml: operation.get.http: the braces of the path do not match"]),
    ("a body for GET", "deep_parts.toml", "returns = \"object\"", "body.name = \"str\"", &["deep_parts.toml: operation.get.body: GET carries no body"]),
    // Names.
    ("a keyword as an argument", "things.toml", "body.note =", "body.from =", &["things.toml: operation.update.body.from: \"from\" is a keyword of Python"]),
    ("a keyword as an operation", "deep_parts.toml", "[operation.get]", "[operation.import]", &["deep_parts.toml: operation.import: \"import\" is a keyword of Python"]),
    ("a keyword as a field", "things.toml", "since = \"datetime?\"", "class = \"str?\"", &["things.toml: model.Owner.class: \"class\" is a keyword of Python"]),
    ("a keyword as a path parameter", "deep_parts.toml", "/parts/{thingId}\"", "/parts/{thingId}/{from}\"\npath.from = \"Begin.\"", &["deep_parts.toml: operation.get.path.from: \"from\" is a keyword of Python"]),
    ("a keyword in a service's path", "deep_parts.toml", "path = \"deep.parts\"", "path = \"deep.global\"", &["deep_parts.toml: service.path: \"global\" is a keyword of Python"]),
    ("a name in camel case", "things.toml", "body.note =", "body.theNote =", &["things.toml: operation.update.body.theNote: \"theNote\" is no snake_case name"]),
    ("a name that begins with a digit", "things.toml", "body.note =", "body.2nd =", &["things.toml: operation.update.body.2nd: \"2nd\" is no snake_case name"]),
    ("a name that ends with an underscore", "things.toml", "body.note =", "body.note_ =", &["things.toml: operation.update.body.note_: \"note_\" is no snake_case name"]),
    ("a keyword with an underscore", "things.toml", "body.note =", "body.from_ =", &[]),
    ("a field that hides no method with an underscore", "things.toml", "since = \"datetime?\"", "get_ = \"str?\"", &[]),
    ("a field that hides a method", "things.toml", "since = \"datetime?\"", "to_dict = \"str?\"", &["things.toml: model.Owner.to_dict: this name hides a method of Model"]),
    ("a field that hides another method", "things.toml", "since = \"datetime?\"", "get = \"str?\"", &["things.toml: model.Owner.get: this name hides a method of Model"]),
    ("two operations of one name", "deep_parts.toml", "path = \"deep.parts\"", "path = \"things\"", &[
        "things.toml: service.path: \"things\" is the service of deep_parts.toml already",
        "product.toml: group.deep: no service needs this group",
    ]),
    ("two arguments of one name", "things.toml", "header.opt_in = {", "header.name = {", &["things.toml: operation.update: two arguments are named \"name\"; give one another name"]),
    ("an argument named as one of the path", "things.toml", "body.note =", "body.thing_id =", &["things.toml: operation.update: two arguments are named \"thing_id\"; give one another name"]),
    ("an argument named as one of every call", "things.toml", "body.note =", "body.extra_body =", &["things.toml: operation.update: two arguments are named \"extra_body\"; give one another name"]),
    ("an argument named as one of every listing", "things.toml", "query.sort =", "query.limit =", &[
        "things.toml: operation.list: two arguments are named \"limit\"; give one another name",
        "things.toml: operation.list: \"limit\" goes out twice in the query",
    ]),
    ("two arguments of one wire name", "things.toml", "key = \"thingIds\"", "key = \"sort\"", &["things.toml: operation.list: \"sort\" goes out twice in the query"]),
    ("an argument that is the cursor by another name", "things.toml", "key = \"thingIds\", type = \"list[str]?\", style = \"comma\"", "key = \"cursor\", type = \"str?\"", &["things.toml: operation.list: \"cursor\" goes out twice in the query"]),
    ("two body fields of one wire name", "things.toml", "body.note = \"str?\"", "body.note = { key = \"name\", type = \"str?\" }", &["things.toml: operation.update: \"name\" goes out twice in the body"]),
    ("two fields of one wire key", "things.toml", "since = \"datetime?\"", "since = { key = \"accountId\", type = \"str?\" }", &["things.toml: model.Owner.since: the wire key \"accountId\" stands twice"]),
    ("two operations of one name in two files", "deep_parts.toml", "path = \"deep.parts\"\nsummary = \"Parts of things.\"\ndocs = \"https://example.com/parts\"\n\n[operation.get]", "path = \"things\"\nsummary = \"Things.\"\ndocs = \"https://example.com/parts\"\n\n[operation.replace]", &[
        "things.toml: service.path: \"things\" is the service of deep_parts.toml already",
        "things.toml: operation.replace: things.replace is defined in deep_parts.toml already",
        "product.toml: group.deep: no service needs this group",
    ]),
    ("an operation named as a service beside it", "deep_parts.toml", "path = \"deep.parts\"", "path = \"things.update\"", &[
        "product.toml: group.deep: no service needs this group",
        "product.toml: things.update: an operation of things has this name too",
    ]),
    ("a model in snake case", "deep_parts.toml", "returns = \"object\"", "returns = \"part_of\"\n[model.part_of]\nsummary = \"No.\"", &["deep_parts.toml: model.part_of: a model's name is in CamelCase"]),
    ("a model named as a service's class", "deep_parts.toml", "returns = \"object\"", "returns = \"PartsService\"\n[model.PartsService]\nsummary = \"No.\"", &["deep_parts.toml: model.PartsService: names ending in Service are the services' own"]),
    ("a model defined twice", "deep_parts.toml", "returns = \"object\"", "returns = \"Thing\"\n[model.Thing]\nsummary = \"Another.\"", &["things.toml: model.Thing: a model of this name exists already"]),
    // What is used.
    ("a model that nobody uses", "deep_parts.toml", "", "[model.Part]\nsummary = \"A part.\"", &["deep_parts.toml: model.Part: nothing uses this model"]),
    ("a model that only uses itself", "deep_parts.toml", "", "[model.Part]\nsummary = \"A part.\"\nfields.parts = \"list[Part]?\"", &["deep_parts.toml: model.Part: nothing uses this model"]),
    ("models that only use one another", "deep_parts.toml", "", "[model.Part]\nsummary = \"A part.\"\nfields.piece = \"Piece?\"\n[model.Piece]\nsummary = \"A piece.\"\nfields.part = \"Part?\"", &[
        "deep_parts.toml: model.Part: nothing uses this model",
        "deep_parts.toml: model.Piece: nothing uses this model",
    ]),
    ("repr of what is no field", "things.toml", "repr = [\"name\"]", "repr = [\"title\"]", &["things.toml: model.Thing.repr: \"title\" is no field"]),
    ("an unknown credential", "things.toml", "credential = \"directory\"", "credential = \"user\"", &["things.toml: service.credential: \"user\" is not declared in product.toml"]),
    ("a gateway without the site", "product.toml", "[credential.organization]", "[gateway]\nbase_url = \"https://api.example.com\"\npath = \"/ex/{site}\"\nresources = \"GET /sites\"\n\n[credential.organization]", &["product.toml: gateway.path: must end with a context in braces"]),
    ("an unknown context", "things.toml", "directoryId = true", "siteId = true", &["things.toml: service.context: \"siteId\" is not declared in product.toml"]),
    ("a group that nobody needs", "product.toml", "deep = \"Things below things.\"", "deep = \"Things below things.\"\nflat = \"Nothing.\"", &["product.toml: group.flat: no service needs this group"]),
    ("a group that is missing", "product.toml", "deep = \"Things below things.\"\n", "", &["product.toml: group.deep.summary: one sentence on one line, with a full stop"]),
    ("a successor that does not exist", "things.toml", "successor = \"test.things.list\"", "successor = \"test.things.search\"", &["catalog/test: things.update: successor \"test.things.search\" is no operation"]),
    ("a date that is none", "things.toml", "date = \"2026-06-30\"", "date = \"June 2026\"", &["things.toml: operation.update.deprecated.date: expected YYYY-MM-DD"]),
    ("a hint for what is no status", "things.toml", "hint.409 =", "hint.4o9 =", &["things.toml: operation.update.hint.4o9: expected a status from 300 to 599, or an error code of the server"]),
    ("a hint for a success", "things.toml", "403 = \"Be an admin.\"", "200 = \"Be an admin.\"", &[
        "things.toml: service.hint.200: expected a status from 300 to 599, or an error code of the server",
        "things.toml: service.hint.200: expected a status from 300 to 599, or an error code of the server",
        "things.toml: service.hint.200: expected a status from 300 to 599, or an error code of the server",
    ]),
    // Corrections, and what a model is made from.
    ("a text for a parameter that nobody has", "product.toml", "[param]", "[param]\nplace = \"Where.\"", &["product.toml: param.place: no operation has such a parameter"]),
    ("a correction without a reason", "deep_parts.toml", "returns = \"object\"", "returns = \"object\"\nbecause = \"\"", &["deep_parts.toml: operation.get.because: a reason is due"]),
    ("a correction of a parameter without a reason", "things.toml", "doc = \"Name.\"", "because = \" \"", &["things.toml: operation.update.body.name.because: a reason is due"]),
    ("a correction of a field without a reason", "things.toml", "secret = true", "because = \"\"", &["things.toml: model.Thing.token.because: a reason is due"]),
    ("a correction of a model without a reason", "things.toml", "repr = [\"name\"]", "because = \"\"", &["things.toml: model.Thing.because: a reason is due"]),
    ("a schema that the name tells", "things.toml", "schema = \"ThingBean\"", "schema = \"Thing\"", &["things.toml: model.Thing.schema: needed only where the name is another"]),
    // Paging.
    ("paging without a list", "things.toml", "items = \"data\"", "items = \"values\"", &["things.toml: operation.list.paging: the page has no list at \"values\""]),
    ("paging over what is no list", "things.toml", "items = \"data\"", "items = \"next\"", &["things.toml: operation.list.paging: the page has no list at \"next\""]),
    ("paging without an answer", "things.toml", "returns = \"Things\"\n", "", &["things.toml: operation.list.paging: a paged operation needs `returns`", "things.toml: model.Things: nothing uses this model"]),
    ("paging in a header", "things.toml", "items = \"data\",", "items = \"data\", place = \"header\",", &["things.toml: operation.list.paging: place is query or body"]),
    // Texts.
    ("a summary without a full stop", "deep_parts.toml", "Get a part.", "Get a part", &["deep_parts.toml: operation.get.summary: one sentence on one line, with a full stop"]),
    ("no text in a summary", "things.toml", "\"Things of a directory.\"", "\" \"", &["things.toml: service.summary: one sentence on one line, with a full stop"]),
    ("documents without an https address", "deep_parts.toml", "https://example.com/parts", "http://example.com/parts", &["deep_parts.toml: operation.get.docs: expected an https address"]),
    // Files.
    ("a service without operations", "deep_parts.toml", "[operation.get]\nhttp = \"GET /parts/{thingId}\"\nsummary = \"Get a part.\"\nreturns = \"object\"\n", "", &["deep_parts.toml: service: a service without operations"]),
    ("operations without a service", "deep_parts.toml", "[service]\npath = \"deep.parts\"\nsummary = \"Parts of things.\"\ndocs = \"https://example.com/parts\"\n", "", &[
        "deep_parts.toml: service: operations need a [service]",
        "product.toml: group.deep: no service needs this group",
    ]),
];

#[test]
fn the_sound_catalog_has_no_problem() {
    let files: Vec<_> = FILES.iter().map(|file| (*file, sound(file))).collect();
    assert_eq!(problems("sound", &files), Vec::<String>::new());
}

#[test]
fn every_fault_is_told_with_file_key_and_reason() {
    let mut wrong = Vec::new();
    for (name, file, place, instead, expected) in CASES {
        let found = problems(name, &spoiled(file, place, instead));
        if found != *expected {
            wrong.push(format!(
                "{name}:\n    found    {}\n    expected {}",
                found.join("\n             "),
                expected.join("\n             ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

/// Faults of the TOML itself: name, file, place, instead, and what the one problem must contain.
#[test]
fn faults_of_the_file_name_line_key_and_reason() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str, &str, &[&str])] = &[
        ("toml syntax", "things.toml", "path = \"things\"", "path = things", &["things.toml: ", "line 2"]),
        ("a key twice", "things.toml", "path = \"things\"", "path = \"things\"\npath = \"others\"", &["things.toml: ", "duplicate key", "path"]),
        ("unknown key of a service", "things.toml", "credential =", "credentials =", &["things.toml: ", "unknown field `credentials`"]),
        ("unknown key of an operation", "deep_parts.toml", "returns =", "return =", &["deep_parts.toml: ", "get: unknown field `return`"]),
        ("unknown key of a parameter", "things.toml", "style = \"comma\"", "stile = \"comma\"", &["things.toml: ", "list: ids: unknown field `stile`"]),
        ("unknown key of a body field", "things.toml", "doc = \"Name.\"", "docs = \"Name.\"", &["things.toml: ", "update: name: unknown field `docs`"]),
        ("unknown key of a field", "things.toml", "secret = true", "secrets = true", &["things.toml: ", "token: unknown field `secrets`"]),
        ("unknown key of a model", "things.toml", "repr = [\"name\"]", "show = [\"name\"]", &["things.toml: ", "Thing: unknown field `show`"]),
        ("unknown key of paging", "things.toml", "total = \"meta.total\"", "sum = \"meta.total\"", &["things.toml: ", "list: unknown field `sum`"]),
        ("unknown strategy", "things.toml", "cursor-data", "cursor-dates", &["things.toml: ", "list: unknown variant `cursor-dates`", "scim-index"]),
        ("unknown style", "things.toml", "style = \"comma\"", "style = \"pipes\"", &["things.toml: ", "ids: unknown variant `pipes`", "comma"]),
        ("a parameter without a type", "things.toml", "{ type = \"str\", doc = \"Name.\" }", "{ doc = \"Name.\" }", &["things.toml: ", "name: missing field `type`"]),
        ("a parameter that is a number", "things.toml", "body.note = \"str?\"", "body.note = 1", &["things.toml: ", "note: "]),
        ("an operation without http", "deep_parts.toml", "http = \"GET /parts/{thingId}\"\n", "", &["deep_parts.toml: ", "get: missing field `http`"]),
        ("an operation without summary", "deep_parts.toml", "summary = \"Get a part.\"\n", "", &["deep_parts.toml: ", "get: missing field `summary`"]),
        ("unknown key of the product", "product.toml", "title =", "titel =", &["product.toml: ", "unknown field `titel`"]),
        ("unknown scheme", "product.toml", "scheme = \"basic\"", "scheme = \"digest\"", &["product.toml: ", "directory: unknown variant `digest`"]),
        ("unknown table", "things.toml", "", "[operations.get]\nhttp = \"GET /x\"", &["things.toml: ", "unknown field `operations`"]),
    ];
    let mut wrong = Vec::new();
    for (name, file, place, instead, parts) in cases {
        let found = problems(name, &spoiled(file, place, instead));
        let told = found.first().is_some_and(|problem| parts.iter().all(|part| problem.contains(part)) && !problem.contains('\n'));
        if !told {
            wrong.push(format!("{name}: {parts:?}\n    {}", found.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_product_needs_its_product_file_and_a_credential() {
    let files: Vec<_> = FILES.iter().filter(|file| **file != "product.toml").map(|file| (*file, sound(file))).collect();
    let found = problems("no product file", &files);
    assert!(found.len() == 1 && found[0].ends_with("test: product.toml is missing or faulty"), "{found:?}");
    let text = sound("product.toml");
    let from = text.find("[credential.organization]").unwrap();
    let to = text.find("[context.directoryId]").unwrap();
    let bare = format!("{}{}", &text[..from], &text[to..]);
    let files: Vec<_> = FILES.iter().map(|file| (*file, if *file == "product.toml" { bare.clone() } else { sound(file) })).collect();
    assert_eq!(
        problems("no credential", &files),
        [
            "product.toml: credential: a product needs at least one",
            "things.toml: service.credential: \"directory\" is not declared in product.toml"
        ]
    );
}

#[test]
fn the_sound_catalog_says_what_was_written() {
    let (products, problems) = build(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/catalog_faults"));
    assert!(problems.is_empty(), "{problems:?}");
    let (facts, prose) = &products[0];
    let paths: Vec<(&str, &str, u16)> = facts.services.iter().map(|s| (s.path.as_str(), s.class.as_str(), s.credential)).collect();
    assert_eq!(paths, [("deep.parts", "DeepPartsService", 0), ("things", "ThingsService", 1), ("deep", "DeepService", 0)]);
    assert_eq!(prose.services.len(), 3);

    let [list, update, replace] = &facts.services[1].operations[..] else { panic!("three operations") };
    let paging = list.paging.as_ref().unwrap();
    assert_eq!((paging.strategy, paging.item.clone()), (Strategy::CursorData, Type::Model(1)));
    assert_eq!(
        (paging.cursor.as_str(), paging.size.as_str(), paging.next.as_str(), paging.total.as_str()),
        ("cursor", "limit", "links.next", "meta.total")
    );
    assert_eq!((paging.place, paging.alone), (Place::Query, false));
    let names = |operation: &types::Operation| {
        operation.params.iter().map(|p| format!("{}={}{}", p.name, p.key, if p.required { "!" } else { "" })).collect::<Vec<_>>()
    };
    assert_eq!(names(list), ["directory_id=directoryId!", "sort=sort", "ids=thingIds"]);
    assert_eq!(
        names(update),
        ["directory_id=directoryId!", "thing_id=thingId!", "name=name!", "opt_in=X-Opt-In", "note=note"],
        "path, required, optional"
    );
    assert_eq!(prose.services[1].operations[1].params[2..4], ["Name.", "Consent."], "an entry's own word, else product.toml's");
    assert_eq!(names(replace), ["thing_id=thingId!", "body=body!"]);
    assert_eq!((list.params[0].context, list.params[1].context, update.params[1].context), (Some(0), None, None));
    assert_eq!((list.params[2].style, list.params[1].one_of.len()), (Style::Comma, 2));
    assert_eq!(update.params[3].default.as_deref(), Some("\"yes\""));
    assert_eq!(
        update.hints,
        [("409".to_owned(), "It was changed meanwhile.".to_owned()), ("403".to_owned(), "Be an admin.".to_owned())],
        "the operation's own word comes first"
    );
    assert_eq!((list.idempotent, update.idempotent, replace.idempotent), (true, false, true));
    assert_eq!(update.deprecated.as_ref().unwrap().successor, "test.things.list");
    assert_eq!(update.content_type, "application/json");

    let thing = &facts.models[1];
    assert_eq!(
        thing.fields.iter().map(|f| (f.name.as_str(), f.required, f.secret)).collect::<Vec<_>>(),
        [("name", true, false), ("token", false, true), ("owners", false, false)]
    );
    assert_eq!(facts.models[2].repr, ["account_id", "since"]);
}

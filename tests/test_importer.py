"""The importer: a document becomes entries of the catalog, and what people wrote survives the next one."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract.documents import FOLDER, NO_DOCUMENTS
from openapi.catalog import Catalog, route
from openapi.document import Document
from openapi.importer import Import, import_document
from openapi.names import class_name, field_name, singular, snake
from openapi.seeds import Seeds

ROOT = Path(__file__).resolve().parent.parent
BOXES = ROOT / "tests" / "importer" / "boxes.json"
EXPECTED = ROOT / "tests" / "importer" / "expected"

SEEDS: Seeds = {
    "operations": {
        "GET /boxes": {
            "service": "storage.boxes",
            "name": "list",
            "summary": "List the boxes.",
            "details": 'What is "inside" a box is told by `storage.boxes.get`; a page holds 50 boxes unless `page_size` says otherwise, '
            "and never more than 100 of them.",
            "params": {"from": "Earliest day."},
        },
        "POST /boxes": {"service": "storage.boxes", "name": "create", "summary": "Create a box."},
        "GET /boxes/{boxKey}": {"service": "storage.boxes", "name": "get", "summary": "Return a box."},
        "PUT /boxes/{boxKey}": {"service": "storage.boxes", "name": "update", "summary": "Change a box."},
        "DELETE /boxes/{boxKey}": {
            "service": "storage.boxes",
            "name": "delete",
            "summary": "Delete a box.",
            "deprecated": {"date": "2027-06-30", "successor": "boxes.storage.boxes.archive"},
        },
        "GET /lists/unknown": {"service": "lists", "name": "unknown", "summary": "Give a task."},
    },
    "models": {
        "BoxPageBean": {
            "name": "BoxPage",
            "summary": "One page of boxes.",
            "fields": {"isLast": "Whether it ends here."},
        },
        "BoxBean": {"name": "Box", "summary": "A box."},
        "New shape": {"name": "NewShape", "summary": "A shape that was made."},
        "Unused": {"name": "Depot", "summary": "A place to keep boxes."},
    },
    "params": {"expand": "What else to tell.", "absent": "Nobody sends it."},
    "path": {"boxKey": "Key of the box.", "absentKey": "Nobody has it."},
    "services": {"storage": "Where things are kept.", "storage.boxes": "Boxes.", "absent": "Nobody needs it."},
}

Change = Callable[[dict[str, Any]], None]


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.toml"))}


def lines(done: Import) -> list[str]:
    """What is reported, file by file, without what lacks words."""
    told = [(where, f"{mark} {text}") for where, mark, text in done.report.sorted() if mark != "?"]
    return [line for where in dict(told) for line in (where, *(text for at, text in told if at == where))]


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """The folder of a product with everything that the document has, some of it named by people."""
    folder = tmp_path / "boxes"
    import_document(folder, BOXES, SEEDS).write()
    return folder


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Change], Path]:
    """The document with a change."""

    def write(change: Change) -> Path:
        document = json.loads(BOXES.read_text("utf-8"))
        change(document)
        path = tmp_path / "boxes.json"
        path.write_text(json.dumps(document), "utf-8")
        return path

    return write


def edit(folder: Path, name: str, before: str, after: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert text.count(before) == 1, f"{before!r} stands once in {name}"
    (folder / name).write_text(text.replace(before, after), "utf-8")


# New entries


def test_a_document_becomes_a_catalog(product: Path) -> None:
    """Every rule at once: to be read side by side, importer/boxes.json and importer/expected/."""
    assert files(product) == files(EXPECTED)


def test_nothing_is_copied_from_the_document(product: Path) -> None:
    assert "A sentence" in BOXES.read_text("utf-8")
    assert not [name for name, text in files(product).items() if "A sentence" in text]


def test_what_a_maintainer_has_to_judge(tmp_path: Path) -> None:
    told = [line for line in lines(import_document(tmp_path / "boxes", BOXES, SEEDS)) if line.startswith("!")]
    assert told == [
        "! storage.boxes.update: answers differ: 200, 202",
        "! box_pictures.create_attachments: parts without names; `file` is assumed",
        "! lists.unknown: pipes is joined by another sign than a comma",
        "! lists.unknown: parameters of pages, yet no paging that is known",
    ]


def test_an_import_without_seeds_asks_for_words(tmp_path: Path) -> None:
    report = str(import_document(tmp_path / "boxes", BOXES).report).splitlines()
    assert {"? service boxes", "? operation boxes.list", "? model BoxBean", "? path boxKey"} <= {
        line.strip() for line in report
    }
    assert report[-1] == "55 new, 0 changed, 4 to look at, 56 without words"


def test_the_whole_path_of_a_service_tells_answers_apart(tmp_path: Path, changed: Callable[[Change], Path]) -> None:
    def change(document: dict[str, Any]) -> None:
        for path, field in (("/a", "labels"), ("/b", "colors")):
            answer = {"type": "object", "properties": {field: {"type": "integer"}}}
            content = {"application/json": {"schema": answer}}
            document["paths"][path] = {"get": {"responses": {"200": {"content": content}}}}

    seeds = copy.deepcopy(SEEDS)
    seeds["operations"]["GET /a"] = {"service": "boxes.labels", "name": "count"}
    seeds["operations"]["GET /b"] = {"service": "racks.labels", "name": "count"}
    told = lines(import_document(tmp_path / "boxes", changed(change), seeds))
    assert "+ model LabelCount" in told
    assert "+ model RackLabelCount" in told


def test_only_what_lies_below_a_prefix(tmp_path: Path) -> None:
    folder = tmp_path / "boxes"
    import_document(folder, BOXES, prefix="/rest/api/3/shapes").write()
    assert list(files(folder)) == ["product.toml", "shapes.toml"]


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("issueIdOrKey", "issue_id_or_key"),
        ("notFoundIDs", "not_found_ids"),
        ("boardFilterJQL", "board_filter_jql"),
        ("JQLQuery", "jql_query"),
        ("target.ref_name", "target_ref_name"),
        ("space-id", "space_id"),
        ("X-Atlassian-Token", "x_atlassian_token"),
        ("_links", "links"),
        ("from", "from_"),
        ("48x48", "size_48x48"),
        ("_", "unnamed"),
    ],
)
def test_names_for_python(wire: str, python: str) -> None:
    assert snake(wire) == python


def test_names_that_are_taken() -> None:
    assert field_name("get") == "get_"
    assert field_name("_links", {"links"}) == "links_2"
    assert [class_name(name) for name in ("List", "paginated_boxes", "Rule.Simple", "BoxService")] == [
        "ListModel",
        "PaginatedBoxes",
        "RuleSimple",
        "BoxServiceModel",
    ]
    assert [singular(word) for word in ("values", "properties", "branches", "status", "access", "ids")] == [
        "value",
        "property",
        "branch",
        "status",
        "access",
        "ids",
    ]


def test_a_group_that_becomes_a_service_is_none_any_more(product: Path, changed: Callable[[Change], Path]) -> None:
    def change(document: dict[str, Any]) -> None:
        document["paths"]["/storage"] = {"get": {"tags": ["Storage"], "responses": {"204": {}}}}

    assert "[group]\nstorage =" in files(product)["product.toml"]
    import_document(product, changed(change), SEEDS).write()
    assert "storage =" not in files(product)["product.toml"]
    assert 'summary = "Where things are kept."' in files(product)["storage.toml"]


# What is there already


def test_a_second_import_changes_nothing(product: Path) -> None:
    before = files(product)
    done = import_document(product, BOXES)
    done.write()
    assert not done.report.changed
    assert files(product) == before


def test_new_facts_come_in(product: Path, changed: Callable[[Change], Path]) -> None:
    def change(document: dict[str, Any]) -> None:
        listing = document["paths"]["/boxes"]["get"]
        parameters = {one["name"]: one for one in listing["parameters"]}
        parameters["sort"]["schema"]["enum"].append("weight")
        parameters["from"]["required"] = False
        parameters["expand"]["schema"] = {"type": "integer"}
        listing["parameters"].append({"in": "query", "name": "boxKey", "schema": {"type": "string"}})
        document["paths"]["/lists/start"]["get"]["deprecated"] = True
        document["paths"]["/shapes"]["get"]["responses"] = {"204": {}}
        document["paths"]["/boxes/{boxKey}/labels"]["get"]["responses"]["200"]["content"]["application/json"] = {
            "schema": {"$ref": "#/components/schemas/LabelPage"}
        }
        schemas = document["components"]["schemas"]
        schemas["LabelPage"] = {
            "type": "object",
            "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Label"}}},
        }
        schemas["Label"]["required"] = []
        schemas["Label"]["properties"]["owner"] = {"type": "object", "properties": {"accountId": {"type": "string"}}}

    before = files(product)
    done = import_document(product, changed(change))
    done.write()
    assert lines(done) == [
        "storage_boxes.toml",
        "+ storage.boxes.list: query.box_key: str",
        "+ Label.owner: LabelOwner",
        "+ model LabelOwner",
        "~ storage.boxes.list: query.sort: also weight",
        "~ storage.boxes.list: query.from_: datetime -> datetime?",
        "~ storage.boxes.list: query.expand: str? -> int?",
        "~ Label.text: str -> str?",
        "box_labels.toml",
        "+ model LabelPage",
        "~ box_labels.list: returns: list[str] -> LabelPage",
        "lists.toml",
        "~ lists.list_start: deprecated",
    ]
    after = files(product)
    new = {line for name in after for line in after[name].splitlines()} - {
        line for name in before for line in before[name].splitlines()
    }
    assert new == {
        'query.from_ = { key = "from", type = "datetime?", doc = "Earliest day." }',
        'query.sort = { type = "str?", one_of = ["name", "-name", "weight"] }',
        'query.expand = "int?"',
        'query.box_key = { key = "boxKey", type = "str?" }',
        'text = "str?"',
        'owner = "LabelOwner?"',
        "[model.LabelOwner]",
        "[model.LabelOwner.fields]",
        'account_id = { key = "accountId", type = "str?" }',
        'returns = "LabelPage"',
        "[model.LabelPage]",
        "[model.LabelPage.fields]",
        'items = "list[Label]?"',
        "deprecated = {}",
    }
    # Among its like, wherever others stand.
    assert re.findall(r"^\w+(?:\.\w+)?", after["storage_boxes.toml"].split("\n\n")[1], re.M)[-4:] == [
        "query.expand",
        "query.box_key",
        "returns",
        "paging",
    ]
    assert not import_document(product, product.parent / "boxes.json").report.changed


def test_a_new_operation_stands_before_the_models(product: Path, changed: Callable[[Change], Path]) -> None:
    def change(document: dict[str, Any]) -> None:
        document["paths"]["/boxes/count"] = {"get": {"tags": ["Shapes"], "responses": {"200": {"content": {}}}}}

    done = import_document(product, changed(change))
    done.write()
    assert lines(done) == [
        "shapes.toml",
        "+ operation shapes.get_count  GET /rest/api/3/boxes/count",
        "! shapes.get_count: the answer is not described; read as bytes",
    ]
    assert re.findall(r"^\[.*\]$|^docs = .*", files(product)["shapes.toml"], re.M)[3:6] == [
        "[operation.create]",
        "[operation.get_count]",
        "[model.Shape]",
    ]


def test_what_people_wrote_survives(product: Path) -> None:
    """Names, prose, paging, finer types, comments, the order of things."""
    boxes, labels = "storage_boxes.toml", "box_labels.toml"
    edit(product, boxes, "[operation.list]", "# A word on the list.\n[operation.search]")
    edit(product, boxes, 'query.box_ids = { key = "boxIds"', 'query.keys = { doc = "Keys.", key = "boxIds"')
    edit(product, boxes, 'query.expand = "str?"', 'query.expand = { type = "list[str]?", style = "comma" }')
    edit(product, boxes, 'paging = { strategy = "offset"', 'hint.404 = "No."\npaging = { strategy = "offset"')
    edit(product, boxes, 'body.anything = "any?"', 'body.anything = "Address?" # known from elsewhere')
    edit(product, boxes, 'free = "object?"\nanything = "any?"', 'anything = "any?"\nfree = "dict[int]?"')
    edit(product, boxes, 'total = "int?"\n', 'total = "epoch_ms?"\n')
    for name in (boxes, "box_labels.toml"):
        text = files(product)[name]
        (product / name).write_text(re.sub(r"\bAddressLine\b", "Street", text.replace("BoxSize", "Extent")), "utf-8")
    edit(product, labels, 'path = "box_labels"', 'path = "labels"')
    edit(product, "box_pictures.toml", "{boxKey}/attachments", "{+boxKey}/attachments")
    (product / labels).rename(product / "labels.toml")
    before = files(product)
    done = import_document(product, BOXES, SEEDS)
    done.write()
    assert lines(done) == []
    assert "path" not in str(done.report)
    assert files(product) == before


def test_corrections_are_left_alone(product: Path, changed: Callable[[Change], Path]) -> None:
    boxes = "storage_boxes.toml"
    edit(product, boxes, 'query.sort = { type = "str?"', 'query.sort = { because = "It takes a number.", type = "int?"')
    edit(product, boxes, 'number = "int?"', 'number = { type = "str?", because = "It has letters." }')
    edit(product, boxes, "[model.Label]\n", '[model.Label]\nbecause = "Two schemas have this form."\n')
    edit(product, "shapes.toml", 'returns = "Shape"', 'returns = "any"\nbecause = "It answers anything."')

    def change(document: dict[str, Any]) -> None:
        document["components"]["schemas"]["Label"]["properties"]["owner"] = {"type": "string"}
        document["paths"]["/shapes"]["get"]["parameters"] = [{"in": "query", "name": "corners", "schema": {}}]

    before = files(product)
    done = import_document(product, changed(change))
    done.write()
    assert lines(done) == ["shapes.toml", "! shapes.get: query.corners: new in the document"]
    assert files(product) == before


def test_what_is_gone_is_only_told(product: Path, changed: Callable[[Change], Path]) -> None:
    def change(document: dict[str, Any]) -> None:
        del document["paths"]["/shapes"]
        del document["paths"]["/boxes"]["get"]["parameters"][4]
        del document["components"]["schemas"]["Label"]["properties"]["color"]

    edit(
        product,
        "storage_boxes.toml",
        "[operation.delete]",
        '[operation.empty]\nhttp = "PUT /wiki/x"\n\n[operation.delete]',
    )
    before = files(product)
    done = import_document(product, changed(change))
    done.write()
    assert lines(done) == [
        "storage_boxes.toml",
        "! storage.boxes.list: query.sort: no longer in the document",
        "! Label.color: no longer in the document",
        "shapes.toml",
        "! shapes.get: no longer in the document  GET /rest/api/3/shapes",
        "! shapes.create: no longer in the document  POST /rest/api/3/shapes",
    ]
    assert not done.report.changed
    assert files(product) == before


def test_a_model_without_fields_gets_them(product: Path) -> None:
    name = "shapes.toml"
    edit(product, name, '\n[model.Depot.fields]\nid = "str?"\nstreet = "str?"\n', "")
    done = import_document(product, BOXES)
    done.write()
    assert lines(done) == [name, "+ Depot.id: str", "+ Depot.street: str"]
    assert files(product) == files(EXPECTED)


def test_a_field_of_another_component_is_a_change(product: Path, changed: Callable[[Change], Path]) -> None:
    def change(document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        schemas["Place"] = copy.deepcopy(schemas["Address"])
        schemas["BoxBean"]["allOf"][1]["properties"]["to"] = {"$ref": "#/components/schemas/Place"}

    done = import_document(product, changed(change))
    assert lines(done) == [
        "storage_boxes.toml",
        "+ model Place",
        "+ model PlaceLine",
        "~ storage.boxes.create: body.to: Address? -> Place?",
        "~ Box.to: Address? -> Place?",
    ]


def test_two_documents_of_one_product(product: Path, changed: Callable[[Change], Path]) -> None:
    """A component of the same name is another thing, and keeps being one."""

    def change(document: dict[str, Any]) -> None:
        document["servers"] = [{"url": "https://example.atlassian.net/wiki/rest/api"}]
        document["paths"] = {"/shapes": document["paths"]["/shapes"]}
        document["components"]["schemas"]["Shape"] = {"type": "object", "properties": {"edges": {"type": "integer"}}}

    other = changed(change).rename(product.parent / "boxes-v1.json")
    import_document(product, other).write()
    shapes = files(product)["shapes.toml"]
    assert '[model.ShapeV1]\nschema = "boxes-v1#Shape"' in shapes
    assert 'http = "GET /wiki/rest/api/shapes"' in shapes
    assert not import_document(product, other).report.changed
    assert not import_document(product, BOXES).report.changed


# The command


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "import_openapi.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)
@pytest.mark.parametrize(
    "name",
    ["admin-organization", "admin-organization-2026-07-22", "admin-user-management", "admin-user-provisioning"],
)
def test_the_catalog_of_admin_follows_its_documents(name: str) -> None:
    """Where the catalog differs on purpose, a `because` says so."""
    done = run("admin", f"{FOLDER}/{name}.json")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)
@pytest.mark.parametrize(
    "name",
    ["jira-v3", "jira-software", "jira-service-management", "confluence-v1", "confluence-v2", "bitbucket"],
)
def test_real_documents_come_in_whole_and_once(name: str, tmp_path: Path) -> None:
    assert FOLDER is not None
    path, folder = FOLDER / f"{name}.json", tmp_path / "product"
    import_document(folder, path).write()
    before = files(folder)
    assert Catalog(folder).operations.keys() == {route(one.http) for one in Document(path).operations}
    again = import_document(folder, path)
    again.write()
    assert not again.report.changed, str(again.report)
    assert files(folder) == before

"""What holds for every entry of the catalog. Faults are gathered product by product: a test each would take minutes."""

from __future__ import annotations

import inspect
import json
import keyword
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import Model, _native, operations
from contract.documents import FOLDER, NO_DOCUMENTS
from contract.facts import BY_NAME, CATALOGS, OPERATIONS, Operation, model_indices, models
from offline import clients

# Every first word of a summary, read by eye: each is a verb in the imperative. A new one is added after a look at its
# sentence.
VERBS = {
    *("Acknowledge", "Activate", "Add", "Approve", "Archive", "Ask", "Assign", "Attach", "Black", "Bring", "Call"),
    *("Cancel", "Change", "Check", "Choose", "Close", "Comment", "Compute", "Copy", "Count", "Create", "Deactivate"),
    *("Decline", "Delete", "Disable", "Download", "Drop", "Edit", "Enable", "End", "Estimate", "Export", "Extend"),
    *("Find", "Fork", "Get", "Give", "Grant", "Hand", "Have", "Hide", "Invite", "Issue", "Keep", "Leave", "Let"),
    *("Link", "List", "Log", "Look", "Make", "Map", "Mark", "Merge", "Move", "Open", "Parse", "Pin", "Plan"),
    *("Provision", "Publish", "Put", "Rank", "Read", "Register", "Relate", "Remove", "Rename", "Reopen", "Reorder"),
    *("Replace", "Report", "Restore", "Return", "Revoke", "Rewrite", "Run", "Save", "Search", "Send", "Set", "Share"),
    *("Show", "Silence", "Start", "Stop", "Store", "Submit", "Subscribe", "Suggest", "Suspend", "Swap", "Switch"),
    *("Sync", "Take", "Tell", "Throw", "Tick", "Translate", "Unlink", "Upload", "Use", "Vote", "Watch"),
}

# What every method takes beside the parameters of its entry.
EVERYWHERE = {"extra_query", "extra_headers", "extra_body"}

# Fields of a body that need no text: what they mean is what they are called.
SELF_EVIDENT = {"description", "email_address", "jql", "name", "title"}

# Where Atlassian's pages are.
PAGES = ("https://developer.atlassian.com/cloud/", "https://developer.atlassian.com/platform/teams/")

# Operations that Atlassian calls deprecated without a word on when they end or what takes their place, by the start of
# their names, with what we know.
SILENT = {
    "bitbucket.repositories.issues.": "The issue tracker as a whole is on its way out.",
    "bitbucket.snippets.list_watchers": "Nothing tells who watches a snippet otherwise.",
    "jira.fields.configurations.schemes.": "Field schemes are built differently: no one operation does the same.",
    "jira.v2.fields.configurations.schemes.": "The same.",
}

each_product = pytest.mark.parametrize("product", CATALOGS)


def of(product: str) -> list[Operation]:
    return [operation for operation in OPERATIONS if operation.product == product]


def spoken(name: str) -> bool:
    """Whether a name can be written in Python as it is."""
    return name.isidentifier() and not keyword.iskeyword(name)


def test_the_list_of_operations_is_the_catalog() -> None:
    assert [info.name for info in operations()] == [operation.name for operation in OPERATIONS]
    assert [(info.method, info.path) for info in operations()] == [
        (operation.method, operation.path) for operation in OPERATIONS
    ]


def test_operation_names_are_unique() -> None:
    assert [name for name, count in Counter(operation.name for operation in OPERATIONS).items() if count > 1] == []


def test_no_two_operations_have_one_route() -> None:
    assert [route for route, count in Counter(operation.route for operation in OPERATIONS).items() if count > 1] == []


@each_product
def test_names_can_be_written_in_python(product: str) -> None:
    faults = [
        (operation.name, name)
        for operation in of(product)
        for name in (*operation.name.split("."), *(param["name"] for param in operation.params))
        if not spoken(name) or name != name.lower()
    ]
    assert faults == []


@each_product
def test_parameter_names_are_unique(product: str) -> None:
    for operation in of(product):
        names = [param["name"] for param in operation.params]
        implied = set(EVERYWHERE)
        if operation.paging:
            implied |= {"limit"}
            implied |= {"page_size"} if operation.paging["size"] else set()
            implied |= {"cursor"} if operation.paging["cursor"] else set()
        assert len(names) == len(set(names)), operation.name
        assert implied.isdisjoint(names), operation.name
        keys = [(param["place"], param["key"]) for param in operation.params]
        assert len(keys) == len(set(keys)), operation.name


@each_product
def test_path_parameters_are_those_of_the_path(product: str) -> None:
    for operation in of(product):
        in_path = [key.removeprefix("+") for key in re.findall(r"\{([^}]*)\}", operation.path)]
        assert len(in_path) == len(set(in_path)), operation.name
        declared = [param["key"] for param in operation.params if param["place"] == "path"]
        assert sorted(in_path) == sorted(declared), operation.name
        assert operation.path.startswith("/"), operation.name
        assert "//" not in operation.path, operation.name


@each_product
def test_positional_parameters_are_the_path_without_contexts_and_what_the_entry_names(product: str) -> None:
    client = clients(product)[""]
    for operation in of(product):
        signature = inspect.signature(operation.bound(client))
        known = {param["key"]: param for param in operation.params if param["place"] == "path"}
        in_path = [known[key.removeprefix("+")] for key in re.findall(r"\{([^}]*)\}", operation.path)]
        wanted = [param["name"] for param in in_path if param["context"] is None]
        wanted += [param["name"] for param in operation.params if param["place"] != "path" and param["positional"]]
        positional = [p for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        assert [parameter.name for parameter in positional] == wanted, operation.name
        assert all(parameter.default is parameter.empty for parameter in positional), operation.name
        assert set(signature.parameters) >= {param["name"] for param in operation.params} | EVERYWHERE, operation.name


def first_word(operation: Operation) -> str:
    return operation.prose["summary"].split()[0].rstrip(",")


@each_product
def test_summaries_begin_with_a_verb(product: str) -> None:
    strange = {operation.name: operation.prose["summary"] for operation in of(product)}
    assert {name: strange[name] for name in strange if first_word(BY_NAME[name]) not in VERBS} == {}


def test_every_accepted_verb_is_in_use() -> None:
    assert {first_word(operation) for operation in OPERATIONS} == VERBS


def one_sentence(text: str) -> bool:
    return (
        text == text.strip()
        and text.endswith(".")
        and not re.search(r"[.!?]\s", text)
        and "\n" not in text
        and len(text) <= 120
    )


@each_product
def test_summaries_are_one_sentence(product: str) -> None:
    prose = CATALOGS[product]["prose"]
    told = [operation.prose["summary"] for operation in of(product)]
    told += [words["summary"] for words in (*prose["services"], *prose["models"])]
    assert [text for text in told if not one_sentence(text)] == []


@each_product
def test_parameters_have_texts(product: str) -> None:
    for operation in of(product):
        told = list(zip(operation.params, operation.prose["params"], strict=True))
        if operation.facts["body"] == "whole":
            # A body that is no object of ours has no entry to hang a text on: the details tell of it.
            assert operation.prose["details"], operation.name
        plain = set() if product == "admin" else SELF_EVIDENT
        silent = [
            param["name"]
            for param, text in told
            if not text.strip().endswith(".")
            and param["place"] != "wholebody"
            and not (param["place"] == "body" and param["name"] in plain)
        ]
        assert silent == [], operation.name


def test_what_is_self_evident_is_met() -> None:
    silent = {
        param["name"]
        for operation in OPERATIONS
        for param, text in zip(operation.params, operation.prose["params"], strict=True)
        if not text and param["place"] == "body"
    }
    assert silent == SELF_EVIDENT


@each_product
def test_fields_have_texts(product: str) -> None:
    """In the product where every text is at hand, all; elsewhere what there is are sentences."""
    faults = [
        f"{facts['name']}.{field['name']}"
        for facts, words in zip(models(product), CATALOGS[product]["prose"]["models"], strict=True)
        for field, text in zip(facts["fields"], words["fields"], strict=True)
        if not text.strip().endswith((".", ".`")) and (text or product == "admin")
    ]
    assert faults == []


@each_product
def test_links_lead_to_atlassians_documents(product: str) -> None:
    prose = CATALOGS[product]["prose"]
    assert prose["docs"].startswith(PAGES)
    faults = []
    for facts, words in zip(CATALOGS[product]["facts"]["services"], prose["services"], strict=True):
        links = [words["docs"], *(operation["docs"] for operation in words["operations"])]
        # Groups on the way to a service have no page, and no operations.
        faults += [link for link in links if (link or facts["operations"]) and not link.startswith(PAGES)]
    assert faults == []


@each_product
def test_a_deprecated_operation_says_until_when_or_what_instead(product: str) -> None:
    for operation in of(product):
        deprecated = operation.facts["deprecated"]
        if not deprecated:
            continue
        silent = not deprecated["date"] and not deprecated["successor"]
        assert not silent or operation.name.startswith(tuple(SILENT)), operation.name
        assert re.fullmatch(r"(\d{4}-\d{2}-\d{2})?", deprecated["date"]), operation.name
        if deprecated["successor"]:
            successor = BY_NAME[deprecated["successor"]]
            assert not successor.facts["deprecated"], operation.name
            assert successor.name != operation.name


def test_some_operations_are_deprecated_and_some_are_gone() -> None:
    assert any(operation.facts["deprecated"] for operation in OPERATIONS)
    assert any(operation.gone for operation in OPERATIONS)
    silent = [
        operation.name
        for operation in OPERATIONS
        if (told := operation.facts["deprecated"]) and not told["date"] and not told["successor"]
    ]
    assert [start for start in SILENT if not any(name.startswith(start) for name in silent)] == []


def test_scim_takes_the_directory_key() -> None:
    for operation in of("admin"):
        assert operation.credential == ("directory" if operation.path.startswith("/scim/") else "organization")
        # The client knows the directory where the key is a directory's.
        contexts = [param["key"] for param in operation.params if param["context"] is not None]
        assert contexts == (["directoryId"] if operation.path.startswith("/scim/") else [])


@each_product
def test_no_field_hides_a_method_of_models(product: str) -> None:
    methods = {name for name in dir(Model) if not name.startswith("_")}
    assert {"get", "to_dict"} <= methods
    for model in models(product):
        fields = model["fields"]
        assert methods.isdisjoint(field["name"] for field in fields), model["name"]
        strange = [field["name"] for field in fields if not spoken(field["name"]) or field["name"].startswith("_")]
        assert strange == [], model["name"]
        for of in ("name", "key"):
            assert len({field[of] for field in fields}) == len(fields), model["name"]


@each_product
def test_repr_shows_fields_and_no_secrets(product: str) -> None:
    for model in models(product):
        plain = {field["name"] for field in model["fields"] if not field["secret"]}
        assert set(model["repr"]) <= plain, model["name"]


@each_product
def test_model_names_are_unique_and_reachable(product: str) -> None:
    names = [model["name"] for model in models(product)]
    assert len(names) == len(set(names))
    assert [name for name in names if not spoken(name)] == []
    # Classes of services and models share a module.
    assert set(names).isdisjoint(service["class"] for service in CATALOGS[product]["facts"]["services"])
    assert set(names) <= set(_native.class_names(product))

    waiting = [
        index
        for operation in OPERATIONS
        if operation.product == product
        for ty in types_of(operation)
        for index in model_indices(ty)
    ]
    reached: set[int] = set()
    while waiting:
        index = waiting.pop()
        if index not in reached:
            reached.add(index)
            waiting += [inner for field in models(product)[index]["fields"] for inner in model_indices(field["ty"])]
    assert [name for index, name in enumerate(names) if index not in reached] == []


def types_of(operation: Operation) -> Iterator[Any]:
    yield from (param["ty"] for param in operation.params)
    yield operation.facts["returns"]
    if operation.paging:
        yield operation.paging["item"]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", re.sub(r"\]\([^)]*\)", "]", text).lower().replace("’", "'"))


def runs(text: str, length: int = 8) -> set[tuple[str, ...]]:
    split = words(text)
    return {tuple(split[start : start + length]) for start in range(len(split) - length + 1)}


def descriptions(node: Any) -> Iterator[str]:
    """Every text of a document that a person wrote."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("description", "summary", "title") and isinstance(value, str):
                yield value
            else:
                yield from descriptions(value)
    elif isinstance(node, list):
        for value in node:
            yield from descriptions(value)


def written() -> Iterator[tuple[str, str]]:
    """Every text of the catalog, with where it stands."""
    for product, catalog in CATALOGS.items():
        prose = catalog["prose"]
        yield product, prose["summary"]
        for facts, service in zip(catalog["facts"]["services"], prose["services"], strict=True):
            yield facts["path"], service["summary"]
        for facts, model in zip(models(product), prose["models"], strict=True):
            yield facts["name"], model["summary"]
            for field, text in zip(facts["fields"], model["fields"], strict=True):
                yield f"{facts['name']}.{field['name']}", text
    for operation in OPERATIONS:
        for text in (
            operation.prose["summary"],
            operation.prose["details"],
            *(hint for _, hint in operation.facts["hints"]),
        ):
            yield operation.name, text
        for param, text in zip(operation.params, operation.prose["params"], strict=True):
            yield f"{operation.name}({param['name']})", text


@pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)
def test_no_text_is_copied_from_the_documents() -> None:
    assert FOLDER is not None
    theirs: set[tuple[str, ...]] = set()
    for path in FOLDER.glob("*.json"):
        for text in descriptions(json.loads(path.read_text("utf-8"))):
            theirs |= runs(text)
    assert len(theirs) > 3_000
    # Code is what it is.
    copied = [
        (where, " ".join(run))
        for where, text in written()
        for piece in re.split("`[^`]*`", text)
        for run in runs(piece) & theirs
    ]
    assert copied == []

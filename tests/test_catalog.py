"""What holds for every entry of the catalog."""

from __future__ import annotations

import inspect
import keyword
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import atlassian_cloud
import pytest
from atlassian_cloud import Model, _native
from contract.documents import FOLDER, NO_DOCUMENTS, raw_documents
from contract.facts import BY_NAME, CATALOGS, INFOS, OPERATIONS, Operation, model_indices, models

# Every first word of a summary, read by eye: each is a verb in the imperative. A new one is added after a look at its
# sentence.
VERBS = {
    *("Activate", "Add", "Archive", "Call", "Change", "Count", "Create", "Deactivate", "Delete", "Edit", "End", "Get"),
    *("Give", "Have", "Invite", "Let", "List", "Make", "Move", "Plan", "Provision", "Publish", "Read", "Remove"),
    *("Replace", "Restore", "Return", "Revoke", "Search", "Set", "Start", "Suspend", "Take", "Tell", "Unlink"),
}

# What every method takes beside the parameters of its entry.
EVERYWHERE = {"extra_query", "extra_headers", "extra_body"}

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
each_model = pytest.mark.parametrize(
    ("product", "index"),
    [(product, index) for product in CATALOGS for index in range(len(models(product)))],
    ids=lambda value: value if isinstance(value, str) else models("admin")[value]["name"],
)


def spoken(name: str) -> bool:
    """Whether a name can be written in Python as it is."""
    return name.isidentifier() and not keyword.iskeyword(name)


def test_the_list_of_operations_is_the_catalog() -> None:
    assert [info.name for info in INFOS] == [operation.name for operation in OPERATIONS]
    assert [(info.method, info.path) for info in INFOS] == [
        (operation.method, operation.path) for operation in OPERATIONS
    ]


def test_operation_names_are_unique() -> None:
    assert [name for name, count in Counter(operation.name for operation in OPERATIONS).items() if count > 1] == []


def test_no_two_operations_have_one_route() -> None:
    assert [route for route, count in Counter(operation.route for operation in OPERATIONS).items() if count > 1] == []


@each_operation
def test_names_can_be_written_in_python(operation: Operation) -> None:
    names = [*operation.name.split("."), *(param["name"] for param in operation.params)]
    assert [name for name in names if not spoken(name) or name != name.lower()] == []


@each_operation
def test_parameter_names_are_unique(operation: Operation) -> None:
    names = [param["name"] for param in operation.params]
    implied = set(EVERYWHERE)
    if operation.paging:
        implied |= {"limit"}
        implied |= {"page_size"} if operation.paging["size"] else set()
        implied |= {"cursor"} if operation.paging["cursor"] else set()
    assert len(names) == len(set(names))
    assert implied.isdisjoint(names)
    keys = [(param["place"], param["key"]) for param in operation.params]
    assert len(keys) == len(set(keys))


@each_operation
def test_path_parameters_are_those_of_the_path(operation: Operation) -> None:
    in_path = re.findall(r"\{([^}]*)\}", operation.path)
    assert len(in_path) == len(set(in_path))
    assert sorted(in_path) == sorted(param["key"] for param in operation.params if param["place"] == "path")
    assert operation.path.startswith("/")
    assert "//" not in operation.path


@each_operation
def test_positional_parameters_are_the_path_without_contexts(operation: Operation) -> None:
    with atlassian_cloud.Admin("key") as client:
        signature = inspect.signature(operation.bound(client))
    known = {param["key"]: param for param in operation.params if param["place"] == "path"}
    wanted = [known[key]["name"] for key in re.findall(r"\{([^}]*)\}", operation.path) if known[key]["context"] is None]
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert [name for name, parameter in signature.parameters.items() if parameter.kind is positional] == wanted
    assert all(
        parameter.default is parameter.empty
        for parameter in signature.parameters.values()
        if parameter.kind is positional
    )
    assert set(signature.parameters) >= {param["name"] for param in operation.params} | EVERYWHERE


@each_operation
def test_summary_is_one_imperative_sentence(operation: Operation) -> None:
    summary = operation.prose["summary"]
    assert summary.split()[0] in VERBS
    assert_one_sentence(summary)


def assert_one_sentence(text: str) -> None:
    assert text == text.strip()
    assert text.endswith(".")
    assert not re.search(r"[.!?]\s", text), text
    assert "\n" not in text
    assert len(text) <= 120


def test_every_accepted_verb_is_in_use() -> None:
    assert {operation.prose["summary"].split()[0] for operation in OPERATIONS} == VERBS


@pytest.mark.parametrize("product", CATALOGS)
def test_services_and_models_have_summaries(product: str) -> None:
    prose = CATALOGS[product]["prose"]
    for words in (*prose["services"], *prose["models"]):
        assert_one_sentence(words["summary"])


@each_operation
def test_parameters_have_texts(operation: Operation) -> None:
    texts = dict(zip((param["name"] for param in operation.params), operation.prose["params"], strict=True))
    if operation.facts["body"] == "whole":
        # A body that is no object of ours has no entry to hang a text on: the details tell of it.
        assert texts.pop("body") or operation.prose["details"]
    assert [name for name, text in texts.items() if not text.strip().endswith(".")] == []


@each_model
def test_fields_have_texts(product: str, index: int) -> None:
    names = [field["name"] for field in models(product)[index]["fields"]]
    texts = dict(zip(names, CATALOGS[product]["prose"]["models"][index]["fields"], strict=True))
    assert [name for name, text in texts.items() if not text.strip().endswith((".", ".`"))] == []


@each_operation
def test_links_lead_to_atlassians_documents(operation: Operation) -> None:
    assert operation.prose["docs"].startswith("https://developer.atlassian.com/cloud/")


@pytest.mark.parametrize("product", CATALOGS)
def test_links_of_services_lead_to_atlassians_documents(product: str) -> None:
    prose = CATALOGS[product]["prose"]
    links = [prose["docs"], *(service["docs"] for service in prose["services"])]
    # Groups on the way to a service have no page.
    assert [link for link in links if link and not link.startswith("https://developer.atlassian.com/cloud/")] == []


@each_operation
def test_a_deprecated_operation_says_until_when_or_what_instead(operation: Operation) -> None:
    deprecated = operation.facts["deprecated"]
    if not deprecated:
        return
    assert deprecated["date"] or deprecated["successor"]
    assert re.fullmatch(r"(\d{4}-\d{2}-\d{2})?", deprecated["date"])
    if deprecated["successor"]:
        successor = BY_NAME[deprecated["successor"]]
        assert not successor.facts["deprecated"]
        assert successor.name != operation.name


def test_some_operations_are_deprecated_and_some_are_gone() -> None:
    assert any(operation.facts["deprecated"] for operation in OPERATIONS)
    assert any(operation.gone for operation in OPERATIONS)


@each_operation
def test_scim_takes_the_directory_key(operation: Operation) -> None:
    if operation.product == "admin":
        assert operation.credential == ("directory" if operation.path.startswith("/scim/") else "organization")
        # The client knows the directory where the key is a directory's.
        contexts = [param["key"] for param in operation.params if param["context"] is not None]
        assert contexts == (["directoryId"] if operation.path.startswith("/scim/") else [])


@each_model
def test_no_field_hides_a_method_of_models(product: str, index: int) -> None:
    methods = {name for name in dir(Model) if not name.startswith("_")}
    assert {"get", "to_dict"} <= methods
    fields = models(product)[index]["fields"]
    assert methods.isdisjoint(field["name"] for field in fields)
    assert [field["name"] for field in fields if not spoken(field["name"]) or field["name"].startswith("_")] == []
    for of in ("name", "key"):
        assert len({field[of] for field in fields}) == len(fields)


@each_model
def test_repr_shows_fields_and_no_secrets(product: str, index: int) -> None:
    model = models(product)[index]
    plain = {field["name"] for field in model["fields"] if not field["secret"]}
    assert set(model["repr"]) <= plain


@pytest.mark.parametrize("product", CATALOGS)
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
    theirs: set[tuple[str, ...]] = set()
    for document in raw_documents().values():
        for text in descriptions(document):
            theirs |= runs(text)
    assert len(theirs) > 3_000
    copied = [(where, sorted(" ".join(run) for run in runs(text) & theirs)) for where, text in written()]
    assert [one for one in copied if one[1]] == []

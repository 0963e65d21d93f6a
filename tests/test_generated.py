"""Generated files: up to date, and the same as what the run time shows. And the truth test, tested."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pydoc
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import atlassian_cloud
import jsonschema
import pytest
import typing_truth
from atlassian_cloud import Model, Service, _native
from atlassian_cloud._help import catalog
from offline import PREFIXES, clients

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PRODUCTS = _native.products()
CATALOG = sorted((ROOT / "catalog").rglob("*.toml"))


@pytest.fixture(scope="module", autouse=True)
def _stubs_are_let_go() -> Iterator[None]:
    """Their millions of nodes would slow down every collection of garbage from here on."""
    yield
    typing_truth.stub_classes.cache_clear()


def services() -> Iterator[tuple[str, Service]]:
    """Every service that can be reached from every client, with the name of its product."""
    for product in PRODUCTS:
        for client in clients(product).values():
            for facts in catalog(product)["facts"]["services"]:
                service = client
                for part in facts["path"].split("."):
                    service = getattr(service, part)
                yield product, service


def stub_members(declared: ast.ClassDef) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for node in declared.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found[node.name] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node
    return found


def spelt(annotation: ast.expr | None) -> str:
    """A type as the run time spells it."""
    assert annotation is not None
    text = ast.unparse(annotation).replace("builtins.", "").replace("_datetime.", "")
    return ast.unparse(ast.parse(text))


def stub_signature(method: ast.FunctionDef | ast.AsyncFunctionDef) -> list[tuple[str, str, bool, str]]:
    """Name, kind, whether it may be left out, and type of each parameter but `self`."""
    arguments = method.args
    assert not arguments.posonlyargs
    assert not arguments.vararg
    assert not arguments.kwarg
    assert not arguments.defaults
    positional = [(a.arg, "POSITIONAL_OR_KEYWORD", False, spelt(a.annotation)) for a in arguments.args[1:]]
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return positional + [(a.arg, "KEYWORD_ONLY", d is not None, spelt(a.annotation)) for a, d in keywords]


def runtime_signature(signature: inspect.Signature) -> list[tuple[str, str, bool, str]]:
    return [
        (p.name, p.kind.name, p.default is not p.empty, ast.unparse(ast.parse(p.annotation)))
        for p in signature.parameters.values()
    ]


def test_nothing_has_drifted() -> None:
    done = subprocess.run(
        [sys.executable, "tools/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def annotated(stub: ast.ClassDef) -> list[Any]:
    return [one for one in stub.body if isinstance(one, ast.AnnAssign)]


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_class_is_in_the_stub_and_every_stub_at_run_time(product: str) -> None:
    module = f"atlassian_cloud.{product}"
    declared = dict(typing_truth.stub_classes(module))
    for name, stub in list(declared.items()):
        if ast.unparse(stub.bases[0]) == "TypedDict":
            found = getattr(importlib.import_module(module), name)
            assert found.__annotations__.keys() == {one.target.id for one in annotated(stub)}
            del declared[name]
    assert sorted(declared) == sorted(_native.class_names(product))
    for name, stub in declared.items():
        found = getattr(importlib.import_module(module), name)
        assert found.__name__ == name
        assert found.__module__ == module
        assert issubclass(found, Model if ast.unparse(stub.bases[0]) == "Model" else Service)
        members = {key for key in vars(found) if not key.startswith("__") or key == "__match_args__"}
        assert stub_members(stub).keys() == members, name


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_clients_have_the_services_of_their_stub(product: str) -> None:
    declared = typing_truth.stub_classes(f"atlassian_cloud._clients.{product}")
    for prefix, client in clients(product).items():
        raw, name = prefix.endswith("Raw"), catalog(product)["facts"]["client"]
        members = stub_members(declared[f"{prefix}{name}"]).items()
        attributes = {key: spelt(node.annotation) for key, node in members if isinstance(node, ast.AnnAssign)}
        if not raw:
            assert attributes.pop("with_raw_response") == f"{prefix}Raw{name}"
            streaming = declared.get(f"{prefix}Streaming{name}")
            assert attributes.pop("with_streaming_response", None) == (streaming and streaming.name)
            shown = stub_members(streaming).keys() if streaming else set()
            assert shown == dict(_native.root_services(product, "streaming")).keys()
        assert attributes.keys() == dict(_native.root_services(product, "")).keys()
        for key, annotation in attributes.items():
            assert annotation == f"_{product}.{type(getattr(client, key)).__name__}"


def test_every_signature_is_that_of_the_stub() -> None:
    compared = 0
    for product, service in services():
        name = type(service).__name__
        for attribute, stub in stub_members(typing_truth.stub_classes(f"atlassian_cloud.{product}")[name]).items():
            member = getattr(service, attribute)
            if isinstance(stub, ast.AnnAssign):
                assert spelt(stub.annotation) == type(member).__name__, f"{name}.{attribute}"
                continue
            assert isinstance(stub, (ast.FunctionDef, ast.AsyncFunctionDef))
            signature = inspect.signature(member)
            # A body is any mapping at run time; checkers know its keys.
            declared = [
                (*head, re.sub(r"(\w+)Dict \| \1\b", r"Mapping[str, Any] | \1", kind))
                for *head, kind in stub_signature(stub)
            ]
            assert declared == runtime_signature(signature), f"{name}.{attribute}"
            returns = spelt(stub.returns)
            awaited = f"Awaitable[{returns}]" if isinstance(stub, ast.AsyncFunctionDef) else returns
            assert signature.return_annotation == awaited, f"{name}.{attribute}"
            unbound = inspect.signature(getattr(type(service), attribute))
            assert [*unbound.parameters][1:] == [*signature.parameters]
            compared += 1
    assert compared == 4 * len(atlassian_cloud.operations())


def test_the_stub_marks_what_is_deprecated() -> None:
    for product in PRODUCTS:
        declared = typing_truth.stub_classes(f"atlassian_cloud.{product}")
        for service in catalog(product)["facts"]["services"]:
            for prefix in PREFIXES:
                methods = stub_members(declared[f"{prefix}{service['class']}"])
                for operation in service["operations"]:
                    method = methods[operation["name"]]
                    assert isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef))
                    marks = [ast.unparse(mark) for mark in method.decorator_list]
                    assert bool(marks) == bool(operation["deprecated"]), operation
                    assert all(mark.startswith("deprecated('") for mark in marks)


def test_help_shows_signature_and_summary() -> None:
    text = pydoc.plain(pydoc.render_doc(clients("admin")[""].users.get))
    # Long signatures are laid out differently from Python 3.13 on.
    assert "get(account_id:'str|int',*,extra_query:" in "".join(text.split())
    assert "-> 'Profile'" in text
    assert "Return the profile of a managed account." in text
    assert "GET /users/{account_id}/manage/profile" in text


def test_completion_offers_what_the_stub_declares() -> None:
    for product, service in services():
        declared = typing_truth.stub_classes(f"atlassian_cloud.{product}")[type(service).__name__]
        assert stub_members(declared).keys() <= set(dir(service))
    for product in PRODUCTS:
        for client in clients(product).values():
            assert dict(_native.root_services(product, "")).keys() <= set(dir(client))
    assert {"account", "to_dict"} <= set(dir(made("Profile", {"account": {}})))


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "catalog" / "schema.json").read_text("utf-8")))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA.schema)


@pytest.mark.parametrize("path", CATALOG, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_schema_accepts_the_catalog(path: Path) -> None:
    assert [f"{fault.json_path}: {fault.message}" for fault in SCHEMA.iter_errors(read(path))] == []


SERVICE = {"path": "a", "summary": "A.", "docs": "https://example.com"}


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ({"http": "GET a", "summary": "A."}, "does not match"),
        ({"http": "GET /a", "summary": "No full stop"}, "does not match"),
        ({"http": "GET /a", "summary": "A.", "returned": "str"}, "unexpected"),
        ({"http": "GET /a", "summary": "A.", "returns": "string"}, "does not match"),
        ({"http": "GET /a", "summary": "A.", "query": {"notSnake": "str"}}, "does not match"),
        ({"http": "GET /a", "summary": "A.", "query": {"a": {"typ": "str"}}}, "not valid under any"),
        ({"http": "GET /a", "summary": "A.", "paging": {"strategy": "pages"}}, "is not one of"),
        ({"http": "GET /a", "summary": "A.", "hint": {"200": "A."}}, "does not match"),
    ],
)
def test_the_schema_refuses(operation: dict[str, Any], fault: str) -> None:
    faults = [found.message for found in SCHEMA.iter_errors({"service": SERVICE, "operation": {"a": operation}})]
    assert len(faults) == 1
    assert fault in faults[0]


def made(name: str, value: object) -> Model:
    return _native.rebuild_model(("admin", name), json.dumps(value).encode())


ACCOUNT = {
    "account_id": "1",
    "account_type": "atlassian",
    "account_status": "active",
    "name": "Mia Krystof",
    "picture": "https://example.com/mia.png",
    "email": "mia@example.com",
    "nickname": "mia",
}


def account(**changes: object) -> Model:
    return made("Profile", {"account": {**ACCOUNT, **changes}})


def test_truth_accepts_what_is_declared() -> None:
    typing_truth.check_model(account())
    typing_truth.check_model(account(zoneinfo=None, privacy_settings={"name": "public"}, new_field=[1]))
    typing_truth.check_model(made("Permissions", {"email.set": {"allowed": False, "reason": {"key": "x"}}}))
    typing_truth.check_model(made("ScimMeta", {"created": "2026-11-23T20:00:00Z", "lastModified": None}))
    typing_truth.check_model(_native.rebuild_model(None, b'{"a": {"b": 1}}'))


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (account(name=5), "Profile.account.name: declared str, is int: 5"),
        (account(name=None), "Profile.account.name: declared str, is NoneType: None"),
        (account(zoneinfo=5), "Profile.account.zoneinfo: declared str, is int: 5"),
        (account(privacy_settings={"name": 5}), "Profile.account.privacy_settings['name']: declared str, is int: 5"),
        (account(privacy_settings=["name"]), "privacy_settings: declared dict[str, str], is list: ['name']"),
        (account(email_verified=1), "Profile.account.email_verified: declared bool, is int: 1"),
        (account(extended_profile="Cook"), "extended_profile: declared ExtendedProfile, is str: 'Cook'"),
        (made("Profile", {}), "Profile.account: declared Account, is NoneType: None"),
        (
            made("EventAttributes", {"time": "yesterday"}),
            "EventAttributes.time: declared datetime, is str: 'yesterday'",
        ),
        (made("ScimUserPage", {"totalResults": True}), "ScimUserPage.total_results: declared int, is bool: True"),
        (made("ScimUserPage", {"totalResults": 1.5}), "ScimUserPage.total_results: declared int, is float: 1.5"),
        (
            made("ScimUserPage", {"Resources": [{}, {"active": "yes"}]}),
            "resources[1].active: declared bool, is str",
        ),
        (made("ScimUserPage", {"Resources": [[]]}), "ScimUserPage.resources[0]: declared ScimUser, is list: []"),
        (made("ScimUserPage", {"Resources": {}}), "ScimUserPage.resources: declared list[ScimUser], is Model"),
    ],
)
def test_truth_notices(model: Model, fault: str) -> None:
    with pytest.raises(AssertionError) as caught:
        typing_truth.check_model(model)
    assert fault in str(caught.value)


def test_truth_of_what_an_operation_returned() -> None:
    users = clients("admin")[""].users
    typing_truth.check_returned(users.get, account())
    typing_truth.check_returned(users.enable, None)
    typing_truth.check_returned(users.tokens.list, users.tokens.list("id"))
    for operation, value in [(users.get, None), (users.get, made("Account", ACCOUNT)), (users.enable, account())]:
        with pytest.raises(AssertionError, match="declared"):
            typing_truth.check_returned(operation, value)
    with pytest.raises(AssertionError, match="declared Paginator"):
        typing_truth.check_returned(users.tokens.list, [])

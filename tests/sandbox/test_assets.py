"""The Assets room: what is created is found, changed and deleted; AQL finds what a plain loop over all objects finds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import ApiError, Assets, AsyncAssets, NotFoundError
from atlassian_cloud.sandbox import Sandbox

Thing = dict[str, Any]


@pytest.fixture
def assets(box: Sandbox) -> Iterator[Assets]:
    with box.client(Assets) as client:
        yield client


def things(assets: Assets) -> list[Thing]:
    """Every object as a plain dict: type, key, label, and the shown values of each attribute."""
    names = {attribute.id: attribute.name for attribute in assets.schemas.attributes.list("1")}
    found = []
    for entry in assets.objects.search("", page_size=100):
        values = {
            names[attribute.object_type_attribute_id]: [
                value.display_value for value in attribute.object_attribute_values
            ]
            for attribute in entry.attributes
        }
        found.append(
            {
                "type": entry.object_type.name,
                "key": entry.object_key,
                "id": int(entry.id),
                "label": entry.label,
                **values,
            }
        )
    return found


def value(thing: Thing, name: str) -> Any:
    return next(iter(thing.get(name, [])), None)


HOSTS = ("Host", "Server", "Laptop")
AGO = (datetime.now(timezone.utc) - timedelta(days=365)).date().isoformat()


def by(all_: list[Thing], label: str | None) -> Thing:
    return next((thing for thing in all_ if thing["label"] == label), {})


# What a query finds, said again in Python.
QUERIES: dict[str, Callable[[Thing, list[Thing]], bool]] = {
    "": lambda t, a: True,
    "objectType = Server": lambda t, a: t["type"] == "Server",
    'objectType = "laptop"': lambda t, a: t["type"] == "Laptop",
    "objectType != Server": lambda t, a: t["type"] != "Server",
    "objectType in (Server, Laptop)": lambda t, a: t["type"] in ("Server", "Laptop"),
    "objectType not in (Server, Laptop)": lambda t, a: t["type"] not in ("Server", "Laptop"),
    'objectType in objectTypeAndChildren("Host")': lambda t, a: t["type"] in HOSTS,
    "objectTypeId = 1": lambda t, a: t["type"] == "Location",
    'objectSchema = "IT assets"': lambda t, a: True,
    "objectSchemaId = 2": lambda t, a: False,
    "Key = ITA-7": lambda t, a: t["key"] == "ITA-7",
    "Key in (ITA-7, ITA-9)": lambda t, a: t["key"] in ("ITA-7", "ITA-9"),
    "Name = Berlin": lambda t, a: t["label"] == "Berlin",
    "label = berlin": lambda t, a: t["label"] == "Berlin",
    "label == berlin": lambda t, a: False,
    "label == Berlin": lambda t, a: t["label"] == "Berlin",
    "Name like web": lambda t, a: "web" in t["label"].lower(),
    "Name not like web": lambda t, a: "web" not in t["label"].lower(),
    'Name startswith "app-"': lambda t, a: t["label"].startswith("app-"),
    'Name endswith "-01"': lambda t, a: t["label"].endswith("-01"),
    'Country = Japan OR Country = "USA"': lambda t, a: value(t, "Country") in ("Japan", "USA"),
    "Memory > 16": lambda t, a: int(value(t, "Memory") or 0) > 16,
    "Memory >= 16 AND Memory <= 32": lambda t, a: 16 <= int(value(t, "Memory") or 0) <= 32,
    "Memory < 8": lambda t, a: value(t, "Memory") is not None and int(value(t, "Memory")) < 8,
    '"Monthly cost" > 300': lambda t, a: float(value(t, "Monthly cost") or 0) > 300,
    f"Bought < {AGO}": lambda t, a: value(t, "Bought") is not None and value(t, "Bought") < AGO,
    'Bought > now("-365d")': lambda t, a: value(t, "Bought") is not None and value(t, "Bought") > AGO,
    "Owner is EMPTY": lambda t, a: value(t, "Owner") is None,
    "objectType = Laptop AND Owner is not EMPTY": lambda t, a: t["type"] == "Laptop" and value(t, "Owner") is not None,
    "Location = Berlin": lambda t, a: value(t, "Location") == "Berlin",
    "Location.Country = Germany": lambda t, a: value(by(a, value(t, "Location")), "Country") == "Germany",
    "Owner.Office.Country = Japan": lambda t, a: (
        value(by(a, value(by(a, value(t, "Owner")), "Office")), "Country") == "Japan"
    ),
    "Location != Berlin": lambda t, a: t["type"] in HOSTS and value(t, "Location") != "Berlin",
    'Status = "In use"': lambda t, a: value(t, "Status") == "In use",
    'Status != "In use" AND objectType = Server': lambda t, a: t["type"] == "Server" and value(t, "Status") != "In use",
    "Tier in (Gold, Bronze)": lambda t, a: value(t, "Tier") in ("Gold", "Bronze"),
    "NOT Tier = Gold AND objectType = Application": lambda t, a: (
        t["type"] == "Application" and value(t, "Tier") != "Gold"
    ),
    "(Tier = Gold OR Tier = Silver) AND Name like s": lambda t, a: (
        value(t, "Tier") in ("Gold", "Silver") and "s" in t["label"].lower()
    ),
    "Account = currentUser()": lambda t, a: t["type"] == "Person" and t["label"] == "Olga Admin",
    "object having inboundReferences(objectType = Application)": lambda t, a: any(
        t["label"] in o.get("Runs on", []) + o.get("Depends on", []) for o in a if o["type"] == "Application"
    ),
    "object having outboundReferences(Name = Berlin)": lambda t, a: (
        "Berlin" in t.get("Location", []) + t.get("Office", [])
    ),
    "objectType = Person AND object not having inboundReferences(objectType = Laptop)": lambda t, a: (
        t["type"] == "Person" and not any(t["label"] in o.get("Owner", []) for o in a if o["type"] == "Laptop")
    ),
    "anyAttribute like ubuntu": lambda t, a: "Ubuntu" in (value(t, "Operating System") or ""),
    'objectType = Server AND "IP address" startswith "10.0.1."': lambda t, a: (value(t, "IP address") or "").startswith(
        "10.0.1."
    ),
    "object having connectedTickets()": lambda t, a: False,
}


def test_queries_find_what_a_loop_finds(assets: Assets) -> None:
    everything = things(assets)
    assert len(everything) == 80
    empty = {"objectSchemaId = 2", "label == berlin", "object having connectedTickets()"}
    for query, holds in QUERIES.items():
        expected = {thing["key"] for thing in everything if holds(thing, everything)}
        assert bool(expected) == (query not in empty), f"{query}: proves nothing"
        found = [entry.object_key for entry in assets.objects.search(query)]
        assert len(found) == len(set(found))
        assert set(found) == expected, query
        assert assets.objects.count(query).total_count == len(expected)


def test_objects_come_by_label_or_in_the_order_asked_for(assets: Assets) -> None:
    labels = [entry.label for entry in assets.objects.search("objectType = Application")]
    assert labels == sorted(labels, key=str.lower)
    assert len(labels) == 18
    query = "objectType = Server ORDER BY Memory DESC, Name ASC"
    servers = [(entry.label, entry.object_key) for entry in assets.objects.search(query)]
    memory = {thing["key"]: int(thing["Memory"][0]) for thing in things(assets) if thing["type"] == "Server"}
    assert servers == sorted(servers, key=lambda server: (-memory[server[1]], server[0]))


@pytest.mark.filterwarnings("ignore:.*by Atlassian")
def test_pages_hold_25_objects(assets: Assets, box: Sandbox) -> None:
    assert [len(page) for page in assets.objects.search("").pages()] == [25, 25, 25, 5]
    page = json.loads(next(one for one in box.exchanges if one.method == "POST").response_body or b"")
    assert (page["startAt"], page["maxResults"], page["total"], page["isLast"]) == (0, 25, 80, False)
    bare = assets.objects.search("objectType = Server", include_attributes=False).first()
    assert bare is not None
    assert "attributes" not in bare.to_dict()
    assert len(list(assets.objects.filter(ql_query="objectType = Server"))) == 16
    assert len(list(assets.objects.search_by_page(object_type_id="3", object_schema_id="1"))) == 36


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("objectType =", "A value was expected"),
        ("Nonsense = 1", "No attribute is called Nonsense"),
        ("objectType = Spaceship", "No object type is called Spaceship"),
        ("Owner = someone()", "function someone"),
        ("Name in Berlin", "IN is followed by a list"),
        ("Bought > now(soon)", "no span of time"),
    ],
)
def test_what_is_no_query_is_refused_in_the_form_of_assets(
    assets: Assets, box: Sandbox, query: str, words: str
) -> None:
    with pytest.raises(ApiError, match=words) as caught:
        assets.objects.search(query).first()
    assert caught.value.status == 400
    body = json.loads(box.exchanges[-1].response_body or b"")
    assert set(body) == {"errorMessages", "errors"}


def test_a_schema_of_ones_own(assets: Assets) -> None:
    schema = assets.schemas.create(name="Fleet", object_schema_key="FLT")
    with pytest.raises(ApiError, match="Another object schema has this key"):
        assets.schemas.create(name="Fleet 2", object_schema_key="flt")
    with pytest.raises(ApiError, match="has none of"):
        assets.schemas.create(name="a=b", object_schema_key="ABC")
    kind = assets.object_types.create(name="Car", object_schema_id=schema.id, icon_id="1")
    names = [attribute.name for attribute in assets.object_types.attributes.list(kind.id)]
    assert names == ["Key", "Name", "Created", "Updated"]
    label = next(attribute for attribute in assets.object_types.attributes.list(kind.id) if attribute.label)
    seats = assets.object_types.attributes.create(
        kind.id, name="Seats", type=0, default_type_id=1, minimum_cardinality=1
    )

    def values(name: str, count: str) -> list[Any]:
        return [
            {"objectTypeAttributeId": label.id, "objectAttributeValues": [{"value": name}]},
            {"objectTypeAttributeId": seats.id, "objectAttributeValues": [{"value": count}] if count else []},
        ]

    with pytest.raises(ApiError, match="five is no integer"):
        assets.objects.create(object_type_id=kind.id, attributes=values("Van", "five"))
    with pytest.raises(ApiError, match="Seats is required"):
        assets.objects.create(object_type_id=kind.id, attributes=values("Van", ""))
    van = assets.objects.create(object_type_id=kind.id, attributes=values("Van", "5"))
    assert van.object_key.startswith("FLT-")
    assets.objects.update(van.id, attributes=values("Van", "7"))
    assert [entry.label for entry in assets.objects.search("Seats = 7")] == ["Van"]
    newest = assets.objects.history.list(van.id)[0]
    assert (newest.affected_attribute, newest.old_value, newest.new_value) == ("Seats", "5", "7")
    assets.objects.delete(van.id)
    with pytest.raises(NotFoundError):
        assets.objects.get(van.id)
    assets.schemas.delete(schema.id)
    assert [found.object_schema_key for found in assets.schemas.list()] == ["ITA"]


def test_references_follow_their_objects(assets: Assets) -> None:
    web = next(iter(assets.objects.search('Name = "web-01"')))
    told = assets.objects.references.list(web.id)
    assert [(entry.object_type.name, entry.number_of_referenced_objects) for entry in told] == [
        ("Application", len(list(assets.objects.search(f'objectType = Application AND "Runs on" = {web.object_key}'))))
    ]
    assert told[0].number_of_referenced_objects > 0
    assets.objects.delete(web.id)
    assert not list(assets.objects.search('"Runs on" = "web-01"'))


def test_an_import_runs_by_the_clock(assets: Assets, box: Sandbox) -> None:
    source = box.assets.import_source_id
    assert assets.imports.get_status(source).status == "MISSING_MAPPING"
    assets.imports.mapping.set(source, mapping={"objectTypeMappings": []})
    run = assets.imports.executions.start(source)
    for _ in range(2):
        assets.imports.executions.add_data(source, run.id, data={"hosts": [{}, {}]}, client_generated_id="a")
    assert assets.imports.executions.get_status(source, run.id).status == "INGESTING"
    box.tasks.duration = 60
    assets.imports.executions.add_data(source, run.id, data={"hosts": [{}]}, completed=True)
    box.advance(seconds=61)
    status = assets.imports.executions.get_status(source, run.id)
    assert (status.status, status.progress_result.entries_processed) == ("DONE", 3)
    assert assets.imports.get_status(source).status == "IDLE"


def test_statuses_that_are_used_stay(assets: Assets) -> None:
    made = assets.statuses.create(name="Lent", category=2)
    assets.statuses.update(made.id, name="Lent out", category=2)
    assert assets.statuses.get(made.id).name == "Lent out"
    assets.statuses.delete(made.id)
    with pytest.raises(ApiError, match="Objects have this status"):
        assets.statuses.delete("1")


def test_the_same_from_a_loop(box: Sandbox) -> None:
    async def main() -> list[str]:
        async with box.client(AsyncAssets) as assets:
            return [entry.label async for entry in assets.objects.search("objectType = Location")]

    assert asyncio.run(main()) == ["Berlin", "Lisbon", "New York", "Osaka", "Sydney", "Toronto"]


def test_a_saved_box_keeps_it(box: Sandbox, assets: Assets, tmp_path: Path) -> None:
    assets.schemas.create(name="Fleet", object_schema_key="FLT")
    box.save(tmp_path / "box.json")
    box.reset()
    assert [schema.object_schema_key for schema in assets.schemas.list()] == ["ITA"]
    box.load(tmp_path / "box.json")
    assert [schema.object_schema_key for schema in assets.schemas.list()] == ["ITA", "FLT"]

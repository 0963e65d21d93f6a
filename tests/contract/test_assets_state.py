"""Assets, which no public document describes: every answer agrees with the catalog's models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from atlassian_cloud import Assets, NotFoundError
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally

pytestmark = pytest.mark.filterwarnings("ignore:.*by Atlassian")


@pytest.fixture
def assets(box: Sandbox) -> Iterator[Assets]:
    with box.client(Assets) as client:
        yield client


def test_schemas_and_types(box: Sandbox, assets: Assets, tally: Tally) -> None:
    schemas, types = assets.schemas, assets.object_types
    schema = str(schemas.create(name="Fleet", object_schema_key="FLT").id)
    schemas.update(schema, name="Vehicles", object_schema_key="FLT", description="All that drives")
    schemas.configure(schema, quick_create_objects=True)
    assert schemas.get(schema).name == "Vehicles"
    assert len(list(schemas.list(include_counts=True))) == 2
    car = str(types.create(name="Car", object_schema_id=schema, icon_id="1").id)
    van = str(types.create(name="Van", object_schema_id=schema, icon_id="1", parent_object_type_id=car).id)
    types.update(van, name="Large van", description="Takes more")
    types.move(van, position=0, to_object_type_id=car)
    assert types.get(van).name == "Large van"
    seats = str(types.attributes.create(car, name="Seats", type=0, default_type_id=1).id)
    types.attributes.update(car, seats, name="Places", type=0, default_type_id=1)
    assert "Places" in [one.name for one in types.attributes.list(car, include_values_exist=True)]
    assert schemas.attributes.list(schema, extended=True)
    assert len(schemas.object_types.list(schema)) == 2
    assert len(schemas.object_types.list_flat(schema, include_object_counts=True)) == 2
    types.attributes.delete(seats)
    types.delete(van)
    schemas.delete(schema)
    with pytest.raises(NotFoundError):
        schemas.get(schema)
    exchange.agrees(box, tally)


def test_objects(box: Sandbox, assets: Assets, tally: Tally) -> None:
    objects = assets.objects
    assert list(objects.search("objectType = Server", include_attributes=True, limit=30))
    assert list(objects.filter(ql_query="objectType = Laptop", include_extended_info=True, limit=5))
    assert list(objects.search_by_page(object_type_id="3", object_schema_id=box.assets.schema_id, limit=5))
    assert objects.count("objectType = Server").total_count == 16
    web = next(iter(objects.search('Name = "web-01"')))
    assert objects.get(str(web.id)).label == "web-01"
    assert objects.attributes.list(str(web.id))
    assert objects.references.list(str(web.id))
    objects.tickets.list(str(web.id))
    label = next(one for one in assets.object_types.attributes.list("1") if one.label)

    def named(name: str) -> list[dict[str, Any]]:
        return [{"objectTypeAttributeId": label.id, "objectAttributeValues": [{"value": name}]}]

    town = str(objects.create(object_type_id="1", attributes=named("Bonn")).id)
    assert objects.update(town, attributes=named("Köln")).label == "Köln"
    assert objects.history.list(town)
    objects.delete(town)
    exchange.agrees(box, tally)


def test_settings(box: Sandbox, assets: Assets, tally: Tally) -> None:
    assert assets.icons.get(str(assets.icons.list()[0].id)).name
    made = str(assets.statuses.create(name="Lent", category=2, object_schema_id=box.assets.schema_id).id)
    assets.statuses.update(made, name="Lent out", category=2)
    assert assets.statuses.get(made).name == "Lent out"
    assert assets.statuses.list()
    assets.statuses.delete(made)
    assets.reference_types.create(name="Drives", color="#2684ff")
    assert assets.reference_types.list()
    assets.usage.get()
    exchange.agrees(box, tally)


def test_imports(box: Sandbox, assets: Assets, tally: Tally) -> None:
    imports, source = assets.imports, box.assets.import_source_id
    imports.get(source)
    imports.create_token(source)
    assert imports.get_status(source).status == "MISSING_MAPPING"
    imports.mapping.set(source, schema={"objectSchema": {}}, mapping={"objectTypeMappings": []})
    imports.mapping.update(source, mapping={"objectTypeMappings": []})
    imports.mapping.get(source)
    box.tasks.duration = 60
    run = str(imports.executions.start(source).id)
    imports.executions.report_progress(source, run, steps={"total": 2, "current": 1})
    imports.executions.add_data(source, run, data={"hosts": [{}]}, completed=True)
    assert imports.executions.get_status(source, run).status == "PROCESSING"
    box.advance(seconds=61)
    assert imports.executions.get_latest_status(source).status == "DONE"
    imports.start(source)
    assert imports.get_progress(source).status == "IN_PROGRESS"
    box.advance(seconds=61)
    for end in (imports.executions.cancel, imports.executions.report_failure):
        end(source, str(imports.executions.start(source).id))
        imports.executions.get_latest_status(source)
        imports.get_progress(source)
    exchange.agrees(box, tally)


def test_schedules(box: Sandbox, assets: Assets, tally: Tally) -> None:
    schedules, source = assets.imports.schedules, box.assets.import_source_id
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
    schedules.get_links(source)
    made = str(schedules.create(source, start_time=tomorrow, run_interval="P1D").id)
    schedules.get_links(source)
    schedules.update(source, made, start_time=tomorrow, run_interval="P2D")
    assert schedules.get(source, made).run_interval == "P2D"
    schedules.delete(source, made)
    exchange.agrees(box, tally)


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        (b'"name":"IT assets"', b'"name":7', "declared str"),
        (b'"name":"IT assets"', b'"nmae":"IT assets"', "nmae: is no field of the model"),
    ],
    ids=["of another type", "unknown"],
)
def test_a_field_that_differs_is_told(
    box: Sandbox,
    assets: Assets,
    tally: Tally,
    monkeypatch: pytest.MonkeyPatch,
    was: bytes,
    becomes: bytes,
    told: str,
) -> None:
    assets.schemas.get(box.assets.schema_id)
    [read] = [one for one in box.exchanges if was in (one.response_body or b"")]
    wrong = replace(read, response_body=(read.response_body or b"").replace(was, becomes))
    monkeypatch.setattr(type(box), "exchanges", property(lambda _: [wrong]))
    with pytest.raises(AssertionError, match=told):
        exchange.agrees(box, tally)

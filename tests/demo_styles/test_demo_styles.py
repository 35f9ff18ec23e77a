"""Pipelines in the style of public demos, each over two updates, with all rows of all tables that matter."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

FOLDER = "tests/demo_styles"


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def completed(pipeline: PipelineProject) -> None:
    result = pipeline.update()
    assert (result.state, result.errors) == ("COMPLETED", ())


@pytest.mark.pipeline(f"{FOLDER}/medallion")
def test_medallion_with_auto_loader(pipeline: PipelineProject) -> None:
    pipeline.settings |= {"shop.source_path": "{landing}/shop", "shop.min_amount": "5"}
    orders: list[dict[str, Any]] = [
        {"order_id": 1, "customer": " ann ", "ordered_at": "2026-01-01T08:00:00Z", "amount": 10},
        {"order_id": None, "customer": "ben", "ordered_at": "2026-01-01T09:00:00Z", "amount": 10},
        {"order_id": 2, "customer": "ben", "ordered_at": "2026-01-01T09:00:00Z", "amount": 5},
        {"order_id": 3, "customer": "ANN", "ordered_at": "2026-01-01T10:00:00Z", "amount": "a lot"},
    ]
    pipeline.land("shop/orders/1.json", orders)
    completed(pipeline)
    assert pipeline.table("sales_gold") == [{"customer": "Ann", "day": at(1).date(), "sales": 10.0, "orders": 1}]
    assert pipeline.expectations("orders_bronze") == {"no rescued data": (3, 1)}
    assert pipeline.expectations("orders_silver") == {
        "valid id": (2, 1),
        "valid amount": (2, 1),
        "valid time": (3, 0),
    }

    pipeline.land(
        "shop/orders/2.json", [{"order_id": 4, "customer": "ann", "ordered_at": "2026-01-01T23:00:00Z", "amount": 7.5}]
    )
    completed(pipeline)
    assert pipeline.table("orders_silver") == [
        {"order_id": 1, "customer": "Ann", "ordered_at": at(1).replace(hour=8), "amount": 10.0},
        {"order_id": 4, "customer": "Ann", "ordered_at": at(1).replace(hour=23), "amount": 7.5},
    ]
    assert pipeline.table("sales_gold") == [{"customer": "Ann", "day": at(1).date(), "sales": 17.5, "orders": 2}]
    assert pipeline.table("orders_bronze", columns=["order_id", "source_file"]) == [
        {"order_id": 1, "source_file": "1.json"},
        {"order_id": None, "source_file": "1.json"},
        {"order_id": 2, "source_file": "1.json"},
        {"order_id": 4, "source_file": "2.json"},
    ]


CHANGES = """\
id,name,city,visits,operation,operation_date
1,Ann,Rome,1,APPEND,2026-01-01T00:00:00Z
1,Ann,Rome,2,UPDATE,2026-01-02T00:00:00Z
2,Ben,Bonn,1,APPEND,2026-01-01T00:00:00Z
,Nobody,Oslo,1,APPEND,2026-01-01T00:00:00Z
3,Eve,Oslo,1,MERGE,2026-01-01T00:00:00Z
"""
LATER_CHANGES = """\
id,name,city,visits,operation,operation_date
1,Ann,Kiel,4,UPDATE,2026-01-04T00:00:00Z
1,Ann,Oslo,3,UPDATE,2026-01-03T00:00:00Z
2,,,,DELETE,2026-01-05T00:00:00Z
"""


@pytest.mark.pipeline(f"{FOLDER}/track_history")
def test_cdc_with_tracked_history(pipeline: PipelineProject) -> None:
    pipeline.land("customers/1.csv", CHANGES)
    completed(pipeline)
    ann = {"id": 1, "name": "Ann"}
    ben = {"id": 2, "name": "Ben", "city": "Bonn", "visits": 1}
    assert pipeline.table("customers") == [{**ann, "city": "Rome", "visits": 2}, ben]
    assert pipeline.table("customers_history") == [
        {**ann, "city": "Rome", "visits": 2, "__START_AT": at(1), "__END_AT": None},
        {**ben, "__START_AT": at(1), "__END_AT": None},
    ]

    pipeline.land("customers/2.csv", LATER_CHANGES)
    completed(pipeline)
    assert pipeline.table("customers") == [{**ann, "city": "Kiel", "visits": 4}]
    assert pipeline.table("customers_history") == [
        {**ann, "city": "Rome", "visits": 2, "__START_AT": at(1), "__END_AT": at(3)},
        {**ann, "city": "Oslo", "visits": 3, "__START_AT": at(3), "__END_AT": at(4)},
        {**ann, "city": "Kiel", "visits": 4, "__START_AT": at(4), "__END_AT": None},
        {**ben, "__START_AT": at(1), "__END_AT": at(5)},
    ]
    assert pipeline.table("moves") == [{"id": 1, "cities": 3}, {"id": 2, "cities": 1}]


@pytest.mark.pipeline(f"{FOLDER}/quarantine")
def test_quarantine_by_a_partition_and_two_views(pipeline: PipelineProject) -> None:
    header = "market_id,website,location,stalls\n"
    pipeline.land("markets/1.csv", f"{header}1,a.org,Bonn,10\n2,,Rome,10\n3,c.org,Oslo,\n")
    completed(pipeline)
    good = {"market_id": 1, "website": "a.org", "location": "Bonn", "stalls": 10}
    assert pipeline.table("markets") == [good]
    assert pipeline.table("market_counts") == [{"total": 3, "valid": 1, "quarantined": 2}]
    assert pipeline.expectations("farmers_market_quarantine") == {
        "valid_website": (2, 1),
        "valid_location": (3, 0),
        "valid_stalls": (2, 1),
    }

    pipeline.land("markets/2.csv", f"{header}4,d.org,Kiel,500\n5,e.org,,501\n")
    completed(pipeline)
    assert pipeline.table("markets") == [
        good,
        {"market_id": 4, "website": "d.org", "location": "Kiel", "stalls": 500},
    ]
    assert pipeline.table("market_counts") == [{"total": 5, "valid": 2, "quarantined": 3}]
    assert pipeline.table("farmers_market_quarantine", columns=["market_id", "is_quarantined"]) == [
        {"market_id": 1, "is_quarantined": False},
        {"market_id": 2, "is_quarantined": True},
        {"market_id": 3, "is_quarantined": True},
        {"market_id": 4, "is_quarantined": False},
        {"market_id": 5, "is_quarantined": True},
    ]


@pytest.mark.pipeline(f"{FOLDER}/portable_rules")
def test_rules_from_a_table_and_from_a_module(pipeline: PipelineProject) -> None:
    rules = [
        {"name": "id_known", "constraint": "id IS NOT NULL", "tag": "validity"},
        {"name": "one_a_key", "constraint": "count = 1", "tag": "uniqueness"},
    ]
    pipeline.land("rules/1.json", rules)
    pipeline.land("readings/1.json", [{"id": 1, "year": 2019, "value": 1.5}, {"year": 2021}, {"id": 2, "value": -1}])
    completed(pipeline)
    first = {"id": 1, "year": 2019, "value": 1.5}
    assert pipeline.table("readings") == [first, {"id": 2, "year": None, "value": -1.0}]
    assert pipeline.expectations("readings") == {"id_known": (2, 1), "year_known": (2, 1), "year_recent": (1, 2)}

    pipeline.land("rules/2.json", [{"name": "value_positive", "constraint": "value > 0", "tag": "validity"}])
    pipeline.land("readings/2.json", [{"id": 3, "year": 2024, "value": 0.0}, {"id": 4, "year": 2024, "value": 2.0}])
    completed(pipeline)
    assert pipeline.table("readings") == [
        first,
        {"id": 2, "year": None, "value": -1.0},
        {"id": 4, "year": 2024, "value": 2.0},
    ]
    assert pipeline.expectations("readings") == {
        "id_known": (2, 0),
        "value_positive": (1, 1),
        "year_known": (2, 0),
        "year_recent": (2, 0),
    }
    assert pipeline.table("readings_per_id") == [{"id": number, "count": 1} for number in (1, 2, 4)]

    pipeline.land("readings/3.json", [{"id": 4, "year": 2025, "value": 3.0}])
    result = pipeline.update()
    assert result.state == "FAILED"
    assert "Violated expectations: 'one_a_key'" in result.errors[0]
    assert pipeline.table("readings_per_id") == [{"id": number, "count": 1} for number in (1, 2, 4)]


@pytest.mark.pipeline(f"{FOLDER}/configured_loop")
def test_tables_from_a_configuration(pipeline: PipelineProject) -> None:
    tables = [
        {
            "name": "orders",
            "format": "json",
            "schema": "id INT, city STRING, amount DOUBLE",
            "columns": ["id", "city"],
            "drop": {"id known": "id IS NOT NULL"},
        },
        {
            "name": "people",
            "format": "csv",
            "schema": "id INT, name STRING",
            "options": {"header": "true"},
            "columns": ["upper(name) AS name"],
            "warn": {"named": "name <> ''"},
        },
    ]
    pipeline.settings |= {"tables": json.dumps(tables[:1]), "cities": "Rome,Bonn"}
    pipeline.land(
        "orders/1.json", [{"id": 1, "city": "Rome", "amount": 1}, {"city": "Bonn"}, {"id": 2, "city": "Bonn"}]
    )
    completed(pipeline)
    assert pipeline.table("orders_rome") == [{"id": 1, "city": "Rome"}]
    assert pipeline.table("orders_bonn") == [{"id": 2, "city": "Bonn"}]

    tables[1]["columns"] = ["name"]
    pipeline.settings["tables"] = json.dumps(tables)
    pipeline.land("people/1.csv", [{"id": 1, "name": "Ann"}, {"id": 2, "name": None}])
    pipeline.land("orders/2.json", [{"id": 3, "city": "Rome"}])
    completed(pipeline)
    assert pipeline.table("people_silver") == [{"name": "Ann"}, {"name": None}]
    assert pipeline.expectations("people_silver") == {"named": (1, 1)}
    assert pipeline.expectations("orders_silver") == {"id known": (1, 0)}
    assert pipeline.table("orders_rome") == [{"id": 1, "city": "Rome"}, {"id": 3, "city": "Rome"}]


@pytest.mark.pipeline(f"{FOLDER}/fan_in")
def test_append_flows_and_a_backfill(pipeline: PipelineProject) -> None:
    pipeline.land("archive/2019.csv", "sale_id,amount\n1,5.0\n2,-1.0\n")
    pipeline.land("north/1.json", [{"sale_id": 10, "amount": 2.5}])
    pipeline.land("south/1.json", [{"sale_id": 20, "amount": 4}, {"amount": 1}])
    completed(pipeline)
    first = [
        {"sale_id": 1, "amount": 5.0, "region": "archive"},
        {"sale_id": 10, "amount": 2.5, "region": "north"},
        {"sale_id": 20, "amount": 4.0, "region": "south"},
        {"sale_id": None, "amount": 1.0, "region": "south"},
    ]
    assert pipeline.table("sales") == first
    assert pipeline.expectations("sales") == {"sale_known": (4, 1), "amount_positive": (4, 1)}

    pipeline.land("archive/2018.csv", "sale_id,amount\n3,100.0\n")
    pipeline.land("north/2.json", [{"sale_id": 11, "amount": 1}])
    completed(pipeline)
    assert pipeline.table("sales") == [*first, {"sale_id": 11, "amount": 1.0, "region": "north"}]
    assert pipeline.table("sales_by_region") == [
        {"region": "archive", "amount": 5.0},
        {"region": "north", "amount": 3.5},
        {"region": "south", "amount": 5.0},
    ]

    assert pipeline.update(full_refresh_all=True).state == "COMPLETED"
    assert pipeline.table("sales_by_region") == [
        {"region": "archive", "amount": 105.0},
        {"region": "north", "amount": 3.5},
        {"region": "south", "amount": 5.0},
    ]


@pytest.mark.pipeline(f"{FOLDER}/live_names")
def test_live_names_in_sql_and_older_names(pipeline: PipelineProject) -> None:
    pipeline.land(
        "flights/1.json",
        [{"flight": "A1", "origin": "cgn", "delay": 20}, {"flight": "A2", "origin": "cgn", "delay": 5}],
    )
    completed(pipeline)
    assert pipeline.table("delays") == [{"flight": "A1", "origin": "CGN", "delay": 20}]
    assert pipeline.table("on_time") == [{"flight": "A2"}]

    pipeline.land("flights/2.json", [{"flight": "B1", "origin": "osl", "delay": 16}, {"flight": "B2", "delay": 90}])
    completed(pipeline)
    assert pipeline.table("delays_by_origin") == [
        {"origin": "CGN", "worst": 20},
        {"origin": "OSL", "worst": 16},
        {"origin": None, "worst": 90},
    ]
    assert pipeline.expectations("delays") == {"origin known": (1, 1)}
    assert pipeline.table("on_time") == [{"flight": "A2"}]
    deprecated = {
        event.details["deprecation"]["message"].partition(": ")[2] for event in pipeline.events("deprecation")
    }
    assert {message.split(" is ")[0] for message in deprecated} >= {"'create_table'", "'create_view'"}

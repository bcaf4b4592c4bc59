"""What the catalog knows: what channels' SKUs mean, customers and their credit, the network's clocks, prices and rates by day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from headrace.catalog import customers, knowing, network, prices, services, taxes
from headrace.engine.action import Deed, Refused
from headrace.engine.queries import run

pytestmark = pytest.mark.usefixtures("catalog")
NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)  # a Tuesday, 08:00 in New York, 05:00 in Los Angeles


def deed() -> Deed:
    return Deed("test", "cli:test", NOW)


def item(sku: str) -> int:
    return int(knowing.item_by_sku(sku).id)


def door(code: str = "web") -> int:
    return int(knowing.channels([code])[code].id)


def test_channels_by_code_and_no_other() -> None:
    found = knowing.channels(["web", "nowhere"])
    assert set(found) == {"web"}
    assert (found["web"].currency, found["web"].zone, found["web"].is_active) == ("USD", "America/New_York", True)


def test_the_channels_own_mapping_comes_first_and_our_sku_second() -> None:
    knowing.learn_listing(deed(), door(), "BOWL", item("MUG"), 6)
    asked = [(door(), "BOWL"), (door(), "MUG"), (door("trade"), "BOWL"), (door(), "NOPE")]
    found = knowing.items_for(asked, NOW)
    assert {(k[1], v.item_id, v.pack_each) for k, v in found.items() if k[0] == door()} == {("BOWL", item("MUG"), 6), ("MUG", item("MUG"), 1)}
    assert found[door("trade"), "BOWL"].item_id == item("BOWL")
    assert knowing.items_for([], NOW) == {}
    assert knowing.item_by_sku("NOPE") is None


def test_a_mapping_is_valid_on_its_days_and_can_be_learned_anew() -> None:
    knowing.learn_listing(deed(), door(), "X", item("MUG"), 1)
    run("update catalog_listing set valid_to_on = '2026-06-01'")
    assert knowing.items_for([(door(), "X")], NOW) == {}
    run("update catalog_listing set valid_to_on = '2026-06-02'")
    knowing.learn_listing(deed(), door(), "X", item("BOWL"), 12)
    (found,) = knowing.items_for([(door(), "X")], NOW).values()
    assert (found.item_id, found.pack_each) == (item("BOWL"), 12)
    assert run("select learned_by from catalog_listing").column("learned_by") == ["cli:test"]


def customer(ref: str, name: str | None = "Jane", segment: str | None = None, channel: str = "web") -> tuple[Any, ...]:
    return (door(channel), ref, name, f"{ref}@example.com", None, segment)


def test_customers_are_known_by_their_channels_key() -> None:
    first = knowing.parties([customer("1"), customer("1"), customer("2", segment="vip"), customer("1", channel="trade")])
    assert len(first) == len(set(first.values())) == 3
    again = knowing.parties([customer("1"), customer("3")])
    assert again[door(), "1"] == first[door(), "1"]
    assert run("select count(*) from catalog_party").scalar == 4
    assert sorted(run("select segment from catalog_party").column("segment")) == ["retail", "retail", "retail", "vip"]
    assert knowing.parties([]) == {}


def test_credit_and_segment_of_a_customer() -> None:
    (party_id,) = knowing.parties([customer("1")]).values()
    customers.set_credit(deed(), party_id, 50_000, 30)
    customers.set_segment(deed(), party_id, "wholesale")
    found = customers.party(party_id)
    assert (found.name, found.segment, found.credit_limit_minor, found.terms_days) == ("Jane", "wholesale", 50_000, 30)
    customers.set_credit(deed(), party_id, None, 0)
    assert customers.party(party_id).credit_limit_minor is None
    assert customers.party(10**9) is None
    customers.lock_accounts([party_id, 10**9])
    customers.lock_accounts([])


def node(code: str, as_of: datetime = NOW) -> Any:
    return next(n for n in network.nodes(as_of) if n.code == code)


@pytest.mark.parametrize(
    ("moment", "east", "west"),
    [
        (datetime(2026, 6, 2, 18, 59, tzinfo=UTC), (True, True), (True, True)),  # 14:59 and 11:59
        (datetime(2026, 6, 2, 19, 1, tzinfo=UTC), (True, False), (True, True)),  # 15:01 in New York
        (datetime(2026, 6, 6, 5, tzinfo=UTC), (False, True), (True, False)),  # Saturday 01:00 in New York, Friday 22:00 in Los Angeles
        (datetime(2026, 1, 7, 19, 30, tzinfo=UTC), (True, True), (True, True)),  # winter time: 14:30 in New York
    ],
)
def test_each_node_has_its_own_clock_and_calendar(moment: datetime, east: tuple[bool, bool], west: tuple[bool, bool]) -> None:
    for code, (is_open, is_before) in (("EAST", east), ("WEST", west)):
        found = node(code, moment)
        assert (found.is_open_today, found.is_before_cut_off) == (is_open, is_before), code


def test_a_closure_is_a_local_day() -> None:
    run("insert into catalog_node_closure (node_id, closed_on, why) select id, '2026-06-02', 'stocktake' from catalog_node")
    early = datetime(2026, 6, 2, 5, tzinfo=UTC)  # still Monday in Los Angeles
    assert (node("EAST", early).is_open_today, node("WEST", early).is_open_today) == (False, True)


def test_a_node_without_a_limit_has_capacity_for_anything() -> None:
    run("update catalog_node set capacity_orders_per_day = 7 where code = 'EAST'")
    assert (node("EAST").capacity_left, node("WEST").capacity_left) == (7, 2_000_000_000)
    assert [(r.country, r.region, r.transit_days, r.cost_minor) for r in network.reaches()] == [("US", "*", 2, 500)] * 2


def days(table: str) -> list[tuple[str, str | None]]:
    return [tuple(r) for r in run(f"select valid_from_on::text, valid_to_on::text from {table} order by valid_from_on")]  # noqa: S608 - named by the test


def test_a_new_price_ends_the_one_before() -> None:
    for unit_price, first in ((10, date(2026, 1, 1)), (11, date(2026, 6, 1)), (12, date(2026, 6, 1))):
        prices.set_price(deed(), "usd", "MUG", Decimal(unit_price), 1, first)
    assert days("catalog_price") == [("2026-01-01", "2026-05-31"), ("2026-06-01", None)]
    assert run("select unit_price from catalog_price where valid_to_on is null").scalar == 12
    for price_list, sku in (("eur", "MUG"), ("usd", "NOPE")):
        with pytest.raises(Refused, match="look them up in the catalog"):
            prices.set_price(deed(), price_list, sku, Decimal(1), 1, date(2026, 1, 1))


def test_a_new_rate_ends_the_one_before_and_other_classes_stay() -> None:
    taxes.set_rate(deed(), "GB", "standard", Decimal("0.175"), True, date(2010, 1, 1))
    taxes.set_rate(deed(), "GB", "reduced", Decimal("0.05"), True, date(2010, 1, 1))
    taxes.set_rate(deed(), "GB", "standard", Decimal("0.20"), False, date(2011, 1, 4))
    found = run("select tax_class, rate, taxes_shipping, valid_to_on::text as until from catalog_tax_rate order by tax_class, valid_from_on")
    assert [tuple(r) for r in found] == [
        ("reduced", Decimal("0.05"), True, None),
        ("standard", Decimal("0.175"), True, "2011-01-03"),
        ("standard", Decimal("0.20"), False, None),
    ]


def test_a_promotion_is_of_one_channel_or_of_all() -> None:
    prices.allow_promotion(deed(), " spring ", "web", Decimal(20), date(2026, 3, 1), date(2026, 5, 31))
    prices.allow_promotion(deed(), "SPRING", None, Decimal(10), date(2026, 3, 1), None)
    prices.allow_promotion(deed(), "SPRING", "web", Decimal(25), date(2026, 3, 1), None)
    found = run(
        "select c.code as channel, p.code, p.percent_max, p.valid_to_on from catalog_promotion p left join catalog_channel c on c.id = p.channel_id order by 1"
    )
    assert [tuple(r) for r in found] == [("web", "SPRING", Decimal(25), None), (None, "SPRING", Decimal(10), None)]
    with pytest.raises(Refused, match="no channel 'nowhere'"):
        prices.allow_promotion(deed(), "X", "nowhere", Decimal(1), date(2026, 3, 1), None)


def test_a_channels_word_for_a_shipping_service() -> None:
    run("insert into catalog_shipping_service (code, name, carrier) values ('ground', 'Ground', 'own'), ('air', 'Air', 'own')")
    services.learn_code(deed(), door(), "Standard", services.service("ground").id)
    services.learn_code(deed(), door(), "Standard", services.service("air").id)
    assert run("select s.code from catalog_shipping_code c join catalog_shipping_service s on s.id = c.service_id").column("code") == ["air"]
    assert services.service("rocket") is None

"""A tiny shop for tests: every order that it places is sound unless the test says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from pathlib import Path
from typing import Any

from headrace.engine.queries import run
from headrace.engine.stage import Outcome, stage_named
from headrace.governance.policies import draft_policy, in_force, publish_policy

AS_OF = datetime(2026, 6, 2, 12, tzinfo=UTC)
PLACED_AT = AS_OF - timedelta(hours=1)
ACTOR = "cli:test"
WORLD = (Path(__file__).parent / "world.sql").read_text("utf-8")
_numbers = count(1)

NEW_YORK = {
    "name": "Jane Roe",
    "line1": "1 Main Street",
    "city": "New York",
    "region": "NY",
    "postcode": "10001",
    "country": "US",
    "phone": "+12125550100",
    "email": "jane@example.com",
}
TEXAS = NEW_YORK | {"city": "Austin", "region": "TX", "postcode": "78701"}
OSLO = {"name": "Ola Nordmann", "line1": "Karl Johans gate 1", "city": "Oslo", "postcode": "0154", "country": "NO", "email": "jane@example.com"}
LONDON = {
    "name": "Jane Roe",
    "line1": "1 High Street",
    "city": "London",
    "postcode": "W1A 4ZZ",
    "country": "GB",
    "phone": "+442079460018",
    "email": "jane@example.com",
}
TOKYO = {
    "name": "Jane Roe",
    "line1": "1-1 Chiyoda",
    "city": "Tokyo",
    "region": "13",
    "postcode": "100-0001",
    "country": "JP",
    "email": "jane@example.com",
}
KUWAIT = {"name": "Jane Roe", "line1": "Block 1", "city": "Kuwait City", "postcode": "54541", "country": "KW", "email": "jane@example.com"}


@dataclass(frozen=True)
class Door:
    """How a channel of the tiny shop sells; as in world.sql."""

    currency: str
    digits: int
    price: str
    rate: str
    ship_to: dict[str, Any]
    includes_tax: bool = False
    pays: str | None = "captured"


DOORS = {
    "web": Door("USD", 2, "10.00", "0.08", NEW_YORK, pays="authorised"),
    "trade": Door("USD", 2, "10.00", "0.08", NEW_YORK, pays=None),
    "uk": Door("GBP", 2, "10.00", "0.20", LONDON, includes_tax=True),
    "jp": Door("JPY", 0, "1000", "0.10", TOKYO, includes_tax=True),
    "kw": Door("KWD", 3, "1.005", "0", KUWAIT),
}


@dataclass
class OrderLine:
    """A line of an order to be placed; what is left out is as the list and the rates say."""

    sku: str = "MUG"
    qty: int = 1
    price: str | None = None
    rate: str | None = None
    discount_minor: int = 0
    tax_minor: int | None = None
    kind: str = "goods"
    cancelled: int = 0
    is_mapped: bool = True

    def row(self, door: Door) -> dict[str, Any]:
        price, rate = Decimal(self.price or door.price), Decimal(self.rate or door.rate)
        goods = _round((price * self.qty).scaleb(door.digits))
        net = goods - self.discount_minor
        tax = _round(net * rate / (1 + rate)) if door.includes_tax else _round(net * rate)
        return {
            "sku": self.sku,
            "kind": self.kind,
            "qty_ordered_each": self.qty,
            "qty_cancelled_each": self.cancelled,
            "unit_price": price,
            "goods_minor": goods,
            "discount_minor": self.discount_minor,
            "tax_minor": tax if self.tax_minor is None else self.tax_minor,
        }


class Shop:
    """Places orders, runs validate, shows what came of them."""

    def place(
        self,
        *lines: OrderLine,
        channel: str = "web",
        ship_to: dict[str, Any] | None | str = "usual",
        email: str | None = None,
        discounts: tuple[tuple[str, int], ...] = (),
        **values: Any,
    ) -> int:
        """One captured order, sound but for what is given; gives its id. `values` are columns of the order; every buyer is somebody else unless named."""
        door, number = DOORS[channel], next(_numbers)
        lines = lines or (OrderLine(),)
        rows = [line.row(door) for line in lines]
        order_id = self._write_order(channel, {"external_ref": f"R{number}", **self._header(rows, door, values), **values})
        for n, (line, row) in enumerate(zip(lines, rows, strict=True), 1):
            self._write_line(order_id, n, row, line.sku if line.is_mapped else None)
        address = door.ship_to if ship_to == "usual" else ship_to
        if isinstance(address, dict):
            own = {"email": email or f"buyer{number}@example.com"} if address.get("email") == NEW_YORK["email"] else {}
            _insert("orders_address", {**address, **own, "order_id": order_id})
        for code, amount in discounts:
            _insert("orders_discount", {"order_id": order_id, "code": code, "amount_minor": amount})
        return order_id

    def _header(self, rows: list[dict[str, Any]], door: Door, values: dict[str, Any]) -> dict[str, Any]:
        goods, discount = (sum(row[column] for row in rows) for column in ("goods_minor", "discount_minor"))
        shipping, shipping_tax = values.get("shipping_minor", 0), values.get("shipping_tax_minor", 0)
        tax = values.get("tax_minor", sum(row["tax_minor"] for row in rows) + shipping_tax)
        total = values.get("total_minor", goods - discount + shipping + (0 if door.includes_tax else tax))
        paid = {None: {}, "authorised": {"authorised_minor": total}, "captured": {"authorised_minor": total, "captured_minor": total}}[door.pays]
        return {
            "source_version": 1,
            "currency": door.currency,
            "prices_include_tax": door.includes_tax,
            "goods_minor": goods,
            "discount_minor": discount,
            "tax_minor": tax,
            "total_minor": total,
            "qty_ordered_each": sum(row["qty_ordered_each"] for row in rows if row["kind"] == "goods"),
            "shipping_code": "Standard",
            "fraud_verdict": "accept",
            "placed_at": PLACED_AT,
            "captured_at": PLACED_AT,
            **paid,
        }

    def _write_order(self, channel: str, values: dict[str, Any]) -> int:
        names, slots = ", ".join(values), ", ".join(f"%({name})s" for name in values)
        head = f"insert into orders_order (channel_id, entity_id, {names}) select id, entity_id, {slots}"
        return int(run(f"{head} from catalog_channel where code = %(channel)s returning id", {**values, "channel": channel}).scalar)

    def _write_line(self, order_id: int, n: int, row: dict[str, Any], sku: str | None) -> None:
        found = run("select id from catalog_item where sku = %(sku)s", {"sku": sku}) if sku else []
        _insert("orders_line", {**row, "order_id": order_id, "line_no": n, "external_ref": str(n), "item_id": found[0].id if found else None})

    def run(self, *, as_of: datetime = AS_OF) -> Outcome:
        """Validate everything that waits. A batch that fails is an error of ours, not a parked order."""
        outcome: Outcome = stage_named("validate").run(as_of=as_of)
        poison = run("select detail ->> 'traceback' as trace from exception_queue_case where reason_code = 'ENGINE-01'")
        assert not poison, poison[0].trace
        return outcome

    def order(self, order_id: int) -> Any:
        return run("select * from orders_order where id = %(id)s", {"id": order_id}).one

    def address(self, order_id: int) -> Any:
        return run("select * from orders_address where order_id = %(id)s and kind = 'ship'", {"id": order_id}).one

    def cases(self, order_id: int, state: str = "open") -> list[Any]:
        """Cases of an order by check: id, reason_code, line_id, detail, word, field, value, fix, severity, resolution."""
        return run(
            """select c.id, c.reason_code, c.line_id, c.detail, c.detail ->> 'check' as word, c.detail ->> 'field' as field, c.detail ->> 'value' as value,
                c.detail ->> 'fix' as fix, coalesce(c.detail ->> 'severity', r.severity) as severity, c.resolution, r.says
            from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code
            where c.order_id = %(id)s and c.state = %(state)s order by c.detail ->> 'check', c.id""",
            {"id": order_id, "state": state},
        )

    def words(self, order_id: int) -> list[str]:
        """Checks with an open case."""
        return [case.word for case in self.cases(order_id)]

    def history(self, order_id: int, event: str) -> list[Any]:
        told = run("select detail from orders_history where order_id = %(id)s and event = %(event)s order by id", {"id": order_id, "event": event})
        return told.column("detail")

    def party(self, name: str) -> int:
        return int(run("select id from catalog_party where name = %(name)s", {"name": name}).scalar)

    def tune(self, **tables: dict[str, Any]) -> None:
        """Put a validation policy in force with these tables changed, as an operations manager would."""
        body = in_force("validation", datetime.now(UTC))[1]
        for name, changes in tables.items():
            body[name] = {**body[name], **changes}
        version = draft_policy(actor=ACTOR, name="validation", body=body, note="for the test")
        publish_policy(actor=ACTOR, name="validation", version=version)
        # A batch decides by the policy in force at its moment, which in these tests lies in the past.
        run("update governance_policy set valid_to = null where name = 'validation' and version < %(version)s", {"version": version})
        began = {"at": AS_OF - timedelta(days=1), "version": version}
        run("update governance_policy set valid_from = %(at)s where name = 'validation' and version = %(version)s", began)


def assert_fails(shop: Shop, order_id: int, *words: str, warns: bool = False) -> list[Any]:
    """The order is stopped (or warned of) for these checks and no others, and each case names field and fix."""
    outcome = shop.run()
    cases = shop.cases(order_id)
    assert [case.word for case in cases] == sorted(words)
    for case in cases:
        assert case.field and case.fix and "{" not in case.fix
    order = shop.order(order_id)
    assert (order.state, order.hold) == (("validated", "clear") if warns else ("captured", "held"))
    assert outcome.taken == outcome.moved + outcome.parked
    return cases


def assert_passes(shop: Shop, order_id: int) -> None:
    shop.run()
    assert shop.words(order_id) == []
    assert shop.order(order_id).state == "validated"


def _insert(table: str, row: dict[str, Any]) -> None:
    run(f"insert into {table} ({', '.join(row)}) values ({', '.join(f'%({name})s' for name in row)})", row)


def _round(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))

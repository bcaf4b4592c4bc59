"""The pretend outside world: customers who order by three doors, warehouses that ship, gateways that pay.

Everything is made from a seed, so that a run can be had again. It speaks the partners' native messages; it knows nothing of the inside.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson

ZIPF = 1.1  # a few items sell most of the units
LINES_MEAN, LINES_MAX = 2.2, 6
PLACES = (
    ("NY", "New York", "10001"),
    ("NJ", "Newark", "07102"),
    ("CA", "Los Angeles", "90012"),
    ("TX", "Austin", "78701"),
    ("WA", "Seattle", "98101"),
    ("IL", "Chicago", "60601"),
    ("MA", "Boston", "02108"),
    ("PA", "Philadelphia", "19103"),
    ("FL", "Miami", "33130"),
    ("CO", "Denver", "80202"),
)
TAX = {"NY": "0.08", "NJ": "0.06625", "CA": "0.0725", "TX": "0.0625", "WA": "0.065", "IL": "0.0625", "MA": "0.0625", "PA": "0.06", "FL": "0.06", "CO": "0.029"}
SHIPPING_TAXED = frozenset({"TX", "WA", "PA"})
NAMES = (
    "Ana Ruiz",
    "Ben Okafor",
    "Chloe Martin",
    "Dev Patel",
    "Erin Walsh",
    "Farid Haddad",
    "Grace Kim",
    "Hugo Berg",
    "Iris Novak",
    "Jonas Weber",
    "Kemi Ade",
    "Lena Fischer",
)
STREETS = ("Maple Avenue", "Oak Street", "Mill Road", "Station Road", "Harbor Drive", "King Street", "Elm Court")
SHIPPING = Decimal("5.95")
CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass
class Buyers:
    """Customers with a taste: what they may buy, from which seed, from when on."""

    sellable: Sequence[tuple[str, str]]
    seed: int = 1
    start: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0) - timedelta(days=1))

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - a pretend world, not a secret
        self.weights = list(itertools.accumulate(1 / (k**ZIPF) for k in range(1, len(self.sellable) + 1)))

    def basket(self) -> list[tuple[str, str, int]]:
        n = max(1, min(LINES_MAX, round(self.rng.expovariate(1 / LINES_MEAN)) or 1))
        picked = dict(self.rng.choices(self.sellable, cum_weights=self.weights, k=n))
        return [(sku, price, 1 + (self.rng.random() < 0.2)) for sku, price in picked.items()]


def shopify_order(buyers: Buyers, n: int) -> dict[str, Any]:
    """One order as Shopify's orders/create webhook carries it: amounts as texts, gids beside ids, addresses, taxes per line."""
    rng = buyers.rng
    region, city, zip_code = PLACES[rng.randrange(len(PLACES))]
    rate = Decimal(TAX[region])
    placed = (buyers.start + timedelta(seconds=4 * n % 86_000)).isoformat()
    ref = 5_000_000_000_000_000_000 + buyers.seed * 1_000_000_000 + n
    lines, goods, tax = [], Decimal(0), Decimal(0)
    for k, (sku, price, qty) in enumerate(buyers.basket()):
        value = Decimal(price) * qty
        line_tax = cents(value * rate)
        goods, tax = goods + value, tax + line_tax
        lines.append(_shopify_line(ref, k, sku, price, qty, rate, line_tax))
    shipping_tax = cents(SHIPPING * rate) if region in SHIPPING_TAXED else Decimal(0)
    name = NAMES[rng.randrange(len(NAMES))]
    address = _shopify_address(n, name, region, city, zip_code)
    total = goods + tax + SHIPPING + shipping_tax
    return {
        "id": ref,
        "admin_graphql_api_id": f"gid://shopify/Order/{ref}",
        "name": f"#{1000 + n}",
        "created_at": placed,
        "processed_at": placed,
        "updated_at": placed,
        "currency": "USD",
        "presentment_currency": "USD",
        "financial_status": "authorized",
        "fulfillment_status": None,
        "cancelled_at": None,
        "test": False,
        "taxes_included": False,
        "email": f"buyer{n % 5000}@example.com",
        "phone": None,
        "note": None,
        "tags": "",
        "subtotal_price": str(goods),
        "total_line_items_price": str(goods),
        "total_discounts": "0.00",
        "total_tax": str(tax + shipping_tax),
        "total_price": str(total),
        "customer": {
            "id": 7_000_000_000 + n % 5000,
            "admin_graphql_api_id": f"gid://shopify/Customer/{7_000_000_000 + n % 5000}",
            "first_name": name.split()[0],
            "last_name": name.split()[1],
            "email": f"buyer{n % 5000}@example.com",
        },
        "shipping_address": address,
        "billing_address": address,
        "line_items": lines,
        "discount_codes": [],
        "refunds": [],
        "shipping_lines": [_shopify_shipping(ref, region, rate, shipping_tax)],
    }


def _shopify_address(n: int, name: str, region: str, city: str, zip_code: str) -> dict[str, Any]:
    return {
        "first_name": name.split()[0],
        "last_name": name.split()[1],
        "name": name,
        "address1": f"{1 + n % 900} {STREETS[n % len(STREETS)]}",
        "address2": None,
        "city": city,
        "province_code": region,
        "zip": zip_code,
        "country_code": "US",
        "phone": f"+1212555{n % 10000:04d}",
        "company": None,
    }


def _shopify_shipping(ref: int, region: str, rate: Decimal, tax: Decimal) -> dict[str, Any]:
    return {
        "id": ref + 900,
        "code": "Standard",
        "title": "Standard",
        "price": str(SHIPPING),
        "discounted_price": str(SHIPPING),
        "tax_lines": [{"title": f"{region} State Tax", "rate": str(rate), "price": str(tax)}] if tax else [],
    }


def _shopify_line(ref: int, k: int, sku: str, price: str, qty: int, rate: Decimal, tax: Decimal) -> dict[str, Any]:
    line = ref + 10 + k
    return {
        "id": line,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{line}",
        "sku": sku,
        "title": f"Item {sku}",
        "quantity": qty,
        "current_quantity": qty,
        "price": price,
        "total_discount": "0.00",
        "discount_allocations": [],
        "requires_shipping": True,
        "gift_card": False,
        "taxable": True,
        "tax_lines": [{"title": "State Tax", "rate": str(rate), "price": str(tax)}],
    }


def shopify_bodies(buyers: Buyers, count: int, first: int = 1) -> Iterator[tuple[str, str]]:
    """(order id, body) of so many orders."""
    for n in range(first, first + count):
        order = shopify_order(buyers, n)
        yield str(order["id"]), orjson.dumps(order).decode()


def trade_order(buyers: Buyers, n: int) -> dict[str, Any]:
    """One order of a trade customer in our own JSON format: a purchase-order number, wholesale prices, on account, tax exempt."""
    region, city, zip_code = PLACES[n % len(PLACES)]
    goods = Decimal(0)
    lines = []
    for k, (sku, price, qty) in enumerate(buyers.basket(), 1):
        pieces = qty * 6
        goods += Decimal(price) * pieces
        lines.append({"line": str(k), "sku": sku, "qty": pieces, "unit_price": price, "discount": "0.00", "tax": "0.00"})
    placed = (buyers.start + timedelta(seconds=31 * n % 86_000)).isoformat()
    return {
        "order": f"PO-{buyers.seed}-{n}",
        "version": 1,
        "currency": "USD",
        "placed_at": placed,
        "lines": lines,
        "shipping": {"service": "ground", "amount": "0.00"},
        "total": str(goods),
        "po_number": f"4500{buyers.seed % 1000:03d}{n:05d}",
        "ship_to": {
            "name": "Receiving",
            "company": f"{STREETS[n % len(STREETS)].split()[0]} Home Stores",
            "line1": f"{10 + n % 800} {STREETS[n % len(STREETS)]}",
            "city": city,
            "region": region,
            "postcode": zip_code,
            "country": "US",
            "phone": f"+1312555{n % 10000:04d}",
            "email": f"buying{n % 40}@example.com",
        },
        "customer": {
            "ref": f"TRADE-{n % 40}",
            "name": f"{STREETS[n % len(STREETS)].split()[0]} Home Stores",
            "email": f"buying{n % 40}@example.com",
            "segment": "wholesale",
        },
        "fraud": "accept",
    }


def store_order(buyers: Buyers, n: int) -> dict[str, Any]:
    """One order that a store took and paid at the till, as the file drop carries it."""
    order = trade_order(buyers, n)
    region = order["ship_to"]["region"]
    rate = Decimal(TAX[region])
    tax_sum = Decimal(0)
    for line in order["lines"]:
        line["qty"] //= 6
        tax = cents(Decimal(line["unit_price"]) * line["qty"] * rate)
        line["tax"], tax_sum = str(tax), tax_sum + tax
    total = sum(Decimal(x["unit_price"]) * x["qty"] for x in order["lines"]) + tax_sum
    ref = f"ST-{buyers.seed}-{n}"
    order |= {
        "order": ref,
        "total": str(total),
        "customer": None,
        "payments": [{"kind": "captured", "gateway": "pay-us", "ref": f"till-{ref}", "amount": str(total), "at": order["placed_at"]}],
    }
    for gone in ("customer", "po_number"):
        order.pop(gone)
    return order


@dataclass
class Sent:
    """What a pretend channel sends: by which door, under which topic, with which body; and whether it is meant to be taken."""

    door: str
    key: str
    body: str
    topic: str = "orders/create"


DUPLICATES, OUT_OF_ORDER, CANCELS, UNKNOWN_SKUS, BAD_ADDRESSES, BROKEN = 0.03, 0.02, 0.01, 0.004, 0.006, 0.001


def disturb(buyers: Buyers, n: int, order: dict[str, Any]) -> list[Sent]:
    """The ways of real channels: deliveries twice, an old version after a new one, cancels, unknown SKUs, poor addresses, broken JSON."""
    rng = buyers.rng
    door = "shop-us"
    key = str(order["id"])
    if rng.random() < UNKNOWN_SKUS:
        order["line_items"][0]["sku"] = f"NEW-{rng.randrange(12):03d}"
    if rng.random() < BAD_ADDRESSES:
        order["shipping_address"] = {**order["shipping_address"], "zip": None, "address1": None}
    body = orjson.dumps(order).decode()
    sent = [Sent(door, key, body)]
    chance = rng.random()
    if chance < DUPLICATES:
        sent += [Sent(door, key, body, "orders/updated")] * rng.randrange(1, 3)
    elif chance < DUPLICATES + OUT_OF_ORDER:
        later = {
            **order,
            "updated_at": (datetime.fromisoformat(order["updated_at"]) + timedelta(minutes=5)).isoformat(),
            "note": "Please leave with the porter",
        }
        sent = [Sent(door, key, orjson.dumps(later).decode(), "orders/updated"), sent[0]]
    elif chance < DUPLICATES + OUT_OF_ORDER + CANCELS:
        moment = (datetime.fromisoformat(order["updated_at"]) + timedelta(minutes=9)).isoformat()
        sent.append(
            Sent(door, key, orjson.dumps({**order, "updated_at": moment, "cancelled_at": moment, "cancel_reason": "customer"}).decode(), "orders/cancelled")
        )
    if rng.random() < BROKEN:
        sent.append(Sent(door, key + "9", body[: len(body) // 2]))
    return sent


def payouts(payments: Sequence[Any], fee_share: Decimal = Decimal("0.029"), lines_max: int = 5_000) -> Iterator[tuple[str, str, str]]:
    """(gateway, key, body) of the deposits that pay out these payments: gross less fees less a rolling reserve."""
    for (gateway, currency), group in itertools.groupby(payments, key=lambda p: (p.gateway, p.currency)):
        rows = list(group)
        for first in range(0, len(rows), lines_max):
            part = rows[first : first + lines_max]
            lines = [
                {
                    "kind": "charge" if p.kind == "captured" else "refund",
                    "ref": p.external_ref,
                    "gross_minor": p.amount_minor if p.kind == "captured" else -p.amount_minor,
                    "fee_minor": int((p.amount_minor * fee_share).quantize(Decimal(1), ROUND_HALF_UP)) if p.kind == "captured" else 0,
                }
                for p in part
            ]
            held = sum(x["gross_minor"] for x in lines) // 50
            lines.append({"kind": "reserve_hold", "gross_minor": -held, "fee_minor": 0})
            key = f"po_{gateway}_{part[0].external_ref}_{len(part)}"
            yield (
                gateway,
                key,
                orjson.dumps(
                    {
                        "payout": key,
                        "currency": currency,
                        "deposit_minor": sum(x["gross_minor"] - x["fee_minor"] for x in lines),
                        "paid_on": datetime.now(UTC).date().isoformat(),
                        "lines_expected": len(lines),
                        "lines": lines,
                    }
                ).decode(),
            )


# How a parcel goes its way, with the rank of each word.
SCANS = (("in_transit", 20), ("out_for_delivery", 30), ("delivered", 90))


def with_a_strange_line(payout: str) -> str:
    """The payout with a line more, of a charge that nobody has ever heard of."""
    body = orjson.loads(payout)
    line = {"kind": "charge", "ref": f"ch_unknown_{body['payout'][-6:]}", "gross_minor": 4_210, "fee_minor": 122}
    lines = [*body["lines"], line]
    return orjson.dumps(body | {"lines": lines, "lines_expected": len(lines), "deposit_minor": body["deposit_minor"] + 4_210 - 122}).decode()

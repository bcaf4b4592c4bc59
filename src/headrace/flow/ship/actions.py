"""What people do at the packing bench: close parcels, and hand them over. What is handed over goes the way of every confirmation, by the inbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson

from headrace.engine import inbox
from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.flow.ship.carriers import ToSend, carrier_named
from headrace.flow.ship.port import KEY_CHARS_MAX
from headrace.governance import policies
from headrace.orders import documents, releasing
from headrace.orders.bench import at_bench
from headrace.values.money import decimal_from

sql = load_queries(__package__)
PARCELS_MAX = 99
WEIGHT_G_MAX = 10_000_000
SIDE_MM_MAX = 20_000  # of a parcel
SIDES = ("length_mm", "width_mm", "height_mm")


@action(permission="warehouse.work", says="Pack")
def pack(deed: Deed, *, fulfilment: str | int, parcels: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Close the parcels of a fulfilment: [{weight_g, length_mm, width_mm, height_mm, content: [{sku, qty}], carrier, tracking}], of which only
    content may be needed.

    Without content everything left is in the parcels. A carrier that we know gives tracking number and cost; for another the number is
    scanned. Packing again replaces what was packed. Gives the parcels with what the carrier gave.
    """
    f = at_bench(deed, fulfilment)
    if f.packing and "shipped_at" in f.packing:
        raise Refused(f"fulfilment: {f.number} was handed over; wait until the shipment is booked")
    if not 0 < len(parcels) <= PARCELS_MAX:
        raise Refused(f"parcels: {len(parcels)}; pack 1 to {PARCELS_MAX}")
    lines = _contents(f, parcels)
    count = sql.shipments_so_far(fulfilment_id=f.id).scalar
    closed = _close(deed, f, parcels, count * PARCELS_MAX + 1)
    parcels_closed = [p for p, _ in closed]
    packing = {"key": f"{f.number}/{count + 1}", "parcels": parcels_closed, "cost": _cost(closed), "lines": lines}
    releasing.pack(f.id, orjson.dumps(packing).decode())
    if f.state != "packed":
        releasing.move([f.id], "packed", ["released", "picking"])
        documents.tell(deed, "packed", {f.order_id: {"fulfilment": f.number, "parcels": len(closed)}})
    return parcels_closed


def _contents(f: Any, parcels: Sequence[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Pieces by SKU that the parcels hold, None for everything left. All parcels tell their content or none does; more than is left is refused."""
    told = [p.get("content") for p in parcels]
    if all(content is None for content in told):
        return None
    inside: Counter[str] = Counter()
    for n, content in enumerate(told):
        if not isinstance(content, list) or not content:
            raise Refused(f"parcels[{n}].content: {content!r}; tell what is in every parcel, or in none")
        for x in content:
            if not isinstance(x, dict) or not isinstance(x.get("qty"), int) or isinstance(x.get("qty"), bool) or x["qty"] < 1:
                raise Refused(f'parcels[{n}].content: {x!r}; write {{"sku": "A-1", "qty": 2}}')
            inside[str(x.get("sku"))] += x["qty"]
    left: Counter[str] = Counter()
    for line in releasing.lines([f.id]):
        left[line.sku] += line.left_each
    over = [f"{qty} of {sku}, {left[sku]} left" for sku, qty in inside.items() if qty > left[sku]]
    if over:
        raise Refused(f"parcels: {'; '.join(over)}")
    return [{"sku": sku, "qty": qty} for sku, qty in inside.items()]


def _close(deed: Deed, f: Any, parcels: Sequence[dict[str, Any]], first_no: int) -> list[tuple[dict[str, Any], tuple[int, str] | None]]:
    """Each parcel with its carrier, number and cost."""
    told = [_told(f, parcel) for parcel in parcels]
    if any(carrier_named(kept["carrier"]) and not kept["tracking"] for kept in told):
        _, policy = policies.in_force("shipping", deed.at)
        country, rates = sql.country_of(order_id=f.order_id), {"own": policy["own_carrier"]}
        to = country.scalar if country else None
        labels = [_label(f, no, kept, to, rates) for no, kept in enumerate(told, first_no)]
    else:
        labels = [None] * len(told)
    return [({key: value for key, value in kept.items() if value is not None}, cost) for kept, cost in zip(told, labels, strict=True)]


def _told(f: Any, parcel: dict[str, Any]) -> dict[str, Any]:
    """What was told of a parcel, checked."""
    weight = _measured(parcel, "weight_g", 0, WEIGHT_G_MAX, "grams")
    sides = {side: _measured(parcel, side, 1, SIDE_MM_MAX, "millimetres") for side in SIDES}
    carrier, tracking = _word(parcel, "carrier") or f.carrier or "own", _word(parcel, "tracking")
    return {"carrier": carrier, "tracking": tracking, "weight_g": weight, **sides, "content": parcel.get("content")}


def _label(f: Any, no: int, kept: dict[str, Any], to: str | None, rates: dict[str, Any]) -> tuple[int, str] | None:
    """The number that a carrier gives to a parcel that has none, put into `kept`; and what it asks for it."""
    carrier = carrier_named(kept["carrier"])
    if carrier is None or kept["tracking"]:
        return None
    label = carrier(ToSend(f.id, no, f.service, f.node_country, to, kept["weight_g"], rates))
    kept["tracking"] = label.tracking
    return label.cost_minor, label.currency


def _word(parcel: dict[str, Any], name: str) -> str | None:
    """A text that the confirmation can carry, too: what it could not, would be handed over and never booked."""
    value = parcel.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > KEY_CHARS_MAX):
        raise Refused(f"{name}: {value!r} must be a text of up to {KEY_CHARS_MAX} characters")
    return value or None


def _measured(parcel: dict[str, Any], name: str, least: int, most: int, unit: str) -> int | None:
    value = parcel.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most):
        raise Refused(f"{name}: {value!r} must be a whole number of {unit} from {least} to {most:,}")
    return value


def _cost(closed: Sequence[tuple[dict[str, Any], tuple[int, str] | None]]) -> dict[str, Any] | None:
    """Sum of what the carriers ask, where they ask it in one currency."""
    costs = [cost for _, cost in closed if cost is not None]
    currencies = {currency for _, currency in costs}
    return {"minor": sum(minor for minor, _ in costs), "currency": currencies.pop()} if len(currencies) == 1 else None


@action(permission="warehouse.work", says="Hand over")
def ship(deed: Deed, *, fulfilment: str | int) -> str:
    """The parcels have left. Gives the key of the confirmation; the ship stage books it. Said twice, it is booked once."""
    f = at_bench(deed, fulfilment, ("packed",))
    if not f.packing:
        raise Refused(f"fulfilment: {f.number} has no closed parcels; pack what is left first")
    packing = dict(f.packing)
    if "shipped_at" not in packing:
        packing["shipped_at"] = deed.at.isoformat()
        releasing.pack(f.id, orjson.dumps(packing).decode())
    inbox.store(f"warehouse:{f.node}", [inbox.Message("shipment", packing["key"], confirmation_of(f.number, packing))])
    return str(packing["key"])


def confirmation_of(number: str, packing: dict[str, Any]) -> str:
    """The canonical confirmation of what was packed: the same packing gives the same bytes."""
    body: dict[str, Any] = {"confirmation": packing["key"], "fulfilment": number, "shipped_at": packing["shipped_at"], "parcels": packing["parcels"]}
    if packing.get("cost"):
        cost = packing["cost"]
        body["cost"] = {"amount": str(decimal_from(cost["minor"], cost["currency"])), "currency": cost["currency"]}
    if packing.get("lines") is not None:
        body["lines"] = packing["lines"]
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()

"""One order with all its documents, and why it stands where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as _

from headrace.engine.queries import load_queries, run
from headrace.exception_queue import desk

sql = load_queries(__package__)
CASES_MAX = 50
OTHERS_MAX = 20  # other orders of the same customer that the page names
# What each status waits for, in words; pages say them in the reader's language.
STATUS_SAYS = {
    "captured": _("It has come in and waits to be checked."),
    "on_hold": _("It is parked; a person or an event lets it go on."),
    "validated": _("All checks passed; it waits for a node and stock."),
    "preordered": _("It waits for the day on which its goods may ship."),
    "backordered": _("It waits for stock, looks again by itself, and at once when stock comes in."),
    "allocated": _("Goods are reserved; it waits to be handed to its node."),
    "released": _("Its node has it and will confirm the shipment."),
    "partly_shipped": _("Some of it has left; the rest waits at its node or for stock."),
    "shipped": _("Everything has left; it waits for its invoice."),
    "invoiced": _("It is invoiced and waits for the money."),
    "complete": _("Shipped, invoiced and paid; nothing is left to do."),
    "cancelled": _("It was cancelled; nothing is left to do."),
}


def exists(order_id: int) -> bool:
    return bool(sql.order_exists(order_id=order_id).scalar)


def about(order_id: int) -> dict[str, Any]:
    """The order's documents: fulfilments, shipments, invoices, payments, returns, discounts, open and resolved cases, and the goods it still waits for."""
    return {
        "fulfilments": _rows(sql.fulfilments_of(order_id=order_id)),
        "shipments": _rows(sql.shipments_of(order_id=order_id)),
        "invoices": _rows(sql.invoices_of(order_id=order_id)),
        "payments": _rows(sql.payments_of(order_id=order_id)),
        "returns": _rows(sql.returns_of(order_id=order_id)),
        "discounts": _rows(sql.discounts_of(order_id=order_id)),
        "cases": desk.cases(run("select clock_timestamp()").scalar, state=None, order_id=order_id, limit=CASES_MAX),
        "waits_for": _rows(sql.goods_waited_for(order_id=order_id)),
    }


def why_here(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Why the order stands where it stands: sentences, the most telling first, each with the values it speaks of.

    `order` is the card of `figures.order` with what `about` adds. A sentence is {"says": template, "values": {...}, "at": moment or None}.
    """
    told = [_says(STATUS_SAYS.get(order["status"], ""))]
    told += [_says("{sentence}", sentence=c["sentence"], case=c["id"], at=c["due_at"]) for c in order["cases"] if c["state"] != "resolved"]
    if order["commercial"] == "open":
        told += [_waits(order, line) for line in order["waits_for"] if order["state"] not in ("captured", "validated")]
        told += [_stands(f) for f in order["fulfilments"] if f["state"] in ("planned", "released", "picking", "packed")]
    unpaid = [i for i in order["invoices"] if i["kind"] == "invoice" and i["paid_minor"] < i["total_minor"]]
    told += [_says(_("Invoice {number} is not paid in full."), number=i["number"]) for i in unpaid]
    return [t for t in told if t["says"]]


def _says(template: str, at: datetime | None = None, **values: Any) -> dict[str, Any]:
    return {"says": template, "values": values, "at": at}


def _waits(order: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    if line["promisable_each"] >= line["wanted_each"]:
        return _says(
            _("{wanted_each} of {sku} are wanted and {promisable_each} may be promised: it is allocated when it looks again."), order["wake_at"], **line
        )
    return _says(_("{wanted_each} of {sku} are wanted, and only {promisable_each} may be promised of all nodes."), order["wake_at"], **line)


def _stands(f: dict[str, Any]) -> dict[str, Any]:
    if f["recall"] == "requested":
        return _says(_("{number} was asked back from {node}, which has not answered yet."), **_named(f))
    if f["state"] == "planned":
        return _says(_("{number} is planned at {node} and not handed over yet."), f["release_at"], **_named(f))
    return _says(_("{number} is {state} at {node}."), f["cut_off_at"], **_named(f))


def _named(f: dict[str, Any]) -> dict[str, Any]:
    return {"number": f["number"], "node": f["node"], "state": f["state"]}


def nodes() -> list[tuple[str, str]]:
    """Code and name of the nodes that may be chosen."""
    return [(n.code, f"{n.code} {n.name}") for n in sql.node_codes()]


def nodes_with_stock(order_id: int) -> list[tuple[str, str]]:
    """The nodes that may be chosen, each with what it could promise of the order's goods now."""
    found = sql.nodes_with_stock(order_id=order_id)
    return [(n.code, f"{n.code} {n.name}: {n.promisable or '0'}") for n in found]


def names_of(node_ids: Sequence[int], item_ids: Sequence[int]) -> dict[str, dict[int, str]]:
    """Codes of nodes and SKUs of items, by id."""
    found = sql.names_of(node_ids=list(node_ids), item_ids=list(item_ids))
    return {"nodes": {r.id: r.name for r in found if r.what == "node"}, "items": {r.id: r.name for r in found if r.what == "item"}}


def shipping_services() -> list[tuple[str, str]]:
    return [(s.code, s.code) for s in sql.service_codes()]


def others_of_customer(order_id: int) -> list[dict[str, Any]]:
    """Other orders of the same customer (the same e-mail, or the same party of the catalog), the newest first, with what they share."""
    return _rows(sql.others_of_customer(order_id=order_id, limit=OTHERS_MAX))


def _rows(answer: Any) -> list[dict[str, Any]]:
    return [row._asdict() for row in answer]

"""Writing receipts: what came in, exactly once per node and reference, and what of a purchase order it fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from headrace.engine.queries import Answer, load_queries

sql = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces of an item that came in. `unit_cost` is the price of one piece in major units of the entity's currency."""

    item_id: int
    qty_each: int
    unit_cost: Decimal
    purchase_order_line_id: int | None = None


def open_receipt(node_id: int, reference: str, received_at: datetime, purchase_order_id: int | None) -> int | None:
    """A new receipt's id; None where the node has one by this reference already."""
    made = sql.open_receipt(node_id=node_id, reference=reference, received_at=received_at, purchase_order_id=purchase_order_id)
    return int(made.scalar) if made else None


def known_receipt(node_id: int, reference: str) -> tuple[int, list[Any]]:
    """Id and lines (item_id, qty_each, unit_cost) of a receipt that is there."""
    lines = sql.lines_of_receipt(node_id=node_id, reference=reference)
    return int(lines[0].receipt_id), list(lines)


def write_lines(receipt_id: int, lines: Sequence[Line]) -> None:
    """Keep the lines; purchase order lines count what they got, and their order what is still to come."""
    sql.write_receipt_lines(
        receipt_id=receipt_id,
        item_ids=[x.item_id for x in lines],
        qtys=[x.qty_each for x in lines],
        costs=[x.unit_cost for x in lines],
        order_line_ids=[x.purchase_order_line_id for x in lines],
    )
    filled = {x.purchase_order_line_id for x in lines if x.purchase_order_line_id}
    if filled:
        counted = sql.count_received(receipt_id=receipt_id)
        assert counted.count == len(filled), f"counted {counted.count} of {len(filled)} purchase order lines: more came than is open"
        sql.advance_orders(line_ids=sorted(filled))


def lock_order(number: str) -> Any | None:
    """A purchase order (id, state, node_id, entity_id, currency, order_id), locked; None if there is none."""
    found = sql.lock_purchase_order(number=number)
    return found.one if found else None


def open_lines(purchase_order_id: int) -> Answer:
    """Lines of an order with pieces still to come (id, item_id, open_each, unit_cost), what is expected first, first; locked."""
    return sql.open_order_lines(purchase_order_id=purchase_order_id)

"""Writing what validate decided: orders let through, addresses put right, verdicts and services given by people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries

sql = load_queries(__package__)

ADDRESS_FIELDS = ("name", "company", "line1", "line2", "city", "region", "postcode", "country", "phone", "email")


@dataclass(frozen=True, slots=True)
class Repair:
    """What is put right in an order's ship-to address: field to (before, after), and whether it is a post-office box."""

    order_id: int
    changes: Mapping[str, tuple[str | None, str | None]]
    is_po_box: bool


def make_tray() -> None:
    """`validated_tray`: order_id, tax_jurisdiction, tax_recomputed_minor, shipping_service_id, basket_key, placed_at, on_account_of."""
    sql.make_validated_tray()
    if sql.validated_tray_is_used().scalar:  # by an earlier batch of this very transaction: a commit would have emptied it
        sql.empty_validated_tray()


def settle_validated(batch: Batch, ids: Sequence[int]) -> None:
    """Let the orders of `validated_tray` through in one statement: figures, state, history, basket. `ids` are the orders that must be in it."""
    settled = sql.settle_validated(batch).scalar
    assert settled == len(ids), f"let {settled} of {len(ids)} orders through: some did not stand at captured or were not in the tray"
    batch.mark_moved(ids)


def keep_line_taxes(line_ids: Sequence[int], taxes_minor: Sequence[int]) -> None:
    """Keep recomputed tax on lines; done only where it differs from the channel's."""
    sql.keep_line_taxes(line_ids=list(line_ids), taxes_minor=list(taxes_minor))


def repair_addresses(batch: Batch, repairs: Sequence[Repair]) -> None:
    """Write repaired ship-to addresses; history keeps before and after of each field."""
    if not repairs:
        return
    sql.repair_addresses(
        batch,
        order_ids=[r.order_id for r in repairs],
        after=[json.dumps({name: after for name, (_, after) in r.changes.items()}) for r in repairs],
        po_boxes=[r.is_po_box for r in repairs],
        details=[json.dumps(r.changes) if r.changes else None for r in repairs],
    )


def waiting_order(deed: Deed, order_id: int) -> Any | None:
    """The order, locked, as it waits before allocation: id, state, hold, commercial, fraud_verdict, shipping_service_id; None if there is no such order."""
    found = sql.lock_waiting_order(deed, order_id=order_id)
    return found.one if found else None


def ship_to(order_id: int) -> dict[str, str | None]:
    """The ship-to address by field; empty where the order has none."""
    found = sql.ship_to(order_id=order_id)
    return dict(found.one._asdict()) if found else {}


def write_ship_to(deed: Deed, order_id: int, changes: Mapping[str, str | None]) -> None:
    """Set fields of the ship-to address, which is made where the order has none."""
    sql.write_ship_to(deed, order_id=order_id, changes=json.dumps(dict(changes)))


def set_fraud_verdict(deed: Deed, order_id: int, verdict: str) -> None:
    sql.set_fraud_verdict(deed, order_id=order_id, verdict=verdict)


def set_shipping_service(deed: Deed, order_id: int, service_id: int) -> None:
    sql.set_shipping_service(deed, order_id=order_id, service_id=service_id)

"""Writing shipments: what nodes confirm, set by set out of the trays that the ship stage fills."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from headrace.engine import outbox
from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, copy_rows, load_queries

sql = load_queries(__package__)
Row = tuple[Any, ...]


def lay_out(confirmations: Iterable[Row], confirmed: Iterable[Row], parcels: Iterable[Row]) -> None:
    """Lay a batch's confirmations into the trays (columns as in copy_confirmations, copy_confirmed, copy_parcels) and lock their orders."""
    sql.make_shipping_trays()
    sql.empty_shipping_trays()
    copy_rows(sql.copy_confirmations.text, list(confirmations))
    copy_rows(sql.copy_confirmed.text, list(confirmed))
    copy_rows(sql.copy_parcels.text, list(parcels))
    sql.lock_orders_to_ship()


def write(batch: Batch) -> dict[int, int]:
    """Write what the trays hold: shipments with their lines and parcels, and what fulfilments, lines and orders have shipped.

    One statement per table. Gives message id to shipment id. A fulfilment that is not at a node fails the batch.
    """
    made = sql.write_shipments()
    sql.write_shipment_lines()
    sql.write_parcels()
    sql.raise_fulfilment_lines()
    raised = sql.raise_fulfilments()
    sql.raise_shipped_lines()
    sql.raise_shipped_orders(batch)
    placed = sql.shipped_messages()
    assert made.count == len(placed), f"wrote {made.count} of {len(placed)} shipments"
    asked = set(placed.column("fulfilment_id"))
    assert raised.count == len(asked), f"shipped {raised.count} of {len(asked)} fulfilments: one is not at a node"
    return {row.message_id: row.shipment_id for row in placed}


def tell_channels(batch: Batch) -> int:
    """Tell the channels of the shipments in the tray. Gives the number of notices."""
    outbox.make_tray()
    if not sql.fill_shipped_notices().count:
        return 0
    return outbox.post_tray(batch)


def add_parcels(rows: Sequence[tuple[int, str | None, str | None, int | None]]) -> Answer:
    """Add parcels to shipments that exist: (shipment, carrier, tracking, weight_g). Tracking numbers that are known already add nothing."""
    if not rows:
        return Answer()
    shipments, carriers, trackings, weights = (list(column) for column in zip(*rows, strict=True))
    return sql.add_parcels(shipment_ids=shipments, carriers=carriers, trackings=trackings, weights=weights)

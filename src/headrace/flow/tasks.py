"""Periodic work of the line."""

from __future__ import annotations

from procrastinate.contrib.django import app

from headrace.flow.allocate.actions import lapse_due
from headrace.flow.ship.tracking import find_missed_scans
from headrace.ledger import slicing


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="find_missed_scans")
def look_for_missed_scans(timestamp: int) -> None:
    """Parcels that have been silent for too long become cases."""
    find_missed_scans(actor="engine:tracking")


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="lapse_reservations")
def let_reservations_lapse(timestamp: int) -> None:
    """Goods that were promised and that no node was asked to ship in time are free again."""
    lapse_due()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="fold_slices")
def fold_slices(timestamp: int) -> None:
    """What was posted since becomes one slice per account and day, so that balances stay quick to read."""
    slicing.fold()

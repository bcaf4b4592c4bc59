"""Writing releases: fulfilments go to their node's queue."""

from __future__ import annotations

from headrace.engine import outbox
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def release(batch: Batch) -> None:
    """Hand the batch's fulfilments to their nodes: the queue of the built-in warehouse, or a message to an outside one. They count as moved."""
    released = sql.release_fulfilments(batch)
    assert released.count == len(batch.unparked()), f"released {released.count} of {len(batch.unparked())} fulfilments"
    batch.mark_moved(released.column("id"))
    outbox.make_tray()
    if sql.fill_requests(batch).count:
        outbox.post_tray(batch)

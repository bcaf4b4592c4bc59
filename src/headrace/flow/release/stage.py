"""Release: hand planned fulfilments to their nodes.

Takes  fulfilments at `planned` of orders that nobody holds.   Gives  fulfilments at `released`.
Reads  catalog (nodes, cut-offs, calendars).                   Writes (through the books) fulfilments, order counts; outside warehouses by outbox.
"""

from __future__ import annotations

from headrace.engine.batch import Batch
from headrace.engine.stage import stage
from headrace.orders import releasing


@stage(of="fulfilment", takes="planned", gives="released", after=40)
def release(batch: Batch) -> None:
    releasing.release(batch)

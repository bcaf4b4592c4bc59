"""Why an order stops at allocate."""

from __future__ import annotations

from headrace.exception_queue.reasons import Reason, Severity, Team
from headrace.values.clock import days, hours

NODE_NOT_FOUND = Reason(
    code="ALLOCATE-01",
    called="No node may serve it",
    says="No node may serve {field} {value}: {removed}",
    severity=Severity.BLOCKS_ORDER,
    owner=Team.OPERATIONS,
    due_in=hours(4),
    offers=("retry", "fix_address", "cancel_order"),
    sop="""1. Read which filter removed each node; `headrace explain allocation` shows the same.
2. If no node reaches the destination, add a reach under Network or agree a carrier; if the address is wrong, fix it.
3. Press Retry, or cancel the order with a reason and tell the customer.""",
)
STOCK_SHORT = Reason(
    code="ALLOCATE-02",
    called="Short, and no backorder allowed",
    says="No allowed node can fill {qty_short_each} of {sku}, and it may not be backordered",
    severity=Severity.BLOCKS_ORDER,
    owner=Team.INVENTORY,
    due_in=hours(4),
    clears_when=("stock.received",),
    retry_every=hours(1),
    retries_max=12,
    offers=("retry", "cancel_line", "cancel_order"),
    sop="""1. Open Explain availability: is the stock on hand, but buffered, reserved or held?
2. If a receipt is due today, wait: the order looks again by itself when stock comes in.
3. Otherwise offer the customer a substitute or cancel the line with a reason.""",
)
ATTEMPTS_EXHAUSTED = Reason(
    code="ALLOCATE-03",
    called="Nodes keep failing to fill it",
    says="{attempts} attempts, and nodes still cannot fill the order",
    severity=Severity.BLOCKS_ORDER,
    owner=Team.OPERATIONS,
    due_in=days(1),
    clears_when=("stock.received",),
    offers=("retry", "cancel_order"),
    sop="""1. Read the attempts in the timeline: which nodes refused, and why.
2. Have the stock counted where a node could not find it; correct it by a count.
3. Press Retry to ask all nodes again, those that refused too; or cancel the order. New goods make it look again by itself.""",
)
KIT_WITHOUT_RECIPE = Reason(
    code="ALLOCATE-04",
    called="Kit without a recipe",
    says="Kit {sku} has no recipe",
    severity=Severity.BLOCKS_ORDER,
    owner=Team.MERCHANDISING,
    due_in=hours(8),
    clears_when=("catalog.changed",),
    offers=("retry", "cancel_line"),
    sop="""1. Open the kit in the catalog and add its parts with quantities.
2. Press Retry: the recipe is frozen on the order when it is allocated.""",
)
MARGIN_BELOW_FLOOR = Reason(
    code="ALLOCATE-05",
    called="Margin below the floor",
    says="From {nodes}, which could ship it, the order would leave less than {floor} % after goods and parcels",
    severity=Severity.BLOCKS_ORDER,
    owner=Team.MERCHANDISING,
    due_in=hours(8),
    offers=("accept", "retry", "cancel_order"),
    sop="""1. Compare what the customer pays with the cost of the goods and of the parcel from the nodes named.
2. If the order is worth it (a good customer, a replacement), accept it with a reason: it ships whatever it leaves.
3. If the price or the floor is wrong, correct the price list or the routing policy and press Retry; otherwise cancel the order.""",
)

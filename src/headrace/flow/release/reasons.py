"""Why goods do not go out, or come back from a node."""

from __future__ import annotations

from headrace.exception_queue.reasons import Reason, Severity, Team
from headrace.values.clock import days, hours, minutes

NODE_CLOSED = Reason(
    code="RELEASE-01",
    called="Node not open",
    says="{value} is planned at {node}, which is {state}",
    severity=Severity.BLOCKS_DOCUMENT,
    owner=Team.OPERATIONS,
    due_in=hours(4),
    retry_every=hours(1),
    retries_max=24,
    offers=("recall_fulfilment", "retry"),
    sop="""1. Ask why: closed for good, or is its calendar wrong? A node needs an open day within the next two months.
2. If the calendar is wrong, correct it under Network; the fulfilment goes out by itself.
3. If the node stays closed, recall the fulfilment: the order is allocated anew, elsewhere.""",
)
NODE_COULD_NOT_FIND = Reason(
    code="RELEASE-02",
    called="Rejected by the node",
    says="{node} will not ship {qty} of {sku} ({reason}), attempt {attempt}",
    severity=Severity.BLOCKS_ORDER,
    owner=Team.WAREHOUSE,
    due_in=hours(4),
    offers=("retry", "cancel_line", "cancel_order"),
    sop="""1. While attempts are left, the order goes back to allocate by itself and this case closes with it: there is nothing to do.
2. When it stays open, read the attempts in the timeline: which nodes refused, and why. Have the stock counted there.
3. Press Retry to let allocate look once more, or cancel the line with a reason and tell the customer.""",
)
STOCK_VARIANCE = Reason(
    code="RELEASE-03",
    called="Less on the shelf than in the books",
    says="{node} has {qty} of {sku} less than the books say ({reason}); they are set aside until somebody has looked",
    severity=Severity.WARNS,
    owner=Team.INVENTORY,
    due_in=days(1),
    offers=("confirm_variance", "goods_found"),
    sop="""1. Count the item at its bin, and look at the bins beside it and at the packing bench.
2. Found after all: press Goods found, and they can be sold again.
3. Gone or broken for good: press Confirm, and the difference is posted as shrinkage.""",
)
RECALLED = Reason(
    code="RELEASE-04",
    called="Came back from the node",
    says="{value} came back from {node}: {why}",
    severity=Severity.BLOCKS_ORDER,
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(2),
    offers=("retry", "cancel_order"),
    sop="""1. The goods are free again and no node works on them. Do what the recall was for: change the address or the lines, or cancel the order.
2. Press Retry when the order may go on: it is allocated anew.""",
)
RECALL_REFUSED = Reason(
    code="RELEASE-05",
    called="Node does not give it back",
    says="{node} does not give {value} back: {why}",
    severity=Severity.WARNS,
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(1),
    offers=("close",),
    sop="""1. The goods will ship. Tell the customer, and agree on a return where the order was to be cancelled.
2. Close with what was agreed.""",
)
REPLY_UNREADABLE = Reason(
    code="RELEASE-06",
    called="Unreadable answer of a node",
    says="The node's answer cannot be read: {field} is {value}. {fix}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.INTEGRATION,
    due_in=hours(2),
    offers=("retry", "close"),
    sop="""1. Open the raw message and find the field that is named.
2. Ask the node to send it again, or have the translator mended and press Retry.""",
)
REPLY_UNKNOWN = Reason(
    code="RELEASE-07",
    called="Answer for something never asked",
    says="{partner} answers for {value}, which it was never asked to ship",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.WAREHOUSE,
    due_in=hours(2),
    retry_every=minutes(10),
    retries_max=3,
    offers=("retry", "close"),
    sop="""1. Search the number: was it sent to another node, or mistyped?
2. Ask the node what it means; close when the answer concerns nothing of ours.""",
)
REPLY_TOO_LATE = Reason(
    code="RELEASE-08",
    called="Refused by the outside warehouse",
    says="{partner} refuses {value}, of which {left} are left there",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.WAREHOUSE,
    due_in=hours(4),
    offers=("retry", "close"),
    sop="""1. The node refuses more than it still has to ship: has it shipped and refused the same pieces?
2. Ask the node what is true; it confirms or refuses again under a new key. Close this one.""",
)
HELD_BY_HAND = Reason(
    code="RELEASE-09",
    called="Held by a person",
    says="Held by {by}: {why}",
    severity=Severity.BLOCKS_ORDER,
    owner=Team.CUSTOMER_SERVICE,
    due_in=days(1),
    offers=("let_order_go", "cancel_order"),
    sop="""1. Read why it was held, and ask whoever held it if that is not clear.
2. When the question is answered, press Let the order go: it goes on from where it stands.
3. If the customer does not want it any more, cancel the order.""",
)

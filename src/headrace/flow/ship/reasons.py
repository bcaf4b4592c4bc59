"""Why a confirmation or a tracking event stops."""

from __future__ import annotations

from headrace.exception_queue.reasons import Reason, Severity, Team
from headrace.values.clock import hours, minutes

UNREADABLE = Reason(
    code="SHIP-01", says="The confirmation cannot be read: {field} is {value}. {fix}", severity=Severity.BLOCKS_MESSAGE, owner=Team.INTEGRATION, due_in=hours(2), offers=("retry", "close"),
    sop="""1. Open the raw message and find the field that is named.
2. Ask the node to send it again under a new key, or have the translator mended and press Retry.""",
)
FULFILMENT_UNKNOWN = Reason(
    code="SHIP-02", says="{partner} confirms {value}, which it was never asked to ship", severity=Severity.BLOCKS_MESSAGE, owner=Team.WAREHOUSE, due_in=hours(2),
    retry_every=minutes(10), retries_max=3, offers=("retry", "close"),
    sop="""1. Search the number: was it sent to another node, or mistyped?
2. If the node shipped goods that belong to another fulfilment, have it send a corrected confirmation.
3. Count the stock at the node if goods left without a request; correct it by an adjustment, and close.""",
)
SHIPPED_AFTER_CANCEL = Reason(
    code="SHIP-03", says="{partner} shipped {value} after it was cancelled", severity=Severity.BLOCKS_MESSAGE, owner=Team.CUSTOMER_SERVICE, due_in=hours(1), offers=("close",),
    sop="""1. Try to stop the parcel at the carrier.
2. If it cannot be stopped, ask the customer: keep and pay, or send back.
3. Correct the stock by an adjustment, and close with what was agreed.""",
)
SHIPPED_TOO_MUCH = Reason(
    code="SHIP-04", says="{partner} shipped {qty} of {sku} for {value}, but {left} were left to ship", severity=Severity.BLOCKS_MESSAGE, owner=Team.WAREHOUSE, due_in=hours(4),
    offers=("retry", "close"),
    sop="""1. Ask the node what really left: a miscount on paper or too many in the box?
2. If on paper, have it send a corrected confirmation; close this one.
3. If in the box, adjust the stock, agree with the customer, and close.""",
)
TRACKING_UNKNOWN = Reason(
    code="SHIP-05", says="No parcel has the tracking number {value}", severity=Severity.BLOCKS_MESSAGE, owner=Team.WAREHOUSE, due_in=hours(24), retry_every=minutes(30), retries_max=8,
    offers=("retry", "close"),
    sop="""1. Wait: the scan may be faster than the confirmation; it looks again by itself.
2. If it stays, ask the node which parcel carries the number, and close.""",
)

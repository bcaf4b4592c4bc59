"""Why a confirmation or a scan stops, or makes somebody look."""

from __future__ import annotations

from headrace.exception_queue.reasons import Reason, Severity, Team
from headrace.values.clock import days, hours, minutes

UNREADABLE = Reason(
    code="SHIP-01",
    called="Unreadable confirmation",
    says="The confirmation cannot be read: {field} is {value}. {fix}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.INTEGRATION,
    due_in=hours(2),
    offers=("retry", "close"),
    sop="""1. Open the raw message and find the field that is named.
2. Ask the node to send it again under a new key, or have the translator mended and press Retry.""",
)
FULFILMENT_UNKNOWN = Reason(
    code="SHIP-02",
    called="Confirmation for something never asked",
    says="{partner} confirms {value}, which it was never asked to ship",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.WAREHOUSE,
    due_in=hours(2),
    retry_every=minutes(10),
    retries_max=3,
    offers=("retry", "close"),
    sop="""1. Search the number: was it sent to another node, or mistyped?
2. If the node shipped goods that belong to another fulfilment, have it send a corrected confirmation.
3. Count the stock at the node if goods left without a request; correct it by an adjustment, and close.""",
)
SHIPPED_AFTER_CANCEL = Reason(
    code="SHIP-03",
    called="Shipped after it was ended",
    says="{partner} shipped {value} after it was {state}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(1),
    offers=("close",),
    sop="""1. Try to stop the parcel at the carrier.
2. If it cannot be stopped, ask the customer: keep and pay, or send back.
3. Correct the stock by an adjustment, and close with what was agreed.""",
)
SHIPPED_TOO_MUCH = Reason(
    code="SHIP-04",
    called="Shipped more than was left",
    says="{partner} shipped {qty} of {sku} for {value}, but {left} were left to ship",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.WAREHOUSE,
    due_in=hours(4),
    offers=("retry", "close"),
    sop="""1. Ask the node what really left: a miscount on paper, a wrong SKU, or too many in the box?
2. If on paper, have it send a corrected confirmation under a new key; close this one.
3. If in the box, adjust the stock, agree with the customer, and close.""",
)
CONFIRMATION_CHANGED = Reason(
    code="SHIP-05",
    called="Confirmed before with other goods",
    says="{partner} confirmed {value} before with other goods ({before}) than now ({now})",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.WAREHOUSE,
    due_in=hours(4),
    offers=("close",),
    sop="""1. The first confirmation stands; nothing was shipped twice. Ask the node which of the two is true.
2. If more left than was booked, have it confirm the rest under a new key.
3. If less left, correct the stock by an adjustment, tell the customer, and close.""",
)
SHIPPED_DESPITE_RECALL = Reason(
    code="SHIP-06",
    called="Shipped although asked back",
    says="{partner} shipped {value} although it was asked back",
    severity=Severity.WARNS,
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(1),
    offers=("close",),
    sop="""1. The goods have left and are booked as shipped: the recall came too late.
2. Try to stop the parcel at the carrier, or agree with the customer on a return.
3. Close with what was agreed; the order's own case (edit or cancel) is answered by the same agreement.""",
)
SCAN_UNREADABLE = Reason(
    code="TRACK-01",
    called="Unreadable carrier scan",
    says="The scan cannot be read: {field} is {value}. {fix}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.INTEGRATION,
    due_in=hours(8),
    offers=("retry", "close"),
    sop="""1. Open the raw message and find the field that is named.
2. If the carrier uses a word that we do not know, add it to the carrier's translator and press Retry.""",
)
TRACKING_UNKNOWN = Reason(
    code="TRACK-02",
    called="Unknown tracking number",
    says="No parcel has the tracking number {value}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.WAREHOUSE,
    due_in=hours(24),
    retry_every=minutes(30),
    retries_max=8,
    offers=("retry", "close"),
    sop="""1. Wait: the scan may be faster than the confirmation; it looks again by itself.
2. If it stays, ask the node which parcel carries the number, and close.""",
)
PARCEL_FAILED = Reason(
    code="TRACK-03",
    called="Parcel in trouble",
    says="Parcel {value} is {state}",
    severity=Severity.WARNS,
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(8),
    offers=("close",),
    sop="""1. Lost: open a claim at the carrier. Returned to sender: await the goods at the node.
2. Tell the customer before the customer asks, and agree: send again, or give the money back.
3. Close with what was agreed.""",
)
SCAN_MISSED = Reason(
    code="TRACK-04",
    called="Parcel without a scan",
    says="Parcel {value} has had no scan for {hours} hours; it was last {state}",
    severity=Severity.WARNS,
    owner=Team.CUSTOMER_SERVICE,
    due_in=days(1),
    offers=("close",),
    sop="""1. Look the number up at the carrier: is it moving there, and only we were not told?
2. If the node never handed it over, have the node look for it.
3. Otherwise open a trace at the carrier, tell the customer, and close.""",
)

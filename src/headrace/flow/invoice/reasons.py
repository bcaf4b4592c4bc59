"""Why a shipment stops at invoice."""

from __future__ import annotations

from headrace.exception_queue.reasons import Reason, Severity, Team
from headrace.values.clock import hours

TAX_DIFFERS = Reason(
    code="INVOICE-01",
    called="Tax differs at invoicing",
    says="The channel took {value:money} of tax; our rates give {expected:money}",
    severity=Severity.BLOCKS_DOCUMENT,
    owner=Team.FINANCE,
    due_in=hours(8),
    retry_every=hours(1),
    retries_max=24,
    offers=("accept", "retry", "close"),
    sop="""1. Compare the jurisdiction and rates: did the address change the jurisdiction, or is a rate of ours out of date? Mend the rate for the orders to come.
2. Accept, with the reason: the channel's tax is what the customer paid, so it is invoiced, and the difference is posted to tax variance.
3. If the channel took what it may not keep, accept as well, and have the channel refund the customer: the refund is a document of its own.""",
)

"""Why a shipment stops at invoice."""

from __future__ import annotations

from headrace.exception_queue.reasons import Reason, Severity, Team
from headrace.values.clock import hours

TAX_DIFFERS = Reason(
    code="INVOICE-01",
    says="The channel took {value} {currency} (minor units) of tax; our rates give {expected}",
    severity=Severity.BLOCKS_DOCUMENT,
    owner=Team.FINANCE,
    due_in=hours(8),
    offers=("retry", "close"),
    sop="""1. Compare the jurisdiction and rates: did the address change the jurisdiction, or is a rate of ours out of date?
2. If our rate is wrong, add the right one with its first day, and press Retry.
3. If the channel is wrong, accept the order's tax check: the channel's tax is invoiced and the difference posted to tax variance.""",
)

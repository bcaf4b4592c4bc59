"""Why money stops."""

from __future__ import annotations

from headrace.exception_queue.reasons import Reason, Severity, Team
from headrace.values.clock import days, hours, minutes

UNREADABLE = Reason(
    code="SETTLE-01",
    called="Unreadable money message",
    says="The message about money cannot be read: {field} is {value}. {fix}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.INTEGRATION,
    due_in=hours(4),
    offers=("retry", "close"),
    sop="""1. Open the raw message and find the field that is named.
2. Ask the gateway to send it again, or have the translator mended and press Retry.""",
)
REFERENCE_UNKNOWN = Reason(
    code="SETTLE-02",
    called="Money for an unknown document",
    says="Money for {value}, which is no invoice or order of ours",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.FINANCE,
    due_in=hours(8),
    retry_every=minutes(15),
    retries_max=4,
    offers=("retry", "close"),
    sop="""1. Search the reference and the amount: a mistyped order, or another company's money?
2. If it is ours, have the gateway correct the reference and send it again.
3. If not, have the gateway give it back, and close with its answer.""",
)
CAPTURE_FAILED = Reason(
    code="SETTLE-03",
    called="Capture failed",
    says="The gateway could not take {value:money} for {reference}: {why}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.FINANCE,
    due_in=hours(4),
    offers=("close",),
    sop="""1. Read why: an expired authorisation needs a new one, a decline needs another card.
2. Write to the customer with a payment link; the goods have left.
3. When the money comes, the gateway's message pays the invoice. Close with what was agreed.""",
)
TAKEN_TOO_MUCH = Reason(
    code="SETTLE-04",
    called="More money moved than owed",
    says="{value:money} was {kind} for {reference}, but at most {left:money} may be",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.FINANCE,
    due_in=hours(4),
    offers=("retry", "close"),
    sop="""1. Compare with the gateway's own record: moved twice, or another amount?
2. Where the order has grown since (an edit came late), press Retry.
3. Otherwise have the gateway give the difference back, with a corrected message, and close with its reference.""",
)
SAID_OTHERWISE = Reason(
    code="SETTLE-05",
    called="Payment said otherwise before",
    says="The gateway now says {value} for {kind} {payment}; it said {before} before",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.FINANCE,
    due_in=hours(4),
    offers=("close",),
    sop="""1. What was said first is booked and stays booked. Look the payment up at the gateway: which amount is right, and whose is it?
2. If the first was wrong, have the gateway send the difference as a payment or refund with a key of its own.
3. Close with what the gateway says.""",
)
PAYOUT_INCOMPLETE = Reason(
    code="PAYOUT-01",
    called="Payout with missing pages",
    says="Payout {value} announces {expected} lines and has {found}: pages are missing",
    severity=Severity.BLOCKS_DOCUMENT,
    owner=Team.INTEGRATION,
    due_in=days(1),
    retry_every=hours(1),
    retries_max=24,
    offers=("retry", "close"),
    sop="""1. It is not a variance: the rest of the lines has not come. It looks again by itself.
2. If it stays, fetch the missing pages from the partner and send the payout again under the same key.""",
)
PAYOUT_DIFFERS = Reason(
    code="PAYOUT-02",
    called="Payout not explained",
    says="Payout {value} does not add up: lines without a payment: {unmatched}; deposit less lines {residual_minor:money}, lines less payments {difference_minor:money}",
    severity=Severity.BLOCKS_DOCUMENT,
    owner=Team.FINANCE,
    due_in=days(1),
    clears_when=("payment.recorded",),
    retry_every=hours(2),
    retries_max=24,
    offers=("retry", "close"),
    sop="""1. Open the payout's unmatched lines: each has the partner's reference and amount.
2. A charge that we do not know: its payment message is late or lost; have the gateway send it again. The payout looks again by itself.
3. A charge of another amount than ours: one of the two is wrong; the gateway's own page of the payment says which.
4. A difference in the deposit: compare with the bank statement, and ask the partner for the missing line.""",
)

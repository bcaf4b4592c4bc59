"""Why a message or an order stops at capture."""

from __future__ import annotations

from headrace.exception_queue.reasons import Reason, Severity, Team
from headrace.values.clock import hours

UNREADABLE = Reason(
    code="CAPTURE-01",
    called="Unreadable order message",
    says="The message cannot be read: {field} is {value}. {fix}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.INTEGRATION,
    due_in=hours(4),
    offers=("retry", "close"),
    sop="""1. Open the raw message and find the field that is named.
2. If the channel sent nonsense, ask it to send the order again; the new message is taken by itself, then close this case.
3. If our translator is wrong, have it mended and press Retry: the raw message is read again.""",
)
CHANNEL_UNKNOWN = Reason(
    code="CAPTURE-02",
    called="Unknown channel",
    says="No active channel has the code {value}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.INTEGRATION,
    due_in=hours(2),
    clears_when=("channel.known",),
    offers=("retry", "close"),
    sop="""1. Check the code in the address that the partner calls, or in the import command.
2. Make the channel under Catalog > Channels, with its entity and currency, or resume it there.
3. Every message that waits for it is read again within a minute; Retry reads it at once.""",
)
CURRENCY_DIFFERS = Reason(
    code="CAPTURE-03",
    called="Wrong currency for the channel",
    says="The order is in {value}, but channel {channel} sells in {expected}",
    severity=Severity.BLOCKS_MESSAGE,
    owner=Team.FINANCE,
    due_in=hours(8),
    offers=("retry", "close"),
    sop="""1. Ask the channel's owner whether it now sells in a second currency.
2. If so, add the currency to the channel's `currencies` setting and press Retry.
3. If not, the shop is misconfigured: close this case and have the shop send the order again in its own currency.""",
)
EDIT_TOO_LATE = Reason(
    code="CAPTURE-05",
    called="Changed after release",
    says="The channel changed the order after it went to a node: {change}",
    severity=Severity.BLOCKS_ORDER,
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(2),
    offers=("recall_order", "cancel_line", "accept", "close"),
    sop="""1. Read what changed. If only the price changed, press Accept and let finance correct the invoice.
2. If goods or address changed and the node has not packed, call the order back; when the node agrees, the edit is applied by itself.
3. If a part has left and the channel took pieces of the rest off, cancel these pieces here.
4. If the goods have left, tell the customer, and open a return or a second order for the difference. Close with a note.""",
)
CANCEL_TOO_LATE = Reason(
    code="CAPTURE-06",
    called="Cancelled after release",
    says="The channel cancelled the order after it went to a node ({released} pieces released, {shipped} shipped)",
    severity=Severity.BLOCKS_ORDER,
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(1),
    offers=("recall_order", "cancel_order", "close"),
    sop="""1. What is not packed was asked back already; when the node gives it back, the order is cancelled and this case closes. A built-in warehouse does so at once.
2. If a part has left, cancel the order: what has not left is given back, and this case closes with it.
3. If the node refuses, or all has left, write to the customer and open a return for when it comes back.
4. Close with a note; the money is given back by the return, never by editing the invoice.""",
)

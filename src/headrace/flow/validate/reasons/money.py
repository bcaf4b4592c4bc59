"""Why an order stops for its amounts: tax, prices and discounts, totals."""

from __future__ import annotations

from headrace.exception_queue.reasons import Team
from headrace.flow.validate.checks import declare
from headrace.values.clock import hours

# Tax -------------------------------------------------------------------------------------------------------------------------------------

declare(
    "tax.jurisdiction",
    "20",
    called="No tax rates known",
    says="No tax rates are known for {value}",
    fix="Enter the rate for {value}, or correct the destination",
    owner=Team.FINANCE,
    due_in=hours(8),
    offers=("set_tax_rate", "fix_address", "cancel_order"),
    clears_when=("tax_rate.changed",),
    sop="""1. Check that country and region of the address are right.
2. Are we registered there? Then enter the rate with Set tax rate; every order that waits for it goes on.
3. If not, have it settled whether the sale is an export without tax, and put that into policy.""",
)
declare(
    "tax.variance",
    "21",
    called="Tax differs",
    says="The channel's tax is {value}, recomputed it is {expected}",
    fix="Find out which is right: {expected} follows from the rates",
    owner=Team.FINANCE,
    due_in=hours(24),
    offers=("accept", "set_tax_rate"),
    clears_when=("tax_rate.changed",),
    sop="""1. Compare the rate on the order with ours; look for a holiday, a reduced class or shipping that is not taxed.
2. If our rate is old, enter the new one with its first day; the orders that wait are checked again.
3. If the channel is wrong, have its settings mended, and accept this order: what the customer paid stands, the difference is booked.""",
)

# Prices and discounts ----------------------------------------------------------------------------------------------------------------------

declare(
    "price.off_list",
    "29",
    called="Price differs from the list",
    says="{sku} was sold at {value}; the list says {expected}",
    fix="Accept the price, or correct the list price of {expected}",
    owner=Team.MERCHANDISING,
    due_in=hours(8),
    offers=("accept", "set_list_price", "cancel_order"),
    of_line=True,
    clears_when=("price.changed",),
    sop="""1. Was it a promotion, a price match, or a slip in the shop?
2. If the list is old, set the list price; every order that waits for it is checked again.
3. If the shop is wrong, have it mended; accept what has been sold or ask the customer.""",
)
declare(
    "price.unlisted",
    "30",
    called="No price on the list",
    says="{value} has no price on the channel's list",
    fix="Enter a list price for {value}",
    owner=Team.MERCHANDISING,
    due_in=hours(24),
    offers=("set_list_price", "accept"),
    of_line=True,
    clears_when=("price.changed",),
    sop="""1. Find out what the item should cost on this channel.
2. Set the list price.
3. Accept the order with a note when the price is right but not to be listed.""",
)
declare(
    "discount.unknown",
    "31",
    called="Unknown discount",
    says="Nobody knows the discount {value}",
    fix="Allow {value}, or find out where it comes from",
    owner=Team.MERCHANDISING,
    due_in=hours(8),
    offers=("allow_promotion", "accept", "cancel_order"),
    clears_when=("promotion.changed",),
    sop="""1. Ask marketing whether the code is theirs.
2. If so, allow it with its dates and its most per cent; every order that waits for it goes on.
3. If not, the code has leaked or is false: close it in the shop, and decide whether to honour this order.""",
)
declare(
    "discount.lapsed",
    "32",
    called="Discount not in force",
    says="The discount {value} is not in force ({expected})",
    fix="Extend {value}, or accept it once",
    owner=Team.MERCHANDISING,
    due_in=hours(8),
    offers=("allow_promotion", "accept", "cancel_order"),
    clears_when=("promotion.changed",),
    sop="""1. Compare the day of the order with the promotion's dates.
2. Extend the promotion, or accept this order with a note.
3. Have the code closed in the shop.""",
)
declare(
    "discount.over_limit",
    "33",
    called="Discount too large",
    says="The discount {code} took off {value}; it may take {expected}",
    fix="Accept it, or raise what {code} may take",
    owner=Team.MERCHANDISING,
    due_in=hours(8),
    offers=("accept", "allow_promotion", "cancel_order"),
    clears_when=("promotion.changed",),
    sop="""1. Look whether codes were stacked or the promotion is set wrongly in the shop.
2. Accept with a note, or raise the promotion's limit.
3. Have the shop's promotion put right.""",
)
declare(
    "discount.over_policy",
    "34",
    called="Discounts too large in all",
    says="{value} off in all; more than {expected} needs a decision",
    fix="Accept the discount, or have it corrected",
    owner=Team.MERCHANDISING,
    due_in=hours(8),
    offers=("accept", "cancel_order"),
    sop="""1. Look which discounts came together.
2. Is it a staff order, a replacement, or a mistake?
3. Accept with a note, or cancel and ask the customer to order again.""",
)

# Totals ------------------------------------------------------------------------------------------------------------------------------------

declare(
    "total.lines",
    "35",
    called="Lines do not sum up",
    says="The lines' {field} sum to {expected}, the order says {value} (difference {difference})",
    fix="Find the line that makes the difference; {expected} is the sum",
    owner=Team.FINANCE,
    due_in=hours(8),
    offers=("retry", "accept", "cancel_order"),
    sop="""1. Open the raw message and add its lines up.
2. Is a line missing (a fee, a gift card, a removed line)? Then the translator or the channel must be mended, and the order comes in again.
3. Accept with a note when the difference is explained; it stays visible on the order.""",
)
declare(
    "total.foot",
    "36",
    called="Total does not foot",
    says="The parts come to {expected}, the channel's total is {value} (difference {difference})",
    fix="Find what makes the difference: {expected} is goods less discount, with shipping and tax",
    owner=Team.FINANCE,
    due_in=hours(8),
    offers=("retry", "accept", "cancel_order"),
    sop="""1. Add goods, less discount, plus shipping and tax; compare with what the customer paid.
2. Look for a discount on shipping, a tip, a duty or a gift card that the channel counts elsewhere.
3. Accept with a note that explains the difference; what the customer paid is never changed.""",
)

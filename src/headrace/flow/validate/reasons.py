"""Why an order stops at validate: one check, one reason, one procedure."""

from __future__ import annotations

from headrace.exception_queue.reasons import Team
from headrace.flow.validate.checks import declare
from headrace.values.clock import hours, minutes

# Address and contact -------------------------------------------------------------------------------------------------------------------

declare(
    "address.missing", "01", says="The order has goods but no address to ship to",
    fix="Enter the address that the goods go to",
    owner=Team.CUSTOMER_SERVICE, due_in=hours(4), offers=("fix_address", "cancel_order"),
    sop="""1. Look in the channel's own view of the order: the address may be in a note.
2. Otherwise write to the customer and ask for it.
3. Enter it with Fix address; the order is checked again at once.""",
)
declare(
    "address.incomplete", "02", says="The address lacks its {field} ({expected})",
    fix="Enter {expected}",
    owner=Team.CUSTOMER_SERVICE, due_in=hours(4), offers=("fix_address", "accept", "cancel_order"),
    sop="""1. Look whether the missing part stands in another field of the address.
2. If it does, move it with Fix address. If not, ask the customer.
3. Accept only where the carrier has confirmed that it delivers without it.""",
)
declare(
    "address.country", "03", says="{value} is no country that we know",
    fix="Choose the country by its code; {expected}",
    owner=Team.CUSTOMER_SERVICE, due_in=hours(4), offers=("fix_address", "cancel_order"),
    sop="""1. Read the rest of the address: town and postcode usually say which country is meant.
2. Choose it with Fix address.
3. If the channel sends the same word again and again, tell the integration team: it belongs into the translator.""",
)
declare(
    "address.region", "04", says="{value} is no region of that country",
    fix="Choose {expected}",
    owner=Team.CUSTOMER_SERVICE, due_in=hours(4), offers=("fix_address", "accept", "cancel_order"),
    sop="""1. Look the town and postcode up: they say which state or province is meant.
2. Choose it with Fix address; tax is worked out anew with it.
3. If the customer mixed up two fields, put both right in one go.""",
)
declare(
    "address.postcode", "05", says="{value} cannot be a postcode there",
    fix="Write the postcode {expected}",
    owner=Team.CUSTOMER_SERVICE, due_in=hours(4), offers=("fix_address", "accept", "cancel_order"),
    sop="""1. Compare the postcode with town and region; digits are often swapped or one is missing.
2. Put it right with Fix address, or ask the customer where you cannot be sure.
3. Accept only where the carrier has confirmed the postcode: new ones reach our tables late.""",
)
declare(
    "address.postcode_region", "06", says="Postcode {value} does not lie in the region ({expected})",
    fix="Correct the postcode or the region: {expected} is needed",
    owner=Team.CUSTOMER_SERVICE, due_in=hours(8), offers=("fix_address", "accept"),
    sop="""1. Look the postcode up: is the town its own, or the region's?
2. Correct the one that is wrong with Fix address; tax follows the region.
3. If both are right, accept it with a note.""",
)
declare(
    "address.restricted", "07", says="Nothing is shipped to {value}",
    fix="Cancel the order or ask for another destination",
    owner=Team.OPERATIONS, due_in=hours(8), offers=("fix_address", "cancel_order"),
    sop="""1. Check that the country is the one the customer means.
2. Ask whoever is responsible for export control before anything else is done; never route around it.
3. Cancel the order and tell the customer, unless export control releases the destination in policy.""",
)
declare(
    "contact.phone", "08", says="{value} is no telephone number",
    fix="Write it {expected}",
    owner=Team.CUSTOMER_SERVICE, due_in=hours(24), offers=("fix_address", "accept"),
    sop="""1. Look whether the number lacks its country or has a letter in it.
2. Put it right with Fix address, or empty the field where the carrier does not need it.
3. Accept it with a note when the customer is reached by e-mail.""",
)
declare(
    "contact.email", "09", says="{value} is no e-mail address",
    fix="Write it {expected}",
    owner=Team.CUSTOMER_SERVICE, due_in=hours(24), offers=("fix_address", "accept"),
    sop="""1. Look for a comma, a blank or a missing ending in the address.
2. Put it right with Fix address; the shipping notice goes there.
3. If only the telephone is known, empty the field.""",
)

# Fraud and payment -----------------------------------------------------------------------------------------------------------------------

declare(
    "fraud.missing", "10", says="No fraud verdict has come yet",
    fix="Wait for the verdict, or give one",
    owner=Team.FRAUD, due_in=hours(4), offers=("set_fraud_verdict", "retry", "cancel_order"), clears_when=("fraud.verdict",), retry_every=minutes(30),
    retries_max=16,
    sop="""1. The verdict usually comes within minutes; the order goes on by itself when it does.
2. If it stays away, open the order in the fraud service and read its state.
3. Give the verdict by hand with Set fraud verdict, with a note that says on what grounds.""",
)
declare(
    "fraud.review", "11", says="The fraud service asks for a review",
    fix="Review the order and give a verdict",
    owner=Team.FRAUD, due_in=hours(4), offers=("set_fraud_verdict", "cancel_order"), clears_when=("fraud.verdict",),
    sop="""1. Compare bill-to, ship-to, e-mail and the customer's earlier orders.
2. Where in doubt, call the customer at a number that is not from this order.
3. Set the verdict to accept or reject, with a note that says why.""",
)
declare(
    "fraud.rejected", "12", says="The fraud service rejects the order",
    fix="Cancel the order, or overturn the verdict with a reason",
    owner=Team.FRAUD, due_in=hours(4), offers=("cancel_order", "set_fraud_verdict"), clears_when=("fraud.verdict",),
    sop="""1. Read the fraud service's grounds.
2. Cancel the order; the authorisation is voided with it.
3. Overturn the verdict only with a second person's agreement and a note.""",
)
declare(
    "payment.short", "13", says="{value} is paid or authorised, {expected} is needed",
    fix="Wait for the payment, or ask for the rest of {expected}",
    owner=Team.FINANCE, due_in=hours(24), offers=("retry", "accept", "cancel_order"), clears_when=("payment.authorised", "payment.captured"),
    retry_every=hours(2), retries_max=24,
    sop="""1. Look at the payment in the channel or gateway: pending, failed, or a part only?
2. Pending ones come in by themselves and the order goes on. For failed ones ask the customer for another way to pay.
3. Accept only where the rest is agreed to come another way; say how in the note.""",
)
declare(
    "payment.expired", "14", says="The authorisation lapsed at {value}",
    fix="Authorise the payment anew",
    owner=Team.FINANCE, due_in=hours(8), offers=("retry", "accept", "cancel_order"), clears_when=("payment.authorised", "payment.captured"),
    sop="""1. Ask the gateway for a new authorisation of the order's total.
2. When it is there, the order goes on by itself.
3. If it is refused, ask the customer for another way to pay, or cancel.""",
)
declare(
    "payment.over", "15", says="{value} was taken, the order is {expected}",
    fix="Give the difference back, or explain it",
    owner=Team.FINANCE, due_in=hours(48), offers=("accept",),
    sop="""1. Look whether the channel reduced the order after it took the money, or took it twice.
2. Give back what is too much at the gateway; the refund comes in by itself.
3. Accept with a note where the difference is a tip or a deposit.""",
)

# Customer and credit ---------------------------------------------------------------------------------------------------------------------

declare(
    "credit.none", "16", says="The order is on account, but there is no credit for it: {value}",
    fix="Give the customer a credit limit in {expected}, or ask for payment",
    owner=Team.FINANCE, due_in=hours(8), offers=("set_credit_limit", "accept", "cancel_order"), clears_when=("party.changed",),
    sop="""1. Find out which customer it is; a guest cannot buy on account.
2. Set a credit limit after the usual check, or ask for payment in advance.
3. Press Retry when the limit is set; accept only this one order with a note.""",
)
declare(
    "credit.exceeded", "17", says="{value} would take the customer over the credit limit of {expected}",
    fix="Wait for a payment, raise the limit of {expected}, or ask for payment in advance",
    owner=Team.FINANCE, due_in=hours(8), offers=("set_credit_limit", "accept", "retry", "cancel_order"),
    clears_when=("party.changed", "payment.captured", "invoice.paid"), retry_every=hours(6), retries_max=20,
    sop="""1. Open the customer's invoices: what is overdue, what is only not due yet?
2. Ask for payment of what is overdue, or raise the limit after the usual check.
3. Accept this one order with a note where the sales lead agrees.""",
)
declare(
    "customer.blocked", "18", says="The customer is blocked (segment {value})",
    fix="Unblock the customer or cancel the order",
    owner=Team.OPERATIONS, due_in=hours(8), offers=("accept", "cancel_order"), clears_when=("party.changed",),
    sop="""1. Read why the customer was blocked.
2. If it no longer holds, change the segment and press Retry.
3. Otherwise cancel the order and tell the customer.""",
)
declare(
    "customer.segment", "19", says="This channel does not serve the segment {value}",
    fix="Serve the customer through its own channel; here are served: {expected}",
    owner=Team.OPERATIONS, due_in=hours(24), offers=("accept", "cancel_order"), clears_when=("party.changed",),
    sop="""1. Check whether the customer's segment is right.
2. If the order came in by the wrong door, ask the customer to order through the right one.
3. Accept it as an exception with a note.""",
)

# Tax -------------------------------------------------------------------------------------------------------------------------------------

declare(
    "tax.jurisdiction", "20", says="No tax rates are known for {value}",
    fix="Enter the rate for {value}, or correct the destination",
    owner=Team.FINANCE, due_in=hours(8), offers=("set_tax_rate", "fix_address", "cancel_order"), clears_when=("tax_rate.changed",),
    sop="""1. Check that country and region of the address are right.
2. Are we registered there? Then enter the rate with Set tax rate; every order that waits for it goes on.
3. If not, have it settled whether the sale is an export without tax, and put that into policy.""",
)
declare(
    "tax.variance", "21", says="The channel's tax is {value}, recomputed it is {expected}",
    fix="Find out which is right: {expected} follows from the rates",
    owner=Team.FINANCE, due_in=hours(24), offers=("accept", "set_tax_rate"), clears_when=("tax_rate.changed",),
    sop="""1. Compare the rate on the order with ours; look for a holiday, a reduced class or shipping that is not taxed.
2. If our rate is old, enter the new one with its first day; the orders that wait are checked again.
3. If the channel is wrong, have its settings mended, and accept this order: what the customer paid stands, the difference is booked.""",
)

# Goods -----------------------------------------------------------------------------------------------------------------------------------

declare(
    "sku.unknown", "22", says="Nobody knows what {value} is",
    fix="Map {value} to one of our items",
    owner=Team.MERCHANDISING, due_in=hours(4), offers=("map_sku", "cancel_order"), of_line=True, clears_when=("sku.mapped",),
    sop="""1. Read the line's title; search the catalog for the item.
2. Map the SKU, with the pack factor when the channel sells packs. Every order that waits for it goes on.
3. If it is not ours at all, ask the channel's owner to take it down, and cancel the line.""",
)
declare(
    "sku.inactive", "23", says="{value} is not sold any more ({expected})",
    fix="Offer a substitute, or make the item active again",
    owner=Team.MERCHANDISING, due_in=hours(8), offers=("accept", "cancel_order"), of_line=True,
    sop="""1. Is there stock left? Then accept the sale with a note.
2. Otherwise offer the customer a substitute.
3. Have the channel take the listing down.""",
)
declare(
    "sku.not_listed", "24", says="{value} may not be sold on this channel",
    fix="Allow it on the channel, or take the listing down there",
    owner=Team.MERCHANDISING, due_in=hours(8), offers=("accept", "cancel_order"), of_line=True,
    sop="""1. Find out why it was barred from the channel, or whether its listing has run out.
2. Allow it again with new dates, or accept this one order with a note.
3. If it must not be sold there, have the channel take it down and cancel the line.""",
)
declare(
    "sku.barred", "25", says="{value} may not be sold to {expected}",
    fix="Cancel the line or ask for a destination other than {expected}",
    owner=Team.OPERATIONS, due_in=hours(8), offers=("fix_address", "cancel_order"), of_line=True,
    sop="""1. Check that the destination is right.
2. Read why the item is barred there: licence, brand, battery, food law.
3. Cancel the line and tell the customer.""",
)
declare(
    "sku.regulated", "26", says="{value} is regulated goods ({expected})",
    fix="See the licence or the proof of age for {expected}, then accept",
    owner=Team.OPERATIONS, due_in=hours(24), offers=("accept", "cancel_order"), of_line=True,
    sop="""1. Ask the customer for the licence or the proof of age, unless it is on file.
2. Check name, address and validity.
3. Accept with a note that names the paper, or cancel.""",
)
declare(
    "line.unsound", "27", says="The line for {value} makes no sense: {expected}",
    fix="Have the channel send the line again: {expected}",
    owner=Team.INTEGRATION, due_in=hours(8), offers=("retry", "cancel_order"), of_line=True,
    sop="""1. Open the raw message and look at the line.
2. A negative quantity is usually a return in the wrong place; a negative price a discount.
3. Have the translator or the channel mended, and let the order come in again.""",
)
declare(
    "quantity.unusual", "28", says="{value} pieces on one line; usual are up to {expected}",
    fix="Ask the customer whether {value} is meant",
    owner=Team.CUSTOMER_SERVICE, due_in=hours(8), offers=("accept", "cancel_order"), of_line=True,
    sop="""1. Look for a slip: a quantity in the price field, packs instead of pieces.
2. Ask the customer.
3. Accept with a note when it is meant.""",
)

# Prices and discounts ----------------------------------------------------------------------------------------------------------------------

declare(
    "price.off_list", "29", says="{sku} was sold at {value}; the list says {expected}",
    fix="Accept the price, or correct the list price of {expected}",
    owner=Team.MERCHANDISING, due_in=hours(8), offers=("accept", "set_list_price", "cancel_order"), of_line=True, clears_when=("price.changed",),
    sop="""1. Was it a promotion, a price match, or a slip in the shop?
2. If the list is old, set the list price; every order that waits for it is checked again.
3. If the shop is wrong, have it mended; accept what has been sold or ask the customer.""",
)
declare(
    "price.unlisted", "30", says="{value} has no price on the channel's list",
    fix="Enter a list price for {value}",
    owner=Team.MERCHANDISING, due_in=hours(24), offers=("set_list_price", "accept"), of_line=True, clears_when=("price.changed",),
    sop="""1. Find out what the item should cost on this channel.
2. Set the list price.
3. Accept the order with a note when the price is right but not to be listed.""",
)
declare(
    "discount.unknown", "31", says="Nobody knows the discount {value}",
    fix="Allow {value}, or find out where it comes from",
    owner=Team.MERCHANDISING, due_in=hours(8), offers=("allow_promotion", "accept", "cancel_order"), clears_when=("promotion.changed",),
    sop="""1. Ask marketing whether the code is theirs.
2. If so, allow it with its dates and its most per cent; every order that waits for it goes on.
3. If not, the code has leaked or is false: close it in the shop, and decide whether to honour this order.""",
)
declare(
    "discount.lapsed", "32", says="The discount {value} is not in force ({expected})",
    fix="Extend {value}, or accept it once",
    owner=Team.MERCHANDISING, due_in=hours(8), offers=("allow_promotion", "accept", "cancel_order"), clears_when=("promotion.changed",),
    sop="""1. Compare the day of the order with the promotion's dates.
2. Extend the promotion, or accept this order with a note.
3. Have the code closed in the shop.""",
)
declare(
    "discount.over_limit", "33", says="The discount {code} took off {value}; it may take {expected}",
    fix="Accept it, or raise what {code} may take",
    owner=Team.MERCHANDISING, due_in=hours(8), offers=("accept", "allow_promotion", "cancel_order"), clears_when=("promotion.changed",),
    sop="""1. Look whether codes were stacked or the promotion is set wrongly in the shop.
2. Accept with a note, or raise the promotion's limit.
3. Have the shop's promotion put right.""",
)
declare(
    "discount.over_policy", "34", says="{value} off in all; more than {expected} needs a decision",
    fix="Accept the discount, or have it corrected",
    owner=Team.MERCHANDISING, due_in=hours(8), offers=("accept", "cancel_order"),
    sop="""1. Look which discounts came together.
2. Is it a staff order, a replacement, or a mistake?
3. Accept with a note, or cancel and ask the customer to order again.""",
)

# Totals ------------------------------------------------------------------------------------------------------------------------------------

declare(
    "total.lines", "35", says="The lines' {field} sum to {expected}, the order says {value} (difference {difference})",
    fix="Find the line that makes the difference; {expected} is the sum",
    owner=Team.FINANCE, due_in=hours(8), offers=("retry", "accept", "cancel_order"),
    sop="""1. Open the raw message and add its lines up.
2. Is a line missing (a fee, a gift card, a removed line)? Then the translator or the channel must be mended, and the order comes in again.
3. Accept with a note when the difference is explained; it stays visible on the order.""",
)
declare(
    "total.foot", "36", says="The parts come to {expected}, the channel's total is {value} (difference {difference})",
    fix="Find what makes the difference: {expected} is goods less discount, with shipping and tax",
    owner=Team.FINANCE, due_in=hours(8), offers=("retry", "accept", "cancel_order"),
    sop="""1. Add goods, less discount, plus shipping and tax; compare with what the customer paid.
2. Look for a discount on shipping, a tip, a duty or a gift card that the channel counts elsewhere.
3. Accept with a note that explains the difference; what the customer paid is never changed.""",
)

# Shipping ----------------------------------------------------------------------------------------------------------------------------------

declare(
    "shipping.unknown", "37", says="No shipping service is known for {value}",
    fix="Map {value} to a service, or choose one for this order",
    owner=Team.OPERATIONS, due_in=hours(4), offers=("map_shipping_code", "set_shipping_service", "cancel_order"), clears_when=("shipping_code.mapped",),
    sop="""1. Read what the customer chose in the channel.
2. Map the channel's word to a service: every order that waits for it goes on.
3. Or choose a service for this order alone.""",
)
declare(
    "shipping.weight", "38", says="{value} is too heavy for the service ({expected})",
    fix="Choose a service that takes more than {expected}",
    owner=Team.OPERATIONS, due_in=hours(8), offers=("set_shipping_service", "accept", "cancel_order"),
    sop="""1. Check the items' weights in the catalog: a slip there is the usual cause.
2. Choose a heavier service, or freight.
3. Accept with a note when the carrier takes it.""",
)
declare(
    "shipping.hazmat", "39", says="The order holds hazardous goods; {value} does not carry them",
    fix="Choose a service that carries hazardous goods",
    owner=Team.OPERATIONS, due_in=hours(8), offers=("set_shipping_service", "cancel_order"),
    sop="""1. Look which item is hazardous, and of which class.
2. Choose a service that carries it, usually by ground.
3. Tell the customer when it takes longer.""",
)
declare(
    "shipping.po_box", "40", says="{value} does not deliver to post-office boxes",
    fix="Ask for a street address, or choose a service that does",
    owner=Team.CUSTOMER_SERVICE, due_in=hours(8), offers=("fix_address", "set_shipping_service", "cancel_order"),
    sop="""1. Ask the customer for a street address and enter it with Fix address.
2. Or choose the postal service.
3. If the address is no box at all, accept is not needed: correct the line that looks like one.""",
)
declare(
    "shipping.destination", "41", says="{value} does not go to {expected}",
    fix="Choose a service that goes to {expected}",
    owner=Team.OPERATIONS, due_in=hours(8), offers=("set_shipping_service", "fix_address", "cancel_order"),
    sop="""1. Check that the destination is right.
2. Choose a service that goes there.
3. If none does, have the channel stop offering it, and cancel the order.""",
)

# The order as a whole ------------------------------------------------------------------------------------------------------------------------

declare(
    "order.duplicate", "42", says="Probably the same purchase as {value}: same customer, same goods, {expected} apart",
    fix="Cancel one of the two, or accept both",
    owner=Team.CUSTOMER_SERVICE, due_in=hours(2), offers=("cancel_order", "accept"), clears_when=("order.cancelled",),
    sop="""1. Open both orders side by side: same address, same payment?
2. Ask the customer when it is not plain. A double click is the usual cause.
3. Cancel the second one, or accept it with a note.""",
)
declare(
    "order.high_value", "43", says="{value} is a high value; from {expected} on somebody looks",
    fix="Look at the order and accept it",
    owner=Team.OPERATIONS, due_in=hours(4), offers=("accept", "cancel_order"),
    sop="""1. Check customer, address and payment with care.
2. Is the stock promised to somebody else?
3. Accept with a note, or cancel.""",
)

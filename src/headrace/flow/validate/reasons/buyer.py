"""Why an order stops for who bought it: address, contact, fraud, payment, customer and credit."""

from __future__ import annotations

from headrace.exception_queue.reasons import Team
from headrace.flow.validate.checks import declare
from headrace.values.clock import hours, minutes

# Address and contact -------------------------------------------------------------------------------------------------------------------

declare(
    "address.missing",
    "01",
    called="No address to ship to",
    says="The order has goods but no address to ship to",
    fix="Enter the address that the goods go to",
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(4),
    offers=("fix_address", "cancel_order"),
    sop="""1. Look in the channel's own view of the order: the address may be in a note.
2. Otherwise write to the customer and ask for it.
3. Enter it with Fix address; the order is checked again at once.""",
)
declare(
    "address.incomplete",
    "02",
    called="Address incomplete",
    says="The address lacks its {field} ({expected})",
    fix="Enter the {field}: {expected}",
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(4),
    offers=("fix_address", "accept", "cancel_order"),
    sop="""1. Look whether the missing part stands in another field of the address.
2. If it does, move it with Fix address. If not, ask the customer.
3. Accept only where the carrier has confirmed that it delivers without it.""",
)
declare(
    "address.country",
    "03",
    called="Unknown country",
    says="{value} is no country that we know",
    fix="Choose the country by its code; {expected}",
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(4),
    offers=("fix_address", "cancel_order"),
    sop="""1. Read the rest of the address: town and postcode usually say which country is meant.
2. Choose it with Fix address.
3. If the channel sends the same word again and again, tell the integration team: it belongs into the translator.""",
)
declare(
    "address.region",
    "04",
    called="Unknown region",
    says="{value} is no region of that country",
    fix="Choose {expected}",
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(4),
    offers=("fix_address", "accept", "cancel_order"),
    sop="""1. Look the town and postcode up: they say which state or province is meant.
2. Choose it with Fix address; tax is worked out anew with it.
3. If the customer mixed up two fields, put both right in one go.""",
)
declare(
    "address.postcode",
    "05",
    called="Impossible postcode",
    says="{value} cannot be a postcode there",
    fix="Write the postcode {expected}",
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(4),
    offers=("fix_address", "accept", "cancel_order"),
    sop="""1. Compare the postcode with town and region; digits are often swapped or one is missing.
2. Put it right with Fix address, or ask the customer where you cannot be sure.
3. Accept only where the carrier has confirmed the postcode: new ones reach our tables late.""",
)
declare(
    "address.postcode_region",
    "06",
    called="Postcode outside the region",
    says="Postcode {value} does not lie in the region ({expected})",
    fix="Correct the postcode or the region: {expected} is needed",
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(8),
    offers=("fix_address", "accept"),
    sop="""1. Look the postcode up: is the town its own, or the region's?
2. Correct the one that is wrong with Fix address; tax follows the region.
3. If both are right, accept it with a note.""",
)
declare(
    "address.restricted",
    "07",
    called="Country not shipped to",
    says="Nothing is shipped to {value}",
    fix="Cancel the order or ask for another destination",
    owner=Team.OPERATIONS,
    due_in=hours(8),
    offers=("fix_address", "cancel_order"),
    sop="""1. Check that the country is the one the customer means.
2. Ask whoever is responsible for export control before anything else is done; never route around it.
3. Cancel the order and tell the customer, unless export control releases the destination in policy.""",
)
declare(
    "contact.phone",
    "08",
    called="Wrong telephone number",
    says="{value} is no telephone number",
    fix="Write it {expected}",
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(24),
    offers=("fix_address", "accept"),
    sop="""1. Look whether the number lacks its country or has a letter in it.
2. Put it right with Fix address, or empty the field where the carrier does not need it.
3. Accept it with a note when the customer is reached by e-mail.""",
)
declare(
    "contact.email",
    "09",
    called="Wrong e-mail address",
    says="{value} is no e-mail address",
    fix="Write it {expected}",
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(24),
    offers=("fix_address", "accept"),
    sop="""1. Look for a comma, a blank or a missing ending in the address.
2. Put it right with Fix address; the shipping notice goes there.
3. If only the telephone is known, empty the field.""",
)

# Fraud and payment -----------------------------------------------------------------------------------------------------------------------

declare(
    "fraud.missing",
    "10",
    called="Fraud verdict missing",
    says="No fraud verdict has come yet",
    fix="Wait for the verdict, or give one",
    owner=Team.FRAUD,
    due_in=hours(4),
    offers=("set_fraud_verdict", "retry", "cancel_order"),
    clears_when=("fraud.verdict",),
    retry_every=minutes(30),
    retries_max=16,
    sop="""1. The verdict usually comes within minutes; the order goes on by itself when it does.
2. If it stays away, open the order in the fraud service and read its state.
3. Give the verdict by hand with Set fraud verdict, with a note that says on what grounds.""",
)
declare(
    "fraud.review",
    "11",
    called="Fraud review asked for",
    says="The fraud service asks for a review",
    fix="Review the order and give a verdict",
    owner=Team.FRAUD,
    due_in=hours(4),
    offers=("set_fraud_verdict", "cancel_order"),
    clears_when=("fraud.verdict",),
    sop="""1. Compare bill-to, ship-to, e-mail and the customer's earlier orders.
2. Where in doubt, call the customer at a number that is not from this order.
3. Set the verdict to accept or reject, with a note that says why.""",
)
declare(
    "fraud.rejected",
    "12",
    called="Rejected as fraud",
    says="The fraud service rejects the order",
    fix="Cancel the order, or overturn the verdict with a reason",
    owner=Team.FRAUD,
    due_in=hours(4),
    offers=("cancel_order", "set_fraud_verdict"),
    clears_when=("fraud.verdict",),
    sop="""1. Read the fraud service's grounds.
2. Cancel the order; the authorisation is voided with it.
3. Overturn the verdict only with a second person's agreement and a note.""",
)
declare(
    "payment.short",
    "13",
    called="Paid too little",
    says="{value} is paid or authorised, {expected} is needed",
    fix="Wait for the payment, or ask for the rest of {expected}",
    owner=Team.FINANCE,
    due_in=hours(24),
    offers=("retry", "accept", "cancel_order"),
    clears_when=("payment.authorised", "payment.captured"),
    retry_every=hours(2),
    retries_max=24,
    sop="""1. Look at the payment in the channel or gateway: pending, failed, or a part only?
2. Pending ones come in by themselves and the order goes on. For failed ones ask the customer for another way to pay.
3. Accept only where the rest is agreed to come another way; say how in the note.""",
)
declare(
    "payment.expired",
    "14",
    called="Authorisation lapsed",
    says="The authorisation lapsed at {value}",
    fix="Authorise the payment anew",
    owner=Team.FINANCE,
    due_in=hours(8),
    offers=("retry", "accept", "cancel_order"),
    clears_when=("payment.authorised", "payment.captured"),
    sop="""1. Ask the gateway for a new authorisation of the order's total.
2. When it is there, the order goes on by itself.
3. If it is refused, ask the customer for another way to pay, or cancel.""",
)
declare(
    "payment.over",
    "15",
    called="Paid too much",
    says="{value} was taken, the order is {expected}",
    fix="Give the difference back, or explain it",
    owner=Team.FINANCE,
    due_in=hours(48),
    offers=("accept",),
    sop="""1. Look whether the channel reduced the order after it took the money, or took it twice.
2. Give back what is too much at the gateway; the refund comes in by itself.
3. Accept with a note where the difference is a tip or a deposit.""",
)

# Customer and credit ---------------------------------------------------------------------------------------------------------------------

declare(
    "credit.none",
    "16",
    called="No credit for the account",
    says="The order is on account, but there is no credit for it: {value}",
    fix="Give the customer a credit limit in {expected}, or ask for payment",
    owner=Team.FINANCE,
    due_in=hours(8),
    offers=("set_credit_limit", "accept", "cancel_order"),
    clears_when=("party.changed",),
    sop="""1. Find out which customer it is; a guest cannot buy on account.
2. Set a credit limit after the usual check, or ask for payment in advance.
3. Press Retry when the limit is set; accept only this one order with a note.""",
)
declare(
    "credit.exceeded",
    "17",
    called="Over the credit limit",
    says="{value} would take the customer over the credit limit of {expected}",
    fix="Wait for a payment, raise the limit of {expected}, or ask for payment in advance",
    owner=Team.FINANCE,
    due_in=hours(8),
    offers=("set_credit_limit", "accept", "retry", "cancel_order"),
    clears_when=("party.changed", "payment.captured", "invoice.paid"),
    retry_every=hours(6),
    retries_max=20,
    sop="""1. Open the customer's invoices: what is overdue, what is only not due yet?
2. Ask for payment of what is overdue, or raise the limit after the usual check.
3. Accept this one order with a note where the sales lead agrees.""",
)
declare(
    "customer.blocked",
    "18",
    called="Customer blocked",
    says="The customer is blocked (segment {value})",
    fix="Unblock the customer or cancel the order",
    owner=Team.OPERATIONS,
    due_in=hours(8),
    offers=("accept", "cancel_order"),
    clears_when=("party.changed",),
    sop="""1. Read why the customer was blocked.
2. If it no longer holds, change the segment and press Retry.
3. Otherwise cancel the order and tell the customer.""",
)
declare(
    "customer.segment",
    "19",
    called="Segment not served",
    says="This channel does not serve the segment {value}",
    fix="Serve the customer through its own channel; here are served: {expected}",
    owner=Team.OPERATIONS,
    due_in=hours(24),
    offers=("accept", "cancel_order"),
    clears_when=("party.changed",),
    sop="""1. Check whether the customer's segment is right.
2. If the order came in by the wrong door, ask the customer to order through the right one.
3. Accept it as an exception with a note.""",
)

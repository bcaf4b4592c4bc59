"""Why an order stops for what was bought and how it travels: goods, shipping, the order as a whole."""

from __future__ import annotations

from headrace.exception_queue.reasons import Team
from headrace.flow.validate.checks import declare
from headrace.values.clock import hours

# Goods -----------------------------------------------------------------------------------------------------------------------------------

declare(
    "sku.unknown",
    "22",
    called="Unknown SKU",
    says="Nobody knows what {value} is",
    fix="Map {value} to one of our items",
    owner=Team.MERCHANDISING,
    due_in=hours(4),
    offers=("map_sku", "cancel_order"),
    of_line=True,
    clears_when=("sku.mapped",),
    sop="""1. Read the line's title; search the catalog for the item.
2. Map the SKU, with the pack factor when the channel sells packs. Every order that waits for it goes on.
3. If it is not ours at all, ask the channel's owner to take it down, and cancel the line.""",
)
declare(
    "sku.inactive",
    "23",
    called="Item no longer sold",
    says="{value} is not sold any more ({expected})",
    fix="Offer a substitute, or make the item active again",
    owner=Team.MERCHANDISING,
    due_in=hours(8),
    offers=("accept", "cancel_order"),
    of_line=True,
    sop="""1. Is there stock left? Then accept the sale with a note.
2. Otherwise offer the customer a substitute.
3. Have the channel take the listing down.""",
)
declare(
    "sku.not_listed",
    "24",
    called="Item not for this channel",
    says="{value} may not be sold on this channel",
    fix="Allow it on the channel, or take the listing down there",
    owner=Team.MERCHANDISING,
    due_in=hours(8),
    offers=("accept", "cancel_order"),
    of_line=True,
    sop="""1. Find out why it was barred from the channel, or whether its listing has run out.
2. Allow it again with new dates, or accept this one order with a note.
3. If it must not be sold there, have the channel take it down and cancel the line.""",
)
declare(
    "sku.barred",
    "25",
    called="Item not for this country",
    says="{value} may not be sold to {expected}",
    fix="Cancel the line or ask for a destination other than {expected}",
    owner=Team.OPERATIONS,
    due_in=hours(8),
    offers=("fix_address", "cancel_order"),
    of_line=True,
    sop="""1. Check that the destination is right.
2. Read why the item is barred there: licence, brand, battery, food law.
3. Cancel the line and tell the customer.""",
)
declare(
    "sku.regulated",
    "26",
    called="Regulated goods",
    says="{value} is regulated goods ({expected})",
    fix="See the licence or the proof of age for {expected}, then accept",
    owner=Team.OPERATIONS,
    due_in=hours(24),
    offers=("accept", "cancel_order"),
    of_line=True,
    sop="""1. Ask the customer for the licence or the proof of age, unless it is on file.
2. Check name, address and validity.
3. Accept with a note that names the paper, or cancel.""",
)
declare(
    "line.unsound",
    "27",
    called="Line makes no sense",
    says="The line for {value} makes no sense: {expected}",
    fix="Have the channel send the line again: {expected}",
    owner=Team.INTEGRATION,
    due_in=hours(8),
    offers=("retry", "cancel_order"),
    of_line=True,
    sop="""1. Open the raw message and look at the line.
2. A negative quantity is usually a return in the wrong place; a negative price a discount.
3. Have the translator or the channel mended, and let the order come in again.""",
)
declare(
    "quantity.unusual",
    "28",
    called="Unusual quantity",
    says="{value} pieces on one line; usual are up to {expected}",
    fix="Ask the customer whether {value} is meant",
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(8),
    offers=("accept", "cancel_order"),
    of_line=True,
    sop="""1. Look for a slip: a quantity in the price field, packs instead of pieces.
2. Ask the customer.
3. Accept with a note when it is meant.""",
)

# Shipping ----------------------------------------------------------------------------------------------------------------------------------

declare(
    "shipping.unknown",
    "37",
    called="Unknown shipping service",
    says="No shipping service is known for {value}",
    fix="Map {value} to a service, or choose one for this order",
    owner=Team.OPERATIONS,
    due_in=hours(4),
    offers=("map_shipping_code", "set_shipping_service", "cancel_order"),
    clears_when=("shipping_code.mapped",),
    sop="""1. Read what the customer chose in the channel.
2. Map the channel's word to a service: every order that waits for it goes on.
3. Or choose a service for this order alone.""",
)
declare(
    "shipping.weight",
    "38",
    called="Too heavy for the service",
    says="{value} is too heavy for the service ({expected})",
    fix="Choose a service that takes more than {expected}",
    owner=Team.OPERATIONS,
    due_in=hours(8),
    offers=("set_shipping_service", "accept", "cancel_order"),
    sop="""1. Check the items' weights in the catalog: a slip there is the usual cause.
2. Choose a heavier service, or freight.
3. Accept with a note when the carrier takes it.""",
)
declare(
    "shipping.hazmat",
    "39",
    called="Hazardous goods not carried",
    says="The order holds hazardous goods; {value} does not carry them",
    fix="Choose a service that carries hazardous goods",
    owner=Team.OPERATIONS,
    due_in=hours(8),
    offers=("set_shipping_service", "cancel_order"),
    sop="""1. Look which item is hazardous, and of which class.
2. Choose a service that carries it, usually by ground.
3. Tell the customer when it takes longer.""",
)
declare(
    "shipping.po_box",
    "40",
    called="No delivery to PO boxes",
    says="{value} does not deliver to post-office boxes",
    fix="Ask for a street address, or choose a service that does",
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(8),
    offers=("fix_address", "set_shipping_service", "cancel_order"),
    sop="""1. Ask the customer for a street address and enter it with Fix address.
2. Or choose the postal service.
3. If the address is no box at all, accept is not needed: correct the line that looks like one.""",
)
declare(
    "shipping.destination",
    "41",
    called="Service does not go there",
    says="{value} does not go to {expected}",
    fix="Choose a service that goes to {expected}",
    owner=Team.OPERATIONS,
    due_in=hours(8),
    offers=("set_shipping_service", "fix_address", "cancel_order"),
    sop="""1. Check that the destination is right.
2. Choose a service that goes there.
3. If none does, have the channel stop offering it, and cancel the order.""",
)

# The order as a whole ------------------------------------------------------------------------------------------------------------------------

declare(
    "order.duplicate",
    "42",
    called="Probable duplicate",
    says="Probably the same purchase as {value}: same customer, same goods, {expected} apart",
    fix="Cancel one of the two, or accept both",
    owner=Team.CUSTOMER_SERVICE,
    due_in=hours(2),
    offers=("cancel_order", "accept"),
    clears_when=("order.cancelled",),
    sop="""1. Open both orders side by side: same address, same payment?
2. Ask the customer when it is not plain. A double click is the usual cause.
3. Cancel the second one, or accept it with a note.""",
)
declare(
    "order.high_value",
    "43",
    called="High value",
    says="{value} is a high value; from {expected} on somebody looks",
    fix="Look at the order and accept it",
    owner=Team.OPERATIONS,
    due_in=hours(4),
    offers=("accept", "cancel_order"),
    sop="""1. Check customer, address and payment with care.
2. Is the stock promised to somebody else?
3. Accept with a note, or cancel.""",
)

"""The words of each axis of an order and of its documents, and the moves that are allowed.

One table per axis. The database keeps the same tables (`orders_transition`, filled by a migration test) and the guarded updates in
`writes.sql` move only from the states named here.
"""

from __future__ import annotations

ORDER_STATES = ("captured", "validated", "backordered", "preordered", "allocated", "closed", "cancelled")
ORDER_MOVES = {
    "captured": ("validated", "cancelled"),
    "validated": ("allocated", "backordered", "preordered", "cancelled", "captured"),  # captured: only out of the exception queue
    "backordered": ("allocated", "backordered", "preordered", "cancelled", "captured"),
    "preordered": ("allocated", "backordered", "preordered", "cancelled", "captured"),
    "allocated": ("closed", "backordered", "cancelled", "captured"),  # backordered: a short pick sends units back as attempt n+1
    "closed": (),
    "cancelled": (),
}
HOLDS = ("clear", "held")
COMMERCIAL = ("open", "cancelled", "closed")

FULFILMENT_STATES = ("planned", "released", "picking", "packed", "shipped", "cancelled", "rejected")
FULFILMENT_MOVES = {
    "planned": ("released", "cancelled"),
    "released": ("picking", "packed", "shipped", "rejected", "cancelled"),
    "picking": ("packed", "shipped", "rejected", "cancelled"),
    "packed": ("shipped", "rejected", "cancelled"),
    "shipped": (),
    "cancelled": (),
    "rejected": (),
}

# A recall asks the node to give a fulfilment back; the goods decide, so it may be refused.
RECALLS = ("requested", "accepted", "refused")

SHIPMENT_STATES = ("shipped", "invoiced")
SHIPMENT_MOVES = {"shipped": ("invoiced",), "invoiced": ()}

# Rank decides: a tracking event may raise the rank of a parcel, never lower it (complaint 27 of the field guide).
TRACKING_RANK = {
    "pre_transit": 10,
    "in_transit": 20,
    "attempt_failed": 25,
    "exception": 26,
    "out_for_delivery": 30,
    "returned_to_sender": 80,
    "lost": 80,
    "delivered": 90,
}

RETURN_STATES = ("requested", "authorised", "received", "inspected", "refunded", "closed", "refused")
LINE_KINDS = ("goods", "charge", "service", "gift_card")

MOVES = {"order": ORDER_MOVES, "fulfilment": FULFILMENT_MOVES, "shipment": SHIPMENT_MOVES}

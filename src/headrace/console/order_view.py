"""What the page of an order shows, made ready: quantities of each line, events in words, papers to print, other orders of the customer."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headrace.console.access import Visitor
from headrace.console.templatetags.console import money, plain, words
from headrace.exception_queue import reasons
from headrace.insight import figures, order_card

AT_NODE = ("released", "picking", "packed", "shipped")
PICKED = ("picking", "packed", "shipped")
EVENT_SAYS = {
    "message_in": gettext_lazy("Message from the channel"),
    "message_out": gettext_lazy("Message sent"),
    "captured": gettext_lazy("Came in"),
    "validated": gettext_lazy("All checks passed"),
    "allocated": gettext_lazy("Goods reserved"),
    "backordered": gettext_lazy("Waits for stock"),
    "preordered": gettext_lazy("Waits for its day"),
    "sent_back": gettext_lazy("Back to routing"),
    "released": gettext_lazy("Handed to its node"),
    "picking": gettext_lazy("Picking began"),
    "unpicked": gettext_lazy("Picked pieces were put back"),
    "packed": gettext_lazy("Packed"),
    "shipped": gettext_lazy("Shipped"),
    "delivered": gettext_lazy("Delivered"),
    "delivery_failed": gettext_lazy("Delivery failed"),
    "recalled": gettext_lazy("Taken back from its node"),
    "recall_requested": gettext_lazy("Asked back from its node"),
    "recall_refused": gettext_lazy("The node did not give it back"),
    "node_accepted": gettext_lazy("The node has accepted it"),
    "short_picked": gettext_lazy("Goods were not found at the node"),
    "invoiced": gettext_lazy("Invoiced"),
    "closed": gettext_lazy("Complete"),
    "cancelled": gettext_lazy("Cancelled"),
    "lines_cancelled": gettext_lazy("Pieces cancelled"),
    "parked": gettext_lazy("Stopped by an exception"),
    "warned": gettext_lazy("Goes on with a warning"),
    "case_resolved": gettext_lazy("Exception resolved"),
    "noted": gettext_lazy("Note"),
    "split": gettext_lazy("Split"),
    "revised": gettext_lazy("Changed by the channel"),
    "repaired": gettext_lazy("Put right by itself"),
    "address_fixed": gettext_lazy("Address changed"),
    "priority_set": gettext_lazy("Priority changed"),
    "shipping_service_set": gettext_lazy("Shipping service chosen"),
    "fraud_verdict_set": gettext_lazy("Fraud verdict given"),
    "fulfilment": gettext_lazy("Fulfilment planned"),
    "shipment": gettext_lazy("Parcel handed over"),
    "tracking": gettext_lazy("Carrier scan"),
    "invoice": gettext_lazy("Invoice"),
    "credit_memo": gettext_lazy("Credit memo"),
    "payment": gettext_lazy("Payment"),
    "return": gettext_lazy("Return"),
    "reservation_lapsed": gettext_lazy("Reservation lapsed"),
    "mapped": gettext_lazy("SKU mapped"),
    "test_order": gettext_lazy("Test order checked"),
}
_NODE_WORDS = ("fulfilment", "shipment", "return", "invoice", "credit_memo")


def about(order_id: int) -> dict[str, Any]:
    """The order with all its documents, and for each line and in sum how many pieces stand where."""
    told = {**figures.order(order_id), **order_card.about(order_id)}
    told["extra"] = told["extra"] or {}
    told["tags"] = _tags(told["extra"])
    told["facts"] = facts_of(told["extra"])
    told["open_each"] = told["qty_ordered_each"] - told["qty_cancelled_each"]
    told["open_minor"] = max(told["total_minor"] - told["captured_minor"] + told["refunded_minor"] - _cancelled_minor(told), 0)
    at_node, picked = _pieces(told["fulfilments"], AT_NODE, "qty"), _pieces(told["fulfilments"], PICKED, "picked")
    for line in told["lines"]:
        line["qty_released_each"] = max(at_node[line["line_no"]], line["qty_shipped_each"])
        line["qty_picked_each"] = max(picked[line["line_no"]], line["qty_shipped_each"])
    told["sums"] = {name: sum(line[name] for line in told["lines"] if line["kind"] == "goods") for name in QUANTITIES}
    told["parcels"] = [{**p, "shipment": s["number"], "carrier": s["carrier"]} for s in told["shipments"] for p in s["parcels"] or ()]
    return told


QUANTITIES = ("qty_ordered_each", "qty_cancelled_each", "qty_allocated_each", "qty_released_each", "qty_picked_each", "qty_shipped_each", "qty_invoiced_each", "qty_returned_each")  # fmt: skip


def _cancelled_minor(told: dict[str, Any]) -> int:
    """What the cancelled pieces would have cost, shared by pieces."""
    return sum(
        (line["goods_minor"] - line["discount_minor"] + (0 if told["prices_include_tax"] else line["tax_minor"]))
        * line["qty_cancelled_each"]
        // line["qty_ordered_each"]
        for line in told["lines"]
        if line["qty_ordered_each"]
    )


def facts_of(extra: dict[str, Any]) -> dict[str, Any]:
    """What else the channel told; made anew from what is masked, for who may not see it."""
    return {k: v for k, v in extra.items() if k not in ("tags", "presentment")}


def _tags(extra: dict[str, Any]) -> list[str]:
    tags = extra.get("tags") or []
    return [t.strip() for t in tags.split(",") if t.strip()] if isinstance(tags, str) else [str(t) for t in tags]


def _pieces(fulfilments: list[dict[str, Any]], states: tuple[str, ...], what: str) -> Counter[int]:
    """Line number to order pieces in fulfilments of these states: of a kit, as many as its scarcest part makes."""
    found: Counter[int] = Counter()
    for f in fulfilments:
        if f["state"] in states:
            kits: dict[int, int] = {}
            for part in f["lines"] or ():
                n = part[what] // part["per_kit"]
                kits[part["line_no"]] = min(kits.get(part["line_no"], n), n)
            found.update(kits)
    return found


def event(told: dict[str, Any]) -> dict[str, Any]:
    """An event with its title, a sentence of its facts, and where it leads."""
    facts, what = dict(told["facts"]), told["what"]
    amount = facts.pop("amount_minor", None)
    currency = facts.pop("currency", None)
    title = str(EVENT_SAYS.get(what) or words(what).capitalize())
    if told["document"] and what in _NODE_WORDS:
        title = f"{title} {told['document']}"
    if what == "payment":
        title = _PAYMENT_SAYS.get(facts.pop("kind", ""), title)
    if what == "message_out":
        title = _SENT_SAYS.get(facts.pop("kind", ""), title)
    said = ([money(amount, currency)] if amount is not None else []) + [_fact(name, value) for name, value in facts.items()]
    return {**told, "title": title, "said": [s for s in said if s], "href": _leads_to(told)}


_PAYMENT_SAYS: dict[str, Any] = {
    "authorised": gettext_lazy("Payment authorised"),
    "captured": gettext_lazy("Payment taken"),
    "refunded": gettext_lazy("Payment given back"),
    "voided": gettext_lazy("Authorisation voided"),
    "chargeback": gettext_lazy("Chargeback"),
}
_SENT_SAYS: dict[str, Any] = {
    "fulfilment.request": gettext_lazy("The outside warehouse is asked to ship"),
    "fulfilment.recall": gettext_lazy("The outside warehouse is asked to give it back"),
    "fulfilment.shipped": gettext_lazy("The channel is told that it shipped"),
    "payment.capture": gettext_lazy("The gateway is asked to take the money"),
}
_FACT_SAYS: dict[str, Any] = {
    "node": gettext_lazy("at %s"),
    "pieces": gettext_lazy("pieces: %s"),
    "attempt": gettext_lazy("attempt %s"),
    "tracking": gettext_lazy("tracking %s"),
    "why": gettext_lazy("“%s”"),
    "note": gettext_lazy("“%s”"),
    "reference": gettext_lazy("reference %s"),
    "deliveries": gettext_lazy("delivered %s times"),
    "attempts": gettext_lazy("%s attempts"),
    "due_on": gettext_lazy("due %s"),
    "reason": gettext_lazy("reason %s"),
}
_BARE = ("state", "outcome", "resolution", "carrier", "kind", "status")


def _fact(name: str, value: Any) -> str:
    if name in _BARE:
        return words(str(value))
    if name == "reason" and value in reasons.reasons():
        return reasons.name_of(value)
    shown = words(str(value)) if name == "reason" else plain(value)
    return str(_FACT_SAYS[name]) % shown if name in _FACT_SAYS else f"{words(name)}: {shown}"


def _leads_to(told: dict[str, Any]) -> str:
    what, document = told["what"], told["document"]
    if what == "message_in":
        return f"/system/inbox/{told['message_id']}"
    if what == "message_out":
        return f"/system/outbox/{told['message_id']}"
    if what == "fulfilment":
        return f"/fulfilment/f/{document}"
    if what in ("invoice", "credit_memo"):
        return f"/finance/invoices/{document}"
    if what == "case_resolved":
        return f"/exceptions?case={document}"
    return "#shipments" if what in ("shipment", "tracking") else ""


def others(order_id: int, *, personal: bool) -> list[dict[str, Any]]:
    """Other orders of the same customer, the newest first; none for those who may not know who that is."""
    return order_card.others_of_customer(order_id) if personal else []


def papers(order: dict[str, Any], visitor: Visitor) -> list[dict[str, str]]:
    """What can be printed of the order: packing slips and labels; the sheet of the order is the page itself."""
    if not visitor.may("warehouse.work"):
        return []
    open_now = [f for f in order["fulfilments"] if f["state"] in AT_NODE]
    return [{"title": _("Packing slip %(number)s") % {"number": f["number"]}, "href": f"/fulfilment/f/{f['number']}/slip.pdf"} for f in open_now]

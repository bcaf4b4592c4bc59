"""What may be done with an order now, by this person: grouped forms, each with what it will do to this order; and what may not, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from headrace.console.access import Visitor
from headrace.console.deeds import form_of
from headrace.console.templatetags.console import words
from headrace.flow.release.by_hand import PRIORITY_FIRST, PRIORITY_LAST
from headrace.flow.release.cancelling import CANCEL_REASONS
from headrace.insight import order_card

HELD = "RELEASE-09"
IN_REACH = ("planned", "released", "picking")
ADDRESS_PARTS = ("name", "company", "line1", "line2", "city", "region", "postcode", "country", "phone", "email")
Form = dict[str, Any]
FRESH = (
    "fix_address",
    "change_address",
    "set_shipping_service",
    "cancel_line",
    "cancel_order",
    "reallocate_order",
    "split_order",
    "recall_order",
    "set_priority",
)


class NotNow(Exception):
    """The deed makes no sense where the order stands. Says why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A deed of the page: its group, its key, its short name on the bar, and what makes its form or raises NotNow."""

    group: str
    title: Any
    make: Callable[[Visitor, dict[str, Any]], Form | None]
    key: str = ""
    icon: str = ""
    permission: str = "orders.edit"


def about(visitor: Visitor, order: dict[str, Any], *, seen: str, refused: dict[str, Any] | None = None) -> dict[str, Any]:
    """`deeds`: forms in the order of the bar; `denied`: title and why not. A refused deed keeps what had been typed."""
    deeds, denied = [], []
    for offer in OFFERS:
        if not visitor.may(offer.permission):
            denied.append({"title": offer.title, "why": _("your role may not do it (%(permission)s)") % {"permission": offer.permission}})
            continue
        try:
            form = offer.make(visitor, order)
        except NotNow as why:
            denied.append({"title": offer.title, "why": str(why)})
            continue
        if form is not None:
            deeds.append(_kept({**form, "title": offer.title, "group": offer.group, "key": offer.key, "icon": offer.icon, "seen": seen}, refused))
    return {"deeds": deeds, "denied": denied}


def _kept(form: Form, refused: dict[str, Any] | None) -> Form:
    """The form of a deed that was refused stands open, says why, and holds what was typed."""
    if refused is None or refused["name"] != form["name"]:
        return form
    typed = refused["typed"]
    fields = [f if f["hidden"] else {**f, "value": typed.get(f["name"], f["value"])} for f in form["fields"]]
    return {**form, "fields": fields, "open": True, "why_refused": refused["why"], "news": refused.get("news", ())}


def _form(visitor: Visitor, order: dict[str, Any], name: str, effect: str, **more: Any) -> Form | None:
    known = {"order_id": order["id"], **more.pop("known", {})}
    hidden = ("order_id", *more.pop("hidden", ()))
    live = more.pop("live", False)
    made = form_of(visitor, name, known=known, hidden=hidden, effect=effect, next_page=f"/orders/{order['number']}", **more)
    return {**made, "live": live} if made else None


def _still_open(order: dict[str, Any]) -> None:
    if order["commercial"] != "open":
        raise NotNow(_("the order is %(state)s; nothing of it is under way") % {"state": words(order["commercial"])})


def _inside(order: dict[str, Any]) -> list[dict[str, Any]]:
    """What the house itself can take back now."""
    return [f for f in order["fulfilments"] if f["state"] in IN_REACH and (not f["partner"] or f["state"] == "planned")]


def _outside(order: dict[str, Any]) -> list[dict[str, Any]]:
    """What only an outside warehouse can give back."""
    return [f for f in order["fulfilments"] if f["state"] in ("released", "picking") and f["partner"] and f["recall"] != "requested"]


def _places(fulfilments: list[dict[str, Any]]) -> str:
    return ", ".join(f"{f['number']} ({f['node']})" for f in fulfilments)


def _where(order: dict[str, Any]) -> str:
    """What stands beyond reach, in words."""
    busy = [f for f in order["fulfilments"] if f["state"] in ("released", "picking", "packed")]
    return ", ".join(f"{f['number']} {words(f['state'])} ({f['node']})" for f in busy)


def _hold(visitor: Visitor, order: dict[str, Any]) -> Form | None:
    _still_open(order)
    if any(c["reason_code"] == HELD and c["state"] != "resolved" for c in order["cases"]):
        return _form(visitor, order, "let_order_go", _("It goes on from where it stands."))
    packed = [f for f in order["fulfilments"] if f["state"] == "packed"]
    effect = _("Nothing of it is allocated, released, picked or packed until somebody lets it go.")
    if packed:
        effect = _("%(places)s is packed and still goes out; nothing else of the order moves until somebody lets it go.") % {"places": _places(packed)}
    return _form(visitor, order, "hold_order", effect)


def _note(visitor: Visitor, order: dict[str, Any]) -> Form | None:
    return _form(visitor, order, "note_order", _("The note stands in the timeline, with your name. Write @name to point a colleague to it."))


def _priority(visitor: Visitor, order: dict[str, Any]) -> Form | None:
    _still_open(order)
    if not order["open_each"] - order["qty_shipped_each"]:
        raise NotNow(_("everything has left"))
    effect = _("It stands at %(now)s. %(first)s goes first, 50 is usual, %(last)s goes last, in routing and in the nodes' queues.") % {
        "now": order["priority"],
        "first": PRIORITY_FIRST,
        "last": PRIORITY_LAST,
    }
    return _form(visitor, order, "set_priority", effect, known={"priority": order["priority"]})


def _address(visitor: Visitor, order: dict[str, Any]) -> Form | None:
    _still_open(order)
    if not visitor.may("orders.personal"):
        raise NotNow(_("addresses are hidden from your role"))
    if order["qty_shipped_each"]:
        raise NotNow(_("a part of it has left for the address as it is; cancel the rest and send it as a new order"))
    if order["state"] in ("captured", "validated"):
        return _address_form(visitor, order, "fix_address", _("The order is checked again with the new address."))
    free = _inside(order)
    stuck = [f for f in order["fulfilments"] if f["state"] in ("released", "picking", "packed") and f not in free]
    if stuck:
        raise NotNow(_("%(places)s cannot be taken back from here; call the order back first") % {"places": _places(stuck)})
    effect = _("The order is checked again with the new address, and routing chooses again.")
    if free:
        effect = _("%(places)s comes back, the order is checked again with the new address, and routing chooses again.") % {"places": _places(free)}
    return _address_form(visitor, order, "change_address", effect)


def _address_form(visitor: Visitor, order: dict[str, Any], name: str, effect: str) -> Form | None:
    ship: dict[str, Any] = next((a for a in order["addresses"] if a["kind"] == "ship"), {})
    form = _form(visitor, order, name, effect, without=("changes", "why"))
    if form is not None:
        form["fields"] += [
            {"name": f"changes.{k}", "title": ADDRESS_TITLES[k], "value": ship.get(k) or "", "needed": False, "hidden": False, "choices": None, "kind": "text", "may_be_empty": True}
            for k in ADDRESS_PARTS
        ]  # fmt: skip
    return form


ADDRESS_TITLES: dict[str, Any] = {
    "name": gettext_lazy("Name"),
    "company": gettext_lazy("Company"),
    "line1": gettext_lazy("Street"),
    "line2": gettext_lazy("Street, second line"),
    "city": gettext_lazy("City"),
    "region": gettext_lazy("State or province"),
    "postcode": gettext_lazy("Postcode"),
    "country": gettext_lazy("Country"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
}


def _shipped_by(visitor: Visitor, order: dict[str, Any]) -> Form | None:
    _still_open(order)
    if order["state"] not in ("captured", "validated"):
        raise NotNow(_("goods are reserved for it by %(service)s already") % {"service": order["service"] or order["shipping_code"] or _("another service")})
    effect = _("The order is checked again and ships by this service.")
    return _form(visitor, order, "set_shipping_service", effect, choices={"service": order_card.shipping_services()}, known={"service": order["service"]})


def _reroute(visitor: Visitor, order: dict[str, Any]) -> Form | None:
    _still_open(order)
    inside = _inside(order)
    if not inside and order["state"] not in ("backordered", "preordered"):
        raise NotNow(_("no node holds anything of it that can come back now (%(where)s)") % {"where": _where(order) or words(order["state"])})
    effect = _("Routing looks at it again at once.")
    if inside:
        effect = _("%(places)s comes back and routing chooses again at once.") % {"places": _places(inside)}
    return _form(visitor, order, "reallocate_order", effect, choices={"node": order_card.nodes_with_stock(order["id"])})


def _split(visitor: Visitor, order: dict[str, Any]) -> Form | None:
    _still_open(order)
    choices = [
        (line["line_no"], f"{line['line_no']}: {line['qty_allocated_each'] - line['qty_shipped_each']} × {line['sku']}")
        for line in order["lines"]
        if line["kind"] == "goods" and line["qty_allocated_each"] > line["qty_shipped_each"]
    ]
    pieces = order["qty_allocated_each"] - order["qty_shipped_each"]
    if not _inside(order) or not choices:
        raise NotNow(_("no node holds pieces of it that can still be split (%(where)s)") % {"where": _where(order) or words(order["state"])})
    if pieces < 2:
        raise NotNow(_("one piece cannot be split"))
    effect = _("These pieces leave their fulfilment and travel as a parcel of their own; routing chooses their node.")
    return _form(visitor, order, "split_order", effect, choices={"line": choices}, live=True)


def _recall(visitor: Visitor, order: dict[str, Any]) -> Form | None:
    _still_open(order)
    outside = _outside(order)
    if not outside:
        raise NotNow(_("no outside warehouse has anything of it that could come back"))
    effect = _("%(places)s is asked to give it back; until it answers, it may still ship.") % {"places": _places(outside)}
    return _form(visitor, order, "recall_order", effect)


def _reasons() -> list[tuple[str, Any]]:
    return [(code, capfirst(words(code))) for code in CANCEL_REASONS]


def _left(order: dict[str, Any]) -> dict[int, int]:
    return {line["line_no"]: line["qty_ordered_each"] - line["qty_cancelled_each"] - line["qty_shipped_each"] for line in order["lines"]}


def _cancel_line(visitor: Visitor, order: dict[str, Any]) -> Form | None:
    _still_open(order)
    left = _left(order)
    choices = [(line["line_no"], f"{line['line_no']}: {left[line['line_no']]} × {line['sku']}") for line in order["lines"] if left[line["line_no"]] > 0]
    if not choices:
        raise NotNow(_("everything has left; what comes back is a return"))
    effect = _("The pieces are free again at once. Without a quantity, all of the line that has not left.")
    return _form(visitor, order, "cancel_line", effect, choices={"line": choices, "reason": _reasons()}, risky=True, live=True)


def _cancel_order(visitor: Visitor, order: dict[str, Any]) -> Form | None:
    _still_open(order)
    pieces = sum(n for n in _left(order).values() if n > 0)
    if not pieces:
        raise NotNow(_("everything has left; what comes back is a return"))
    effect = ngettext(
        "%(pieces)s piece that has not left is cancelled and free again.", "%(pieces)s pieces that have not left are cancelled and free again.", pieces
    ) % {"pieces": pieces}
    return _form(visitor, order, "cancel_order", effect, choices={"reason": _reasons()}, risky=True, live=True)


OFFERS = (
    Offer("customer", gettext_lazy("Address"), _address, "e", "edit"),
    Offer("customer", gettext_lazy("Service"), _shipped_by),
    Offer("customer", gettext_lazy("Note"), _note, "n"),
    Offer("way", gettext_lazy("Hold"), _hold, "h"),
    Offer("way", gettext_lazy("Priority"), _priority),
    Offer("way", gettext_lazy("Route anew"), _reroute),
    Offer("way", gettext_lazy("Split"), _split),
    Offer("way", gettext_lazy("Call back"), _recall),
    Offer("end", gettext_lazy("Cancel line"), _cancel_line),
    Offer("end", gettext_lazy("Cancel order"), _cancel_order, "c"),
)

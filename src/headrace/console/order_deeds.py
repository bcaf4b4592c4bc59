"""What may be done with an order now, by this person: only what makes sense where it stands, each with what it will do."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from headrace.console.access import Visitor
from headrace.console.deeds import form_of
from headrace.console.deeds import offered as those_offered
from headrace.insight import order_card

HELD = "RELEASE-09"
BEFORE_NODES = ("captured", "validated", "backordered", "preordered")
IN_REACH = ("planned", "released", "picking")


def offered(visitor: Visitor, order: dict[str, Any]) -> list[dict[str, Any]]:
    """The forms of the order's deeds, the likeliest first."""
    forms = [_note(visitor, order)]
    if order["commercial"] == "open":
        forms = [*_steering(visitor, order), *_address(visitor, order), *_cancels(visitor, order), *forms]
    return those_offered(forms)


def _form(visitor: Visitor, order: dict[str, Any], name: str, effect: str, **more: Any) -> dict[str, Any] | None:
    known = {"order_id": order["id"], **more.pop("known", {})}
    hidden = ("order_id", *more.pop("hidden", ()))
    return form_of(visitor, name, known=known, hidden=hidden, effect=effect, next_page=f"/orders/{order['number']}", **more)


def _note(visitor: Visitor, order: dict[str, Any]) -> dict[str, Any] | None:
    return _form(visitor, order, "note_order", _("The note stands in the timeline, with your name."))


def _held_by_hand(order: dict[str, Any]) -> bool:
    return any(c["reason_code"] == HELD and c["state"] != "resolved" for c in order["cases"])


def _steering(visitor: Visitor, order: dict[str, Any]) -> list[dict[str, Any] | None]:
    """Hold or let go, route anew, split, call back."""
    forms: list[dict[str, Any] | None] = []
    if _held_by_hand(order):
        forms.append(_form(visitor, order, "let_order_go", _("It goes on from where it stands.")))
    else:
        forms.append(_form(visitor, order, "hold_order", _("Nothing of it is allocated, released, picked or packed until somebody lets it go.")))
    inside = [f for f in order["fulfilments"] if f["state"] in IN_REACH and (not f["partner"] or f["state"] == "planned")]
    outside = [f for f in order["fulfilments"] if f["state"] in ("released", "picking") and f["partner"] and f["recall"] != "requested"]
    if inside or order["state"] in ("backordered", "preordered"):
        places = ", ".join(f"{f['number']} ({f['node']})" for f in inside)
        effect = _("%(places)s comes back and routing chooses again at once.") % {"places": places} if inside else _("Routing looks at it again at once.")
        forms.append(_form(visitor, order, "reallocate_order", effect, choices={"node": order_card.nodes()}))
    if inside:
        choices = [(line["line_no"], f"{line['line_no']}: {line['sku']}") for line in order["lines"] if line["qty_allocated_each"] > line["qty_shipped_each"]]
        effect = _("These pieces leave their fulfilment and travel as a parcel of their own; routing chooses their node.")
        forms.append(_form(visitor, order, "split_order", effect, choices={"line": choices}) if choices and _pieces(order) > 1 else None)
    if outside:
        effect = _("%(places)s is asked to give it back; until it answers, it may still ship.") % {"places": ", ".join(sorted({f["node"] for f in outside}))}
        forms.append(_form(visitor, order, "recall_order", effect))
    return forms


def _pieces(order: dict[str, Any]) -> int:
    return int(order["qty_allocated_each"]) - int(order["qty_shipped_each"])


def _address(visitor: Visitor, order: dict[str, Any]) -> list[dict[str, Any] | None]:
    """The address may be changed while no node has the order; the service as well."""
    if order["state"] not in BEFORE_NODES or not visitor.may("orders.personal"):
        return []
    ship: dict[str, Any] = next((a for a in order["addresses"] if a["kind"] == "ship"), {})
    parts = [{"name": f"changes.{k}", "title": _(k), "value": v or ""} for k, v in ship.items() if k not in ("kind", "is_po_box")]
    form = _form(visitor, order, "fix_address", _("The order is checked again with the new address."), without=("changes",))
    if form is not None:
        form["fields"] += [{**part, "needed": False, "hidden": False, "choices": None, "kind": "text", "may_be_empty": True} for part in parts]
    service = _form(
        visitor,
        order,
        "set_shipping_service",
        _("It ships by this service."),
        choices={"service": order_card.shipping_services()},
        known={"service": order["service"]},
    )
    return [form, service]


def _cancels(visitor: Visitor, order: dict[str, Any]) -> list[dict[str, Any] | None]:
    left = {line["line_no"]: line["qty_ordered_each"] - line["qty_cancelled_each"] - line["qty_shipped_each"] for line in order["lines"]}
    choices = [(line["line_no"], f"{line['line_no']}: {left[line['line_no']]} × {line['sku']}") for line in order["lines"] if left[line["line_no"]] > 0]
    if not choices:
        return []
    pieces = sum(left.values())
    effect = _("%(pieces)s pieces that have not left are cancelled and their stock is free again; what was paid for them is to be given back.") % {
        "pieces": pieces
    }
    return [
        _form(
            visitor,
            order,
            "cancel_line",
            _("The pieces are free again at once. Without a quantity, all that has not left."),
            choices={"line": choices},
            risky=True,
        )
        if len(choices) > 1 or pieces > 1
        else None,
        _form(visitor, order, "cancel_order", effect, risky=True),
    ]

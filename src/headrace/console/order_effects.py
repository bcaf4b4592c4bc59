"""What a cancel or a split will do to an order, in numbers: pieces back on which shelf, money that is not taken or to be given back, who hears of it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from headrace.console.templatetags.console import money
from headrace.engine.action import Refused
from headrace.flow.release import cancelling
from headrace.insight import figures, order_card


def foreseen(order_id: int, name: str, line: str, qty: str) -> dict[str, Any]:
    """`says`: sentences, or `refused`: why the deed would be. A field that is not filled in yet counts as left out."""
    order = figures.order(order_id)
    line_no, pieces = _whole(line), _whole(qty)
    if name == "split_order":
        return {"says": _of_split(order, line_no, pieces)}
    if name not in ("cancel_line", "cancel_order") or (name == "cancel_line" and line_no is None):
        return {"says": []}
    try:
        told = cancelling.foresee(_as_deed_sees(order), line_no if name == "cancel_line" else None, pieces)
    except Refused as why:
        return {"refused": str(why)}
    return {"says": [*_goods(told, order), *_money(told, order), _("The channel is not told by this deed: cancel it there, too.")]}


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class _as_deed_sees:
    """The order with the facts that the deed reads of it."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.id, self.number, self.invoiced_minor = order["id"], order["number"], order["invoiced_minor"]
        self.has_shipped = order["qty_shipped_each"] > 0


def _goods(told: cancelling.Foreseen, order: dict[str, Any]) -> list[str]:
    skus = {line["line_no"]: line["sku"] for line in order["lines"]}
    says = [_("%(pieces)s × %(sku)s is cancelled.") % {"pieces": n, "sku": skus[line_no]} for line_no, n in told.pieces.items() if n]
    names = order_card.names_of(list(told.back), [item for items in told.back.values() for item in items])
    for node, items in told.back.items():
        pieces = ", ".join(f"{n} × {names['items'][item]}" for item, n in items.items())
        says.append(_("%(pieces)s is free again at %(node)s.") % {"pieces": pieces, "node": names["nodes"][node]})
    return says


def _money(told: cancelling.Foreseen, order: dict[str, Any]) -> list[str]:
    """What the customer owes less, and of that what was paid already."""
    gone = worth_of(order, told.pieces)
    left = order["total_minor"] - worth_of(order, {line["line_no"]: line["qty_cancelled_each"] for line in order["lines"]}) - gone
    paid = order["captured_minor"] - order["refunded_minor"]
    back = max(min(paid - left, gone), 0)
    currency = order["currency"]
    says = [_("The order is worth %(amount)s less.") % {"amount": money(gone, currency)}]
    if back:
        says.append(_("%(amount)s that was paid is to be given back.") % {"amount": money(back, currency)})
    elif order["authorised_minor"] > order["captured_minor"]:
        says.append(
            _("%(amount)s of the authorisation will not be taken.")
            % {"amount": money(min(gone, order["authorised_minor"] - order["captured_minor"]), currency)}
        )
    return says


def worth_of(order: dict[str, Any], pieces: dict[int, int]) -> int:
    """What the customer pays for so many pieces of each line, tax included; the shipping with the last of them."""
    worth = sum(_of_line(order, line, pieces.get(line["line_no"], 0)) for line in order["lines"])
    everything = all(line["qty_ordered_each"] == pieces.get(line["line_no"], 0) for line in order["lines"])
    return int(order["total_minor"]) if everything else worth


def _of_line(order: dict[str, Any], line: dict[str, Any], qty: int) -> int:
    whole = line["goods_minor"] - line["discount_minor"] + (0 if order["prices_include_tax"] else line["tax_minor"])
    return int(whole * qty // line["qty_ordered_each"]) if line["qty_ordered_each"] else 0


def _of_split(order: dict[str, Any], line_no: int | None, qty: int | None) -> list[str]:
    line = next((x for x in order["lines"] if x["line_no"] == line_no), None)
    if line is None or qty is None:
        return []
    held = line["qty_allocated_each"] - line["qty_shipped_each"]
    if not 1 <= qty <= held:
        return [_("%(held)s of %(sku)s are with a node and have not left.") % {"held": held, "sku": line["sku"]}]
    return [_("%(qty)s × %(sku)s leaves its fulfilment; %(rest)s stays.") % {"qty": qty, "sku": line["sku"], "rest": held - qty}]

"""The forms of a case: what its reason offers, filled with what the case knows, and whose it is and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headrace.console import deeds
from headrace.console.access import Visitor
from headrace.console.desk_filters import TEAM_TITLES
from headrace.exception_queue import talking
from headrace.flow.validate.actions import VERDICTS
from headrace.flow.validate.countries import countries
from headrace.insight import order_card

ON_EVERY_CASE = ("retry", "accept", "close")  # they have places of their own
# After these the stage looks at once, and before them the effect is tried.
LOOKED_AT = (
    "retry", "accept", "fix_address", "set_fraud_verdict", "set_shipping_service", "map_shipping_code", "set_list_price", "allow_promotion", "set_tax_rate",
    "set_credit_limit", "set_customer_segment", "map_sku",
)  # fmt: skip
MORNING = 8  # o'clock
# What a deed does to what else waits; what it does to this document is tried and said beside the button.
EFFECTS: dict[str, Any] = {
    "fix_address": gettext_lazy("The address is changed on this order alone, and the order is checked again at once."),
    "map_sku": gettext_lazy("The channel's SKU means this item from now on, and every order that waits for it is checked again."),
    "map_shipping_code": gettext_lazy("The channel's word means this service from now on, and every order that waits for it is checked again."),
    "set_shipping_service": gettext_lazy("This order alone ships by this service."),
    "set_list_price": gettext_lazy("The price stands on the list from that day on, and every order that waits for a price is checked again."),
    "allow_promotion": gettext_lazy("The discount may be used, and every order that waits for it is checked again."),
    "set_tax_rate": gettext_lazy("The rate is in force from that day on, and every order that waits for a rate is checked again."),
    "set_credit_limit": gettext_lazy("The customer may owe so much, and their orders are checked again."),
    "set_fraud_verdict": gettext_lazy("The verdict stands on this order, with your grounds and your name."),
    "cancel_order": gettext_lazy("The order ends: what is reserved is given back, and the channel is told."),
    "cancel_line": gettext_lazy("The line ends, and the rest of the order goes on."),
    "let_order_go": gettext_lazy("The hold is lifted, and the order goes on."),
    "recall_order": gettext_lazy("The nodes are asked to give the goods back; what has left stays gone."),
    "recall_fulfilment": gettext_lazy("The node is asked to give this fulfilment back."),
    "replay_dead_letters": gettext_lazy("It goes out again with the same key, so that the partner cannot do it twice."),
    "confirm_variance": gettext_lazy("The loss is booked, and the stock is lower by it."),
    "goods_found": gettext_lazy("The goods are on their shelf again."),
}
ADDRESS_TITLES: dict[str, Any] = {
    "name": gettext_lazy("Name"), "company": gettext_lazy("Company"), "line1": gettext_lazy("Street and number"), "line2": gettext_lazy("Flat, floor, building"),
    "postcode": gettext_lazy("Postcode"), "city": gettext_lazy("Town"), "region": gettext_lazy("State or province"), "country": gettext_lazy("Country"),
    "phone": gettext_lazy("Telephone"), "email": gettext_lazy("E-mail"),
}  # fmt: skip
FIELD_TITLES: dict[str, Any] = {
    "why": gettext_lazy("Why"), "note": gettext_lazy("Grounds"), "item": gettext_lazy("Which item it is"), "pack_each": gettext_lazy("Pieces in a pack"),
    "unit_price": gettext_lazy("Price of one"), "price_list": gettext_lazy("Price list"), "sku": gettext_lazy("SKU"), "verdict": gettext_lazy("Verdict"),
    "service": gettext_lazy("Shipping service"), "line": gettext_lazy("Line"), "from_qty_each": gettext_lazy("From this quantity on"),
    "valid_from_on": gettext_lazy("From this day on"), "valid_to_on": gettext_lazy("Until this day"), "percent_max": gettext_lazy("At most per cent of the goods"),
    "code": gettext_lazy("Code"), "channel": gettext_lazy("Channel"), "channel_sku": gettext_lazy("SKU of the channel"), "rate": gettext_lazy("Rate (0.19 is 19 per cent)"),
    "jurisdiction": gettext_lazy("Country, or country and region"), "tax_class": gettext_lazy("Tax class"), "taxes_shipping": gettext_lazy("Shipping is taxed, too"),
    "credit_limit_minor": gettext_lazy("Credit limit in cents"), "terms_days": gettext_lazy("Days to pay"), "party_id": gettext_lazy("Customer"),
}  # fmt: skip
RISKY = ("cancel_order", "cancel_line", "confirm_variance")


def offered(visitor: Visitor, found: dict[str, Any], order: dict[str, Any] | None, after: str) -> list[dict[str, Any]]:
    """What the reason offers besides trying again, the likeliest first; what stops the order for good last."""
    known = _known(found, order)
    forms = []
    for name in sorted((n for n in found["offers"] if n not in ON_EVERY_CASE), key=lambda n: n in RISKY):
        form = deeds.form_of(
            visitor,
            name,
            known=known,
            hidden=("order_id", "case_ids", "channel", "channel_sku", "channel_code", "party_id", "fulfilment", "partner", "outbox_ids"),
            next_page=after,
            choices=_choices(name, order),
            without=("changes",),
            effect=str(EFFECTS.get(name, "")),
            risky=name in RISKY,
        )
        if form is not None and name == "fix_address":
            form |= _address(order, found)
        forms.append(form)
    return [{**_unhidden(form), "is_tried": form["name"] in LOOKED_AT} for form in deeds.offered(forms)]


def _known(found: dict[str, Any], order: dict[str, Any] | None) -> dict[str, Any]:
    """What the deeds ask for, under their own names."""
    detail = found["detail"]
    value = detail.get("value")
    known = {
        **detail, "order_id": found["order_id"], "case_ids": [found["id"]], "channel_sku": detail.get("sku"), "channel_code": value, "fulfilment": value,
        "outbox_ids": [found["document_id"]] if found["document"] == "outbox" else None,
    }  # fmt: skip
    if order is not None:
        known |= {"channel": order["channel"], "party_id": order.get("party_id"), "jurisdiction": detail.get("jurisdiction") or value}
    if value is not None:
        known["unit_price"] = str(value).split(" ")[0]
    return known


def _unhidden(form: dict[str, Any]) -> dict[str, Any]:
    """Fields under the names that people use; one that the case does not know is asked for."""
    for field in form["fields"]:
        if field["hidden"] and field["value"] == "" and field["needed"]:
            field["hidden"] = False
        if field["name"] in FIELD_TITLES:
            field["title"] = FIELD_TITLES[field["name"]]
    return form


def _choices(name: str, order: dict[str, Any] | None) -> dict[str, Any]:
    """Fields that are chosen, not typed."""
    if name == "cancel_line" and order is not None:
        return {"line": [(line["line_no"], f"{line['line_no']}: {line['sku']} {line['title'] or ''}") for line in order["lines"]]}
    if name in ("set_shipping_service", "map_shipping_code"):
        return {"service": order_card.shipping_services()}
    if name == "set_fraud_verdict":
        return {"verdict": [(v, _(v)) for v in VERDICTS]}
    return {}


def _address(order: dict[str, Any] | None, found: dict[str, Any]) -> dict[str, Any]:
    """The fields of the ship-to address, as its country wants them: what is needed, regions to choose from, how a postcode looks."""
    ship: dict[str, Any] = next((a for a in (order or {}).get("addresses", ()) if a["kind"] == "ship"), {})
    return {"fields": [{"name": "order_id", "hidden": True, "value": found["order_id"]}, *address_fields(ship)], "is_address": True}


def address_fields(ship: dict[str, Any]) -> list[dict[str, Any]]:
    """Name, title, value and kind of each field for the country that the address has."""
    country = countries().get(str(ship.get("country") or "").upper())
    return [_address_field(name, ship.get(name) or "", country) for name in ADDRESS_TITLES]


def _address_field(name: str, value: str, country: Any) -> dict[str, Any]:
    choices, hint = None, ""
    if name == "country":
        choices = sorted(((code, f"{land.name.title()} ({code})") for code, land in countries().items()), key=lambda c: c[1])
    elif name == "region" and country and country.regions:
        choices = [(code, code) for code in sorted(country.regions)]
    elif name == "postcode" and country and country.postcode_examples:
        hint = _("as in %(example)s") % {"example": country.postcode_examples[0]}
    if choices is not None and value not in {code for code, _title in choices}:
        choices = [(value, value), *choices]
    return {
        "name": f"changes.{name}", "title": ADDRESS_TITLES[name], "value": value, "needed": bool(country and name in country.required), "hidden": False,
        "choices": choices, "kind": "email" if name == "email" else "tel" if name == "phone" else "text", "hint": hint,
    }  # fmt: skip


def wakings() -> list[tuple[str, str]]:
    """Moments until which people let a case sleep, in the zone of whoever looks: (as the deed takes it, in words)."""
    now = timezone.localtime()
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=7 - now.weekday())
    told = (
        (now + timedelta(hours=1), _("for an hour")),
        (now + timedelta(hours=4), _("for four hours")),
        (morning + timedelta(days=1), _("until tomorrow at eight")),
        (morning + timedelta(days=2), _("until the day after tomorrow at eight")),
    )
    return [(at.isoformat(timespec="seconds"), words) for at, words in (*told, (monday, _("until Monday at eight")))]


def people(visitor: Visitor) -> list[tuple[str, str]]:
    """Who can be given a case: oneself first."""
    others = [(f"user:{username}", name) for username, name in talking.colleagues() if username != visitor.name]
    return [(visitor.actor, _("me (%(name)s)") % {"name": visitor.name}), *others]


def teams(but: str = "") -> list[tuple[str, Any]]:
    return [(str(team), title) for team, title in TEAM_TITLES.items() if team != but]


def moment_of(text: str) -> str:
    """A moment as a browser's field gives it, in the zone of whoever looks, with that zone; as it stands where it is none, so that the deed names it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (at if at.tzinfo else timezone.make_aware(at)).isoformat(timespec="seconds")

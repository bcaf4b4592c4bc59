"""First steps: what an empty system needs until its first order has gone through, each step ticked when the books show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from headrace.console import catalog_fields, channels, deeds
from headrace.console.access import page, visitor_of
from headrace.console.catalog import NAV
from headrace.insight import channels as doors

STOCK_ROWS = 5  # lines of the form for opening stock


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is, in one sentence why it is needed, whether it is done, and where it is done or looked at."""

    name: str
    title: Any
    why: Any
    done: bool
    href: str

    @property
    def anchor(self) -> str:
        return f"/first-steps#{self.name}"


def steps(known: dict[str, Any] | None = None) -> list[Step]:
    """Every step in its order, ticked from what is there."""
    at = known or doors.progress()
    channel = f"/catalog/channels/{at['channel_code']}" if at["channel_code"] else "/catalog/channels"
    order = f"/orders/{at['first_order']}" if at["first_order"] else "/orders"
    told = (
        ("entity", _("Legal entity"), _("Invoices and books belong to the company that sells."), "/catalog/channels"),
        ("node", _("A place that ships"), _("Orders are given to a node that holds the goods and reaches the customer."), "/catalog/nodes"),
        (
            "service",
            _("A way to ship"),
            _("Each order travels by a shipping service, which says what it may carry and how long it takes."),
            "/catalog/services",
        ),
        ("tax", _("Tax rates"), _("The tax of every order is computed again; a destination without a rate parks the order."), "/catalog/taxes"),
        ("items", _("Items"), _("An order line names an item by its SKU; bring the catalog in as a file, or make one by hand."), "/catalog/import?table=items"),
        ("stock", _("Opening stock"), _("Only goods that are on a shelf are promised; each piece comes in with its cost."), "/stock"),
        ("channel", _("The first channel"), _("A channel is the door that orders come in by."), channel),
        ("message", _("First message arrived"), _("The other side has been told our address and secret, and has sent something."), channel),
        ("worker", _("A worker runs"), _("Workers take messages and orders from stage to stage; without one everything waits."), "/system"),
        ("released", _("First order released"), _("An order has passed every check and lies in front of a picker."), order),
    )
    return [Step(name, title, why, bool(at[name]), href) for name, title, why, href in told]


def is_complete(told: list[Step]) -> bool:
    return all(step.done for step in told)


@require_safe
@page("stock.read")
def show(request: HttpRequest) -> HttpResponse:
    """The steps, with the form of each that is open."""
    known = doors.progress()
    told = steps(known)
    visitor, here = visitor_of(request), "/first-steps"
    code = known["channel_code"]
    context = {
        "steps": told,
        "done": sum(step.done for step in told),
        "next_step": next((step.name for step in told if not step.done), ""),
        "known": known,
        "code": code,
        "channel": doors.one(code) if code else None,
        "address": request.build_absolute_uri(f"/hooks/shopify/{code}") if code else "",
        "forms": _forms(visitor, here),
        "node_fields": catalog_fields.fields(
            ("name", "kind", "entity", "zone", "country", "region", "postcode", "cut_off"), catalog_fields.NEW_NODE, _node_choices()
        ),
        "stock_rows": range(1, STOCK_ROWS + 1),
        "nodes": [(n["code"], n["name"]) for n in _nodes()],
        "may_write": visitor.may_do("load_items"),
        "may_stock": visitor.may_do("count_stock"),
        "may_hold_secrets": visitor.may("keys.manage"),
        "parts": request.htmx,  # type: ignore[attr-defined]
        **NAV,
    }
    return render(request, "console/first_steps.html", context)


def _nodes() -> list[dict[str, Any]]:
    from headrace.insight import assortment

    return assortment.nodes({}, None, STOCK_ROWS * 10)


def _node_choices() -> dict[str, Any]:
    return {"kind": catalog_fields.kinds_of_nodes(), "entity": doors.entities()}


def _forms(visitor: Any, here: str) -> dict[str, Any]:
    """The forms of the steps that a named action does whole."""
    zones = [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone and not zone.startswith("Etc/")]
    return {
        "entity": deeds.form_of(visitor, "make_entity", choices={"zone": zones}, next_page=here, effect=_("Code, currency and zone stay for good.")),
        "service": deeds.form_of(
            visitor, "keep_shipping_service", known={"code": "ground", "name": _("Ground"), "carrier": "own", "transit_days": 3, "weight_g_max": 30_000, "takes_po_box": True},
            next_page=here, effect=_("“own” is the house's own carrier, which gives labels without an account."),
        ),
        "tax": deeds.form_of(
            visitor, "set_tax_rate", known={"jurisdiction": "US-NY", "rate": "0.08", "tax_class": "standard", "taxes_shipping": False}, without=("valid_from_on",), next_page=here,
            effect=_("0.08 is 8 per cent. A country (GB), or a country with a region (US-NY); add every place that you sell to."),
        ),
        "channel": channels.make_form(visitor, here),
    }  # fmt: skip

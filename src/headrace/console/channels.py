"""Channels: the doors that orders come in by. How each is, what to paste at its other side, what its words mean, and pausing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from headrace.catalog.models import CAPTURE_POLICIES, CHANNEL_KINDS
from headrace.console import acting, deeds, listing
from headrace.console.access import page, visitor_of
from headrace.console.catalog import NAV
from headrace.console.listing import Column, Listing
from headrace.governance.secrets import set_partner_secret
from headrace.insight import assortment, channels

KINDS = {
    "shopify": gettext_lazy("Shopify, by webhooks"), "portal": gettext_lazy("Own portal, by the API"), "api": gettext_lazy("Another system, by the API"),
    "store": gettext_lazy("Stores, by the API"), "file": gettext_lazy("Files"),
}  # fmt: skip
CAPTURES = {
    "at_sale": gettext_lazy("The channel has taken the money"), "on_shipment": gettext_lazy("We take it when the goods leave"),
    "on_account": gettext_lazy("On account, with days to pay"),
}  # fmt: skip
CHANNELS = Listing(
    "channels",
    gettext_lazy("Channels"),
    "/catalog/channels",
    (
        Column("code", gettext_lazy("Code"), href="/catalog/channels/{code}"),
        Column("name", gettext_lazy("Name")),
        Column("kind", gettext_lazy("Kind"), wide=True),
        Column("entity", gettext_lazy("Entity"), wide=True),
        Column("currency", gettext_lazy("Currency"), wide=True),
        Column("is_active", gettext_lazy("Takes orders"), "flag"),
        Column("heard_at", gettext_lazy("Last order heard"), "moment", wide=True),
        Column("waits", gettext_lazy("Messages that wait"), "count", href="/system/inbox?partner={code}&state=parked"),
        Column("price_list", gettext_lazy("Price list"), wide=True),
        Column("capture_policy", gettext_lazy("Money"), "words", extra=True),
        Column("has_secret", gettext_lazy("Has a secret"), "flag", extra=True),
    ),
    rows=channels.listed,
    empty=gettext_lazy("A channel is a door that orders come in by: a shop, a portal, a folder of files. Make the first one below."),
)


@require_safe
@page("stock.read")
def show(request: HttpRequest) -> HttpResponseBase:
    """Every door, and the form of a new one."""
    visitor = visitor_of(request)
    make = make_form(visitor, "/catalog/channels")
    return listing.show(request, CHANNELS, template="console/channels.html", more={**NAV, "deeds": deeds.offered([make])})


def choices() -> dict[str, Any]:
    """What the fields of a channel may hold."""
    return {
        "kind": [(kind, KINDS[kind]) for kind in CHANNEL_KINDS if kind in KINDS],
        "capture_policy": [(word, CAPTURES[word]) for word in CAPTURE_POLICIES],
        "entity": channels.entities(),
        "price_list": assortment.price_lists(),
        "default_service": channels.shipping_services(),
    }


def make_form(visitor: Any, next_page: str) -> dict[str, Any] | None:
    effect = _("The code becomes part of the address that the channel sends to; it, the kind, the entity and the currency stay for good.")
    known = {"kind": "shopify", "capture_policy": "on_shipment"}
    return deeds.form_of(visitor, "make_channel", known=known, choices=choices(), effect=effect, next_page=next_page)


@require_safe
@page("stock.read")
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One channel: its state, the other side's settings, its words for ours."""
    found = None if "\x00" in code else channels.one(code)
    if found is None:
        raise Http404(f"there is no channel {code}")
    visitor, here = visitor_of(request), request.path
    context = {
        "channel": found,
        "kind_says": KINDS.get(found["kind"], found["kind"]),
        "capture_says": CAPTURES[found["capture_policy"]],
        "address": request.build_absolute_uri(f"/hooks/shopify/{code}") if found["kind"] == "shopify" else request.build_absolute_uri("/api/v1/orders"),
        "may_write": visitor.may_do("change_channel", {"code": code}),
        "may_hold_secrets": visitor.may("keys.manage"),
        "choices": choices(),
        "services": channels.shipping_services(),
        "deeds": deeds.offered([_switch(visitor, found, here)]),
        **NAV,
    }
    return render(request, "console/channel.html", context)


def _switch(visitor: Any, found: dict[str, Any], here: str) -> dict[str, Any] | None:
    known = {"code": found["code"]}
    if found["is_active"]:
        effect = _("New messages of %s are kept but become no orders; they wait as exceptions until it is resumed. Orders that are in go on.") % found["name"]
        return deeds.form_of(visitor, "pause_channel", known=known, hidden=("code",), effect=effect, next_page=here, risky=True)
    effect = _("Messages of %s become orders again, and those that waited are read within a minute.") % found["name"]
    return deeds.form_of(visitor, "resume_channel", known=known, hidden=("code",), effect=effect, next_page=here)


@require_POST
@page("keys.manage")
def keep_secret(request: HttpRequest, code: str) -> HttpResponse:
    """Keep the signing secret; it is never shown again. The one before still counts where that was asked for, so that nothing is refused meanwhile."""
    values = [v.strip() for v in (request.POST.get("secret", ""), request.POST.get("old", "")) if v.strip()]
    if channels.one(code) is None:
        messages.error(request, _("There is no channel %s.") % code[:40], extra_tags="bad")
    else:
        outcome = acting.attempt(request, set_partner_secret, {"partner": code, "values": values})
        outcome.tell(request, done=_("The secret is kept, sealed. It counts everywhere within half a minute."))
    return redirect("/first-steps" if request.POST.get("next") == "/first-steps" else f"/catalog/channels/{code}")


@require_safe
@page("stock.read")
def arrived(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a first message came: asked again every few seconds until it has."""
    return render(request, "console/_arrived.html", {"channel": channels.one(code), "code": code})

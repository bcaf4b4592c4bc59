"""What a shop is made of before its first order: legal entities, channels, shipping services, price lists; each made or changed by name."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from headrace.catalog import doors
from headrace.catalog.models import CAPTURE_POLICIES, CHANNEL_KINDS
from headrace.engine.action import Deed, Refused, action
from headrace.exception_queue.resolving import clear_cases
from headrace.values.currency import is_currency

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
COUNTRY = re.compile(r"[A-Z]{2}")
NAME_CHARS_MAX = 120
WEIGHT_G_MAX, TRANSIT_DAYS_MAX = 10_000_000, 365
ASKED = {"name", "price_list", "prices_include_tax", "capture_policy", "gateway", "needs_fraud_verdict", "default_service"}


def _code(value: str) -> str:
    if not CODE.fullmatch(value or ""):
        raise Refused(f"code: {value!r}; use letters, digits and . _ -, at most 40, as in shop-us")
    return value


def _name(value: str) -> str:
    name = (value or "").strip()
    if not 0 < len(name) <= NAME_CHARS_MAX:
        raise Refused(f"name: {name[:NAME_CHARS_MAX]!r}; write 1 to {NAME_CHARS_MAX} characters")
    return name


def _currency(value: str) -> str:
    if not is_currency(value):
        raise Refused(f"currency: {value!r} is no ISO 4217 code; write it as in USD")
    return value


@action(permission="catalog.write", says="Make the legal entity")
def make_entity(deed: Deed, *, code: str, name: str, currency: str, zone: str, country: str, tax_number: str | None = None) -> None:
    """The company that sells: it keeps books in one currency, and its invoices bear its name and tax number. Code, currency and zone stay for good."""
    deed.subject = f"entity:{_code(code)}"
    if zone not in available_timezones():
        raise Refused(f"zone: {zone!r} is no known time zone; write it as in America/New_York")
    if not COUNTRY.fullmatch(country or ""):
        raise Refused(f"country: {country!r}; write two letters, as in US")
    values = {"code": code, "name": _name(name), "currency": _currency(currency), "zone": zone, "country": country, "tax_number": tax_number or None}
    if not doors.write_entity(deed, values):
        raise Refused(f"code: there is a legal entity {code} already; choose another code")
    deed.before_after = {column: [None, value] for column, value in values.items() if value}


@action(permission="catalog.write", says="Make the price list")
def make_price_list(deed: Deed, *, code: str, currency: str) -> None:
    """A list of expected prices in one currency; received prices of its channels are compared with it."""
    deed.subject = f"price_list:{_code(code)}"
    if not doors.write_price_list(deed, code, _currency(currency)):
        raise Refused(f"code: there is a price list {code} already; choose another code")


@action(permission="catalog.write", says="Keep the shipping service")
def keep_shipping_service(
    deed: Deed, *, code: str, name: str, carrier: str = "own", transit_days: int = 3, weight_g_max: int = 30_000, takes_po_box: bool = False, takes_hazmat: bool = False
) -> None:  # fmt: skip
    """A way to ship: which carrier, how many days it usually takes, what it may carry. Kept under its code; the same code again changes it."""
    deed.subject = f"shipping_service:{_code(code)}"
    if not 0 < weight_g_max <= WEIGHT_G_MAX:
        raise Refused(f"weight_g_max: {weight_g_max}; write grams from 1 to {WEIGHT_G_MAX:,}")
    if not 0 <= transit_days <= TRANSIT_DAYS_MAX:
        raise Refused(f"transit_days: {transit_days}; write 0 to {TRANSIT_DAYS_MAX}")
    values = {"code": code, "name": _name(name), "carrier": _code(carrier), "transit_days": transit_days, "weight_g_max": weight_g_max}
    doors.write_shipping_service(deed, {**values, "takes_po_box": takes_po_box, "takes_hazmat": takes_hazmat})


@action(permission="catalog.write", says="Make the channel")
def make_channel(
    deed: Deed,
    *,
    code: str,
    name: str,
    kind: str,
    entity: str,
    currency: str | None = None,
    price_list: str | None = None,
    prices_include_tax: bool = False,
    capture_policy: str = "on_shipment",
    gateway: str | None = None,
    needs_fraud_verdict: bool = False,
    default_service: str | None = None,
) -> None:
    """A door that orders come in by. Its code is part of its addresses; code, kind, entity and currency stay for good, the rest can be changed."""
    deed.subject = f"channel:{_code(code)}"
    if doors.channel(code) is not None:
        raise Refused(f"code: there is a channel {code} already; choose another code")
    if kind not in CHANNEL_KINDS:
        raise Refused(f"kind: {kind!r}; write one of {', '.join(CHANNEL_KINDS)}")
    owner = doors.entity(entity)
    if owner is None:
        raise Refused(f"entity: there is no legal entity {entity!r}; make it first")
    asked = {"name": name, "price_list": price_list, "prices_include_tax": prices_include_tax, "capture_policy": capture_policy, "gateway": gateway}
    asked |= {"needs_fraud_verdict": needs_fraud_verdict, "default_service": default_service}
    _write(deed, {"code": code, "kind": kind, "entity": entity, "currency": _currency(currency or owner.currency), "is_active": True, "settings": {}}, asked)
    clear_cases(deed, "channel.known")


@action(permission="catalog.write", says="Change the channel")
def change_channel(deed: Deed, *, code: str, changes: dict[str, Any]) -> None:
    """Change what the channel is called and how its orders are taken, field by field; an empty field empties it. Orders that are in stay as they are."""
    unknown = sorted(set(changes) - ASKED)
    if unknown:
        raise Refused(f"changes.{unknown[0]}: cannot be changed; known are {', '.join(sorted(ASKED))}")
    found = _found(deed, code)
    before = {**found, "default_service": found["settings"].get("default_service")}
    asked = {name: changes.get(name, before[name]) for name in ASKED}
    for flag in ("prices_include_tax", "needs_fraud_verdict"):
        asked[flag] = asked[flag] in (True, "true")
    _write(deed, found, asked)
    deed.before_after = {name: [before[name], asked[name] or None] for name in ASKED if (before[name] or None) != (asked[name] or None)}


@action(permission="partners.operate", says="Pause the channel")
def pause_channel(deed: Deed, *, code: str, why: str) -> None:
    """New messages of the channel are still stored, but none becomes an order until it is resumed; they wait as exceptions. Orders that are in go on."""
    if not (why or "").strip():
        raise Refused("why: ''. Pausing a channel needs a reason in words.")
    found = _found(deed, code)
    if not found["is_active"]:
        raise Refused(f"code: {code} is paused already")
    doors.write_channel(deed, {**found, "is_active": False})
    deed.before_after = {"is_active": [True, False]}


@action(permission="partners.operate", says="Resume the channel")
def resume_channel(deed: Deed, *, code: str) -> int:
    """The channel's messages become orders again, and those that waited are read. Gives how many look again."""
    found = _found(deed, code)
    if found["is_active"]:
        raise Refused(f"code: {code} is not paused")
    doors.write_channel(deed, {**found, "is_active": True})
    deed.before_after = {"is_active": [False, True]}
    return clear_cases(deed, "channel.known")


def _found(deed: Deed, code: str) -> dict[str, Any]:
    deed.subject = f"channel:{code}"
    found = doors.channel(code)
    if found is None:
        raise Refused(f"code: there is no channel {code!r}")
    row: dict[str, Any] = found._asdict()
    return row


def _write(deed: Deed, base: dict[str, Any], asked: dict[str, Any]) -> None:
    """Check what may change, and write the whole."""
    if asked["capture_policy"] not in CAPTURE_POLICIES:
        raise Refused(f"capture_policy: {asked['capture_policy']!r}; write one of {', '.join(CAPTURE_POLICIES)}")
    if asked["price_list"]:
        of_list = doors.price_list_currency(asked["price_list"])
        if of_list != base["currency"]:
            raise Refused(f"price_list: {asked['price_list']!r} is {'in ' + of_list if of_list else 'not there'}; choose one in {base['currency']}")
    kept = {name: value for name, value in base["settings"].items() if name != "default_service"}
    settings = kept | ({"default_service": asked["default_service"]} if asked["default_service"] else {})
    plain = {name: asked[name] or None for name in ("price_list", "gateway")}
    flags = {name: bool(asked[name]) for name in ("prices_include_tax", "needs_fraud_verdict")}
    doors.write_channel(deed, {**base, **plain, **flags, "name": _name(asked["name"]), "capture_policy": asked["capture_policy"], "settings": settings})

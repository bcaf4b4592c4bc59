"""What people do about a failed check, in place. Each deed sends the orders it concerns back through validate; accepting is the queue's own deed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from headrace.catalog import customers, knowing, prices, services, taxes
from headrace.engine.action import Deed, Refused, action
from headrace.flow.validate import waking
from headrace.flow.validate.countries import countries
from headrace.orders import documents, validating

VERDICTS = ("accept", "review", "reject")
TAX_CLASSES = ("standard", "reduced", "zero", "exempt")
PERCENT_MAX = 100


@action(permission="orders.edit", says="Fix address")
def fix_address(deed: Deed, *, order_id: int, changes: dict[str, str | None]) -> None:
    """Set fields of the ship-to address (name, company, line1, line2, city, region, postcode, country, phone, email); null empties one."""
    unknown = sorted(set(changes) - set(validating.ADDRESS_FIELDS))
    if unknown or not changes:
        raise Refused(f"changes: {', '.join(unknown) or 'nothing'} cannot be set; known are {', '.join(validating.ADDRESS_FIELDS)}")
    waking.take(deed, order_id)
    before = validating.ship_to(order_id)
    deed.before_after = {name: [before.get(name), after] for name, after in changes.items() if before.get(name) != after}
    validating.write_ship_to(deed, order_id, changes)
    documents.tell(deed, "address_fixed", {order_id: deed.before_after})
    waking.wake(deed, [order_id])


@action(permission="orders.edit", says="Set fraud verdict")
def set_fraud_verdict(deed: Deed, *, order_id: int, verdict: str, note: str) -> None:
    """Give or overturn a fraud verdict, with the grounds."""
    if verdict not in VERDICTS:
        raise Refused(f"verdict: {verdict!r} must be one of {', '.join(VERDICTS)}")
    if not note.strip():
        raise Refused("note: ''. A fraud verdict needs its grounds in words.")
    order = waking.take(deed, order_id)
    deed.before_after = {"fraud_verdict": [order.fraud_verdict, verdict]}
    validating.set_fraud_verdict(deed, order_id, verdict)
    documents.tell(deed, "fraud_verdict_set", {order_id: {**deed.before_after, "note": note}})
    waking.wake(deed, [order_id])


@action(permission="orders.edit", says="Choose shipping service")
def set_shipping_service(deed: Deed, *, order_id: int, service: str) -> None:
    """Choose another shipping service for one order; the channel's own word stays on it."""
    chosen = services.service(service)
    if chosen is None:
        raise Refused(f"service: there is no shipping service {service!r}; look the codes up in the catalog")
    order = waking.take(deed, order_id)
    deed.before_after = {"shipping_service_id": [order.shipping_service_id, chosen.id]}
    validating.set_shipping_service(deed, order_id, chosen.id)
    documents.tell(deed, "shipping_service_set", {order_id: {"service": service}})
    waking.wake(deed, [order_id])


@action(permission="catalog.write", says="Map the shipping code")
def map_shipping_code(deed: Deed, *, channel: str, channel_code: str, service: str) -> int:
    """Teach what a channel calls a shipping service. Every order that waits for it is checked again; gives their number."""
    deed.subject = f"shipping_code:{channel}:{channel_code}"
    door, chosen = knowing.channels([channel]).get(channel), services.service(service)
    if door is None:
        raise Refused(f"channel: there is no channel {channel!r}")
    if chosen is None:
        raise Refused(f"service: there is no shipping service {service!r}; look the codes up in the catalog")
    services.learn_code(deed, door.id, channel_code, chosen.id)
    return waking.wake_waiting(deed, ["shipping.unknown"], value=channel_code, channel=channel)


@action(permission="catalog.write", says="Set list price")
def set_list_price(deed: Deed, *, price_list: str, sku: str, unit_price: str, from_qty_each: int = 1, valid_from_on: str | None = None) -> int:
    """Put a price on a list from a day on (ISO date; today unless given). Orders that wait for a price are checked again; gives their number."""
    deed.subject = f"price:{price_list}:{sku}"
    price = _decimal("unit_price", unit_price)
    if price < 0 or from_qty_each < 1:
        raise Refused(f"unit_price, from_qty_each: {unit_price}, {from_qty_each} must not be negative, and the quantity is 1 or more")
    prices.set_price(deed, price_list, sku, price, from_qty_each, _day("valid_from_on", valid_from_on, deed))
    return waking.wake_waiting(deed, ["price.off_list", "price.unlisted"])


@action(permission="catalog.write", says="Allow a promotion")
def allow_promotion(deed: Deed, *, code: str, percent_max: str, valid_from_on: str, valid_to_on: str | None = None, channel: str | None = None) -> int:
    """Let a discount code be used, up to a per cent of the goods. Orders that wait for it are checked again; gives their number."""
    deed.subject = f"promotion:{code}"
    percent = _decimal("percent_max", percent_max)
    if not 0 < percent <= PERCENT_MAX:
        raise Refused(f"percent_max: {percent_max} must lie above 0 and not above {PERCENT_MAX}")
    until = _day("valid_to_on", valid_to_on, deed) if valid_to_on else None
    prices.allow_promotion(deed, code, channel, percent, _day("valid_from_on", valid_from_on, deed), until)
    return waking.wake_waiting(deed, ["discount.unknown", "discount.lapsed", "discount.over_limit"], names="code", value=code, channel=channel)


@action(permission="catalog.write", says="Set tax rate")
def set_tax_rate(
    deed: Deed,
    *,
    jurisdiction: str,
    rate: str,
    tax_class: str = "standard",
    taxes_shipping: bool = True,
    valid_from_on: str | None = None,
) -> int:
    """Put a rate in force (0.19 is 19 per cent) for a country or country-region. Orders that wait for a rate are checked again; gives their number."""
    deed.subject = f"tax_rate:{jurisdiction}:{tax_class}"
    share = _decimal("rate", rate)
    if jurisdiction.split("-")[0] not in countries():
        raise Refused(f"jurisdiction: {jurisdiction!r} must be a country code, or one with a region, as in US-CA")
    if tax_class not in TAX_CLASSES:
        raise Refused(f"tax_class: {tax_class!r} must be one of {', '.join(TAX_CLASSES)}")
    if not 0 <= share < 1:
        raise Refused(f"rate: {rate} must be a share from 0 to below 1; 19 per cent is 0.19")
    taxes.set_rate(deed, jurisdiction, tax_class, share, taxes_shipping, _day("valid_from_on", valid_from_on, deed))
    return waking.wake_waiting(deed, ["tax.jurisdiction", "tax.variance"])


@action(permission="catalog.write", says="Set credit limit")
def set_credit_limit(deed: Deed, *, party_id: int, credit_limit_minor: int | None, terms_days: int) -> int:
    """Set what a customer may owe, in minor units of the entity's currency (null is no credit), and the days to pay. Gives how many orders go again."""
    deed.subject = f"party:{party_id}"
    known = customers.party(party_id)
    if known is None:
        raise Refused(f"party_id: there is no customer {party_id}")
    if terms_days < 0 or (credit_limit_minor is not None and credit_limit_minor < 0):
        raise Refused("credit_limit_minor, terms_days: must not be negative")
    deed.before_after = {"credit_limit_minor": [known.credit_limit_minor, credit_limit_minor], "terms_days": [known.terms_days, terms_days]}
    customers.set_credit(deed, party_id, credit_limit_minor, terms_days)
    return waking.wake_waiting(deed, ["credit.none", "credit.exceeded"], party_id=party_id)


@action(permission="catalog.write", says="Set customer segment")
def set_customer_segment(deed: Deed, *, party_id: int, segment: str) -> int:
    """Move a customer to another segment; orders that its segment held are checked again. Gives their number."""
    deed.subject = f"party:{party_id}"
    known = customers.party(party_id)
    if known is None:
        raise Refused(f"party_id: there is no customer {party_id}")
    if not segment.strip():
        raise Refused("segment: '' is no segment; write retail, wholesale, vip, staff or blocked")
    deed.before_after = {"segment": [known.segment, segment]}
    customers.set_segment(deed, party_id, segment)
    return waking.wake_waiting(deed, ["customer.blocked", "customer.segment", "order.high_value"], party_id=party_id)


@action(permission="catalog.write", says="Set tax exemption")
def set_tax_exemption(deed: Deed, *, party_id: int, why: str, tax_exempt_until_on: date | None = None) -> int:
    """Say until which day a customer's exemption certificate holds, and by which certificate; without a day the exemption ends. Orders that wait for their tax are checked again. Gives their number."""  # noqa: E501
    deed.subject = f"party:{party_id}"
    known = customers.party(party_id)
    if known is None:
        raise Refused(f"party_id: there is no customer {party_id}")
    if not (why or "").strip():
        raise Refused("why: ''. Name the certificate, or why the exemption ends.")
    deed.before_after = {"tax_exempt_until_on": [str(known.tax_exempt_until_on or "") or None, str(tax_exempt_until_on or "") or None], "why": [None, why]}
    customers.set_exemption(deed, party_id, tax_exempt_until_on)
    return waking.wake_waiting(deed, ["tax.jurisdiction", "tax.variance"], party_id=party_id)


def _decimal(name: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Refused(f"{name}: {text!r} is no number; write it with a decimal point, as text") from None
    if not number.is_finite():
        raise Refused(f"{name}: {text!r} is no number")
    return number


def _day(name: str, text: str | None, deed: Deed) -> date:
    if text is None:
        return deed.at.date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{name}: {text!r} is no date; write it as 2026-01-31") from None

"""What a channel hands to capture: an order in the house's own words, and how a channel's translator is known.

A connector's `translate.py` turns a raw body into a `CanonicalOrder` or raises `Unreadable`; it never touches a book. All amounts are
integer minor units of `currency`; unit prices are exact decimals; quantities count the channel's own units (packs).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


class Unreadable(Exception):
    """A message that cannot become an order. Names the field, the value as sent, and the remedy."""

    def __init__(self, field_name: str, value: Any, fix: str) -> None:
        super().__init__(f"{field_name}: {value!r}. {fix}")
        self.field_name, self.value, self.fix = field_name, value, fix


CHARGES = {"TIP": ("Tip", "tips"), "DUTIES": ("Import duties", "duties"), "FEES": ("Additional fees", "fees")}
"""SKUs that translators write for what an order holds beside goods: name and item class. The class decides the account; none bears our tax."""


@dataclass(slots=True)
class CanonicalAddress:
    name: str | None = None
    company: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(slots=True)
class CanonicalLine:
    """One line. `discount_minor` is its own discount plus its share of the order's, positive."""

    external_ref: str
    sku: str
    qty: int
    unit_price: Decimal
    goods_minor: int  # qty * unit_price, rounded once
    title: str | None = None
    kind: str = "goods"  # goods, charge, service or gift_card
    discount_minor: int = 0
    tax_minor: int = 0
    taxes: list[dict[str, Any]] | None = None  # the channel's own: title, rate, amount_minor
    qty_cancelled: int = 0


@dataclass(slots=True)
class CanonicalPayment:
    kind: str  # authorised, captured, refunded or voided
    gateway: str
    external_ref: str
    amount_minor: int
    at: datetime
    expires_at: datetime | None = None
    so_far: bool = False  # the amount is all of its kind up to now: only what the books lack of it is new


@dataclass(slots=True)
class CanonicalDiscount:
    code: str
    amount_minor: int


@dataclass(slots=True)
class CanonicalOrder:
    """An order as the channel now sees it, whole: a later version replaces an earlier one."""

    external_ref: str
    version: int  # rises with every change at the channel: its update moment in microseconds, or its counter
    currency: str
    placed_at: datetime
    lines: list[CanonicalLine]
    total_minor: int
    external_number: str | None = None
    goods_minor: int = 0
    discount_minor: int = 0
    shipping_minor: int = 0
    shipping_tax_minor: int = 0
    tax_minor: int = 0
    prices_include_tax: bool = False
    ship_to: CanonicalAddress | None = None
    bill_to: CanonicalAddress | None = None  # only when it differs
    customer_ref: str | None = None
    customer_name: str | None = None
    email: str | None = None
    phone: str | None = None
    customer_segment: str | None = None
    shipping_code: str | None = None
    payments: list[CanonicalPayment] = field(default_factory=list)
    discounts: list[CanonicalDiscount] = field(default_factory=list)
    fraud_verdict: str | None = None  # accept, review, reject
    promised_by: datetime | None = None
    priority: int = 50
    cancelled: bool = False
    cancel_reason: str | None = None
    is_test: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


Translator = Callable[[str, dict[str, Any], dict[str, Any]], CanonicalOrder]
"""(body, headers, channel) -> order. `channel` holds code, kind, currency, prices_include_tax, settings."""

_translators: dict[str, Translator] = {}


def register_translator(channel_kind: str, translator: Translator) -> None:
    """Make a channel kind's translator known; called once per connector, from the registry line."""
    _translators[channel_kind] = translator


def translator_for(channel_kind: str) -> Translator | None:
    return _translators.get(channel_kind)

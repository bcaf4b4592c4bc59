"""Tax rates by jurisdiction and class."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from headrace.engine.action import Deed
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def set_rate(deed: Deed, jurisdiction: str, tax_class: str, rate: Decimal, taxes_shipping: bool, valid_from_on: date) -> None:
    """Put a rate in force from a day on (`rate` is a share: 0.19 for 19 per cent); the one before it ends the day before."""
    sql.set_rate(deed, jurisdiction=jurisdiction, tax_class=tax_class, rate=rate, taxes_shipping=taxes_shipping, valid_from_on=valid_from_on)

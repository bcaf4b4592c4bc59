"""How the books write amounts in columns whose head names the currency: a dash for nothing, a minus for what is less."""

from __future__ import annotations

from django import template

from headrace.engine.written import grouped
from headrace.values.money import decimal_from

register = template.Library()


@register.filter
def amount(minor: int | None, currency: str) -> str:
    """`1,234.50`, `-20.00`, or a dash where there is nothing."""
    return grouped(decimal_from(minor, currency)) if minor else "–"


@register.filter
def debit(minor: int, currency: str) -> str:
    return amount(minor, currency) if minor > 0 else ""


@register.filter
def credit(minor: int, currency: str) -> str:
    return amount(-minor, currency) if minor < 0 else ""

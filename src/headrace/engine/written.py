"""Numbers as people read them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import get_format


def grouped(number: int | float | Decimal) -> str:
    """A number with its thousands apart, as the reader's language writes it: 1,234.50 or 1.234,50."""
    marks = {ord(","): str(get_format("THOUSAND_SEPARATOR")), ord("."): str(get_format("DECIMAL_SEPARATOR"))}
    return f"{number:,}".translate(marks)

"""Numbers and spans as people read them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import get_format
from django.utils.translation import gettext as _


def grouped(number: int | float | Decimal) -> str:
    """A number with its thousands apart, as the reader's language writes it: 1,234.50 or 1.234,50."""
    marks = {ord(","): str(get_format("THOUSAND_SEPARATOR")), ord("."): str(get_format("DECIMAL_SEPARATOR"))}
    return f"{number:,}".translate(marks)


def lasting(seconds: float) -> str:
    """A span in its two largest units: 45 s, 20 min, 3 h 5 min, 2 d 4 h."""
    minutes = max(int(seconds) // 60, 0)
    if minutes < 1:
        return _("%(n)s s") % {"n": int(seconds)}
    if minutes < 60:
        return _("%(n)s min") % {"n": minutes}
    if minutes < 1440:
        return _("%(h)s h %(m)s min") % {"h": minutes // 60, "m": minutes % 60}
    return _("%(d)s d %(h)s h") % {"d": minutes // 1440, "h": minutes // 60 % 24}

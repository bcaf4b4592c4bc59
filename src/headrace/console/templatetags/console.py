"""How pages write what they show: money in its own currency, moments near now in words, states as badges."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, gettext_noop, pgettext_lazy

from headrace.console import sending
from headrace.engine.action import actions
from headrace.engine.written import grouped
from headrace.values.money import decimal_from

register = template.Library()
RUN_FROM = 2  # more days than these in a row are said by their ends
GLANCE_FROM = 1_000  # major units from which on an amount is shown whole
GOOD, WARN, BAD, ACCENT = "good", "warn", "bad", "accent"
TONES = {
    "complete": GOOD, "invoiced": GOOD, "shipped": GOOD, "settled": GOOD, "done": GOOD, "resolved": GOOD, "closed": GOOD,
    "on_hold": BAD, "late": BAD, "dead": BAD, "open": WARN, "snoozed": "calm", "cancelled": "calm",
    "backordered": WARN, "preordered": WARN, "partly_shipped": ACCENT, "released": ACCENT, "allocated": ACCENT,
    "picking": ACCENT, "packed": GOOD, "handed_over": GOOD,
    "active": GOOD, "blocked": BAD, "retired": "calm", "created": GOOD, "updated": ACCENT, "refused": BAD,
    "explained": GOOD, "matched": GOOD, "unmatched": WARN, "incomplete": WARN, "variance": BAD,
    "posted": GOOD, "right": GOOD, "differs": ACCENT, "count_again": WARN, "not_counted": "calm",
    "on": GOOD, "switched_off": BAD, "asked": WARN, "approved": GOOD,
}  # fmt: skip

STAGES: dict[str, Any] = {
    "capture": pgettext_lazy("stage", "capture"), "validate": pgettext_lazy("stage", "validate"), "allocate": pgettext_lazy("stage", "allocate"), "release": pgettext_lazy("stage", "release"),
    "ship": pgettext_lazy("stage", "ship"), "invoice": pgettext_lazy("stage", "invoice"), "settle": pgettext_lazy("stage", "settle"), "engine": pgettext_lazy("stage", "engine"),
    "track": pgettext_lazy("stage", "track"), "match_payouts": pgettext_lazy("stage", "match payouts"),
}  # fmt: skip

RULES: dict[str, Any] = {
    "approvals": pgettext_lazy("rule", "Approvals"), "capture": pgettext_lazy("rule", "Capture"), "closing": pgettext_lazy("rule", "Closing"),
    "invoicing": pgettext_lazy("rule", "Invoicing"), "release": pgettext_lazy("rule", "Release"), "routing": pgettext_lazy("rule", "Routing"),
    "shipping": pgettext_lazy("rule", "Shipping"), "sign_in": pgettext_lazy("rule", "Sign-in"), "stock_corrections": pgettext_lazy("rule", "Stock corrections"),
    "tolerances": pgettext_lazy("rule", "Tolerances"), "validation": pgettext_lazy("rule", "Validation"), "stock_counts": pgettext_lazy("rule", "Counts"),
    "payouts": pgettext_lazy("rule", "Payouts"),
}  # fmt: skip

EFFECTS: dict[str, Any] = {
    "fulfilment.request": pgettext_lazy("delivery", "request to ship"), "fulfilment.recall": pgettext_lazy("delivery", "call back"),
    "fulfilment.shipped": pgettext_lazy("delivery", "notice of shipment"), "payment.capture": pgettext_lazy("delivery", "capture of a payment"),
}  # fmt: skip

SUBJECTS: dict[str, Any] = {
    "user": pgettext_lazy("subject", "user"),
    "api_key": pgettext_lazy("subject", "API key"),
    "policy": pgettext_lazy("subject", "rule"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("console/icons.svg"), name)


@register.simple_tag
def once() -> SafeString:
    """The token of a form: it does its deed once, however often it is sent."""
    return format_html('<input type="hidden" name="once" value="{}">', secrets.token_urlsafe(18))


@register.simple_tag(takes_context=True)
def may(context: Any, permission: str) -> bool:
    """Whether whoever looks may do that."""
    visitor = context.get("visitor")
    return visitor is not None and visitor.may(permission)


@register.simple_tag(takes_context=True)
def as_left(context: Any, deed: dict[str, Any]) -> dict[str, Any]:
    """The form of a deed as somebody left it when it was refused, or as it is."""
    return sending.as_left(deed, context.get("refused"))


@register.filter
def money(minor: int | None, currency: str | None) -> str:
    """`1,234.50 USD`; nothing where there is no amount."""
    if minor is None or not currency:
        return ""
    return f"{grouped(decimal_from(minor, currency))} {currency}"


@register.filter
def unit_price(amount: Decimal | None, currency: str) -> str:
    """A price of one unit: as many decimals as it needs, at least those of the currency."""
    if amount is None:
        return ""
    least = decimal_from(0, currency).as_tuple().exponent
    shown = amount.normalize()
    return f"{grouped(shown.quantize(Decimal(1).scaleb(min(int(shown.as_tuple().exponent), int(least)))))} {currency}"


@register.filter
def count(n: Any) -> str:
    return "" if n is None or n == "" else grouped(n)


@register.filter
def signed(n: int) -> str:
    """A change of a quantity: +5, −3."""
    return f"+{grouped(n)}" if n > 0 else f"−{grouped(-n)}" if n < 0 else "0"


@register.filter
def flag(is_so: bool | None) -> str:
    """yes or no, in the reader's language."""
    return "" if is_so is None else gettext("yes") if is_so else gettext("no")


@register.filter
def words(code: str | None) -> str:
    """A code of the house as people say it, in the reader's language."""
    told = (code or "").replace("_", " ")
    return gettext(told) if told else ""


QUERIES_SAY = (gettext_noop("explained"), gettext_noop("incomplete"), gettext_noop("variance"), gettext_noop("waits"), gettext_noop("purchase"))
DOCUMENTS: dict[str, Any] = {
    "invoice": gettext_lazy("invoice"), "credit_memo": gettext_lazy("credit memo"), "payment": gettext_lazy("payment"), "application": gettext_lazy("use of a deposit"),
    "shipment": gettext_lazy("shipment"), "payout": gettext_lazy("payout"), "payout_line": gettext_lazy("payout line"), "correction": gettext_lazy("entry by hand"),
    "stock_move": gettext_lazy("stock move"), "adjustment": gettext_lazy("stock correction"), "write_off": gettext_lazy("write-off"), "receipt": gettext_lazy("goods in"),
    "transfer": gettext_lazy("transfer"), "import": gettext_lazy("import"), "fulfilment_line": gettext_lazy("line of a fulfilment"), "demo": gettext_lazy("demo data"),
    "order": gettext_lazy("order"), "return": gettext_lazy("return"),
}  # fmt: skip


@register.filter
def document_name(told: str) -> str:
    """What a row comes from, `stock_move 12`, in the reader's words; a number for people (INV-3) stays."""
    kind, _blank, number = told.partition(" ")
    return f"{DOCUMENTS[kind]} {number}".rstrip() if kind in DOCUMENTS else told


@register.filter
def stage(name: str | None) -> Any:
    """What a stage of the line is called."""
    return STAGES.get(name or "", name or "")


@register.filter
def rule(name: str) -> Any:
    """What a rule is called."""
    return RULES.get(name, words(name))


@register.filter
def badge(state: str | None) -> SafeString | str:
    return format_html('<span class="badge {}">{}</span>', TONES.get(state, ""), words(state)) if state else ""


def _span(seconds: float) -> str:
    minutes = int(abs(seconds) // 60)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    first = next((n for n, (c, _) in enumerate(parts) if c), 2)
    return " ".join(f"{c} {unit}" for c, unit in parts[first : first + 2] if c or unit == "min")


@register.filter
def age(at: datetime | None) -> str:
    """How long ago, in its two largest units."""
    if at is None:
        return ""
    seconds = (datetime.now(UTC) - at).total_seconds()
    return _span(seconds) if seconds >= timedelta(minutes=1).total_seconds() else gettext("under a minute")


@register.filter
def due(at: datetime | None) -> SafeString | str:
    """`in 3 h 20 min`, or `2 h late` in red."""
    if at is None:
        return ""
    left = (at - datetime.now(UTC)).total_seconds()
    tone = BAD if left < 0 else (WARN if left < timedelta(hours=1).total_seconds() else "")
    told = gettext("%(time)s late") if left < 0 else gettext("in %(time)s")
    return format_html('<time class="{} nowrap" datetime="{}">{}</time>', tone, at.isoformat(), told % {"time": _span(left)})


def _here(at: datetime) -> datetime:
    """The moment in the zone of whoever looks."""
    return timezone.localtime(at)


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    return (
        ""
        if at is None
        else format_html('<time class="nowrap" datetime="{}">{} {}</time>', at.isoformat(), _here(at).strftime("%Y-%m-%d %H:%M"), _here(at).tzname())
    )


@register.filter
def day_and_time(at: datetime) -> str:
    """`Saturday 28 November 2026, 14:05 CET`, where the person is."""
    here = _here(at)
    return f"{date_format(here, 'l j F Y, H:i')} {here.tzname()}"


@register.filter
def amount(minor: int | None, currency: str) -> str:
    """An amount without its currency, whole from a thousand on: for a figure that is read at a glance."""
    if minor is None:
        return ""
    value = decimal_from(minor, currency)
    return grouped(round(value)) if abs(value) >= GLANCE_FROM else grouped(value)


@register.filter
def percent(share: Any) -> str:
    return "" if share is None or share == "" else f"{share} %"


@register.filter
def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none yet"


@register.filter
def plain(value: Any) -> str:
    """A value of the evidence in one line."""
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    if isinstance(value, dict):
        return ", ".join(f"{k} {plain(v)}" for k, v in value.items())
    return str(value)


@register.filter
def unlocalise(number: float) -> str:
    """A number of a picture: always with a point."""
    return f"{number:g}"


@register.filter
def told(sentence: dict[str, Any]) -> str:
    """A sentence with its values, in the reader's language."""
    values = sentence["values"]
    return str(gettext(sentence["says"]).format(**{**values, "state": words(values.get("state"))}))


@register.filter
def part_of(part: int | None, whole: int | None) -> int:
    """A share in whole percent, for a bar."""
    return round(100 * (part or 0) / whole) if whole else 0


@register.filter
def person(actor: str | None) -> str:
    """`ann` for `user:ann`, `Headrace` for what the engine did by itself; programs keep their kind."""
    return "Headrace" if (actor or "").startswith("engine:") else (actor or "").removeprefix("user:")


@register.filter
def weekdays(digits: str) -> str:
    """Days of the week, 1 being Monday: `Mon–Sat` for 123456, `Mon, Wed` for 13."""
    days = sorted({int(d) for d in digits if d in "1234567"})
    names = [str(WEEKDAYS_ABBR[d - 1]) for d in days]
    is_one_run = len(days) > RUN_FROM and days[-1] - days[0] == len(days) - 1
    return f"{names[0]}–{names[-1]}" if is_one_run else ", ".join(names)


@register.filter
def deed(code: str | None) -> str:
    """What was done, as its form calls it; a batch by its stage."""
    known = actions().get(code or "")
    return str(gettext(known.says)) if known else str(STAGES.get(code or "", words(code)))


@register.filter
def subject(told: str | None) -> str:
    """What a deed was done to, as people say it: `order SO-17` for `order:SO-17`."""
    kind, colon, key = (told or "").partition(":")
    return f"{SUBJECTS.get(kind, words(kind))} {key}" if colon else told or ""


@register.filter
def effect(kind: str | None) -> str:
    """What a delivery asks of its partner; a kind of a connector's own as it is written."""
    return str(EFFECTS.get(kind or "", kind or ""))


@register.filter
def minus(whole: int, part: int) -> int:
    return whole - part


@register.filter
def told_event(detail: dict[str, Any]) -> str:
    """What an event of a case says, without what is kept only for undoing it."""
    return plain({k: v for k, v in detail.items() if k != "was"})


@register.filter
def negated(amount: int) -> int:
    return -amount


EACH_TITLES = {
    "on_hand_each": gettext_lazy("On hand"), "reserved_each": gettext_lazy("Reserved"), "safety_each": gettext_lazy("Safety"), "sellable_each": gettext_lazy("To promise"),
    "damaged_each": gettext_lazy("Damaged"), "quarantine_each": gettext_lazy("Quarantine"), "in_transit_each": gettext_lazy("In transit"),
}  # fmt: skip


@register.filter
def each_title(name: str) -> Any:
    """What people call a quantity."""
    return EACH_TITLES.get(name, name)

"""The words of the exceptions desk: what documents, stages, teams, events and outcomes are called."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headrace.console import case_forms, desk_filters
from headrace.console.templatetags.console import words
from headrace.engine.written import lasting
from headrace.exception_queue import reasons
from headrace.flow.validate.checks import checks

register = template.Library()
DOCUMENTS: dict[str, Any] = {
    "inbox": gettext_lazy("message"), "order": gettext_lazy("order"), "fulfilment": gettext_lazy("fulfilment"), "shipment": gettext_lazy("shipment"),
    "invoice": gettext_lazy("invoice"), "payout": gettext_lazy("payout"), "outbox": gettext_lazy("delivery"),
}  # fmt: skip
EVENTS: dict[str, Any] = {
    "opened": gettext_lazy("Opened"), "seen_again": gettext_lazy("Seen again"), "gave_up": gettext_lazy("Looks no more by itself"),
    "sent_back": gettext_lazy("Sent back"), "late": gettext_lazy("Became late"), "assigned": gettext_lazy("Assigned"), "given_back": gettext_lazy("Given back"),
    "snoozed": gettext_lazy("Snoozed"), "woken": gettext_lazy("Woken"), "commented": gettext_lazy("Commented"), "escalated": gettext_lazy("Escalated"),
    "merged": gettext_lazy("Merged"), "undone": gettext_lazy("Undone"), "resolved": gettext_lazy("Resolved"), "reopened": gettext_lazy("Came back"),
    "attached": gettext_lazy("Attached a file"), "detached": gettext_lazy("Removed a file"),
}  # fmt: skip
RESOLUTIONS: dict[str, Any] = {
    "sent_on": gettext_lazy("Sent on"), "sent_to": gettext_lazy("Mended and passed"), "accepted": gettext_lazy("Accepted as it is"),
    "closed": gettext_lazy("Closed"), "cleared_by_itself": gettext_lazy("Cleared by itself"),
}  # fmt: skip
HAPPENINGS: dict[str, Any] = {
    "sku.mapped": gettext_lazy("the SKU is mapped"), "stock.received": gettext_lazy("stock comes in"), "reservation.expired": gettext_lazy("a reservation lapses"),
}  # fmt: skip


@register.filter
def document(kind: str) -> Any:
    return DOCUMENTS.get(kind, kind)


@register.filter
def expected(text: Any) -> Any:
    """What a failed check expected."""
    return reasons.expected(text) if isinstance(text, str) else text


@register.filter
def remedy(detail: dict[str, Any]) -> str:
    """What puts a failed check right: said anew in the reader's language where the check is known, else as it was written."""
    check = checks().get(detail.get("check", ""))
    return check.remedy(detail) if check else str(detail.get("fix") or "")


@register.filter
def team(code: str) -> Any:
    return desk_filters.team_title(code)


@register.filter
def resolution(code: str | None) -> Any:
    return RESOLUTIONS.get(code or "", words(code))


@register.filter
def case_event(code: str) -> Any:
    return EVENTS.get(code, words(code))


@register.filter
def reason(code: str) -> str:
    """What people call a reason."""
    return reasons.name_of(code)


@register.filter
def happening(code: str) -> Any:
    """What makes a case look again at once."""
    return HAPPENINGS.get(code, code.replace(".", " "))


@register.filter
def initials(actor: str | None) -> str:
    """`AB` for `user:ann.berg`, `AN` for `user:ann`."""
    name = (actor or "").partition(":")[2] or (actor or "")
    parts = [part for part in name.replace("-", ".").replace("_", ".").split(".") if part]
    return ("".join(part[0] for part in parts[:2]) if len(parts) > 1 else name[:2]).upper()


@register.filter
def span(seconds: int | None) -> str:
    """A span in its two largest units."""
    return "" if seconds is None else lasting(seconds)


@register.filter
def field(name: str) -> Any:
    """What people call a field of a failed check: `Street and number` for `line1` or `ship_to.line1`."""
    return case_forms.ADDRESS_TITLES.get(str(name).rpartition(".")[2]) or _(words(str(name)).replace(".", ", "))

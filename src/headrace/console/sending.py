"""Forms that are sent: each once, and those that were refused come back as they were left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest

from headrace.console.models import FormSent

TOKEN_CHARS_MAX = 64
TOKENS_KEPT = timedelta(days=1)
VALUE_CHARS_MAX = 2_000
FIELDS_MAX = 60
OURS = ("csrfmiddlewaretoken", "next", "once", "quietly", "row_meant_by", "leaves_out")  # fields that say how a form is sent, not what the deed takes


def take(token: str, actor: str) -> bool:
    """Take a form's token; False where it was taken already. A form without one is taken as it comes."""
    token = token.replace("\x00", "")[:TOKEN_CHARS_MAX]
    if not token:
        return True
    at = datetime.now(UTC)
    FormSent.objects.filter(sent_at__lt=at - TOKENS_KEPT).delete()
    _, is_new = FormSent.objects.get_or_create(token=f"{actor} {token}", defaults={"actor": actor, "sent_at": at})
    return is_new


def give_back(token: str, actor: str) -> None:
    """The deed was not done: the same form may be sent again."""
    FormSent.objects.filter(token=f"{actor} {token.replace(chr(0), '')[:TOKEN_CHARS_MAX]}").delete()


def leave(request: HttpRequest, name: str, says: str, field: str | None, at_field: str) -> None:
    """Keep what was typed into a refused form until the page that shows it again."""
    values = {k: [str(v)[:VALUE_CHARS_MAX] for v in vs] for k, vs in list(request.POST.lists())[:FIELDS_MAX] if k not in OURS}
    request.session["refused"] = {"name": name, "says": says, "field": field, "at_field": at_field, "values": values}


def as_left(deed: dict[str, Any], refused: dict[str, Any] | None) -> dict[str, Any]:
    """The form of a deed, with what was typed and why it was refused where it is the form that was: the same deed with the same hidden fields."""
    if not refused or refused["name"] != deed["name"]:
        return deed
    values = refused["values"]
    if any(f["hidden"] and str(f["value"]) != values.get(f["name"], [""])[-1] for f in deed["fields"]):
        return deed
    fields = [_as_typed(f, values, refused) for f in deed["fields"]]
    at_a_field = any(f.get("fault") for f in fields)
    return {**deed, "fields": fields, "is_left": True, "fault": "" if at_a_field else refused["says"]}


def _as_typed(field: dict[str, Any], values: dict[str, list[str]], refused: dict[str, Any]) -> dict[str, Any]:
    if field["hidden"]:
        return field
    typed = values.get(field["name"], [""])[-1]
    value: Any = bool(typed) if field["kind"] == "flag" else typed
    return {**field, "value": value, "fault": refused["at_field"] if refused["field"] == field["name"] else ""}

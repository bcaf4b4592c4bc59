"""Forms that are sent: each once, and those that were refused come back as they were left.

A form's token is written in the transaction of its deed (`engine.action.with_next_deed`). So the token stands exactly where the deed stands, or waits for
a second person: there is no moment in which one is kept without the other, whoever is killed, breaks down or is refused in between, and nothing is ever to
be given back. Two clicks at once are right by the same means, whichever processes they come to: the second one's token meets the first one's in the unique
index and waits there until that transaction has ended; then it stands, and the second click is told so, or it is gone, and the second click does the deed.
A state of the token (taken, done) or a lock beside it would need a second transaction, which may be lost, or a lock of the session, which a pooled
connection may keep; this needs neither. Whoever waits for longer than for any lock of the house is refused like everybody who does.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from headrace.console.models import FormSent
from headrace.engine.action import Deed, with_next_deed

TOKEN_CHARS_MAX = 64
TOKENS_KEPT = timedelta(days=1)
VALUE_CHARS_MAX = 2_000
FIELDS_MAX = 60
OURS = ("csrfmiddlewaretoken", "next", "once", "quietly", "row_meant_by", "leaves_out")  # fields that say how a form is sent, not what the deed takes


class SentTwice(Exception):
    """The form's token stands already: its deed was done. Nothing was done again."""


def token_of(request: HttpRequest, actor: str) -> str:
    """The token of a form, as it is kept: its sender's own. Empty where the form has none; it is taken as it comes."""
    token = request.POST.get("once", "").replace("\x00", "")[:TOKEN_CHARS_MAX]
    return f"{actor} {token}" if token else ""


def is_done(token: str) -> bool:
    """Was the form's deed done already? For pages that have to say something of their own before they come to the deed."""
    return bool(token) and FormSent.objects.filter(token=token).exists()


def with_token(token: str) -> AbstractContextManager[None]:
    """The next deed takes the token with it; it raises SentTwice, and does nothing, where that was taken before."""

    def take(deed: Deed) -> None:
        if not token:
            return
        try:
            with transaction.atomic():
                FormSent.objects.create(token=token, actor=deed.actor, sent_at=datetime.now(UTC))
        except IntegrityError:
            raise SentTwice from None

    return with_next_deed(take)


def forget_tokens() -> None:
    """Tokens of long ago. By the clock and not with the forms, whose deeds would wait for each other over the same old rows."""
    FormSent.objects.filter(sent_at__lt=datetime.now(UTC) - TOKENS_KEPT).delete()


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

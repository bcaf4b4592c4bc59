"""A form that was sent after its person had been signed out: it stands filled in again after they sign in, and is never sent by itself.

What was typed is kept in the session at the server, under the name of whoever had been signed in with it. The sign-in page shows nothing of it, whoever else
signs in drops it, and forms of pages that ask who sits there (users, keys, secrets) are not kept at all.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone

from headrace.console.sending import OURS
from headrace.governance import sessions

WHO = "signed_out"  # in the session of a stranger: who was signed in with it until they stood still for too long
LEFT = "left_form"
KEPT = timedelta(hours=1)
LEFT_FIELDS_MAX = 200
LEFT_CHARS_MAX = 100_000  # of all fields together; of what is longer nothing is kept, as half a form would be taken for the whole
NOT_TYPED = (*OURS, "seen")  # how the form was sent, and what its page had shown
SECRET = re.compile(r"password|secret|token|card_|cvc|iban", re.IGNORECASE)
NOT_SENT = re.compile(r"/fulfilment/f/[^/]+/(scan|take-back)|/exceptions/case/\d+/would/.*")  # the bench sends its scans again by itself; a trial is no deed


def keep(request: HttpRequest, page: str) -> None:
    """Keep the form that a signed-out person sends from this page."""
    who, values = request.session.get(WHO), {name: told for name, told in request.POST.lists() if name not in NOT_TYPED}
    if request.method != "POST" or not who or request.FILES or NOT_SENT.fullmatch(request.path):
        return
    chars = sum(len(value) for told in values.values() for value in told)
    if len(values) > LEFT_FIELDS_MAX or chars > LEFT_CHARS_MAX or any(SECRET.search(name) for name in values):
        return
    request.session[LEFT] = {"of": who, "at": timezone.now().isoformat(), "page": page, "address": request.path, "values": values}


def come_back(request: HttpRequest, who: str) -> dict[str, Any] | None:
    """The form that this person left on this page, once; None where there is none."""
    left = request.session.get(LEFT)
    if left is None:
        return None
    at = sessions.moment_in(left, "at")
    if left["of"] != who or at is None or timezone.now() - at > KEPT:
        del request.session[LEFT]
        return None
    if urlsplit(left["page"]).path != request.path:
        return None
    del request.session[LEFT]
    return {"address": left["address"], "values": json.dumps(left["values"])}


def _forget(sender: object, request: Any, user: Any, **_: object) -> None:
    """Whoever signs in drops what somebody else has left."""
    held = getattr(request, "session", {})
    held.pop(WHO, None)
    if held.get(LEFT) and held[LEFT]["of"] != user.get_username():
        del held[LEFT]


user_logged_in.connect(_forget, dispatch_uid="headrace.console.leaving")

"""The files of a case: attached by a form beside it, opened one at a time."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting
from headrace.console.access import page, visitor_of
from headrace.engine.action import Refused
from headrace.exception_queue import attaching

MEGABYTE = 2**20


@require_POST
@page("exceptions.work")
def attach(request: HttpRequest, number: int) -> HttpResponse:
    """Attach the file that was chosen; on to the case."""
    outcome = acting.attempt(request, attaching.attach, lambda: {"case_id": number, **_brought(request)})
    if outcome.refusal is not None:
        messages.error(request, _("The file was not attached. %(why)s") % {"why": outcome.says}, extra_tags="bad")
    else:
        outcome.tell(request, done=_("The file is attached."))
    return redirect(_back(request, number))


def _brought(request: HttpRequest) -> dict[str, Any]:
    given = request.FILES.get("file")
    if given is None or (given.size or 0) > attaching.ATTACHMENT_BYTES_MAX:
        most = attaching.ATTACHMENT_BYTES_MAX // MEGABYTE
        raise Refused(_("file: choose one of at most %(most)s MB: a picture, a PDF or plain text") % {"most": most})
    return {"file_name": given.name or "", "content": given.read()}


def _back(request: HttpRequest, number: int) -> str:
    """The queue as it was, with this case open."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}) and wanted.startswith("/exceptions?")
    return wanted if is_ours else f"/exceptions?case={number}"


@require_safe
@page("exceptions.read")
def look(request: HttpRequest, number: int, attachment: int) -> HttpResponse:
    """The file itself: a picture is shown, anything else is saved. Whatever is in it, it may do nothing in the browser."""
    visitor = visitor_of(request)
    known = number < 2**62 and attachment < 2**62
    found = attaching.file_to_open(number, attachment, visitor.actor, personal=visitor.may("orders.personal")) if known else None
    if found is None:
        raise Http404(f"there is no file {attachment} on case {number} that you may open")
    answer = HttpResponse(bytes(found.content), content_type=found.media_type)
    if found.media_type == attaching.TEXT:
        answer["Content-Type"] = "text/plain; charset=utf-8"
    answer["Content-Disposition"] = str(content_disposition_header(not found.media_type.startswith("image/"), found.file_name))
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "no-store"
    return answer

"""System: workers and queues, messages in and out, partners, the audit chain, and deeds that wait for a second person."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import approving, deeds, listing, telling
from headrace.console.access import page, visitor_of
from headrace.console.listing import Column, Filter, Listing
from headrace.console.templatetags.console import subject as told_subject
from headrace.console.templatetags.console import words
from headrace.engine.action import actions
from headrace.engine.inbox import can_be_taken_again
from headrace.engine.models import INBOX_STATES, OUTBOX_STATES
from headrace.exception_queue.reasons import name_of
from headrace.governance.models import APPROVAL_STATES
from headrace.insight import dead, system
from headrace.insight.narrowing import Walk
from headrace.insight.personal import mask

# What waits in the machine: title, where its rows are, who may see them.
QUEUES = {
    "inbox": (gettext_lazy("Messages to read"), "/system/inbox?state=received", "partners.operate"),
    "outbox": (gettext_lazy("Deliveries under way"), "", ""),
    "dead_letters": (gettext_lazy("Dead letters"), "/system/dead", "partners.operate"),
    "approvals": (gettext_lazy("Wait for approval"), "/approvals?state=asked", "approvals.answer"),
    "wakes": (gettext_lazy("Tasks that wait"), "", ""),
}


def number_of(after: str | None) -> int | None:
    """A cursor that is a number; anything else begins at the first page."""
    return int(after) if after and after.isascii() and after.isdigit() and len(after) < 19 else None


@require_safe
@page("orders.read")
def show(request: HttpRequest) -> HttpResponse:
    """Workers, stages, queues."""
    visitor, told = visitor_of(request), system.overview()
    for queue in told["queues"]:
        title, address, permission = QUEUES[queue["queue"]]
        queue |= {"title": title, "opens": address if address and visitor.may(permission) else ""}
    return render(request, "console/system.html", {**told, "may_operate": visitor.may_do("replay_dead_letters")})


def _states(states: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [(s, _(s)) for s in states]


def _reasons() -> list[tuple[str, Any]]:
    """Why a message may be parked, in words; `none` for one whose case was closed."""
    found = dict.fromkeys(g["reason"] for g in dead.messages_by_reason() if g["reason"])
    return [*((code, name_of(code)) for code in found), ("none", _("its case was closed"))]


INBOX = Listing(
    "inbox",
    gettext_lazy("Inbox"),
    "/system/inbox",
    (
        Column("id", gettext_lazy("Message"), href="/system/inbox/{id}"),
        Column("partner", gettext_lazy("Partner"), "subject"),
        Column("kind", gettext_lazy("Kind"), "words"),
        Column("message_key", gettext_lazy("Key"), "code", wide=True),
        Column("state", gettext_lazy("State"), "badge"),
        Column("outcome", gettext_lazy("What became of it"), "words"),
        Column("deliveries", gettext_lazy("Deliveries"), "count", extra=True),
        Column("received_at", gettext_lazy("Came in"), "moment", wide=True),
        Column("done_at", gettext_lazy("Done"), "moment", extra=True),
    ),
    rows=lambda chosen, after, limit: system.inbox(
        partner=chosen["partner"],
        kind=chosen["kind"],
        state=chosen["state"],
        key=chosen["q"],
        reason=chosen["reason"],
        place=chosen["place"],
        before=number_of(after),
        limit=limit,
    ),
    filters=(
        Filter("partner", gettext_lazy("Partner"), choices=lambda: [(p, told_subject(p)) for p in dict.fromkeys(p for p, _k in system.senders())]),
        Filter("kind", gettext_lazy("Kind"), choices=lambda: [(k, words(k)) for k in sorted({k for _p, k in system.senders()})]),
        Filter("state", gettext_lazy("State"), choices=lambda: _states(INBOX_STATES)),
        Filter("reason", gettext_lazy("Parked because"), choices=lambda: _reasons()),
        Filter("place", gettext_lazy("At the field or stage"), "word"),
    ),
    search=gettext_lazy("The partner's own key, whole"),
    empty=gettext_lazy("No message has come in yet. Connect a channel, or send an order to the API."),
)


@require_safe
@page("partners.operate")
def inbox(request: HttpRequest) -> HttpResponseBase:
    return listing.show(request, INBOX, template="console/system_list.html")


@require_safe
@page("partners.operate")
def message(request: HttpRequest, number: int) -> HttpResponse:
    """One message and what became of it; the raw body only for people who may see personal data."""
    found = system.message(number) if number < 2**62 else None
    if found is None:
        raise Http404(f"there is no message {number}")
    may_see, again = visitor_of(request).may("orders.personal"), can_be_taken_again(found)
    body = _laid_out(found.pop("body") or "") if may_see else None
    headers = found["headers"] if may_see else mask(found["headers"])
    opens = f"/orders/SO-{found['document_id']}" if found["kind"] == "order" and found["document_id"] else ""
    context = {"message": {**found, "headers": headers}, "body": body, "opens": opens, "may_see": may_see, "can_be_taken_again": again}
    return render(request, "console/system/message.html", context)


def _laid_out(body: str) -> str:
    """JSON with one value on a line; anything else as it came."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


OUTBOX = Listing(
    "outbox",
    gettext_lazy("Outbox"),
    "/system/outbox",
    (
        Column("id", gettext_lazy("Delivery"), href="/system/outbox/{id}"),
        Column("partner", gettext_lazy("Partner"), href="/system/partners/{partner}"),
        Column("kind", gettext_lazy("Kind"), "effect"),
        Column("record_key", gettext_lazy("Record"), "code", wide=True),
        Column("state", gettext_lazy("State"), "badge"),
        Column("attempts", gettext_lazy("Attempts"), "count", wide=True),
        Column("last_error", gettext_lazy("Last error"), "long"),
        Column("created_at", gettext_lazy("Decided"), "moment", wide=True),
        Column("run_at", gettext_lazy("Not before"), "moment", extra=True),
        Column("done_at", gettext_lazy("Delivered"), "moment", extra=True),
    ),
    rows=lambda chosen, after, limit: system.outbox(
        partner=chosen["partner"],
        state=chosen["state"],
        cause=chosen["cause"],
        within_a_day=chosen["last_day"] is not None,
        before=number_of(after),
        limit=limit,
        may_see=chosen["may_see"],
    ),
    filters=(
        Filter("partner", gettext_lazy("Partner"), choices=lambda: [(p, p) for p in system.partner_codes()]),
        Filter("state", gettext_lazy("State"), choices=lambda: _states(OUTBOX_STATES)),
        Filter("cause", gettext_lazy("Cause"), "word"),
        Filter("last_day", gettext_lazy("Decided within a day"), choices=(("yes", gettext_lazy("yes")),)),
    ),
    empty=gettext_lazy("Nothing has been sent out yet. The first order that is allocated tells its warehouse."),
)


@require_safe
@page("partners.operate")
def outbox(request: HttpRequest) -> HttpResponseBase:
    """Deliveries; dead ones that are looked at can be sent again or set aside as they are narrowed."""
    visitor = visitor_of(request)
    narrowed = {name: value for name in ("partner", "cause") if (value := request.GET.get(name))}
    look = f"/system/dead/look?{urlencode({'document': 'outbox', **narrowed})}" if request.GET.get("state") == "dead" else ""
    kept = listing.for_person(OUTBOX, may_see=visitor.may("orders.personal"))
    return listing.show(request, kept, template="console/system/outbox.html", more={"look": look})


@require_safe
@page("partners.operate")
def delivery(request: HttpRequest, number: int) -> HttpResponse:
    """One delivery, its error, and what can be done with a dead one."""
    visitor, here, forms = visitor_of(request), request.path, []
    may_see = visitor.may("orders.personal")
    found = system.delivery(number, may_see=may_see) if number < 2**62 else None
    if found is None:
        raise Http404(f"there is no delivery {number}")
    if found["state"] == "dead":
        known, told = {"outbox_ids": [number]}, {"key": found["record_key"], "partner": found["partner"]}
        again = _("It goes to %(partner)s again, and what waits behind it for %(key)s after it.") % told
        never = _("%(partner)s is never told; what waits behind it for %(key)s goes out. This cannot be undone.") % told
        forms = [
            deeds.form_of(visitor, "replay_dead_letters", known=known, hidden=("outbox_ids",), without=("partner",), effect=again, next_page=here),
            deeds.form_of(visitor, "drop_dead_letters", known=known, hidden=("outbox_ids",), effect=never, next_page=here, risky=True),
        ]
    body = json.dumps(found["body"], indent=2, ensure_ascii=False) if may_see else None
    context = {"delivery": found, "body": body, "may_see": may_see, "deeds": deeds.offered(forms)}
    return render(request, "console/system/delivery.html", context)


AUDIT = Listing(
    "audit",
    gettext_lazy("Audit"),
    "/system/audit",
    (
        Column("seq", gettext_lazy("Link"), "count", href="/system/audit/{seq}"),
        Column("at", gettext_lazy("When"), "moment"),
        Column("actor", gettext_lazy("Who"), "person", href="/system/audit?actor={actor}"),
        Column("deed", gettext_lazy("What"), "deed"),
        Column("subject", gettext_lazy("Of what"), "subject", href="/system/audit?subject={subject}"),
        Column("detail", gettext_lazy("With"), "long", wide=True, personal=True),
        Column("batch_id", gettext_lazy("Batch"), extra=True),
    ),
    rows=lambda chosen, after, limit: [
        {**r, "detail": _values(r, changes=True)}
        for r in system.audit(
            actor=chosen["actor"],
            subject=chosen["subject"],
            deed=chosen["deed"],
            since=chosen["since"],
            until=chosen["until"],
            before=number_of(after),
            limit=limit,
            text=chosen.get("text") if chosen.get("personal") else None,
            walk=chosen.get("walk"),
        )
    ],
    filters=(
        Filter("subject", gettext_lazy("Of what, as in order:SO-17"), "word"),
        Filter("actor", gettext_lazy("Who, as in user:ann"), "word"),
        Filter("deed", gettext_lazy("Action"), choices=lambda: [(n, _(a.says)) for n, a in sorted(actions().items(), key=lambda pair: pair[1].says)]),
        Filter("since", gettext_lazy("From (UTC)"), "day"),
        Filter("until", gettext_lazy("to"), "day"),
        Filter("text", gettext_lazy("Text in the values"), "word"),
    ),
    empty=gettext_lazy("Nothing was done yet: the first batch or deed makes the first link."),
)


@require_safe
@page("audit.read")
def audit(request: HttpRequest) -> HttpResponseBase:
    """The chain, narrowed; a text in the values is looked for only by those who may see personal data, as values may hold it."""
    may_see, is_file = visitor_of(request).may("orders.personal"), request.GET.get("format") == "csv"
    walk = Walk(limited=not is_file)
    shown = AUDIT if may_see else replace(AUDIT, filters=tuple(f for f in AUDIT.filters if f.name != "text"))
    return listing.show(request, listing.for_person(shown, personal=may_see, walk=walk), template="console/system/audit.html", more={"walk": walk})


@require_safe
@page("audit.read")
def audit_link(request: HttpRequest, number: int) -> HttpResponse:
    """One link of the chain: the deed in words, its values, and what was different when the same was done before."""
    found = system.link(number) if number < 2**62 else None
    if found is None:
        raise Http404(f"there is no link {number}")
    may_see = visitor_of(request).may("orders.personal")
    earlier = found["earlier"]
    context = {
        "link": _named(found),
        "may_see": may_see,
        "facts": telling.facts(_values(found)) if may_see else [],
        "recorded": telling.changes(found["detail"].get("change") or {}) if may_see else [],
        "earlier": earlier,
        "changed": telling.differences(_values(earlier), _values(found)) if may_see and earlier else [],
        "subject_href": telling.address_of(found["subject"]),
    }
    return render(request, "console/system/link.html", context)


def _values(link: dict[str, Any], *, changes: bool = False) -> dict[str, Any]:
    """What the deed was given; of a batch what it did. What it changed is told apart, unless it is asked for, too."""
    detail = {name: value for name, value in link["detail"].items() if changes or name != "change"}
    return {**detail.pop("parameters", {}), **detail}


APPROVALS = Listing(
    "approvals",
    gettext_lazy("Approvals"),
    "/approvals",
    (
        Column("id", gettext_lazy("Number"), href="/approvals/{id}"),
        Column("what", gettext_lazy("What"), href="/approvals/{id}"),
        Column("subject", gettext_lazy("Of what"), "subject"),
        Column("asked_by", gettext_lazy("Asked by"), "person"),
        Column("asked_at", gettext_lazy("Asked"), "moment", wide=True),
        Column("waits_since", gettext_lazy("Waits"), "age"),
        Column("state", gettext_lazy("State"), "badge"),
        Column("answered_by", gettext_lazy("Answered by"), "person", wide=True),
        Column("answered_at", gettext_lazy("Answered"), "moment", extra=True),
        Column("note", gettext_lazy("Why"), "long", extra=True, personal=True),
    ),
    rows=lambda chosen, after, limit: [_named(r) for r in approving.read(chosen["visitor"], state=chosen["state"], before=number_of(after), limit=limit)],
    filters=(Filter("state", gettext_lazy("State"), choices=lambda: _states(APPROVAL_STATES)),),
    empty=gettext_lazy("No deed waits for a second person. Which ones do stands in the rule “approvals”."),
)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    known = actions().get(row["deed"])
    return {**row, "what": _(known.says) if known else words(row["deed"]), "waits_since": row["asked_at"] if row.get("state") == "asked" else None}


@require_safe
@page("approvals.answer")
def approvals(request: HttpRequest) -> HttpResponseBase:
    """Deeds that wait for a second person, or that one has answered."""
    return listing.show(request, listing.for_person(APPROVALS, visitor=visitor_of(request)))


@require_safe
@page("approvals.answer")
def approval(request: HttpRequest, number: int) -> HttpResponse:
    """What was asked, by whom, with what values; to approve or to refuse, never by the one who asked."""
    found = approving.one(visitor_of(request), number)
    if found is None:
        raise Http404(f"there is no approval {number}")
    visitor, forms, is_own = visitor_of(request), [], found["asked_by"].partition(":")[2] == visitor_of(request).name
    if found["state"] == "asked" and not is_own:
        known, told = {"approval_id": number}, {"what": _named(found)["what"], "who": found["asked_by"]}
        forms = [
            deeds.form_of(
                visitor,
                "approve",
                known=known,
                hidden=("approval_id",),
                effect=_("“%(what)s” is done at once, as %(who)s asked.") % told,
                next_page="/approvals",
            ),
            deeds.form_of(
                visitor,
                "refuse",
                known=known,
                hidden=("approval_id",),
                effect=_("“%(what)s” is not done; %(who)s reads why.") % told,
                next_page="/approvals?state=asked",
            ),
        ]
    parameters = (
        found["parameters"]
        if visitor.may("orders.personal")
        else {k: mask(v) if k in ("note", "why", "changes") else v for k, v in found["parameters"].items()}
    )
    context = {
        "approval": _named(found),
        "facts": telling.facts(parameters),
        "subject_href": telling.address_of(found["subject"]),
        "deeds": deeds.offered(forms),
    }
    if found["state"] == "asked" and is_own:
        messages.info(request, _("You asked for this: a second person must answer."))
    return render(request, "console/approval.html", context)

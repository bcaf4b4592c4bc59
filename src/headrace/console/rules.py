"""Rules: what people tune, in words and tables; drafted, tried on what has happened, put in force, and taken back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, deeds, policy_form, rule_words
from headrace.console.access import page, visitor_of
from headrace.engine.action import Refused
from headrace.governance import policies
from headrace.insight import rule_faults, trying

NOTE_CHARS_MAX = 500


@require_safe
@page("orders.read")
def show(request: HttpRequest) -> HttpResponse:
    """Every policy in words, with the version in force, and drafts that wait."""
    rows = []
    for name, told in sorted(policies.declared().items()):
        known = policies.versions(name)
        active = next((v for v in known if v["state"] == "active"), None)
        rows.append({"name": name, "says": _(told.says), "active": active, "drafts": [v for v in known if v["state"] == "draft"]})
    return render(request, "console/rules.html", {"rows": rows})


def _declared(name: str) -> policies.Declared:
    found = policies.declared().get(name)
    if found is None:
        raise Http404(f"there is no rule {name}")
    return found


def _body(name: str, version: int | None) -> Any:
    """The body of a version with today's settings; of the one in force where none is named."""
    version_in_force, body = policies.in_force(name, timezone.now())
    if version is None or version == version_in_force:
        return body
    try:
        stored = policies.body_of(name, version)
    except LookupError:
        raise Http404(f"{name} has no version {version}") from None
    default = _declared(name).body
    return {**default, **stored} if isinstance(default, dict) and isinstance(stored, dict) else stored


@require_safe
@page("orders.read")
def one(request: HttpRequest, name: str) -> HttpResponse:
    """The body in force as tables, which those who may draft can change."""
    return _form(request, name)


def _form(request: HttpRequest, name: str, typed: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    told = _declared(name)
    version, body = policies.in_force(name, timezone.now())
    context = {
        "policy": told,
        "version": version,
        "versions": policies.versions(name),
        "sections": policy_form.sections(name, body, typed),
        "summary": rule_words.summary(name, body),
        "doubts": rule_faults.doubts(name, body),
        "note": (typed or {}).get("note", ""),
        "typed": typed or {},
        "may_draft": visitor_of(request).may_do("draft_policy"),
    }
    return render(request, "console/rule.html", context, status=status)


@require_POST
@page("policy.write")
def draft(request: HttpRequest, name: str) -> HttpResponse:
    """Keep what was typed as a draft; what will not do is told, and nothing of it is lost."""
    _declared(name)
    typed = {k: str(v).replace("\x00", "") for k, v in request.POST.items()}
    note = typed.get("note", "").strip()[:NOTE_CHARS_MAX]

    def given() -> dict[str, Any]:
        if not note:
            raise Refused(_("note: it is missing; say in a few words why the rule changes"))
        return {"name": name, "body": policy_form.body_from(policies.in_force(name, timezone.now())[1], typed), "note": note}

    outcome = acting.attempt(request, policies.draft_policy, given)
    if not outcome.is_done:
        outcome.tell(request)
        return _form(request, name, typed, status=422) if outcome.refusal else redirect("rule", name)
    version = outcome.answer
    messages.success(request, _("Kept as the draft %d. Try it, then put it in force.") % version, extra_tags="good")
    return redirect("rule_version", name, version)


@require_safe
@page("orders.read")
def version_page(request: HttpRequest, name: str, version: int) -> HttpResponse:
    """One version: what differs from the rules in force, what it would have decided otherwise, and how it comes in force."""
    told, visitor = _declared(name), visitor_of(request)
    found = next((v for v in policies.versions(name) if v["version"] == version), None)
    if found is None:
        raise Http404(f"{name} has no version {version}")
    in_force, before = policies.in_force(name, timezone.now())
    known = policies.versions(name)
    other = _number(request, "with", in_force, least=1)
    if other != in_force:
        before = _body(name, other)
    body = _body(name, version)
    changed = policy_form.differences(before, body, name)
    orders, days = _number(request, "orders", trying.ORDERS_TRIED, least=1), _number(request, "days", 0, least=0)
    tries = request.GET.get("try") and version != other and trying.can_be_tried(name)
    context = {
        "policy": told,
        "version": found,
        "in_force": in_force,
        "other": other,
        "others": [v for v in known if v["version"] != version],
        "changed": changed,
        "doubts": rule_faults.doubts(name, body),
        "summary": rule_words.summary(name, body),
        "sections": policy_form.sections(name, body),
        "outcome": trying.try_draft(name, body, orders_max=orders, days=days or None, against=before) if tries else None,
        "orders": min(orders, trying.ORDERS_TRIED_MAX),
        "days": min(days, trying.DAYS_TRIED_MAX) or "",
        "orders_max": trying.ORDERS_TRIED_MAX,
        "can_be_tried": trying.can_be_tried(name),
        "deeds": deeds.offered([_deed(visitor, name, found, in_force, len(changed))]),
    }
    return render(request, "console/rule_version.html", context)


def _number(request: HttpRequest, name: str, usual: int, *, least: int) -> int:
    """A number of the address; the usual one where there is none, or none that makes sense."""
    text = request.GET.get(name, "")
    return max(int(text), least) if text.isascii() and text.isdigit() and len(text) < 7 else usual


def _deed(visitor: Any, name: str, found: dict[str, Any], in_force: int, changed: int) -> dict[str, Any] | None:
    told = {"version": found["version"], "now": in_force, "n": changed}
    known = {"name": name, "version": found["version"]}
    if found["state"] == "draft":
        effect = (
            _(
                "Version %(version)s decides from the next batch on; %(n)s settings change. Version %(now)s is kept. "
                "To start later, write the moment with its zone, as in 2026-12-01T06:00:00Z; leave it empty to start at once."
            )
            % told
        )
        return deeds.form_of(visitor, "publish_policy", known=known, hidden=("name", "version"), effect=effect, next_page=f"/rules/{name}")
    if found["state"] == "retired":
        effect = _("What version %(version)s says is put in force again as a new version; %(n)s settings change.") % told
        return deeds.form_of(visitor, "roll_back_policy", known=known, hidden=("name", "version"), effect=effect, next_page=f"/rules/{name}")
    return None

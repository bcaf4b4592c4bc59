"""For the auditor: verifications of the chain, and the review of who may do what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, cells
from headrace.console.access import page
from headrace.console.spreadsheets import as_csv
from headrace.governance import access, checking
from headrace.governance.tasks import go_on_with_chain_check
from headrace.insight import access_review

LATEST = 20
UNUSED_DAYS = 90  # a key or account that nobody used for so long is asked about


@require_POST
@page("audit.read")
def verify_chain(request: HttpRequest) -> HttpResponse:
    """Have the chain verified in the background; an earlier head shows whether its end was cut off."""
    outcome = acting.attempt(request, "start_chain_check", {"head": request.POST.get("head", "").strip() or None})
    if not outcome.is_done:
        outcome.tell(request)
        return redirect("chain")
    go_on_with_chain_check.defer(check_id=outcome.answer)
    return redirect("chain_check", number=outcome.answer)


@require_safe
@page("audit.read")
def chain(request: HttpRequest) -> HttpResponse:
    """The last verifications, and a new one."""
    return render(request, "console/system/chain.html", {"checks": checking.latest(LATEST)})


@require_safe
@page("audit.read")
def chain_check(request: HttpRequest, number: int) -> HttpResponse:
    """How far a verification has come, and what it found."""
    check = _check(number)
    is_part = request.htmx  # type: ignore[attr-defined]
    return render(request, "console/system/_chain_check.html" if is_part else "console/system/chain_check.html", {"check": check})


@require_safe
@page("audit.read")
def head(request: HttpRequest, number: int) -> HttpResponse:
    """The head to keep outside, as a file."""
    check = _check(number)
    told = f"{check['head'] or ''}\n{check['links']} links, {check['asked_at'].astimezone(UTC).isoformat(timespec='seconds')}\n"
    answer = HttpResponse(told, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="audit-head-{number}.txt"'
    return answer


def _check(number: int) -> dict[str, Any]:
    found = checking.show(number) if number < 2**62 else None
    if found is None:
        raise Http404(f"there is no verification {number}")
    return found


@require_safe
@page("audit.read")
def review(request: HttpRequest) -> HttpResponseBase:
    """Who may do what: people with their roles and limits, programs with their scopes; as a file where one is asked for."""
    people, programs = access_review.people(), access_review.programs()
    if request.GET.get("format") == "csv":
        return _csv(people, programs)
    context = {
        "people": [{**p, "may": _means(p["permissions"])} for p in people],
        "programs": [{**k, "may": _means(k["scopes"]), "is_unused": _is_unused(k["used_at"] or k["made_at"])} for k in programs],
        "without_factor": len({p["username"] for p in people if p["is_active"] and not p["has_second_factor"]}),
        "unused": len({p["username"] for p in people if p["is_active"] and _is_unused(p["last_login"] or p["date_joined"])}),
        "unused_days": UNUSED_DAYS,
        "people_count": len({p["username"] for p in people}),
    }
    return render(request, "console/system/access_review.html", context)


def _is_unused(last: datetime) -> bool:
    return (datetime.now(UTC) - last).days >= UNUSED_DAYS


def _means(permissions: list[str]) -> list[str]:
    """What permissions open, in words; everything as one word."""
    if "*" in permissions:
        return [_("everything")]
    return [_(means) for name, means in access.PERMISSIONS.items() if access.grants(permissions, name)]


def _permissions(held: list[str]) -> str:
    return "*" if "*" in held else " ".join(name for name in access.PERMISSIONS if access.grants(held, name))


def _row_of_person(p: dict[str, Any]) -> list[Any]:
    role = p["role"] or ("*" if p["is_superuser"] else "")
    where = [" ".join(p[name] or ()) or ("*" if role else "") for name in ("entities", "nodes", "channels")]
    state = "on" if p["is_active"] else "off"
    return ["person", p["username"], state, p["last_login"], "yes" if p["has_second_factor"] else "no", role, *where, _permissions(p["permissions"]),
            _given_by(p), p["given_at"], p["date_joined"], ""]  # fmt: skip


def _given_by(p: dict[str, Any]) -> str | None:
    """Who gave the role; of one that the company's sign-in brought, the groups that brought it."""
    return f"company sign-in: {', '.join(p['given_groups'])}" if p["given_groups"] else p["given_by"]


def _row_of_program(k: dict[str, Any]) -> list[Any]:
    state = "valid" if k["is_valid"] else "lapsed" if k["is_active"] else "revoked"
    return ["program", k["name"], state, k["used_at"], "", "", "", "", k["channel"] or "*", _permissions(k["scopes"]), k["given_by"], k["given_at"], k["made_at"], k["expires_at"]]  # fmt: skip


HEADS = ("kind", "name", "state", "last_used_at", "second_factor", "role", "entities", "nodes", "channels", "permissions", "given_by", "given_at", "made_at", "expires_at")  # fmt: skip


def _csv(people: list[dict[str, Any]], programs: list[dict[str, Any]]) -> StreamingHttpResponse:
    """One line for each role of a person and each key; a star is everything or everywhere, moments are in UTC."""

    rows = ([_plain(value) for value in row] for row in (*map(_row_of_person, people), *map(_row_of_program, programs)))
    return as_csv(f"access-review-{datetime.now(UTC):%Y-%m-%d}", HEADS, rows)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return cells.safe("" if value is None else str(value))

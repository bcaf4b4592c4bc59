"""Who has the keys of the house: users, roles, sessions, API keys. What is secret is on the answer page once, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from headrace.console import acting, deeds, listing
from headrace.console.access import page, visitor_of
from headrace.console.listing import Column, Filter, Listing
from headrace.engine.action import Action
from headrace.governance import access, sessions, users
from headrace.insight import finding


def _users(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    on = {"on": True, "off": False}.get(chosen["is_active"])
    rows, counted = users.listed(q=chosen["q"], role=chosen["role"], is_active=on, after=after, limit=limit), sessions.count_by_user()
    told, called = {True: _("set"), False: _("none")}, {r["code"]: _(r["name"]) for r in users.roles()}
    return [
        {
            **r,
            "state": "on" if r["is_active"] else "switched_off",
            "roles": [*([_("everything")] if r["is_superuser"] else []), *(called.get(code, code) for code in r["roles"])],
            "sessions": counted.get(r["username"], 0),
            "second_factor": told[r["has_second_factor"]],
        }
        for r in rows
    ]


USERS = Listing(
    "users",
    gettext_lazy("Users"),
    "/system/users",
    (
        Column("username", gettext_lazy("User"), href="/system/users/{username}"),
        Column("email", gettext_lazy("E-mail"), wide=True),
        Column("roles", gettext_lazy("Roles"), "plain"),
        Column("state", gettext_lazy("Account"), "badge"),
        Column("second_factor", gettext_lazy("Second factor"), wide=True),
        Column("sessions", gettext_lazy("Sessions"), "count", href="/system/sessions?username={username}", wide=True),
        Column("last_login", gettext_lazy("Last signed in"), "moment", wide=True, absent=gettext_lazy("never")),
        Column("date_joined", gettext_lazy("Made"), "moment", extra=True),
    ),
    rows=_users,
    filters=(
        Filter("role", gettext_lazy("Role"), choices=lambda: [(r["code"], _(r["name"])) for r in users.roles()]),
        Filter("is_active", gettext_lazy("Account"), choices=lambda: [("on", _("on")), ("off", _("switched off"))]),
    ),
    search=gettext_lazy("Name or e-mail"),
    empty=gettext_lazy("There is no user yet. Make one below."),
)


@require_safe
@page("users.manage")
def show_users(request: HttpRequest) -> HttpResponseBase:
    return listing.show(request, USERS, template="console/users.html", more={"roles": users.roles()})


@require_safe
@page("users.manage")
def one_user(request: HttpRequest, username: str) -> HttpResponse:
    """One account: roles, sessions, and what can be done with it."""
    found = next(iter(users.listed(username=username, limit=1)), None)
    if found is None:
        raise Http404(f"there is no user {username}")
    visitor, here, known = visitor_of(request), request.path, {"username": username}
    held = users.grants_of(username)
    for grant in held:
        effect = _("%(who)s may not do any more what %(role)s alone granted.") % {"who": username, "role": grant["name"]}
        grant["deed"] = deeds.form_of(
            visitor, "withdraw_role", known={**known, "role": grant["role"]}, hidden=("username", "role"), effect=effect, next_page=here, risky=True
        )
    choices = {"role": [(r["code"], _(r["name"])) for r in users.roles()], **users.places()}
    give = deeds.form_of(visitor, "grant_role", known=known, hidden=("username",), choices=choices, next_page=here)
    forms = [give, _switch(visitor, found, here)]
    if found["has_second_factor"]:
        forms.append(deeds.form_of(visitor, "remove_second_factor", known=known, hidden=("username",), next_page=here, risky=True))
    rows = _with_ends(request, sessions.listed(username))
    context = {"person_shown": found, "grants": held, "deeds": deeds.offered(forms), "sessions": rows}
    return render(request, "console/user.html", context)


def _switch(visitor: Any, found: dict[str, Any], here: str) -> dict[str, Any] | None:
    name = "switch_user_off" if found["is_active"] else "switch_user_on"
    return deeds.form_of(visitor, name, known={"username": found["username"]}, hidden=("username",), next_page=here, risky=found["is_active"])


def _with_ends(request: HttpRequest, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with the form that ends it; one's own, where one is now, ends by signing out."""
    visitor, mine, known = visitor_of(request), sessions.sign_of(str(request.session.session_key)), ("username", "session")
    told = [{**r, "is_this": r["session"] == mine, "deed": None} for r in rows]
    for row in told:
        if not row["is_this"]:
            says = _("%s must sign in again.") % row["username"]
            held = {k: row[k] for k in known}
            row["deed"] = deeds.form_of(visitor, "end_session", known=held, hidden=known, effect=says, next_page=request.get_full_path(), risky=True)
    return told


@require_safe
@page("users.manage")
def show_sessions(request: HttpRequest) -> HttpResponse:
    """Who is signed in now."""
    username = request.GET.get("username", "").replace("\x00", "")[: listing.WORD_CHARS_MAX] or None
    rows = _with_ends(request, sessions.listed(username))
    return render(request, "console/sessions.html", {"rows": rows, "username": username})


AREAS = (
    (gettext_lazy("Orders"), ("orders",)),
    (gettext_lazy("Exceptions"), ("exceptions",)),
    (gettext_lazy("Goods"), ("stock", "warehouse", "catalog")),
    (gettext_lazy("Money"), ("ledger", "period")),
    (gettext_lazy("Rules and approvals"), ("policy", "approvals")),
    (gettext_lazy("System"), ("partners", "keys", "users", "audit")),
)


def _areas() -> list[tuple[Any, list[tuple[str, str]]]]:
    """Permissions by the part of the house that they open: its title, and each permission with what it means."""
    return [(title, [(p, _(means)) for p, means in access.PERMISSIONS.items() if p.partition(".")[0] in families]) for title, families in AREAS]


@require_safe
@page("users.manage")
def show_roles(request: HttpRequest) -> HttpResponse:
    """Every role against every permission; one of the installation's own can be changed."""
    known = [{**r, "name": _(r["name"])} for r in users.roles()]
    rows = [{"permission": p, "means": _(means), "granted": [access.grants(r["permissions"], p) for r in known]} for p, means in access.PERMISSIONS.items()]
    change = next((r for r in known if r["code"] == request.GET.get("change") and not r["is_ours"]), None)
    return render(request, "console/roles.html", {"roles": known, "rows": rows, "areas": _areas(), "change": change})


@require_safe
@page("keys.manage")
def show_keys(request: HttpRequest) -> HttpResponse:
    """Keys of programs: what they may do and when they were last used."""
    known = access.keys()
    context = {
        "keys": [{**k, "may": [_(means) for p, means in access.PERMISSIONS.items() if access.grants(k["scopes"], p)]} for k in known],
        "areas": _areas(),
        "channels": finding.channels(),
    }
    return render(request, "console/keys.html", context)


def _once(request: HttpRequest, deed: Action, given: dict[str, Any], *, says: str, back: str) -> HttpResponse:
    """Do a deed whose answer is a secret: it is on this page alone, which no cache keeps, and in no address, message or log."""
    outcome = acting.attempt(request, deed, given)
    if outcome.is_done:
        return render(request, "console/once.html", {"says": says, "secret": outcome.answer, "back": back})
    outcome.tell(request)
    return redirect(back)


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "").strip()[: listing.WORD_CHARS_MAX]


@require_POST
@never_cache
@page("users.manage")
def make_user(request: HttpRequest) -> HttpResponse:
    name = _text(request, "username")
    given = {"username": name, "email": _text(request, "email") or None, "role": _text(request, "role") or None}
    return _once(request, users.make_user, given, says=_("The password of %s") % name, back="/system/users")


@require_POST
@never_cache
@page("users.manage")
def reset_password(request: HttpRequest, username: str) -> HttpResponse:
    return _once(request, users.reset_password, {"username": username}, says=_("The new password of %s") % username, back="/system/users")


@require_POST
@never_cache
@page("keys.manage")
def make_key(request: HttpRequest) -> HttpResponse:
    name, until = _text(request, "name"), _text(request, "expires_on")
    given: dict[str, Any] = {"name": name, "scopes": request.POST.getlist("scopes"), "channel": _text(request, "channel") or None}
    try:
        day = parse_date(until) if until else None
    except ValueError:
        day = None
    if not name or (until and day is None):
        wrong = _("expires_on: “%s” is no date; write it as 2026-01-31.") % until if name else _("name: it is missing; say what the key is for.")
        messages.error(request, wrong, extra_tags="bad")
        return redirect("/system/keys")
    given["expires_at"] = datetime.combine(day, time.max, UTC) if day else None
    return _once(request, access.make_api_key, given, says=_("The key %s") % name, back="/system/keys")


@require_POST
@never_cache
@page("keys.manage")
def rotate_key(request: HttpRequest) -> HttpResponse:
    name = _text(request, "name")
    return _once(request, access.rotate_api_key, {"name": name}, says=_("The new key %s") % name, back="/system/keys")


@require_POST
@page("keys.manage")
def revoke_key(request: HttpRequest) -> HttpResponse:
    name = _text(request, "name")
    acting.attempt(request, access.revoke_api_key, {"name": name}).tell(request, done=_("The key %s opens nothing any more.") % name)
    return redirect("/system/keys")

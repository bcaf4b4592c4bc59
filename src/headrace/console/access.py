"""Who sits at the console, and what they may see: a page is closed unless its permission is granted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from headrace.console import company, door, leaving
from headrace.console.models import Preference
from headrace.console.rooms import ROOMS
from headrace.engine.action import actions
from headrace.governance import access, scopes


class ClosedDoor(DefaultAccountAdapter):
    """No one signs up: accounts are made by an administrator."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy("Name or password is wrong."),
        "email_password_mismatch": gettext_lazy("Name or password is wrong."),
        "incorrect_password": gettext_lazy("The password is wrong."),
        "enter_current_password": gettext_lazy("The password is wrong."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The room that this person likes to begin in, where they may enter it."""
        name = request.user.get_username()
        liked = Preference.objects.filter(username=name).values_list("first_room", flat=True).first()
        may = Visitor(name, access.granted_to(name)).may
        return next((room.address for room in ROOMS if room.name == liked and may(room.permission)), str(settings.LOGIN_REDIRECT_URL))

    def get_login_stages(self) -> list[str]:
        """Without our own second factor where the company's sign-in has asked for one that counts."""
        stages = super().get_login_stages()
        return [s for s in stages if s != "allauth.mfa.stages.AuthenticateStage"] if company.brought_second_factor(self.request) else stages

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """To the sign-in, which says so where one is still signed in at the company's."""
        came_by_company = any(r["method"] == "socialaccount" for r in get_authentication_records(request, request.user))
        return f"{reverse(settings.LOGIN_URL)}?left=company" if came_by_company else super().get_logout_redirect_url(request)

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:
        """For one's own second factor as for the keys of others: where the sign-in is not fresh."""
        return not door.is_fresh(self.request)


def who_tries(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """The name under which a sign-in is tried, as the lock counts it: without regard to capitals."""
    told = credentials or {}
    return str(told.get("username") or told.get("email") or told.get("login") or request.POST.get("login", "")).lower()


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person at the console, with what their roles grant."""

    name: str
    granted: tuple[str, ...]
    without: frozenset[str] = frozenset()
    held: scopes.Held | None = None  # with their limits; looked up where nobody has

    @property
    def actor(self) -> str:
        return f"user:{self.name}"

    def may(self, permission: str) -> bool:
        if permission in self.without or not access.grants(self.granted, permission):
            return False
        return permission not in scopes.WHOLE_HOUSE or self.scope(permission) is None

    def scope(self, permission: str) -> scopes.Scope | None:
        """The limits under which they have it; None is none."""
        return scopes.scope_within(scopes.held_by(self.name) if self.held is None else self.held, permission)

    def may_do(self, action: str, known: Mapping[str, Any] | None = None) -> bool:
        """Whether a form for this deed is of use to them: they have its permission, and their limits do not rule it out whatever they fill in."""
        which = actions().get(action)
        if which is None or not self.may(which.permission):
            return False
        scope = self.scope(which.permission)
        return scope is None or not scopes.is_ruled_out(which, scope, known or {})


def visitor_of(request: HttpRequest) -> Visitor:
    """The signed-in person; read once per request."""
    known: Visitor | None = getattr(request, "_visitor", None)
    if known is None:
        name = request.user.get_username()
        known = Visitor(name, access.granted_to(name), held=scopes.held_by(name))
        request._visitor = known  # type: ignore[attr-defined]
    return known


PERSONAL = "orders.personal"  # opens cells of a page, so it holds on a page only within its own limits


View = Callable[..., HttpResponseBase]


def sign_in_first(request: HttpRequest, permission: str) -> HttpResponse:
    """To the sign-in and back to the same page; a page that asks by itself (htmx, a form sent by the console's script) is told so in its own way.

    A form that somebody sends after they were signed out comes back as they left it; not one for which they have to prove who they are.
    """
    page = asked_from(request)
    if permission not in door.NEEDS_PROOF:
        leaving.keep(request, page)
    return door.elsewhere(request, f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': page})}")


def asked_from(request: HttpRequest) -> str:
    """The page where a person is: this one, or the one whose part or form this is; the first page where that is not told."""
    told = request.headers.get("HX-Current-URL") or (request.headers.get("Referer") if request.method != "GET" or "X-Deed" in request.headers else None)
    if not told and request.method == "GET":
        return request.get_full_path()
    page_of = urlsplit(told or "")
    return f"{page_of.path}{'?' + page_of.query if page_of.query else ''}" if page_of.netloc == request.get_host() and page_of.path else "/"


def _within_scope(request: HttpRequest, permission: str, show: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The page as far as the person's role covers the house; what concerns the whole house stays closed to those who see a part."""
    visitor = visitor_of(request)
    scope = visitor.scope(permission)
    if scope is not None and permission in scopes.WHOLE_HOUSE:
        return refuse_page(request, permission)
    personal = visitor.scope(PERSONAL) if visitor.may(PERSONAL) else scope
    if personal is not None and personal != scope:
        request._visitor = replace(visitor, without=frozenset({PERSONAL}))  # type: ignore[attr-defined]
    with scopes.seen_by(visitor.name, scope):
        answer = show()
    if scope is not None and isinstance(answer, StreamingHttpResponse):
        answer.streaming_content = _streamed(answer.streaming_content, visitor.name, scope)
    return answer


def _streamed(parts: Any, name: str, scope: scopes.Scope) -> Iterator[bytes]:
    """A file is made while it is sent: after the page, and within the same limits."""
    with scopes.seen_by(name, scope):
        yield from parts


def refuse_page(request: HttpRequest, permission: str) -> HttpResponse:
    return render(request, "console/refused.html", {"permission": permission, "means": gettext(access.PERMISSIONS[permission])}, status=403)


def page(permission: str) -> Callable[[View], View]:
    """A page for those who have this permission; others are told which one is missing, strangers sign in first."""

    def close(view: View) -> View:
        @wraps(view)
        def closed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return sign_in_first(request, permission)
            if not visitor_of(request).may(permission):
                return refuse_page(request, permission)
            proof = door.prove_first(request, permission, asked_from(request))
            if proof is not None:
                return proof
            return _within_scope(request, permission, lambda: view(request, *args, **kwargs))

        closed.permission = permission  # type: ignore[attr-defined]  # read by the test that knows every page
        return closed

    return close


def closed(request: HttpRequest) -> HttpResponse:
    """What visitors may not do by themselves."""
    return render(request, "console/closed.html", status=403)


closed.permission = None  # type: ignore[attr-defined]  # shows nothing

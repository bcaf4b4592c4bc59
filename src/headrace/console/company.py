"""The company's own sign-in (OpenID Connect): it opens the door to people who have an account here, and makes none. Everything else is refused in plain words."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import structlog
from allauth.account.models import EmailAddress
from allauth.account.signals import user_logged_in
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.base.provider import Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from headrace.console import company_token
from headrace.console.company_token import CompanyFault
from headrace.governance import company, sign_in

log = structlog.get_logger(__name__)

SECOND_FACTOR = "company_second_factor"  # in the session: the company's sign-in asked for one
WITH_SECOND_FACTOR = "mfa"  # among the ways (`amr`, RFC 8176) in which the company proved who it is
KEPT_OF_A_PERSON = ("sub", "email", "name")  # what is stored beside the account
PROVIDER = "company"


class AsWeAsk(OpenIDConnectOAuth2Adapter):
    """The library's half of OpenID Connect, with what it leaves out: the nonce, the signature, and that both answers speak of one person."""

    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        return company_token.discovered(self.get_provider().app.settings["server_url"])

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        document = self.openid_config
        claims = company_token.claims_of(str(kwargs["response"].get("id_token", "")), document, app.client_id, self.nonce)
        told = company_token.fetch(document["userinfo_endpoint"], token=token.token) if "userinfo_endpoint" in document else claims
        if told.get("sub") != claims["sub"]:
            raise CompanyFault("broken", "userinfo: speaks of somebody else than the id_token")
        login = self.get_provider().sociallogin_from_response(request, {"id_token": claims, "userinfo": {**claims, **told}})
        login.claims = {**claims, **told, "amr": claims.get("amr")}  # how they signed in is believed of the signed token alone
        return login


class Company(OpenIDConnectProvider):
    oauth2_adapter_class = AsWeAsk

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """What is asked of the company's sign-in comes from the settings, never from an address that somebody was sent."""
        kwargs = Provider.get_redirect_from_request_kwargs(self, request)
        kwargs["process"] = AuthProcess.CONNECT if kwargs["process"] == AuthProcess.CONNECT else AuthProcess.LOGIN
        return {**kwargs, "scope": self.get_scope(), "auth_params": self.get_auth_params()}

    def redirect(self, request: HttpRequest, process: Any, next_url: Any = None, data: Any = None, **kwargs: Any) -> HttpResponse:
        nonce = secrets.token_urlsafe()
        kwargs["auth_params"] = {**kwargs.get("auth_params", {}), "nonce": nonce}
        try:
            return super().redirect(request, process, next_url, data, nonce=nonce, **kwargs)
        except CompanyFault as fault:
            return render_authentication_error(request, self, exception=fault)

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in data["userinfo"].items() if k in KEPT_OF_A_PERSON}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """Verified is what the provider calls so, in a word that is a plain yes: some send the text `false`."""
        told = data["userinfo"]
        is_verified = told.get("email_verified") is True or told.get("email_verified") == "true"
        return [EmailAddress(email=told["email"], verified=is_verified, primary=True)] if told.get("email") else []


class KnownOnly(DefaultSocialAccountAdapter):
    """Opens the account that is linked, or, where the policy `sign_in` allows it, links the one with the same verified address."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        found = super().get_provider(request, provider, client_id)
        return Company(request, app=found.app) if isinstance(found, OpenIDConnectProvider) else found

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        claims = getattr(sociallogin, "claims", {})
        if not sociallogin.is_existing:
            self._link_by_email(request, sociallogin)
        user = sociallogin.user
        if not user.is_active:
            raise _refused(request, "off", f"{user.get_username()} is switched off")
        groups = claims.get(settings.COMPANY_ROLES_CLAIM) if settings.COMPANY_ROLES_CLAIM else None
        if isinstance(groups, list):
            company.keep_roles(user.get_username(), [str(g) for g in groups], settings.COMPANY_ROLES)
        has_proven = isinstance(claims.get("amr"), list) and WITH_SECOND_FACTOR in claims["amr"]
        request.company_second_factor = has_proven and sign_in.terms().company_second_factor  # type: ignore[attr-defined]

    def _link_by_email(self, request: HttpRequest, sociallogin: Any) -> None:
        if not sign_in.terms().company_links_by_email:
            raise _refused(request, "unknown", f"{sociallogin.account.uid} is linked with no account, and the policy sign_in does not link by e-mail")
        told = next(iter(sociallogin.email_addresses), None)
        if told is None or not told.verified:
            raise _refused(request, "unverified", f"{sociallogin.account.uid} is linked with no account, and the e-mail is not verified")
        username = company.known_as(told.email)
        if username is None or SocialAccount.objects.filter(provider=sociallogin.account.provider, user__username=username).exists():
            raise _refused(request, "unknown", f"{sociallogin.account.uid}: no account with this address, or one that is linked with somebody else")
        with transaction.atomic():
            sociallogin.connect(request, SocialAccount._meta.get_field("user").related_model.objects.get(username=username))

    def on_authentication_error(self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None) -> None:
        raise _refused(request, _reason(request, error, exception, extra_context or {}), repr(exception or request.GET.get("error", error)))


def _reason(request: HttpRequest, error: Any, exception: Any, told: dict[str, Any]) -> str:
    if isinstance(exception, CompanyFault):
        return exception.reason
    if exception is not None:  # the library's: the code was not taken, or nobody answered
        return "silent" if "Connection" in type(exception).__name__ or "Timeout" in type(exception).__name__ else "broken"
    if not told.get("state"):
        return "lost"
    return "cancelled" if request.GET.get("error") == "access_denied" else "failed"


def _refused(request: HttpRequest, reason: str, why: str) -> ImmediateHttpResponse:
    log.warning("company_sign_in_refused", reason=reason, why=why[:500])
    told = {"reason": reason, "name": name(), "linking": request.user.is_authenticated}
    return ImmediateHttpResponse(render(request, "account/company_refused.html", told, status=403 if reason in ("unknown", "unverified", "off") else 401))


def name() -> str:
    """What the button says; empty where the company's sign-in is not set up."""
    return str(_app().get("name", ""))


def _address() -> str:
    return str(_app().get("settings", {}).get("server_url", ""))


def _app() -> dict[str, Any]:
    known: Any = settings.SOCIALACCOUNT_PROVIDERS
    return next(iter(known.get("openid_connect", {}).get("APPS", ())), {})


class Callback(OAuth2CallbackView):
    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, answer = super()._get_state(request, provider)
        if state:
            self.adapter.nonce = str(state.get("nonce", ""))
        return state, answer


def login(request: HttpRequest) -> HttpResponse:
    """To the company's sign-in."""
    return _within(request, OAuth2LoginView)


def callback(request: HttpRequest) -> HttpResponse:
    """Back from there."""
    return _within(request, Callback)


login.permission = callback.permission = None  # type: ignore[attr-defined]  # show nothing


def _within(request: HttpRequest, view: Any) -> HttpResponse:
    if not name():
        return render(request, "console/closed.html", status=404)
    answer: HttpResponse = view.adapter_view(AsWeAsk(request, PROVIDER))(request)
    return answer


class AllowCompany:
    """Lets the forms of the sign-in lead to the company's: Chromium follows a form through its redirects, and holds each against the page's policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/accounts/") and _address() and response.get("Content-Type", "").startswith("text/html"):
            try:
                to = company_token.origin_of(company_token.discovered(_address())["authorization_endpoint"])
            except CompanyFault as fault:
                log.warning("company_sign_in_unknown", why=str(fault)[:500])
            else:
                response._csp_update = {**getattr(response, "_csp_update", {}), "form-action": [to]}  # type: ignore[attr-defined]
        return response


def end_there() -> str:
    """Where one signs out of the company's sign-in too; empty where it says nothing of it."""
    try:
        found = company_token.discovered(_address()).get("end_session_endpoint") if _address() else ""
    except CompanyFault:
        return ""
    return str(found) if company_token.is_safe(found) else ""


def brought_second_factor(request: HttpRequest) -> bool:
    """Did the company's sign-in ask for a second factor, and does the policy let it stand for our own?"""
    return bool(getattr(request, "company_second_factor", False) or request.session.get(SECOND_FACTOR))


def _note_factor(request: HttpRequest, **_: object) -> None:
    if getattr(request, "company_second_factor", False):
        request.session[SECOND_FACTOR] = True


def _note_link(sociallogin: Any, **_: object) -> None:
    company.note_company_link(actor=company.ACTOR, username=sociallogin.user.get_username(), identity=sociallogin.account.uid)


def _note_unlink(socialaccount: Any, **_: object) -> None:
    company.note_company_link(actor=company.ACTOR, username=socialaccount.user.get_username(), identity=socialaccount.uid, is_linked=False)


user_logged_in.connect(_note_factor, dispatch_uid="headrace.console.company")
social_account_added.connect(_note_link, dispatch_uid="headrace.console.company")
social_account_removed.connect(_note_unlink, dispatch_uid="headrace.console.company")

"""The company's own sign-in: whom it lets in, what is refused of it, and in which words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client

from headrace.console import company_token
from headrace.console.tests import fake_company
from headrace.console.tests.conftest import PASSWORD
from headrace.console.tests.fake_company import CLIENT, SECRET, STRANGE_KEY, FakeCompany
from headrace.console.tests.test_door import put_in_force
from headrace.engine.queries import run
from headrace.governance.company import roles_held
from headrace.governance.models import Role, RoleGrant
from headrace.settings import company_roles

pytestmark = pytest.mark.django_db
ANN = {"sub": "acme-1", "email": "Ann@Acme.example", "email_verified": True, "name": "Ann Lee"}


@pytest.fixture
def company(settings: Any) -> Iterator[FakeCompany]:
    cache.clear()
    with fake_company.running() as running:
        app = {"provider_id": "company", "name": "Acme sign-in", "client_id": CLIENT, "secret": SECRET, "settings": {"server_url": running.issuer}}
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        running.people["ann"] = dict(ANN)
        yield running
    cache.clear()


@pytest.fixture
def ann(db: None) -> Any:
    user = get_user_model().objects.create_user(username="ann", password=PASSWORD, email="ann@acme.example")
    RoleGrant.objects.create(user_id=user.pk, role=Role.objects.get(code="ops_manager"))
    return user


def begin(client: Client, query: str = "") -> dict[str, str]:
    """What Headrace asks the company's sign-in."""
    answer: Any = client.post(f"/accounts/oidc/company/login/{query}")
    assert answer.status_code == 302, answer.content.decode()
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def come_back(client: Client, company: FakeCompany, asked: dict[str, str], who: str = "ann", **changes: str) -> Any:
    back = urlsplit(company.consent(asked, who))
    return client.get(back.path, {**dict(parse_qsl(back.query)), **changes})


def enter(company: FakeCompany, who: str = "ann", client: Client | None = None) -> tuple[Client, Any]:
    client = client or Client()
    return client, come_back(client, company, begin(client), who)


def is_in(client: Client) -> bool:
    return client.get("/orders").status_code == 200


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_linked_person_comes_in_and_no_other(company: FakeCompany, ann: Any) -> None:
    client, answer = enter(company)
    assert answer.status_code == 403 and "no account here belongs to you" in text(answer) and not is_in(client)
    SocialAccount.objects.create(user=ann, provider="company", uid="acme-1")
    client, answer = enter(company)
    assert answer.headers["Location"] == "/" and is_in(client)
    assert SocialAccount.objects.get().extra_data == {"sub": "acme-1", "email": "Ann@Acme.example", "name": "Ann Lee"}
    company.people["ann"]["sub"] = "acme-2"
    client, answer = enter(company)
    assert answer.status_code == 403 and not is_in(client)


def test_an_address_links_where_the_policy_allows_it_and_the_company_verified_it(company: FakeCompany, ann: Any) -> None:
    put_in_force(company_links_by_email=True)
    for told in (False, "false", None, 1):
        company.people["ann"]["email_verified"] = told
        client, answer = enter(company)
        assert answer.status_code == 403 and "has not confirmed" in text(answer) and not is_in(client), told
    company.people["ann"]["email_verified"] = True
    client, _answer = enter(company)
    assert is_in(client) and SocialAccount.objects.get().user == ann
    assert ann.has_usable_password(), "the password that an administrator gave is still theirs"
    run_deed = run("select actor, subject from governance_audit where deed = 'note_company_link'").one
    assert tuple(run_deed) == ("engine:company_sign_in", "user:ann")
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)


def test_an_address_that_was_given_to_somebody_new_opens_nothing(company: FakeCompany, ann: Any) -> None:
    put_in_force(company_links_by_email=True)
    enter(company)
    company.people["ann"]["sub"] = "acme-99"
    client, answer = enter(company)
    assert answer.status_code == 403 and not is_in(client)
    assert SocialAccount.objects.get().uid == "acme-1"


def test_two_accounts_with_one_address_and_nobody_at_all(company: FakeCompany, ann: Any) -> None:
    put_in_force(company_links_by_email=True)
    company.people["zoe"] = {"sub": "acme-5", "email": "zoe@acme.example", "email_verified": True}
    client, answer = enter(company, "zoe")
    assert answer.status_code == 403 and not get_user_model().objects.filter(email="zoe@acme.example").exists()
    get_user_model().objects.create_user(username="ann2", email="ANN@acme.example")
    client, answer = enter(company)
    assert answer.status_code == 403 and not is_in(client) and not SocialAccount.objects.exists()


def test_who_is_switched_off_stays_outside(company: FakeCompany, ann: Any) -> None:
    SocialAccount.objects.create(user=ann, provider="company", uid="acme-1")
    ann.is_active = False
    ann.save()
    client, answer = enter(company)
    assert answer.status_code == 403 and "switched off" in text(answer) and not is_in(client)


Lie = Callable[[FakeCompany], None]
LIES: dict[str, tuple[Lie, str]] = {
    "another nonce": (lambda c: c.lies.update(nonce="another"), "could not be trusted"),
    "no nonce": (lambda c: c.lies.update(nonce=None), "could not be trusted"),
    "for another client": (lambda c: c.lies.update(aud="another"), "could not be trusted"),
    "for several, given to another": (lambda c: c.lies.update(aud=[CLIENT, "another"], azp="another"), "could not be trusted"),
    "of another issuer": (lambda c: c.lies.update(iss="https://evil.example"), "could not be trusted"),
    "expired": (lambda c: c.lies.update(exp=int(time.time()) - 600), "came too late"),
    "without an end": (lambda c: c.lies.update(exp=None), "could not be trusted"),
    "signed by a strange key": (lambda c: setattr(c, "key", STRANGE_KEY), "could not be trusted"),
    "named by a strange key": (lambda c: setattr(c, "kid", "two"), "could not be trusted"),
    "not signed": (lambda c: (setattr(c, "key", None), setattr(c, "algorithm", "none"))[0], "could not be trusted"),
    "signed by the client's secret": (lambda c: (setattr(c, "key", SECRET * 2), setattr(c, "algorithm", "HS256"))[0], "could not be trusted"),
    "userinfo of another": (lambda c: c.says.update(sub="acme-2"), "could not be trusted"),
    "no token": (lambda c: setattr(c, "token_status", 500), "could not be trusted"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_is_not_whole_is_not_taken(company: FakeCompany, ann: Any, lie: str) -> None:
    SocialAccount.objects.create(user=ann, provider="company", uid="acme-1")
    LIES[lie][0](company)
    client, answer = enter(company)
    assert answer.status_code == 401 and LIES[lie][1] in text(answer), text(answer)
    assert not is_in(client)


def test_state_and_code_are_used_once_and_by_the_browser_that_began(company: FakeCompany, ann: Any) -> None:
    SocialAccount.objects.create(user=ann, provider="company", uid="acme-1")
    first, other = Client(), Client()
    asked = begin(first)
    assert (
        asked["code_challenge_method"] == "S256"
        and len(asked["nonce"]) > 20
        and asked["redirect_uri"] == "http://testserver/accounts/oidc/company/login/callback/"
    )
    answer = come_back(other, company, asked)
    assert answer.status_code == 401 and "another window" in text(answer) and not is_in(other)
    answer = come_back(first, company, asked, state="forged")
    assert answer.status_code == 401 and not is_in(first)
    assert come_back(first, company, asked).status_code == 302 and is_in(first)
    again = come_back(first, company, asked)
    assert again.status_code == 401 and "another window" in text(again)


def test_a_refusal_of_the_company_is_told_in_plain_words(company: FakeCompany, ann: Any) -> None:
    client = Client()
    asked = begin(client)
    for error, says in (("access_denied", "broken off there"), ("server_error", "cannot sign you in")):
        answer: Any = client.get("/accounts/oidc/company/login/callback/", {"error": error, "error_description": "<b>x</b>", "state": begin(client)["state"]})
        assert answer.status_code == 401 and says in text(answer) and "<b>x" not in text(answer)
    assert asked["scope"].split() != []


def test_a_company_that_does_not_answer_costs_one_wait_and_the_password_still_works(company: FakeCompany, ann: Any, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:9"
    client = Client()
    assert client.get("/accounts/login/").status_code == 200
    answer: Any = client.post("/accounts/oidc/company/login/")
    assert answer.status_code == 401 and "does not answer" in text(answer)
    client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert is_in(client)


@pytest.mark.parametrize(
    "wrong",
    [{"authorization_endpoint": "http://evil.example/x"}, {"issuer": "https://evil.example"}, {"token_endpoint": "file:///etc/passwd"}, {"jwks_uri": None}],
)
def test_a_discovery_that_leads_astray_is_not_followed(company: FakeCompany, wrong: dict[str, Any]) -> None:
    company.documents = wrong
    client = Client()
    answer: Any = client.post("/accounts/oidc/company/login/")
    assert answer.status_code == 401 and "Location" not in answer.headers
    assert client.get("/accounts/login/").headers["Content-Security-Policy"].partition("form-action ")[2].partition(";")[0] == "'self'"


def test_the_form_may_lead_to_where_the_company_asks_and_only_from_the_sign_in(company: FakeCompany, ann: Any) -> None:
    client = Client()
    assert f"form-action 'self' {company.door}" in client.get("/accounts/login/").headers["Content-Security-Policy"]
    client.force_login(ann, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert company.door not in client.get("/orders").headers["Content-Security-Policy"]


def test_what_is_asked_comes_from_the_settings_alone(company: FakeCompany) -> None:
    client = Client()
    asked = begin(client, "?auth_params=prompt%3Dnone%26nonce%3Dx&scope=offline_access&process=redirect&next=https://evil.example/")
    assert "prompt" not in asked and "offline_access" not in asked["scope"] and asked["nonce"] != "x"
    assert client.get("/accounts/oidc/company/login/").status_code == 200, "a link alone signs nobody in"


def test_groups_bring_roles_and_take_back_only_those(company: FakeCompany, ann: Any, settings: Any) -> None:
    SocialAccount.objects.create(user=ann, provider="company", uid="acme-1")
    settings.COMPANY_ROLES_CLAIM, settings.COMPANY_ROLES = "groups", {"wh": "warehouse", "fin": "finance", "it": "admin", "old": "no_such_role"}
    company.people["ann"]["groups"] = ["wh", "it", "old", "stranger"]
    enter(company)
    assert roles_held("ann") == {"ops_manager", "warehouse"}, "rights over users come by hand alone"
    company.people["ann"]["groups"] = ["fin"]
    enter(company)
    assert roles_held("ann") == {"ops_manager", "finance"}
    links = run("select count(*) from governance_audit where deed = 'keep_company_roles'").scalar
    enter(company)
    assert run("select count(*) from governance_audit where deed = 'keep_company_roles'").scalar == links == 2
    del company.people["ann"]["groups"]
    enter(company)
    assert roles_held("ann") == {"ops_manager", "finance"}, "who says nothing of groups changes nothing"


def test_the_settings_of_roles_are_pairs() -> None:
    assert company_roles("") == {}
    assert company_roles("wh=warehouse, a=b=finance") == {"wh": "warehouse", "a=b": "finance"}
    for wrong in ("warehouse", "=x", "x="):
        with pytest.raises(ValueError, match="HEADRACE_OIDC_ROLES"):
            company_roles(wrong)


def test_a_role_that_needs_a_second_factor_sets_ours_up_unless_theirs_counts(company: FakeCompany, ann: Any) -> None:
    SocialAccount.objects.create(user=ann, provider="company", uid="acme-1")
    company.people["ann"]["amr"] = ["pwd", "mfa"]
    put_in_force(second_factor_roles=["ops_manager"])
    client, _answer = enter(company)
    assert client.get("/orders").headers["Location"] == "/accounts/2fa/totp/activate/"
    put_in_force(second_factor_roles=["ops_manager"], company_second_factor=True)
    client, _answer = enter(company)
    assert is_in(client)
    company.people["ann"]["amr"] = ["pwd"]
    company.says["amr"] = ["mfa"]  # userinfo is not signed: it says nothing of how they signed in
    client, _answer = enter(company)
    assert client.get("/orders").headers["Location"] == "/accounts/2fa/totp/activate/"


def test_our_own_second_factor_is_asked_after_theirs_unless_theirs_counts(company: FakeCompany, ann: Any) -> None:
    SocialAccount.objects.create(user=ann, provider="company", uid="acme-1")
    TOTP.activate(ann, generate_totp_secret())
    client, answer = enter(company)
    assert answer.headers["Location"].startswith("/accounts/2fa/authenticate/") and not is_in(client)
    company.people["ann"]["amr"] = ["mfa"]
    client, answer = enter(company)
    assert not is_in(client), "the policy does not let it count"
    put_in_force(company_second_factor=True)
    client, answer = enter(company)
    assert is_in(client)


def test_one_links_and_unlinks_it_oneself(company: FakeCompany, ann: Any) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert "Link it" in text(client.get("/accounts/3rdparty/"))
    come_back(client, company, begin(client, "?process=connect"))
    assert "opens this account for Ann@Acme.example" in text(client.get("/accounts/3rdparty/"))
    visitor, _answer = enter(company)
    assert is_in(visitor)
    client.post("/accounts/3rdparty/", {"account": SocialAccount.objects.get().pk})
    assert not SocialAccount.objects.exists() and not is_in(enter(company)[0])
    assert run("select count(*) from governance_audit where deed = 'note_company_link' and subject = 'user:ann'").scalar == 2


def test_signing_out_says_that_the_company_still_knows_you(company: FakeCompany, ann: Any) -> None:
    SocialAccount.objects.create(user=ann, provider="company", uid="acme-1")
    client, _answer = enter(company)
    answer: Any = client.post("/accounts/logout/", follow=True)
    assert f'href="{company.door}/end"' in text(answer) and not is_in(client)
    client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert "Sign out there too" not in text(client.post("/accounts/logout/", follow=True))


def test_without_the_setting_there_is_no_such_door(ann: Any) -> None:
    client = Client()
    assert "oidc" not in text(client.get("/accounts/login/"))
    assert client.post("/accounts/oidc/company/login/").status_code == 404
    assert client.get("/accounts/oidc/company/login/callback/?code=x&state=y").status_code == 404


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://id.example.com/x", True), ("http://127.0.0.1:9000", True), ("http://id.example.com", False), ("https://u:p@id.example.com", False),
        ("javascript:1", False), ("https://", False), ("", False), (None, False), ("//id.example.com", False),
        ("https://[", False), ("https://[::1", False),
    ],
)  # fmt: skip
def test_only_safe_addresses_are_called(address: Any, safe: bool) -> None:
    assert company_token.is_safe(address) == safe

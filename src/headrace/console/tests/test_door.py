"""Whoever stands still is signed out, a role can need a second factor, the password is asked again before keys, and no cache keeps a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from headrace.console.tests.conftest import PASSWORD
from headrace.governance import policies, sessions, sign_in

Seat = Callable[..., Client]


def put_in_force(**body: Any) -> None:
    version = policies.draft_policy(actor="cli:root", name="sign_in", body=body, note="for a test")
    policies.publish_policy(actor="cli:root", name="sign_in", version=version)


def ago(client: Client, name: str, **span: float) -> None:
    """Put a moment that the session keeps back."""
    session = client.session
    session[name] = (timezone.now() - timedelta(**span)).isoformat()
    session.save()


def code_of(secret: str) -> str:
    """What the app shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_who_stands_still_is_signed_out_and_told_why(seat: Seat) -> None:
    ann = seat("ops_manager")
    ago(ann, sessions.SEEN, minutes=59)
    assert ann.get("/orders").status_code == 200
    ago(ann, sessions.SEEN, minutes=61)
    answer = ann.get("/orders?q=17")
    assert answer.status_code == 302 and answer.headers["Location"] == "/accounts/login/?next=%2Forders%3Fq%3D17"
    assert "nobody had clicked" in text(ann.get(answer.headers["Location"]))
    assert not sessions.listed("ops_manager")


def test_a_click_keeps_one_signed_in_and_a_page_that_asks_by_itself_does_not(seat: Seat) -> None:
    ann = seat("ops_manager")
    ago(ann, sessions.SEEN, minutes=50)
    ann.get("/", headers={"HX-Request": "true"})
    ann.get("/waiting")
    before = sessions.moment_in(ann.session, sessions.SEEN)
    assert before is not None and timezone.now() - before > timedelta(minutes=49)
    ann.get("/orders")
    after = sessions.moment_in(ann.session, sessions.SEEN)
    assert after is not None and timezone.now() - after < timedelta(minutes=1)


def test_a_session_ends_after_a_working_day_however_busy(seat: Seat) -> None:
    ann = seat("ops_manager")
    ago(ann, sessions.SINCE, hours=11.9)
    assert ann.get("/orders").status_code == 200
    ago(ann, sessions.SINCE, hours=12.1)
    assert ann.get("/orders").status_code == 302


def test_minutes_are_tuned_by_policy_within_bounds(seat: Seat) -> None:
    ann = seat("ops_manager")
    put_in_force(idle_minutes=10)
    ago(ann, sessions.SEEN, minutes=11)
    assert ann.get("/orders").status_code == 302
    assert sign_in.faults({"idle_minutes": 0}) and sign_in.faults({"idle_minutes": True}) and sign_in.faults({"fresh_minutes": 10_000})
    assert sign_in.faults({"second_factor_roles": ["nobody_has_this"]}) and not sign_in.faults({"second_factor_roles": ["admin"]})


def test_a_role_that_needs_a_second_factor_sets_it_up_first(seat: Seat) -> None:
    ann, ben = seat("admin", name="ann"), seat("warehouse", name="ben")
    put_in_force(second_factor_roles=["admin"])
    assert ben.get("/orders").status_code == 200
    for address in ("/orders", "/orders?format=csv", "/me", "/system/users", "/find?q=SO-1"):
        assert ann.get(address).headers["Location"] == "/accounts/2fa/totp/activate/", address
    assert ann.post("/do/keep_preferences", {"time_zone": "UTC"}).status_code == 302
    assert ann.get("/orders", headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/accounts/2fa/totp/activate/"
    page = ann.get("/accounts/2fa/totp/activate/")
    assert "Your role needs a second factor" in text(page) and "data:image/svg+xml" in text(page)
    secret = page.context["form"].secret
    assert "Recovery codes" in text(ann.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}, follow=True))
    assert ann.get("/orders").status_code == 200


def test_signing_in_asks_for_the_code(db: None) -> None:
    user: Any = get_user_model().objects.create_superuser(username="ann", password=PASSWORD)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    client = Client()
    asked = client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert asked.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/orders").status_code == 302, "half way in is not in"
    assert "app on your phone" in text(client.get("/accounts/2fa/authenticate/"))
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert client.get("/orders").status_code == 200
    assert "10 codes are left" in text(client.get("/accounts/2fa/"))
    assert client.get("/accounts/2fa/recovery-codes/").status_code == client.get("/accounts/2fa/recovery-codes/generate/").status_code == 200
    assert "password alone signs you in" in text(client.get("/accounts/2fa/totp/deactivate/"))


def test_the_key_of_a_session_changes_at_the_sign_in(db: None) -> None:
    get_user_model().objects.create_superuser(username="ann", password=PASSWORD)
    client = Client()
    session = client.session
    session["planted"] = "x"
    session.save()
    client.cookies["sessionid"] = session.session_key
    client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    assert client.session.session_key != session.session_key


def test_a_new_password_signs_the_other_devices_out(db: None) -> None:
    get_user_model().objects.create_superuser(username="ann", password=PASSWORD)
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    new = "another-password-for-tests"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert here.get("/orders").status_code == 200
    assert len(sessions.listed("ann")) == 1
    assert there.get("/orders").status_code == 302


def test_one_sees_ones_own_devices_and_ends_them(seat: Seat, db: None) -> None:
    ann = seat("ops_manager", name="ann")
    there, ben = Client(headers={"User-Agent": "Mozilla/5.0 (iPhone) Version/18 Safari/605"}), seat("ops_manager", name="ben")
    there.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    page = text(ann.get("/me/sessions"))
    assert "Safari, iPhone" in page and "this one" in page and str(there.session.session_key) not in page
    theirs = sessions.sign_of(str(ben.session.session_key))
    ann.post("/do/end_my_session", {"session": theirs})
    assert ben.get("/orders").status_code == 200, "nobody ends what is not theirs"
    ann.post("/do/end_my_other_sessions", {"keep": sessions.sign_of(str(ann.session.session_key))})
    assert there.get("/orders").status_code == 302 and ann.get("/orders").status_code == 200


def test_keys_and_users_open_for_who_has_just_proved_who_they_are(seat: Seat) -> None:
    ann = seat("admin", name="ann")
    assert ann.get("/system/keys").status_code == 200
    ago(ann, sessions.SINCE, minutes=16)
    asked = ann.get("/system/users?q=ben")
    assert asked.headers["Location"] == "/accounts/reauthenticate/?next=%2Fsystem%2Fusers%3Fq%3Dben"
    assert ann.post("/system/keys/make", {"name": "shop", "scopes": "orders.read"}).headers["Location"].startswith("/accounts/reauthenticate/")
    assert ann.post("/do/switch_user_off", {"username": "ben"}).headers["Location"].startswith("/accounts/reauthenticate/")
    assert ann.get("/orders").status_code == 200
    wrong = ann.post("/accounts/reauthenticate/", {"password": "no", "next": "/system/users"})
    assert wrong.status_code == 200 and ann.get("/system/users").status_code == 302
    right = ann.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/system/users"})
    assert right.headers["Location"] == "/system/users" and ann.get("/system/users").status_code == 200


def test_a_locked_sign_in_says_for_how_long(db: None) -> None:
    get_user_model().objects.create_user(username="ann", password=PASSWORD)
    for _time in range(6):
        answer = Client().post("/accounts/login/", {"login": "ann", "password": "wrong"})
    assert answer.status_code == 429
    assert "Try again in 15 minutes" in text(answer) and answer.headers["Retry-After"] == "900"


def test_no_cache_keeps_what_is_behind_the_door(seat: Seat) -> None:
    ann = seat("admin")
    for address in ("/", "/orders", "/orders?format=csv", "/system/users", "/me", "/no-such-page", "/accounts/2fa/", "/accounts/password/change/"):
        answer = ann.get(address)
        assert "no-store" in answer.headers["Cache-Control"], address
        assert "geolocation=()" in answer.headers["Permissions-Policy"], address
        assert answer.headers["X-Frame-Options"] == "DENY" and answer.headers["X-Content-Type-Options"] == "nosniff", address
    assert "no-store" in Client().get("/accounts/login/").headers["Cache-Control"]


@pytest.mark.parametrize(
    "address", ["/accounts/login/", "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/password/change/", "/accounts/logout/", "/accounts/signup/"]
)
def test_sign_in_pages_carry_the_strict_policy_and_nothing_inline(seat: Seat, address: str) -> None:
    answer = (Client() if address == "/accounts/login/" else seat("admin")).get(address)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"] and "unsafe" not in answer.headers["Content-Security-Policy"]
    assert not any(bad in text(answer) for bad in (" style=", "<script>", "onclick", "onsubmit")), address


def test_nobody_is_sent_to_another_house(seat: Seat) -> None:
    get_user_model().objects.create_superuser(username="zoe", password=PASSWORD)
    for n, wanted in enumerate(("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)")):
        assert Client().post("/accounts/login/", {"login": "zoe", "password": PASSWORD, "next": wanted}).headers["Location"] == "/"
        assert seat("admin", name=f"a{n}").post("/accounts/reauthenticate/", {"password": PASSWORD, "next": wanted}).headers.get("Location", "/")[:1] == "/"
    assert Client().get("/accounts/login/", headers={"Host": "elsewhere.example"}).status_code == 400


def test_the_framework_s_own_back_office_is_not_there(seat: Seat) -> None:
    for address in ("/admin/", "/admin", "/admin/login/"):
        assert seat("admin", name=f"root{len(address)}").get(address).status_code == 404


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(db: None) -> None:
    get_user_model().objects.create_superuser(username="ann", password=PASSWORD)
    kept = Client().post("/accounts/login/", {"login": "ann", "password": PASSWORD}).cookies["sessionid"]
    assert kept["httponly"] and kept["samesite"] == "Lax" and 0 < int(kept["max-age"]) <= 12 * 3_600


def test_a_lost_second_factor_is_removed_for_a_reason(seat: Seat) -> None:
    ann = seat("admin", name="ann")
    user: Any = get_user_model().objects.create_user(username="ben", password=PASSWORD)
    TOTP.activate(user, generate_totp_secret())
    ann.post("/do/remove_second_factor", {"username": "ben", "why": " "})
    assert Authenticator.objects.filter(user=user).exists()
    ann.post("/do/remove_second_factor", {"username": "ben", "why": "They stand before me"})
    assert not Authenticator.objects.filter(user=user).exists()


@pytest.mark.parametrize(
    "address", ["/system/partners/a%00b", "/fulfilment/a%00b", "/finance/accounts/a%00b", "/system/users/a%00b", "/orders/a%00b", "/stock/a%00b"]
)
def test_no_address_holds_a_zero_byte(seat: Seat, address: str) -> None:
    assert seat("admin").get(address).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/stock/A?as_of=0001-01-01T00:00:00%2B14:00", "/stock/A/moves?as_of=9999-12-31T23:59:59-14:00", "/finance/tax?month=9999-12", "/finance/tax?month=0001-01",
        "/finance/trial-balance?since=0001-01-01&until=0001-01-31&compare=before", "/finance/trial-balance?since=0001-01-01&compare=year",
    ],
)  # fmt: skip
def test_days_at_the_ends_of_time_are_no_days(seat: Seat, shop: None, address: str) -> None:
    assert seat("admin").get(address).status_code == 200

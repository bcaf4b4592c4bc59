"""Accounts and roles are given by those who may, never beyond what they have, and somebody may always do everything."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from headrace.engine.action import NotAllowed, Refused
from headrace.engine.queries import run
from headrace.governance import access, sessions, users

CLI = "cli:root"


def made(name: str, *roles: str) -> str:
    users.make_user(actor=CLI, username=name)
    for role in roles:
        users.grant_role(actor=CLI, username=name, role=role)
    return f"user:{name}"


def role(code: str, *permissions: str) -> None:
    users.keep_role(actor=CLI, code=code, name=code, permissions=list(permissions))


def test_a_new_user_signs_in_with_the_password_shown_once(db: None) -> None:
    password = users.make_user(actor=CLI, username="ann.lee", email="ann@example.com", role="finance")
    assert get_user_model().objects.get(username="ann.lee").check_password(password)
    assert access.may("user:ann.lee", "period.close") and not access.may("user:ann.lee", "users.manage")
    link = run("select subject, detail::text as detail from governance_audit order by seq desc limit 1").one
    assert link.subject == "user:ann.lee" and password not in link.detail


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"username": "Ann Lee"}, "username: 'Ann Lee'"),
        ({"username": "ann"}, "already"),
        ({"username": "ben", "email": "nowhere"}, "email: 'nowhere'"),
        ({"username": "ben", "email": "ANN@example.com"}, "another user"),
        ({"username": "ben", "role": "king"}, "no role 'king'"),
    ],
)
def test_what_will_not_do_is_told(db: None, given: dict[str, Any], told: str) -> None:
    users.make_user(actor=CLI, username="ann", email="ann@example.com")
    with pytest.raises(Refused, match=told):
        users.make_user(actor=CLI, **given)
    assert not get_user_model().objects.filter(username="ben").exists()


def test_the_last_administrator_stays(db: None) -> None:
    ann = made("ann", "admin")
    with pytest.raises(Refused, match="last administrator"):
        users.withdraw_role(actor=ann, username="ann", role="admin")
    with pytest.raises(Refused, match="last administrator"):
        users.switch_user_off(actor=CLI, username="ann")
    with pytest.raises(Refused, match="concern the whole house"):
        entity = run("insert into catalog_entity (code, name, currency, country, zone) values ('E', 'E', 'USD', 'US', 'UTC') returning id").scalar
        users.grant_role(actor=CLI, username="ann", role="admin", entities=[entity])
    made("ben", "admin")
    users.withdraw_role(actor=ann, username="ann", role="admin")
    assert not access.may(ann, "users.manage")


def test_nobody_raises_their_own_rights_or_those_of_others_above_them(db: None) -> None:
    role("desk", "users.manage", "orders.read")
    role("helper", "orders.read")
    made("ann", "admin")
    dan = made("dan", "desk")
    made("eve")
    for deed, given in (
        (users.grant_role, {"username": "dan", "role": "admin"}),
        (users.grant_role, {"username": "eve", "role": "finance"}),
        (users.keep_role, {"code": "desk", "name": "Desk", "permissions": ["users.manage", "orders.read", "ledger.post"]}),
        (users.reset_password, {"username": "ann"}),
        (users.switch_user_off, {"username": "ann"}),
        (users.withdraw_role, {"username": "ann", "role": "admin"}),
    ):
        with pytest.raises(Refused, match="more than you may"):
            deed(actor=dan, **given)
    users.grant_role(actor=dan, username="eve", role="helper")
    assert access.granted_to("eve") == ("orders.read",)
    with pytest.raises(NotAllowed):
        users.grant_role(actor="user:eve", username="eve", role="helper")


def test_roles_of_the_house_are_left_as_they_are(db: None) -> None:
    with pytest.raises(Refused, match="role of the house"):
        users.keep_role(actor=CLI, code="finance", name="Finance", permissions=["orders.read"])
    with pytest.raises(Refused, match="orders.fly unknown"):
        role("night", "orders.fly")
    role("night", "orders.read")
    role("night", "orders.read", "stock.read")
    assert next(r for r in users.roles() if r["code"] == "night")["permissions"] == ["orders.read", "stock.read"]


def test_a_new_password_and_switching_off_end_the_sessions(db: None) -> None:
    old = users.make_user(actor=CLI, username="ann")
    user = get_user_model().objects.get(username="ann")
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    browser = Client()
    browser.force_login(user, backend=backend)
    (found,) = sessions.listed("ann")
    assert found["since_at"] is not None and browser.session.session_key not in str(found)
    new = users.reset_password(actor=CLI, username="ann")
    user.refresh_from_db()
    assert user.check_password(new) and not user.check_password(old) and sessions.listed("ann") == []
    browser.force_login(user, backend=backend)
    users.end_session(actor=CLI, username="ann", session=sessions.listed("ann")[0]["session"])
    assert sessions.listed("ann") == []
    with pytest.raises(Refused, match="no such session"):
        users.end_session(actor=CLI, username="ann", session="0" * 24)
    users.switch_user_off(actor=CLI, username="ann")
    assert access.granted_to("ann") == ()
    users.switch_user_on(actor=CLI, username="ann")
    with pytest.raises(Refused, match="on already"):
        users.switch_user_on(actor=CLI, username="ann")


def test_a_lost_second_factor_is_removed_for_a_reason(db: None) -> None:
    from allauth.mfa.models import Authenticator

    made("ann")
    with pytest.raises(Refused, match="no second factor"):
        users.remove_second_factor(actor=CLI, username="ann", why="lost phone")
    Authenticator.objects.create(user=get_user_model().objects.get(username="ann"), type="totp", data={})
    with pytest.raises(Refused, match="why"):
        users.remove_second_factor(actor=CLI, username="ann", why=" ")
    assert users.listed(username="ann")[0]["has_second_factor"]
    users.remove_second_factor(actor=CLI, username="ann", why="lost phone, seen in person")
    assert not users.listed(username="ann")[0]["has_second_factor"]

"""Access: denied unless said otherwise; roles of people, scopes of programs, keys that lapse; and secrets that stay sealed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from headrace.engine import sockets
from headrace.engine.action import NotAllowed, Refused, actions
from headrace.engine.queries import run
from headrace.governance import access, secrets
from headrace.governance.access import PERMISSIONS, ROLES, grants, holder_of, make_api_key, may, revoke_api_key, rotate_api_key
from headrace.governance.secrets import set_partner_secret

pytestmark = pytest.mark.django_db

ANN = "cli:ann"


def person(name: str, *roles: str, **columns: Any) -> str:
    user = get_user_model().objects.create_user(name, **columns)
    for role in roles:
        run("insert into governance_role_grant (user_id, role_id) values (%(u)s, %(r)s)", {"u": user.pk, "r": role})
    return f"user:{name}"


@pytest.mark.parametrize(
    ("granted", "wanted", "is_granted"),
    [
        (["ledger.read"], "ledger.read", True),
        (["ledger.read"], "ledger.post", False),
        (["ledger.*"], "ledger.post", True),
        (["ledger.*"], "ledgers.post", False),
        (["ledger.*"], "ledger", False),
        (["*"], "anything.at_all", True),
        ([], "ledger.read", False),
        (["ledger"], "ledger.read", False),
        (["ledger.rea"], "ledger.read", False),
    ],
)
def test_a_permission_its_family_or_everything(granted: list[str], wanted: str, is_granted: bool) -> None:
    assert grants(granted, wanted) is is_granted


def test_every_action_wants_a_permission_that_there_is_and_somebody_can_have_it() -> None:
    for deed in actions().values():
        assert deed.permission in PERMISSIONS, deed.name
    for code, (_, permissions) in ROLES.items():
        for p in permissions:
            assert p == "*" or p in PERMISSIONS or any(known.startswith(p[:-1]) for known in PERMISSIONS), (code, p)


def test_people_may_what_their_roles_say_together() -> None:
    ann = person("ann", "warehouse", "finance")
    assert may(ann, "warehouse.work") and may(ann, "ledger.post") and not may(ann, "keys.manage")
    assert not may(person("bob"), "orders.read")


def test_who_has_left_may_nothing() -> None:
    assert not may(person("ann", "admin", is_active=False), "orders.read")
    assert not may(person("root", is_superuser=True, is_active=False), "orders.read")
    assert may(person("boss", is_superuser=True), "keys.manage")


@pytest.mark.parametrize("actor", ["user:nobody", "api:nobody", "nobody", "", "user:", "guest:ann", "USER:ann"])
def test_who_is_not_known_may_nothing(actor: str) -> None:
    assert not any(may(actor, p) for p in PERMISSIONS)


def test_an_auditor_reads_and_does_nothing() -> None:
    auditor = person("eve", "auditor")
    allowed = {p for p in PERMISSIONS if may(auditor, p)}
    assert allowed == {"orders.read", "exceptions.read", "stock.read", "ledger.read", "audit.read"}


def test_roles_follow_the_code_and_those_of_the_installation_stay() -> None:
    run("insert into governance_role (code, name, permissions) values ('night_shift', 'Night shift', '{warehouse.work}')")
    run("update governance_role set permissions = '{*}' where code = 'auditor'")
    access.seed()
    assert may(person("nils", "night_shift"), "warehouse.work")
    assert not may(person("eve", "auditor"), "ledger.post")


def test_a_key_opens_what_its_scopes_say_and_is_kept_nowhere() -> None:
    key = make_api_key(actor=ANN, name="erp", scopes=["orders.*", "stock.read"])
    holder = holder_of(key)
    assert holder is not None and (holder.actor, holder.channel) == ("api:erp", None)
    assert holder.may("orders.write") and holder.may("stock.read") and not holder.may("stock.adjust")
    assert may("api:erp", "orders.write") and not may("api:erp", "ledger.read")
    kept = run("select * from governance_api_key").one
    assert kept.prefix == key[:8] and key not in str(kept) and key not in run("select string_agg(detail::text, '') as all from governance_audit").scalar
    assert holder_of(key + "x") is None and holder_of("") is None


def test_a_key_lapses_is_revoked_and_rotated() -> None:
    moment = run("select transaction_timestamp()").scalar
    key = make_api_key(actor=ANN, name="erp", scopes=["orders.read"], expires_at=moment + timedelta(days=1))
    newer = rotate_api_key(actor=ANN, name="erp")
    assert holder_of(key) is None and holder_of(newer) is not None
    run("update governance_api_key set expires_at = now() - interval '1 second'")
    assert holder_of(newer) is None and not may("api:erp", "orders.read")
    run("update governance_api_key set expires_at = null")
    assert may("api:erp", "orders.read")
    revoke_api_key(actor=ANN, name="erp")
    assert holder_of(newer) is None and not may("api:erp", "orders.read")
    with pytest.raises(Refused, match="no active key"):
        revoke_api_key(actor=ANN, name="erp")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"scopes": ["orders.raed"]}, "orders.raed unknown"),
        ({"scopes": ["order.*"]}, r"order\.\* unknown"),
        ({"scopes": []}, "opens nothing"),
        ({"scopes": ["*"], "channel": "no-shop"}, "there is no channel 'no-shop'"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(given: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        make_api_key(actor=ANN, name="erp", **given)


def test_who_may_not_manage_keys_makes_none() -> None:
    with pytest.raises(NotAllowed, match=r"keys\.manage"):
        make_api_key(actor=person("ann", "ops_manager"), name="erp", scopes=["*"])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEADRACE_HOME", str(tmp_path))
    return tmp_path


def test_a_secret_is_sealed_in_the_database_and_in_no_record(home: Path) -> None:
    set_partner_secret(actor=ANN, partner="shop-us", values=["hush-hush-new", "hush-hush-old"])
    assert sockets.partner_secrets("shop-us") == ["hush-hush-new", "hush-hush-old"]
    assert b"hush" not in bytes(run("select sealed from governance_secret").scalar)
    assert "hush" not in str(run("select detail from governance_audit").column("detail"))
    assert run("select detail -> 'parameters' as p from governance_audit order by seq desc limit 1").scalar == {"partner": "shop-us", "values": "2 hidden"}
    assert sockets.partner_secrets("shop-de") == []


def test_a_secret_cannot_be_opened_without_the_key_of_the_installation(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_partner_secret(actor=ANN, partner="shop-us", values=["hush-hush-new"])
    monkeypatch.setenv("HEADRACE_HOME", str(tmp_path_factory.mktemp("another")))
    with pytest.raises(Refused, match="was sealed with another key"):
        secrets.partner_secrets("shop-us")


def test_a_sealed_secret_that_was_tampered_with_does_not_open(home: Path) -> None:
    set_partner_secret(actor=ANN, partner="shop-us", values=["hush-hush-new"])
    run("update governance_secret set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)")
    with pytest.raises(Refused, match="set it again"):
        secrets.partner_secrets("shop-us")


@pytest.mark.parametrize("values", [[], ["short"], ["long-enough", "no"]])
def test_a_secret_has_a_length(home: Path, values: list[str]) -> None:
    with pytest.raises(Refused, match="at least 8 characters"):
        set_partner_secret(actor=ANN, partner="shop-us", values=values)

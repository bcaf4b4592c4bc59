"""The machine, its messages and its people, as those see them who keep it running; secrets are on one page, once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client

from headrace.engine.queries import run
from headrace.governance import access, approvals, checking, company, policies

Seat = Callable[..., Client]
PAGES = {
    "/system/dead": "partners.operate", "/system/chain": "audit.read", "/system/access": "audit.read",
    "/system": "orders.read", "/system/inbox": "partners.operate", "/system/outbox": "partners.operate", "/system/partners": "partners.operate", "/system/audit": "audit.read",
    "/system/users": "users.manage", "/system/roles": "users.manage", "/system/sessions": "users.manage", "/system/keys": "keys.manage", "/approvals": "approvals.answer",
}  # fmt: skip


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def message(db: None) -> int:
    """An order of Ann Lee's that came in under the key K-1."""
    number = int(
        run(
            "insert into engine_inbox (partner, kind, message_key, content_hash, received_at) values ('web', 'order', 'K-1', sha256('x'), now()) returning id"
        ).scalar
    )
    run("insert into engine_inbox_body (inbox_id, body) values (%(i)s, %(b)s)", {"i": number, "b": '{"name": "Ann Lee"}'})
    return number


@pytest.fixture
def dead(db: None) -> int:
    """A delivery to the warehouse that gave up."""
    run("insert into engine_partner (code) values ('wms')")
    return int(
        run(
            "insert into engine_outbox (partner, kind, record_key, idempotency_key, body, state, last_error, created_at)"
            " values ('wms', 'fulfilment.request', 'FO-1', 'k1', '{\"name\": \"Ann Lee\"}', 'dead', 'no such SKU', now()) returning id"
        ).scalar
    )


@pytest.mark.parametrize("address", PAGES)
def test_each_page_opens_for_those_who_may_and_for_nobody_else(seat: Seat, message: int, dead: int, address: str) -> None:
    assert seat("admin").get(address, follow=True).status_code == 200
    if PAGES[address] != "orders.read":
        assert seat("warehouse").get(address).status_code == 403


def test_a_message_is_found_by_its_key_and_read_by_those_who_may(seat: Seat, message: int) -> None:
    manager, engineer = seat("ops_manager"), seat("integration")
    for narrowed, shows in (
        ("q=K-1", True),
        ("q=K-2", False),
        ("partner=web", True),
        ("kind=order&state=received", True),
        ("state=parked", False),
        ("q=K-1&state=parked", False),
    ):
        assert (f'href="/system/inbox/{message}"' in text(engineer.get(f"/system/inbox?{narrowed}"))) is shows, narrowed
    assert "Ann Lee" in text(manager.get(f"/system/inbox/{message}"))
    assert "Ann Lee" not in text(engineer.get(f"/system/inbox/{message}"))
    assert manager.get("/system/inbox/999999").status_code == 404
    assert "K-1" in b"".join(manager.get("/system/inbox?format=csv").streaming_content).decode()


def test_a_dead_letter_goes_out_again_or_is_dropped_for_a_reason(seat: Seat, dead: int) -> None:
    client, home = seat("integration"), f"/system/outbox/{dead}"
    page = text(client.get(home))
    assert "no such SKU" in page and "Ann Lee" not in page
    assert "Replay all of these" in text(client.get("/system/outbox?partner=wms&state=dead"))
    told = client.post("/do/drop_dead_letters", {"outbox_ids": f"[{dead}]", "note": " ", "next": home}, follow=True)
    assert "needs a reason" in text(told)
    client.post("/do/replay_dead_letters", {"outbox_ids": f"[{dead}]", "next": home})
    assert run("select state from engine_outbox where id = %(i)s", {"i": dead}).scalar == "todo"


def test_a_partner_is_paused_and_resumed(seat: Seat, dead: int) -> None:
    client = seat("integration")
    for paused in (True, False):
        assert f'name="paused" value="{str(paused).lower()}"' in text(client.get("/system/partners/wms"))
        client.post("/do/pause_partner", {"partner": "wms", "paused": str(paused).lower()})
        assert run("select paused from engine_partner where code = 'wms'").scalar is paused


def test_the_audit_is_searched_and_verified(seat: Seat) -> None:
    client = seat("admin")
    client.post("/do/connect_partner", {"partner": "tms", "connector": "headrace_wms", "address": "https://tms.example.com"})
    for narrowed, shows in (
        ("subject=partner%3Atms", True),
        ("actor=user%3Aadmin", True),
        ("deed=connect_partner", True),
        ("since=2000-01-01", True),
        ("until=2000-01-01", False),
        ("actor=user%3Anobody", False),
    ):
        assert ("?subject=partner%3Atms" in text(client.get(f"/system/audit?{narrowed}&columns=subject"))) is shows, narrowed
    for head, says in (("", "links holds"), ("0" * 63 + "1", "not in the chain")):
        answer = client.post("/system/audit/verify", {"head": head}, follow=True)
        home = answer.redirect_chain[-1][0]
        assert "goes on" in text(answer)
        checking.go_on_with_all()
        assert says in text(client.get(home)), head
    assert "64 hexadecimal" in text(client.post("/system/audit/verify", {"head": "abc"}, follow=True))
    told = client.get(home + "/head.txt")
    assert told.content.decode().split()[0] == run("select head from governance_chain_check order by id desc limit 1").scalar
    assert "holds" in text(client.get("/system/chain")) and "does not hold" in text(client.get("/system/chain"))


def test_a_link_of_the_chain_tells_the_deed_and_what_was_different_before(seat: Seat) -> None:
    client = seat("admin")
    for address in ("https://tms.example.com", "https://tms2.example.com"):
        client.post("/do/connect_partner", {"partner": "tms", "connector": "headrace_wms", "address": address})
    newest, before = run("select seq from governance_audit where deed = 'connect_partner' order by seq desc").column("seq")
    told = text(client.get(f"/system/audit/{newest}"))
    assert "https://tms2.example.com" in told and f'href="/system/audit/{before}"' in told and 'href="/system/partners/tms"' in told
    assert client.get(f"/system/audit/{newest}").context["changed"] == [
        {"name": "address", "before": "https://tms.example.com", "after": "https://tms2.example.com"}
    ]
    assert client.get(f"/system/audit/{before}").context["earlier"] is None
    for wrong in (newest + 1, 2**63):
        assert client.get(f"/system/audit/{wrong}").status_code == 404
    assert seat("warehouse").get(f"/system/audit/{newest}").status_code == 403
    client.post("/do/keep_role", {"code": "watch", "name": "Watch", "permissions": "orders.read", "next": "/system/roles"})
    changed = client.get(f"/system/audit/{run('select max(seq) from governance_audit').scalar}").context["recorded"]
    assert changed == [{"name": "permissions", "before": "–", "after": "orders.read"}], "what the deed recorded that it changed"


def test_a_text_in_the_values_is_found_by_those_who_may_see_them(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    client = seat("admin")
    for partner in ("tms", "wms"):
        client.post("/do/connect_partner", {"partner": partner, "connector": "headrace_wms", "address": f"https://{partner}.example.com"})
    monkeypatch.setattr("headrace.insight.system.LINKS_LOOKED_AT", 1)
    found = text(client.get("/system/audit?text=TMS.example&columns=subject"))
    assert "partner%3Atms" in found and "partner%3Awms" not in found
    monkeypatch.setattr("headrace.insight.narrowing.WALK_S", -1)
    assert "older ones have not been looked at yet" in text(client.get("/system/audit?text=nowhere"))
    blind = seat("auditor")
    assert "partner%3Awms" in text(blind.get("/system/audit?text=TMS.example&columns=subject")), "a text is no way to guess values that are hidden"
    assert "tms.example.com" not in text(blind.get(f"/system/audit/{run('select max(seq) from governance_audit').scalar - 1}"))


def test_a_key_is_on_one_page_once(seat: Seat) -> None:
    client = seat("admin")
    answer = client.post("/system/keys/make", {"name": "shop", "scopes": ["orders.read", "orders.write"]})
    key = answer.context["secret"]
    assert key in text(answer) and "no-store" in answer.headers["Cache-Control"]
    holder = access.holder_of(key)
    assert holder is not None and holder.may("orders.write") and not holder.may("ledger.read")
    assert key not in text(client.get("/system/keys"))
    kept = run("select string_agg(detail::text, '') as t from governance_audit").scalar + "".join(str(s.get_decoded()) for s in Session.objects.all())
    assert key not in kept
    new = client.post("/system/keys/rotate", {"name": "shop"}).context["secret"]
    assert access.holder_of(key) is None and access.holder_of(new) is not None
    client.post("/system/keys/revoke", {"name": "shop"})
    assert access.holder_of(new) is None
    assert "expires_on" in text(client.post("/system/keys/make", {"name": "x", "scopes": ["orders.read"], "expires_on": "soon"}, follow=True))
    assert "without a scope" in text(client.post("/system/keys/make", {"name": "x"}, follow=True))


def test_a_user_is_made_given_a_role_and_switched_off(seat: Seat) -> None:
    client = seat("admin")
    answer = client.post("/system/users/make", {"username": "ben", "email": "ben@example.com"})
    assert get_user_model().objects.get(username="ben").check_password(answer.context["secret"])
    home = "/system/users/ben"
    assert "opens nothing yet" in text(client.get(home))
    client.post("/do/grant_role", {"username": "ben", "role": "finance", "next": home})
    assert access.may("user:ben", "period.close") and "Withdraw the role" in text(client.get(home))
    client.post("/do/withdraw_role", {"username": "ben", "role": "finance", "next": home})
    again = client.post(f"{home}/password").context["secret"]
    assert get_user_model().objects.get(username="ben").check_password(again)
    client.post("/do/switch_user_off", {"username": "ben", "next": home})
    assert "Switch the user on" in text(client.get(home))
    assert "last administrator" in text(client.post("/do/withdraw_role", {"username": "admin", "role": "admin", "next": "/system/users"}, follow=True))


def test_a_role_of_our_own_is_made_in_the_matrix(seat: Seat) -> None:
    client = seat("admin")
    client.post("/do/keep_role", {"code": "night", "name": "Night shift", "permissions": ["orders.read", "stock.read"], "next": "/system/roles"})
    page = text(client.get("/system/roles?change=night"))
    assert "Night shift" in page and 'value="stock.read" checked' in page and 'value="stock.adjust">' in page


def test_who_sits_there_is_told_and_sent_away(seat: Seat) -> None:
    admin, other = seat("admin"), seat("auditor")
    page = admin.get("/system/sessions?username=auditor")
    (row,) = page.context["rows"]
    assert other.session.session_key not in text(page)
    admin.post("/do/end_session", {"username": "auditor", "session": row["session"], "next": "/system/sessions"})
    assert other.get("/orders").status_code == 302


def test_a_second_person_answers_what_another_asked(seat: Seat) -> None:
    version = policies.draft_policy(actor="cli:root", name="approvals", body={"deeds": ["pause_partner"]}, note="four eyes")
    policies.publish_policy(actor="cli:root", name="approvals", version=version)
    run("insert into engine_partner (code) values ('wms')")
    ann, ben = seat("ops_manager", name="ann"), seat("ops_manager", name="ben")
    assert "waits for a second person" in text(ann.post("/do/pause_partner", {"partner": "wms", "paused": "true"}, follow=True))
    (asked,) = approvals.waiting()
    home = f"/approvals/{asked['id']}"
    assert "a second person must answer" in text(ann.get(home)) and 'action="/do/approve"' not in text(ann.get(home))
    page = text(ben.get(home))
    assert "Pause or resume a partner" in page and "wms" in page and "ann" in page
    ben.post("/do/approve", {"approval_id": asked["id"], "next": "/approvals"})
    assert run("select paused from engine_partner where code = 'wms'").scalar is True
    assert "Approved" not in text(ben.get("/approvals?state=asked")) and home in text(ben.get("/approvals?state=approved"))


def test_a_role_that_the_companys_sign_in_brought_names_its_group(seat: Seat, db: None) -> None:
    auditor = seat("auditor")
    seat("finance", name="ben")
    brings = {"acme-planners": "planner", "acme-desk": "planner", "acme-books": "finance"}
    company.keep_roles("ben", ["acme-planners", "acme-desk", "acme-other"], brings)

    def told() -> dict[str, str]:
        answer = auditor.get("/system/access?format=csv")
        rows = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode()))  # type: ignore[attr-defined]
        (found,) = [r for r in rows if r["name"] == "ben"]
        return found

    assert (told()["role"], told()["given_by"]) == ("planner", "company sign-in: acme-desk, acme-planners") and told()["given_at"]
    page = text(auditor.get("/system/access"))
    assert "by the company's sign-in (groups acme-desk, acme-planners), since" in page and "not on record" not in page.split("ben")[1].split("</tr>")[0]
    company.keep_roles("ben", ["acme-books"], brings)
    assert (told()["role"], told()["given_by"]) == ("finance", "company sign-in: acme-books")
    assert "by the company's sign-in (group acme-books), since" in text(auditor.get("/system/access"))


def test_the_access_review_says_who_may_do_what_where_and_by_whom(seat: Seat, db: None) -> None:
    admin, auditor = seat("admin"), seat("auditor")
    admin.post("/system/users/make", {"username": "ben"})
    admin.post("/do/grant_role", {"username": "ben", "role": "finance", "next": "/system/users/ben"})
    admin.post("/system/keys/make", {"name": "shop", "scopes": ["orders.read"]})
    page = text(auditor.get("/system/access"))
    assert "ben" in page and "Finance" in page and "shop" in page and "have no second factor" in page
    answer = auditor.get("/system/access?format=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    ben = next(r for r in rows if r["name"] == "ben")
    assert (ben["kind"], ben["state"], ben["role"], ben["second_factor"], ben["given_by"], ben["nodes"]) == ("person", "on", "finance", "no", "user:admin", "*")
    assert "period.close" in ben["permissions"].split() and "users.manage" not in ben["permissions"].split() and ben["given_at"]
    key = next(r for r in rows if r["kind"] == "program")
    assert (key["name"], key["state"], key["permissions"], key["given_by"]) == ("shop", "valid", "orders.read", "user:admin")
    assert {r["name"] for r in rows} == {"admin", "auditor", "ben", "shop"}
    run("update auth_user set is_superuser = true where username = 'ben'")
    assert "Finance · Administrator of the installation" in text(auditor.get("/system/access"))
    answer = auditor.get("/system/access?format=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]
    assert [(r["role"], r["permissions"]) for r in rows if r["name"] == "ben"] == [("finance", "*")]
    assert seat("warehouse").get("/system/access").status_code == 403


def test_every_permission_can_be_ticked_and_the_parts_of_the_room_are_those_that_one_may_enter(seat: Seat) -> None:
    page = text(seat("admin").get("/system/keys"))
    assert all(f'name="scopes" value="{permission}"' in page for permission in access.PERMISSIONS)
    assert all(f'href="{address}"' in page for address in ("/system/dead", "/system/audit", "/system/roles", "/system/sessions"))
    page = text(seat("auditor").get("/system/chain"))
    assert 'href="/system/access"' in page and 'href="/system/users"' not in page and 'href="/system/dead"' not in page


def test_the_audit_says_its_values_in_words_and_ones_own_session_is_marked(seat: Seat) -> None:
    client = seat("admin")
    client.post("/do/keep_role", {"code": "night", "name": "Night shift", "permissions": ["orders.read"], "next": "/system/roles"})
    page = text(client.get("/system/audit?deed=keep_role"))
    assert "name Night shift" in page and "{'" not in page
    page = text(client.get("/system/sessions"))
    assert "this one" in page and "/do/end_session" not in page

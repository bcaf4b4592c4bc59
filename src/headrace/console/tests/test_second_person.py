"""Every deed that the console can do, named in the policy `approvals`: publishing says that it cannot wait and why, or it waits and its page says so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from headrace.console import urls  # every page is loaded, and with them every action
from headrace.console.tests.test_waves import numbers  # noqa: F401 - a fixture
from headrace.engine import by_name
from headrace.engine.action import Refused, action_named, actions
from headrace.engine.queries import run
from headrace.governance import approvals, policies
from headrace.governance.approvals import CANNOT_WAIT

pytestmark = pytest.mark.django_db
Seat = Callable[..., Client]
CONSOLE = Path(__file__).parent.parent
assert urls.urlpatterns
CAN_WAIT = sorted(set(actions()) - set(CANNOT_WAIT))
BY_KIND = {"integer": 1, "boolean": True, "object": {"city": "x"}, "string": "x", "number": 1.5}
BY_FORMAT = {"date": "2026-06-02", "date-time": "2026-06-02T10:00:00Z"}


def name_in_policy(*deeds: str) -> None:
    version = policies.draft_policy(actor="cli:a", name="approvals", body={"deeds": list(deeds)}, note="four eyes")
    policies.publish_policy(actor="cli:a", name="approvals", version=version)


def value_of(shape: dict[str, Any]) -> Any:
    """Some value of the kind that the action asks for."""
    one = next((part for part in shape.get("anyOf", ()) if part.get("type") != "null"), shape)
    if one.get("type") == "array":
        return [value_of(one.get("items", {}))]
    return BY_FORMAT.get(one.get("format", "")) or BY_KIND.get(one.get("type", "string"), "x")


def given_to(name: str) -> dict[str, Any]:
    return {field: value_of(shape) for field, shape in by_name.form(name).model_json_schema()["properties"].items()}


def as_a_form(given: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for field, value in given.items():
        told |= {f"{field}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {field: json.dumps(value) if isinstance(value, list) else value}
    return told


@pytest.mark.parametrize("name", sorted(CANNOT_WAIT))
def test_what_cannot_wait_is_refused_when_the_rule_is_written_and_says_why(name: str) -> None:
    assert name in actions()
    with pytest.raises(Refused, match=f"{name} cannot wait for a second person: {re.escape(CANNOT_WAIT[name])}"):
        name_in_policy(name)


def test_every_other_deed_waits_where_its_form_is_sent_and_never_breaks(seat: Seat) -> None:
    client = seat("admin")
    name_in_policy(*CAN_WAIT)
    by_their_name = [name for name in by_name.named() if name not in CANNOT_WAIT]
    answers = {n: client.post(f"/do/{n}", {**as_a_form(given_to(n)), "next": "/me"}, headers={"X-Deed": "1"}) for n in by_their_name}
    assert {n: (a.status_code, a.content) for n, a in answers.items() if a.status_code != 200} == {}
    assert [row["deed"] for row in approvals.waiting()] == by_their_name


@pytest.mark.parametrize("name", CAN_WAIT)
def test_what_waits_comes_back_as_it_was_given(name: str) -> None:
    """What was kept of it is what the second person will do."""
    given = by_name.checked(name, given_to(name))
    kept = json.loads(json.dumps(given, default=str))
    assert by_name.checked(name, approvals._as_given(action_named(name).function, kept)) == given


BY_PAGE: dict[str, tuple[str, dict[str, Any]]] = {
    "send_transfer": ("/stock/transfers/send", {"from_node": "EAST", "to_node": "WEST", "rows": "A\t1"}),
    "receive_goods": ("/stock/receipts/take-in", {"node": "EAST", "reference": "D-1", "rows": "A\t1"}),
    "adjust_stock": ("/stock/corrections/send", {"rows": "A\tEAST\t-2\tdamage", "note": "x", "go": "do"}),
    "open_count": ("/stock/counts/open", {"node": "EAST", "name": "Aisle 1"}),
    "make_wave": ("/fulfilment/EAST/waves/make", {"first": "2"}),
    "hand_over_all": ("/fulfilment/EAST/manifests/make", {"carrier": "own"}),
    "pick_line": ("/fulfilment/f/{fulfilment}/scan", {"scan": "A"}),
    "unpick_line": ("/fulfilment/f/{fulfilment}/take-back", {"scan": "A"}),
    "ship": ("/fulfilment/f/{fulfilment}/ship", {}),
    "pack": ("/fulfilment/f/{fulfilment}/pack", {"weight_g.0": "500", "parcels": "1"}),
    "hold_order": ("/orders/SO-{order}/do/hold_order", {"why": "x"}),
    "draft_policy": ("/rules/routing/draft", {"note": "x"}),
    "start_chain_check": ("/system/audit/verify", {}),
    "start_replay": ("/system/dead/start", {"document": "outbox"}),
    "start_setting_aside": ("/system/dead/start", {"document": "outbox", "deed": "set_aside", "note": "x"}),
    "post_manual_entry": ("/finance/manual/post", {"entity": "US", "currency": "USD", "note": "x", "account": ["a", "b"], "debit": ["1", ""], "credit": ["", "1"]}),
    "revoke_api_key": ("/system/keys/revoke", {"name": "till"}),
    "drop_old_secret": ("/system/partners/acme/secret", {"drop": "1"}),
    "keep_upload": ("/catalog/import/file", {"table": "items"}),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BY_PAGE))
def test_pages_that_go_on_in_their_own_way_say_that_it_waits(seat: Seat, numbers: list[str], name: str) -> None:  # noqa: F811
    run("insert into engine_partner (code) values ('acme')")
    address, given = BY_PAGE[name]
    order = run("select order_id from orders_fulfilment where number = %(n)s", {"n": numbers[0]}).scalar
    if name == "keep_upload":
        given = {**given, "file": SimpleUploadedFile("items.csv", b"sku,name\nX,Thing\n")}
    client = seat("admin")
    name_in_policy(name)
    answer = client.post(address.format(fulfilment=numbers[0], order=order), given, follow=True)
    assert answer.status_code == 200 and "waits for a second person" in answer.content.decode()
    assert [row["deed"] for row in approvals.waiting()] == [name]


def test_a_deed_with_many_in_the_background_is_refused_where_each_would_wait(seat: Seat) -> None:
    name_in_policy("retry")
    client = seat("admin")
    for address in ("/exceptions/look", "/exceptions/bulk"):
        page = client.post(address, {"deed": "retry"}, follow=True)
        assert page.status_code == 200 and "waits for a second person by policy" in page.content.decode(), address


def test_pages_do_their_deeds_through_one_door() -> None:
    """So that each takes its form's token, waits and is refused in one way. What only looks, or goes on with what was asked for, may stand beside it."""
    beside = {
        "acting.py",  # the door
        "long_uploads.py",  # parts of what was asked for, in the background
        "today.py",  # a job of the machine, no deed
        "bulk_pages.py",  # the look before a deed, rolled back
    }
    found = {p.name for p in CONSOLE.glob("*.py") if re.search(r"WaitsForApproval|by_name\.do\(|actor=visitor_of\(", p.read_text())}
    assert found <= beside, f"do it by acting.attempt: {sorted(found - beside)}"

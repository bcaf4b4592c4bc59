"""People whose role covers a part of the house: no form that would surely be refused, approvals within their part, and one deed on many cases within it too."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern

from headrace.console.tests.test_scopes import LIMITS, ids, sit, text  # noqa: F401  # fixtures
from headrace.console.urls import urlpatterns
from headrace.engine.action import NotAllowed, Refused, WaitsForApproval, actions
from headrace.engine.queries import run
from headrace.exception_queue import bulk
from headrace.exception_queue.desk import Wanted
from headrace.governance import approvals, policies, scopes, users
from headrace.governance.scopes import Scope

pytestmark = pytest.mark.django_db
Sit = Callable[..., Client]
DOERS = re.compile(r'action="(?:/do/|/exceptions/do/|/orders/[^"]+/do/)(\w+)"')


@pytest.mark.parametrize("place", range(len(LIMITS) + 1))
def test_no_page_shows_a_form_that_would_surely_be_refused(ids: dict[str, int], sit: Sit, place: int) -> None:  # noqa: F811
    limits = {d: [ids[c]] for d, c in (LIMITS[place : place + 1] or (("nodes", "EAST"), ("channels", "shop")))}
    client, scope = sit("admin", **limits), Scope(**{d: tuple(v) for d, v in limits.items()})
    plain = ["/" + str(p.pattern) for p in urlpatterns if isinstance(p, URLPattern) and not p.pattern.converters]
    ours = (
        f"/orders/SO-{ids['ours']}",
        f"/fulfilment/f/FO-{ids['at_east']}",
        f"/exceptions/case/{ids['case_ours']}",
        "/stock/A",
        "/stock/count/EAST",
        "/catalog/items/A",
    )
    more = ("/catalog/nodes/EAST", "/catalog/channels/shop", "/catalog/unmapped/shop?sku=X", "/fulfilment/EAST", "/rules/routing", "/rules/sign_in")
    shown: set[str] = set()
    for address in (*plain, *ours, *more):
        answer: Any = client.get(address)
        if answer.status_code == 200 and not answer.streaming:
            shown |= set(DOERS.findall(answer.content.decode()))
    assert {"claim", "comment", "hold_order"} <= shown, "the pages do show what may be done"
    ruled_out = {name for name in shown if scopes.is_ruled_out(actions()[name], scope, {})}
    assert not ruled_out


def test_who_has_no_limits_sees_the_same_forms_as_before(ids: dict[str, int], sit: Sit) -> None:  # noqa: F811
    page, limited = text(sit("admin", "all"), "/catalog/items/A"), text(sit("admin", "part", nodes=[ids["EAST"]]), "/catalog/items/A")
    assert "/do/change_item" in page and "/do/set_list_price" in page
    assert "/do/" not in limited.replace("/do/keep_", "").replace("/do/end_", "")
    assert "/do/draft" not in limited and 'name="draft' not in text(Client(), "/accounts/login/")


def test_a_file_concerns_the_whole_house_so_its_preview_shows_nobody_what_lies_outside(ids: dict[str, int], sit: Sit) -> None:  # noqa: F811
    client = sit("admin", nodes=[ids["EAST"]])
    assert "somebody without limits brings it in" in text(client, "/catalog/import") and "/catalog/import/file" not in text(client, "/catalog/import")
    nodes = SimpleUploadedFile("nodes.csv", b"code,name\nWEST,Looked at\n")
    said = client.post("/catalog/import/file", {"table": "nodes", "file": nodes}, follow=True).content.decode()
    assert "concerns the whole house" in said and not run("select count(*) from console_upload").scalar


def in_force(*names: str) -> None:
    version = policies.draft_policy(actor="cli:root", name="approvals", body={"deeds": list(names)}, note="for a test")
    policies.publish_policy(actor="cli:root", name="approvals", version=version)


def ask(actor: str, deed: str, /, **given: Any) -> int:
    with pytest.raises(WaitsForApproval) as waits:
        actions()[deed](actor=actor, **given)
    return waits.value.approval_id


def test_operations_and_finance_can_be_limited(ids: dict[str, int], sit: Sit) -> None:  # noqa: F811
    sit("auditor", "lim")
    for role in ("ops_manager", "finance"):
        users.grant_role(actor="cli:test", username="lim", role=role, entities=[ids["HR-US"]])
    assert scopes.scope_of("lim", "approvals.answer") == Scope(entities=(ids["HR-US"],))


def test_a_limited_person_answers_for_their_part_alone(ids: dict[str, int], sit: Sit) -> None:  # noqa: F811
    ben = sit("ops_manager", "ben", nodes=[ids["EAST"]])
    sit("customer_service", "asker")
    in_force("hold_order", "set_tax_rate", "note_orders")
    ours, theirs = (ask("user:asker", "hold_order", order_id=ids[w], why="fraud?") for w in ("ours", "theirs"))
    both = ask("user:asker", "note_orders", order_ids=[ids["ours"], ids["theirs"]], note="x")
    whole = ask("cli:root", "set_tax_rate", jurisdiction="US-NY", rate="0.05")
    page = text(ben, "/approvals?state=asked")
    assert f"/approvals/{ours}" in page and not any(f"/approvals/{n}" in page for n in (theirs, both, whole))
    assert ben.get("/waiting").json()["approvals"]["told"] == "1", "the number beside the room is the number of its rows"
    assert ben.get(f"/approvals/{ours}").status_code == 200 and "/do/approve" in text(ben, f"/approvals/{ours}")
    for number in (theirs, both, whole, 999_999):
        assert ben.get(f"/approvals/{number}").status_code == 404
        for answer in ("approve", "refuse"):
            told: Any = ben.post(f"/do/{answer}", {"approval_id": number, "note": "no"}, headers={"X-Deed": "1"})
            assert told.status_code == 422, (number, answer)
    assert {a["id"] for a in approvals.waiting()} == {ours, theirs, both, whole}
    assert ben.post("/do/approve", {"approval_id": ours}, headers={"X-Deed": "1"}).status_code == 200
    assert {a["id"] for a in approvals.waiting()} == {theirs, both, whole}


def test_an_approval_whose_subject_cannot_be_told_is_not_answered_within_limits(ids: dict[str, int], sit: Sit) -> None:  # noqa: F811
    sit("ops_manager", "ben", channels=[ids["shop"]])
    in_force("load_items", "publish_policy", "close_period")
    version = policies.draft_policy(actor="cli:root", name="sign_in", body={}, note="x")
    for number in (
        ask("cli:root", "publish_policy", name="sign_in", version=version),
        ask("cli:root", "close_period", entity="HR-US", month="2026-01"),
    ):
        with pytest.raises(Refused):
            approvals.refuse(actor="user:ben", approval_id=number, note="no")
    users.grant_role(actor="cli:test", username="ben", role="ops_manager")
    approvals.refuse(actor="user:ben", approval_id=number, note="no")


def chosen_by(actor: str, name: str = "comment") -> tuple[int, list[int]]:
    number = bulk.start_bulk(actor=actor, name=name, wanted=Wanted(), parameters={"note": "hello"} if name == "comment" else {})
    return number, run("select case_id from exception_queue_bulk_row where bulk_id = %(b)s order by 1", {"b": number}).column("case_id")


def states(number: int) -> dict[int, tuple[str, str | None]]:
    return {r.case_id: (r.state, r.why) for r in run("select case_id, state, why from exception_queue_bulk_row where bulk_id = %(b)s", {"b": number})}


@pytest.mark.parametrize(("dimension", "code"), LIMITS)
def test_a_deed_on_many_is_done_within_limits(ids: dict[str, int], sit: Sit, dimension: str, code: str) -> None:  # noqa: F811
    client = sit("customer_service", **{dimension: [ids[code]]})
    answer: Any = client.post("/exceptions/bulk", {"deed": "claim"})
    assert answer.headers["Location"].startswith("/exceptions/bulk/"), answer.content
    number = int(answer.headers["Location"].rsplit("/", 1)[1])
    bulk.go_on(number)
    assert states(number) == {ids["case_ours"]: ("done", None)}
    assert run("select assigned_to from exception_queue_case where id = %(id)s", {"id": ids["case_theirs"]}).scalar is None
    told = text(client, f"/exceptions/bulk/{number}")
    assert f"SO-{ids['ours']}" in told and f"SO-{ids['theirs']}" not in told
    looked: Any = client.post("/exceptions/look", {"deed": "claim"})
    assert looked.context["look"]["total"] == 1


def test_everybody_else_chooses_all_as_before(ids: dict[str, int], sit: Sit) -> None:  # noqa: F811
    sit("customer_service", "all")
    assert chosen_by("user:all")[1] == sorted((ids["case_ours"], ids["case_theirs"]))


def test_marked_cases_of_others_are_not_taken(ids: dict[str, int], sit: Sit) -> None:  # noqa: F811
    client = sit("customer_service", channels=[ids["shop"]])
    client.post("/exceptions/bulk", {"deed": "comment", "note": "x", "case_ids": [ids["case_theirs"]]})
    assert run("select count(*) from exception_queue_bulk").scalar == 0
    client.post("/exceptions/bulk", {"deed": "comment", "note": "x", "case_ids": [ids["case_theirs"], ids["case_ours"]]})
    assert run("select case_id from exception_queue_bulk_row").column("case_id") == [ids["case_ours"]]


def test_limits_that_shrink_meanwhile_hold_for_what_is_left(ids: dict[str, int], sit: Sit) -> None:  # noqa: F811
    sit("customer_service", "ann")
    number, _cases = chosen_by("user:ann")
    users.grant_role(actor="cli:test", username="ann", role="customer_service", channels=[ids["shop"]])
    bulk.go_on(number)
    assert states(number) == {ids["case_ours"]: ("done", None), ids["case_theirs"]: ("refused", bulk.OUTSIDE)}


def test_the_right_to_see_and_the_right_to_do_both_limit(ids: dict[str, int], sit: Sit) -> None:  # noqa: F811
    sit("auditor", "ann")  # sees everything
    sit("customer_service", "ann", channels=[ids["uk"]])
    assert chosen_by("user:ann")[1] == [ids["case_theirs"]]
    with pytest.raises(NotAllowed):
        chosen_by("user:ann", "accept")

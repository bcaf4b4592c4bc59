"""A rule is read in tables, drafted in fields, tried on what has happened, put in force, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from headrace.console import policy_form
from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.governance import policies
from headrace.insight import trying
from headrace.orders.tests.building import make_order

Seat = Callable[..., Client]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def typed(name: str, **changed: str) -> dict[str, str]:
    """Every field of the form as it stands, with some of them changed."""
    body = policies.in_force(name, timezone.now())[1]
    rows = {r["field"]: r["value"] for s in policy_form.sections(name, body) for r in s["rows"]}
    return {**rows, "note": "as the planners asked", **changed}


@pytest.mark.parametrize("name", sorted(policies.declared()))
def test_each_rule_is_shown_and_a_form_that_nobody_touched_changes_nothing(seat: Seat, name: str) -> None:
    client = seat("admin")
    page = text(client.get(f"/rules/{name}"))
    assert policies.declared()[name].says.split("'")[0][:40] in page and "Keep as a draft" in page
    assert "Keep as a draft" not in text(seat("warehouse").get(f"/rules/{name}"))
    body = policies.in_force(name, timezone.now())[1]
    assert policy_form.body_from(body, typed(name)) == body
    assert client.post(f"/rules/{name}/draft", typed(name)).status_code == 302
    assert "it says the same" in text(client.get(f"/rules/{name}/2"))


def test_a_draft_is_compared_published_and_taken_back(seat: Seat) -> None:
    client = seat("admin")
    answer = client.post("/rules/validation/draft", typed("validation", **{"value:limits|qty_per_line_max_each": "50"}))
    assert answer.headers["Location"] == "/rules/validation/2"
    page = text(client.get("/rules/validation/2"))
    assert "5000" in page and "<b>50</b>" in page and "Put a policy in force" in page
    client.post("/do/publish_policy", {"name": "validation", "version": "2", "next": "/rules/validation"})
    assert policies.in_force("validation", timezone.now())[1]["limits"]["qty_per_line_max_each"] == 50
    client.post("/do/roll_back_policy", {"name": "validation", "version": "1", "next": "/rules/validation"})
    assert policies.in_force("validation", timezone.now())[1]["limits"]["qty_per_line_max_each"] == 5000
    assert "back to version 1" in text(client.get("/rules/validation"))


@pytest.mark.parametrize(
    ("name", "changed", "told"),
    [
        ("routing", {"value:parts_max": "many"}, "parts_max: &#x27;many&#x27; is no number"),
        ("routing", {"value:filters": "active\nfar"}, "is no filter; known are"),
        ("routing", {"value:parts_max": "0", "note": "x"}, "must be a whole number from 1"),
        ("routing", {"note": " "}, "note: it is missing"),
    ],
)
def test_what_will_not_do_is_told_and_nothing_typed_is_lost(seat: Seat, name: str, changed: dict[str, str], told: str) -> None:
    answer = seat("planner").post(f"/rules/{name}/draft", typed(name, **{"value:attempts_max": "7", **changed}))
    assert answer.status_code == 422 and told in text(answer) and 'value="7"' in text(answer)
    assert len(policies.versions(name)) == 1


def test_rows_are_added_to_open_tables_and_taken_away(db: None) -> None:
    body = policies.in_force("validation", timezone.now())[1]
    given = {
        **typed("validation", **{"value:high_value_minor|USD": ""}),
        "key-of:high_value_minor": "CHF",
        "value-of:high_value_minor": "900000",
        "key-of:channels": "shop-us/severity/price.off_list",
        "value-of:channels": "warn",
    }
    new = policy_form.body_from(body, given)
    assert "USD" not in new["high_value_minor"] and new["high_value_minor"]["CHF"] == 900_000
    assert new["channels"] == {"shop-us": {"severity": {"price.off_list": "warn"}}} and body["channels"] == {}
    assert {d["name"] for d in policy_form.differences(body, new)} == {
        "high_value_minor › USD",
        "high_value_minor › CHF",
        "channels › shop-us › severity › price.off_list",
    }
    assert policy_form.body_from(new, {"value:channels|shop-us|severity|price.off_list": ""})["channels"] == {}


def test_routing_is_tried_on_the_latest_orders_and_changes_nothing(seat: Seat, shop: None) -> None:
    make_order("W-1", {"EAST": [("A", 2)]})
    before = run("select md5(string_agg(o::text, '')) from orders_order o").scalar
    number = run("select number from orders_order").scalar
    same = trying.try_draft("routing", policies.in_force("routing", timezone.now())[1])
    assert (same["asked"], same["tried"], same["rows"], same["splits"], same["nodes"]) == (
        1,
        1,
        [],
        [0, 0],
        [{"node": "EAST", "before": 1, "after": 1, "shift": 0}],
    )
    client = seat("admin")
    client.post("/rules/routing/draft", typed("routing", **{"value:exclude_nodes": "EAST"}))
    page = client.get("/rules/routing/2?try=1")
    (row,) = page.context["outcome"]["rows"]
    assert row["number"] == number and "EAST" in row["before"] and "EAST" not in row["after"]
    assert f'href="/orders/{number}"' in text(page)
    assert run("select md5(string_agg(o::text, '')) from orders_order o").scalar == before


def test_validation_is_tried_on_the_latest_orders_and_changes_nothing(shop: None) -> None:
    make_order("W-1", {"EAST": [("A", 6)]})
    kept = run("select md5(string_agg(o::text, '')) from orders_order o").scalar, run("select count(*) from orders_history").scalar
    body = policies.in_force("validation", timezone.now())[1]
    same = trying.try_draft("validation", body)
    assert (same["tried"], same["rows"], same["now_park"]) == (1, [], 0)
    told = trying.try_draft("validation", {**body, "limits": {**body["limits"], "qty_per_line_max_each": 2}})
    assert [("quantity.unusual" in r["before"], "quantity.unusual" in r["after"]) for r in told["rows"]] == [(False, True)]
    assert (told["now_park"] + told["moves"], told["now_pass"]) == (1, 0)
    assert trying.try_draft("validation", body, days=1)["asked"] == 0, "the order came in long before yesterday"
    assert trying.try_draft("tolerances", policies.in_force("tolerances", timezone.now())[1])["tried"] == 1
    assert (run("select md5(string_agg(o::text, '')) from orders_order o").scalar, run("select count(*) from orders_history").scalar) == kept


def test_a_rule_of_approvals_names_the_deeds_that_would_have_waited(db: None) -> None:
    run("insert into engine_partner (code) values ('wms')")
    from headrace.engine.outbox import pause_partner

    pause_partner(actor="cli:root", partner="wms", paused=True)
    told = trying.try_draft("approvals", {"deeds": ["pause_partner"]})
    assert (told["tried"], [r["after"] for r in told["rows"]]) == (1, ["waits for a second person"])


def test_a_rule_without_a_past_says_so(seat: Seat) -> None:
    client = seat("admin")
    client.post("/rules/release/draft", typed("release", **{"value:hold_minutes": "30"}))
    assert "cannot be tried on what has happened" in text(client.get("/rules/release/2"))


def test_doubts_are_told_and_differences_are_sentences(seat: Seat, shop: None) -> None:
    client = seat("planner")
    changed = {"value:exclude_nodes": "EAST\nMOON", "value:split": "never", "value:sorts": "code\ncost"}
    client.post("/rules/routing/draft", typed("routing", **changed))
    page = text(client.get("/rules/routing/2"))
    for told in (
        "there is no such node",
        "“most parts” has no effect",
        "what stands after it is never looked at: cost",
        "Nodes never chosen: EAST, MOON comes.",
    ):
        assert told in page, told
    assert "To be looked at twice" not in text(client.get("/rules/closing"))


def test_two_versions_are_compared(seat: Seat) -> None:
    client = seat("admin")
    for minutes in ("10", "20"):
        client.post("/rules/release/draft", typed("release", **{"value:hold_minutes": minutes}))
    assert "Rest before release: 20 minutes instead of 0 minutes." in text(client.get("/rules/release/3"))
    page = text(client.get("/rules/release/3?with=2"))
    assert "Rest before release: 20 minutes instead of 10 minutes." in page and "/do/publish_policy" not in page
    assert client.get("/rules/release/3?with=99").status_code == 404


def test_a_version_starts_later_and_another_takes_its_place(db: None) -> None:
    now = timezone.now()
    noon = now + timedelta(hours=3)
    body = policies.in_force("release", now)[1]
    for minutes in (10, 20):
        policies.draft_policy(actor="cli:root", name="release", body={**body, "hold_minutes": minutes}, note="calm")
    policies.publish_policy(actor="cli:root", name="release", version=2, starts_at=noon)
    later = noon + timedelta(minutes=1)
    assert [policies.in_force("release", at)[1]["hold_minutes"] for at in (timezone.now(), later)] == [0, 10]
    policies.publish_policy(actor="cli:root", name="release", version=3)
    assert [policies.in_force("release", at)[1]["hold_minutes"] for at in (timezone.now() + timedelta(seconds=1), later)] == [20, 20]
    assert {v["version"]: v["state"] for v in policies.versions("release")} == {1: "retired", 2: "draft", 3: "active"}
    with pytest.raises(Refused, match="is past"):
        policies.publish_policy(actor="cli:root", name="release", version=2, starts_at=now)

"""Dead letters by cause: each count opens its rows, a look before says what a replay would do, and a person who may not see names sees none."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from headrace.console import dead as dead_page
from headrace.engine import outbox, replaying
from headrace.engine.outbox import Delivery, PartnerError
from headrace.engine.queries import run
from headrace.exception_queue import resolving

Seat = Callable[..., Client]
GONE, REFUSED = "404 Not Found: no order {n}", "422: Ann Lee of order {n} is unknown"


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def gave_up(db: None) -> dict[str, list[int]]:
    """Three deliveries to the warehouse that gave up for one cause, two for another, one of them old; each with its case."""
    run("insert into engine_partner (code) values ('wms')")
    made: dict[str, list[int]] = {}
    for name, says, count in (("gone", GONE, 3), ("refused", REFUSED, 2)):
        for n in range(count):
            row = run(
                "insert into engine_outbox (partner, kind, record_key, idempotency_key, body, state, attempts) values"
                " ('wms', 'note', %(r)s, %(r)s, '{\"name\": \"Ann Lee\"}', 'doing', 1) returning id",
                {"r": f"{name}-{n}"},
            ).scalar
            delivery = Delivery(row, "wms", "note", f"{name}-{n}", f"{name}-{n}", {"name": "Ann Lee"}, 1)
            outbox._keep_failures("wms", [(delivery, PartnerError(says.format(n=n + 10), permanent=True))])
            made.setdefault(name, []).append(row)
    run("update engine_outbox set created_at = now() - interval '9 days' where id = %(i)s", {"i": made["gone"][0]})
    return made


def rows_of(client: Client, address: str) -> set[int]:
    return {int(n) for n in re.findall(r'href="/system/outbox/(\d+)"', text(client.get(unescape(address))))}


def test_two_causes_are_two_groups_whose_counts_open_their_rows(seat: Seat, gave_up: dict[str, list[int]]) -> None:
    client = seat("integration")
    answer = client.get("/system/dead")
    groups = {g["cause"]: g for g in answer.context["out"]}
    assert {cause: g["letters"] for cause, g in groups.items()} == {"404 Not Found: no order #": 3, "422: … of order # is unknown": 2}
    for cause, name in (("404 Not Found: no order #", "gone"), ("422: … of order # is unknown", "refused")):
        assert rows_of(client, groups[cause]["rows"]) == set(gave_up[name])
    assert "Ann" not in text(answer)


def test_a_look_says_what_would_happen_and_changes_nothing(seat: Seat, gave_up: dict[str, list[int]]) -> None:
    client = seat("integration")
    group = next(g for g in client.get("/system/dead").context["out"] if g["letters"] == 3)
    answer = client.get(group["look"])
    assert "Send 3 letters again" in text(answer) and answer.context["old"] == 1
    assert "1 of them is older than 7 days" in text(answer)
    assert "Send 2 letters again" in text(client.get(group["look"] + "&leave_old=1"))
    run("update engine_partner set paused = true")
    assert "wms is paused: they wait" in text(client.get(group["look"]))
    assert run("select count(*) from engine_outbox where state = 'dead'").scalar == 5


def test_one_group_is_replayed_and_the_other_stays(seat: Seat, gave_up: dict[str, list[int]]) -> None:
    client = seat("integration")
    group = next(g for g in client.get("/system/dead").context["out"] if g["letters"] == 3)
    answer = client.post("/system/dead/start", {"document": "outbox", "partner": "wms", "cause": group["cause"]}, follow=True)
    assert answer.context["replay"]["done"] == 3 and "3 letters sent again" in text(answer)
    assert set(run("select id from engine_outbox where state = 'todo'").column("id")) == set(gave_up["gone"])
    assert [g["letters"] for g in client.get("/system/dead").context["out"]] == [2]
    let_go = "select count(*) from exception_queue_case where let_go_at is not null and document = 'outbox'"
    assert run(let_go).scalar == 3
    told = b"".join(client.get(f"{answer.redirect_chain[-1][0]}?format=csv").streaming_content).decode()
    assert told.count("done") == 3
    assert "letters sent again" in text(client.get("/system/dead"))


def test_many_go_on_in_the_background(seat: Seat, gave_up: dict[str, list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_page, "AT_ONCE_MAX", 1)
    client = seat("integration")
    answer = client.post("/system/dead/start", {"document": "outbox"}, follow=True)
    assert "goes on" in text(answer) and answer.context["replay"]["todo"] == 5
    assert run("select count(*) from procrastinate_jobs where task_name like '%%go_on_with_replay'").scalar == 1
    replaying.go_on_with_all()
    assert "5 done, 0 refused, 0 to do" in text(client.get(answer.redirect_chain[-1][0]))


def test_a_group_is_set_aside_for_a_reason(seat: Seat, gave_up: dict[str, list[int]]) -> None:
    client = seat("integration")
    fields = {"document": "outbox", "partner": "wms", "cause": "404 Not Found: no order #", "deed": "set_aside"}
    assert "never to be sent" in text(client.post("/system/dead/start", fields, follow=True))
    client.post("/system/dead/start", {**fields, "note": "archived years ago"})
    assert set(run("select id from engine_outbox where state = 'dropped'").column("id")) == set(gave_up["gone"])
    assert run("select count(*) from exception_queue_case where resolution_note = 'archived years ago'").scalar == 3


def test_what_a_partner_said_is_read_by_those_who_may_see_personal_data(seat: Seat, gave_up: dict[str, list[int]]) -> None:
    engineer, manager = seat("integration"), seat("ops_manager")
    for address in ("/system/outbox?state=dead", f"/system/outbox/{gave_up['refused'][0]}"):
        assert "Ann Lee" not in text(engineer.get(address)) and "is unknown" in text(engineer.get(address))
        assert "Ann Lee" in text(manager.get(address))
    assert "Ann Lee" not in b"".join(engineer.get("/system/outbox?state=dead&format=csv").streaming_content).decode()


def test_parked_messages_stand_by_reason_and_are_taken_again(seat: Seat, db: None) -> None:
    for n in range(2):
        number = run(
            "insert into engine_inbox (partner, kind, message_key, content_hash, state) values ('web', 'order', %(k)s::text, sha256(convert_to(%(k)s::text, 'UTF8')), 'parked') returning id",
            {"k": f"K-{n}"},
        ).scalar
        run("insert into engine_inbox_body (inbox_id, body) values (%(i)s, '{}')", {"i": number})
        run(
            "insert into exception_queue_case (reason_code, document, document_id, detail, fingerprint, opened_at, due_at, team)"
            " values ('CAPTURE-01', 'inbox', %(i)s, '{\"field\": \"currency\"}', 'f', now(), now(), 'integration')",
            {"i": number},
        )
    client = seat("integration")
    answer = client.get("/system/dead")
    (group,) = answer.context["taken_in"]
    assert (group["letters"], group["place"]) == (2, "currency") and "currency" in text(answer)
    assert len(set(re.findall(r'href="/system/inbox/(\d+)"', text(client.get(group["rows"]))))) == 2
    assert not re.findall(r'href="/system/inbox/(\d+)"', text(client.get(group["rows"].replace("currency", "total"))))
    assert "Take 2 messages again" in text(client.get(group["look"]))
    client.post("/system/dead/start", {"document": "inbox", "reason": "CAPTURE-01", "place": "currency"})
    assert run("select count(*) from engine_inbox where state = 'received'").scalar == 2
    assert run("select count(*) from exception_queue_case where let_go_at is not null").scalar == 2


def test_the_warehouse_replays_nothing(seat: Seat, gave_up: dict[str, list[int]]) -> None:
    client = seat("warehouse")
    assert client.get("/system/dead").status_code == 403
    assert client.post("/system/dead/start", {"document": "outbox"}).status_code == 403


def test_a_message_whose_case_was_closed_is_not_among_all_that_are_taken_again(seat: Seat, db: None) -> None:
    numbers = list(
        run(
            "insert into engine_inbox (partner, kind, message_key, content_hash, state)"
            " select 'web', 'receipt', 'K' || n, sha256(convert_to('K' || n, 'UTF8')), 'parked' from generate_series(1, 2) n returning id"
        ).column("id")
    )
    run("insert into engine_inbox_body (inbox_id, body) select id, '{}' from engine_inbox")
    run(
        "insert into exception_queue_case (reason_code, document, document_id, detail, fingerprint, opened_at, due_at, team)"
        " select 'CAPTURE-01', 'inbox', id, '{}', 'f', now(), now(), 'integration' from engine_inbox"
    )
    case = run("select id from exception_queue_case where document_id = %(i)s", {"i": numbers[1]}).scalar
    resolving.close(actor="cli:ann", case_ids=[case], note="taken in by hand")
    client = seat("integration")
    assert "Take 1 message again" in text(client.get("/system/dead/look?document=inbox"))
    client.post("/system/dead/start", {"document": "inbox"})
    assert list(run("select id from engine_inbox where state = 'received'").column("id")) == numbers[:1]
    client.post("/system/dead/start", {"document": "inbox", "ids": str(numbers[1])})
    assert run("select count(*) from engine_inbox where state = 'received'").scalar == 2

"""The desk: the queue in the order that people choose, counted so that each figure is the rows behind it, and who is called to what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from headrace.engine.action import Refused
from headrace.engine.queries import run
from headrace.exception_queue import bulk, desk, talking
from headrace.exception_queue.desk import Wanted
from headrace.exception_queue.merging import duplicates_of, merge_cases
from headrace.exception_queue.resolving import assign, claim, close, give_back, look_again, undo_cases

ANN, BOB = "user:ann", "cli:bob"
pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> None:
    for name in ("ann", "bob", "eve"):
        get_user_model().objects.create_superuser(username=name)


def opened(count: int = 4) -> list[int]:
    """Cases 1 to `count`: the first is the oldest, of the least value, and due last."""
    return run(
        """insert into exception_queue_case (reason_code, document, document_id, fingerprint, detail, opened_at, due_at, team, value_at_risk_minor, currency, promised_by)
        select 'ENGINE-01', 'payout', 900000 + n, 'f' || n, jsonb_build_object('stage', 'x', 'error', 'y', 'value', 'V' || n %% 2), now() - make_interval(hours => 30 - n),
            now() + make_interval(hours => 30 - n), 'integration', n * 10000, 'USD', case when n > 2 then now() + make_interval(hours => 40 * n) end
        from generate_series(1, %(n)s::int) n returning id""",
        {"n": count},
    ).column("id")


def now() -> Any:
    return run("select transaction_timestamp()").scalar


def test_the_queue_stands_in_the_order_that_people_choose_and_pages_hang_together() -> None:
    one, two, three, four = opened()
    expected = {"due": [four, three, two, one], "value": [four, three, two, one], "age": [one, two, three, four], "promise": [three, four, one, two]}
    for by, order in expected.items():
        assert desk.matching(now(), Wanted(), by=by, limit=9) == order, by
        first = desk.placed(now(), Wanted(), by=by, limit=2)
        rest = desk.matching(now(), Wanted(), by=by, after=(first[-1].key, first[-1].id), limit=9)
        assert [row.id for row in first] + rest == order, by


def test_what_is_resolved_comes_the_last_first() -> None:
    one, two, *_ = opened()
    close(actor=BOB, case_ids=[one], note="elsewhere")
    run("update exception_queue_case set resolved_at = now() - interval '1 hour' where id = %(i)s", {"i": one})
    close(actor=BOB, case_ids=[two], note="elsewhere")
    assert desk.matching(now(), Wanted(state="resolved"), limit=9) == [two, one]
    (first,) = desk.placed(now(), Wanted(state="resolved"), limit=1)
    assert desk.matching(now(), Wanted(state="resolved"), after=(first.key, first.id), limit=9) == [one]
    assert desk.matching(now(), Wanted(state="resolved", resolved_from=now() - timedelta(minutes=5)), limit=9) == [two]
    assert desk.resolved_since(now() - timedelta(hours=2), BOB, None) == (2, 2)
    assert desk.median_to_resolve(now(), "integration")[1] == 2


def test_every_figure_is_the_number_of_rows_behind_it() -> None:
    opened(8)
    rows = desk.tally(now(), Wanted(), username="ann", values=(20_000, 50_000))
    assert sum(r.cases for r in rows["state"]) == 8
    for bucket, bound in ((1, 20_000), (2, 50_000)):
        assert sum(r.cases for r in rows["value"] if r.value >= bucket) == len(desk.matching(now(), Wanted(value_from_minor=bound), limit=99))
    for age, (youngest, oldest) in {"24-72": (24, 72), "4-24": (4, 24)}.items():
        wanted = Wanted(opened_before=now() - timedelta(hours=youngest), opened_from=now() - timedelta(hours=oldest))
        assert sum(r.cases for r in rows["age"] if r.age == age) == len(desk.matching(now(), wanted, limit=99)) > 0


def test_neighbours_share_the_cause() -> None:
    one, two, three, four = opened()
    alike = desk.neighbours(desk.case(one) or {})
    assert alike and (alike["cases"], alike["cause"], alike["value_minor"]) == (1, "V1", 30_000)
    assert set(desk.matching(now(), Wanted(like=one), limit=9)) == {one, three}
    close(actor=BOB, case_ids=[three], note="done")
    assert desk.neighbours(desk.case(one) or {}) is None


def test_two_who_want_the_same_case_the_first_has_it_and_the_other_is_told(people: None) -> None:
    (one,) = opened(1)
    (mine,) = claim(actor=ANN, case_ids=[one])
    (theirs,) = claim(actor="user:bob", case_ids=[one])
    assert mine.done and not theirs.done and "ann has it" in theirs.why
    (again,) = claim(actor=ANN, case_ids=[one])
    assert again.done, "it is hers already"
    assert assign(actor="user:bob", case_ids=[one], to="user:bob")[0].done
    assert give_back(actor="user:bob", case_ids=[one])[0].done
    assert (desk.case(one) or {})["assigned_to"] is None
    assert undo_cases(actor="user:bob", case_ids=[one])[0].done and (desk.case(one) or {})["assigned_to"] == "user:bob"


def test_whoever_leaves_has_no_cases_any_more(people: None) -> None:
    (one,) = opened(1)
    claim(actor=ANN, case_ids=[one])
    get_user_model().objects.filter(username="ann").update(is_active=False)
    look_again(now())
    told = desk.case(one) or {}
    assert told["assigned_to"] is None and told["events"][-1]["event"] == "given_back"


def test_a_colleague_who_is_called_finds_the_case_until_they_have_seen_it(people: None) -> None:
    one, two, *_ = opened()
    talking.comment(actor=ANN, case_ids=[one], note="@bob, is this yours? Ask ann@example.com.")
    wanted = Wanted(mentioned="bob")
    assert desk.matching(now(), wanted, limit=9) == [one] and [m["by"] for m in talking.mentions_on(one, "bob")] == [ANN]
    assert sum(r.cases for r in desk.tally(now(), Wanted(), username="bob", values=(1,))["mentions"] if r.is_mentioned) == 1
    assert talking.see_mentions(actor="user:bob", case_ids=[one]) == 1 and desk.matching(now(), wanted, limit=9) == []
    talking.comment(actor=ANN, case_ids=[two], note="@bob again")
    talking.comment(actor="user:bob", case_ids=[two], note="yes")  # who answers has seen it
    assert desk.matching(now(), wanted, limit=9) == []
    with pytest.raises(Refused, match="nobody here is called @carol"):
        talking.comment(actor=ANN, case_ids=[one], note="@carol?")


def test_the_note_to_the_next_shift_keeps_its_versions(people: None) -> None:
    talking.leave_handover(actor=ANN, team="finance", note="The bank is closed on Monday.")
    talking.leave_handover(actor="user:bob", team="finance", note="The bank is open again.")
    (note,) = talking.handovers("finance")
    assert (note["note"], note["actor"]) == ("The bank is open again.", "user:bob") and [e["note"] for e in note["earlier"]] == [
        "The bank is closed on Monday."
    ]
    talking.leave_handover(actor=ANN, team="finance", note=" ")
    assert talking.handovers(None) == []


def test_texts_for_comments_are_kept_changed_and_removed(people: None) -> None:
    talking.keep_wording(actor=ANN, name="Called", words="Called about {order}")
    talking.keep_wording(actor=ANN, name="Called", words="Called about {order}; no answer")
    assert [w["words"] for w in talking.wordings()] == ["Called about {order}; no answer"]
    talking.drop_wording(actor=ANN, name="Called")
    with pytest.raises(Refused, match="there is no text"):
        talking.drop_wording(actor=ANN, name="Called")


def test_duplicates_end_in_the_case_that_stays() -> None:
    one, two, three, _four = opened()
    run(
        'update exception_queue_case set document_id = 900001, detail = detail || \'{"field": "amount"}\' where id = any(%(ids)s::bigint[])',
        {"ids": [one, two]},
    )
    assert duplicates_of(one) == [two]
    done, other = merge_cases(actor=BOB, into=one, case_ids=[two, three])
    assert done.done and not other.done and "no duplicate" in other.why
    kept, gone = desk.case(one) or {}, desk.case(two) or {}
    assert (kept["state"], kept["seen"], gone["state"], gone["resolution_note"]) == ("open", 2, "resolved", f"merged into case {one}")
    with pytest.raises(Refused, match="into itself"):
        merge_cases(actor=BOB, into=one, case_ids=[one])


def test_the_look_before_a_bulk_says_what_it_would_do_and_does_nothing(people: None) -> None:
    one, two, three, four = opened()
    claim(actor=ANN, case_ids=[two])
    told = bulk.look_first(actor="user:bob", as_of=now(), name="claim", wanted=Wanted(), parameters={})
    assert (told["total"], told["tried"], told["done"], told["worth"]) == (4, 4, 3, {"USD": 100_000})
    assert told["refused"] == [("ann has it; assign it to yourself to take it over", 1)]
    assert [(desk.case(i) or {})["assigned_to"] for i in (one, two, three, four)] == [None, ANN, None, None]


def test_a_bulk_of_marked_cases_takes_those_alone() -> None:
    one, two, three, _four = opened()
    number = bulk.start_bulk(actor=BOB, name="claim", wanted=Wanted(state=None, case_ids=(one, three)), parameters={})
    bulk.go_on(number)
    assert [(desk.case(i) or {})["assigned_to"] for i in (one, two, three)] == [BOB, None, BOB]

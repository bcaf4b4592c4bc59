"""Count documents: chosen items, counted blind by several people, counted again where they differ much, posted against what the books said then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
from headrace.engine.queries import run
from headrace.governance.approvals import approve
from headrace.orders.tests.building import make_order, position
from headrace.stock import documents as book
from headrace.supply.count import rules
from headrace.supply.count.actions import adjust_stock
from headrace.supply.count.documents import add_to_count, ask_recount, cancel_count, enter_counts, open_count, post_count
from headrace.supply.count.policy import COUNTING, counting_faults
from headrace.supply.count.tests.test_count import allow, balance

pytestmark = pytest.mark.usefixtures("shop")
ANN, BOB = "cli:ann", "cli:bob"


@pytest.fixture
def number() -> Iterator[str]:
    yield open_count(actor=ANN, node="EAST", name="Aisle 1").count


def enter(number: str, actor: str = ANN, **counted: Any) -> list[tuple[str, str]]:
    return [(r.what, r.why) for r in enter_counts(actor=actor, count=number, rows=[{"sku": sku, "counted": qty} for sku, qty in counted.items()])]


def post(number: str, actor: str = ANN, **more: Any) -> list[tuple[str, str, str]]:
    return [(r.key, r.what, r.why) for r in post_count(actor=actor, count=number, seen=book.digest(int(number[3:])), **more)]


def document(number: str) -> Any:
    return run("select * from stock_count where id = %(i)s", {"i": int(number[3:])}).one


def line(number: str, sku: str) -> Any:
    return run(
        "select l.* from stock_count_line l join catalog_item i on i.id = l.item_id where l.document_id = %(i)s and i.sku = %(s)s",
        {"i": int(number[3:]), "s": sku},
    ).one


def skus(number: str) -> list[str]:
    return list(
        run(
            "select i.sku from stock_count_line l join catalog_item i on i.id = l.item_id where l.document_id = %(i)s order by i.sku", {"i": int(number[3:])}
        ).column("sku")
    )


def test_two_people_count_parts_and_the_differences_are_posted(number: str) -> None:
    assert (document(number).lines, document(number).counted) == (3, 0)
    assert enter(number, ANN, A=99) == [("done", "")] and enter(number, BOB, B="100") == [("done", "")]
    assert (document(number).counted, line(number, "A").counted_by, line(number, "B").counted_by) == (2, ANN, BOB)
    assert post(number) == [("A", "done", "-1"), ("B", "unchanged", "")]
    assert [position(sku, "EAST").on_hand_each for sku in "ABC"] == [99, 100, 100]
    assert balance("shrinkage:count") == 350
    assert (document(number).state, document(number).ended_by, line(number, "A").value_minor, line(number, "C").posted_at) == ("posted", ANN, -350, None)
    with pytest.raises(Refused, match="is posted; open a new one"):
        enter(number, A=98)


def bench(qty: int, state: str = "picking", ref: str = "P") -> Any:
    """An order whose pieces of A are picked at EAST, or packed without a scan, and have not left."""
    o = make_order(ref, {"EAST": [("A", 5)]})
    run("update orders_fulfilment set state = 'released', released_at = now() where order_id = %(o)s", {"o": o.id})
    run("update orders_fulfilment_line set qty_picked_each = %(q)s where fulfilment_id = %(f)s", {"f": o.fulfilments["EAST"], "q": qty})
    run("update orders_fulfilment set state = %(s)s where order_id = %(o)s", {"o": o.id, "s": state})
    return o


def test_what_is_picked_is_not_missing_from_the_shelf(number: str) -> None:
    bench(3)
    assert enter(number, A=97, B=100) == [("done", ""), ("done", "")]
    found = line(number, "A")
    assert (found.book_each, found.picked_each, found.is_to_recount) == (97, 3, False)
    assert line(number, "B").picked_each == 0
    assert post(number) == [("A", "unchanged", ""), ("B", "unchanged", "")]
    assert (position("A", "EAST").on_hand_each, balance("shrinkage:count")) == (100, 0)


def test_what_is_missing_beside_the_bench_is_written_off_and_no_more(number: str) -> None:
    bench(3)
    enter(number, A=96)
    bench(2, ref="Q")  # picked after the count: it lay on the shelf then
    assert post(number) == [("A", "done", "-1")]
    assert (position("A", "EAST").on_hand_each, balance("shrinkage:count")) == (99, 350)


def test_what_is_packed_lies_on_the_bench_scanned_or_not(number: str) -> None:
    bench(0, "packed")  # all five in the parcel
    parted = bench(1, "packed", "Q")
    run('update orders_fulfilment set packing = \'{"lines": [{"sku": "A", "qty": 2}]}\' where order_id = %(o)s', {"o": parted.id})
    gone = bench(4, ref="R")  # of four that were picked three have left
    run("update orders_fulfilment_line set qty_shipped_each = 3 where fulfilment_id = %(f)s", {"f": gone.fulfilments["EAST"]})
    enter(number, A=92)
    assert (line(number, "A").book_each, line(number, "A").picked_each) == (92, 8)
    run("update orders_fulfilment_line set qty_shipped_each = 0")


def test_what_moves_between_the_count_and_the_posting_stays_moved(number: str) -> None:
    enter(number, A=98)
    adjust_stock(actor=BOB, rows=[{"sku": "A", "node": "EAST", "qty": -10, "reason": "damage"}], note="fell down")
    assert post(number) == [("A", "done", "-2")]
    assert position("A", "EAST").on_hand_each == 88


def test_a_count_is_compared_with_the_book_of_its_own_moment(number: str) -> None:
    adjust_stock(actor=BOB, rows=[{"sku": "A", "node": "EAST", "qty": -10, "reason": "damage"}], note="fell down")
    enter(number, A=90)
    assert post(number) == [("A", "unchanged", "")]
    assert position("A", "EAST").on_hand_each == 90


def test_what_differs_much_is_counted_again_until_two_counts_agree(number: str) -> None:
    enter(number, A=80, B=99)
    assert (line(number, "A").is_to_recount, line(number, "B").is_to_recount, document(number).to_recount) == (True, False, 1)
    with pytest.raises(Refused, match="1 lines are still to be counted again"):
        post(number)
    enter(number, BOB, A=81)
    assert line(number, "A").is_to_recount and document(number).to_recount == 1
    enter(number, BOB, A=81)
    assert (line(number, "A").is_to_recount, line(number, "A").rounds, document(number).to_recount, document(number).counted) == (False, 3, 0, 2)
    assert post(number) == [("A", "done", "-19"), ("B", "done", "-1")]
    entries = run("select counted_each, counted_by from stock_count_entry where line_id = %(l)s order by id", {"l": line(number, "A").id})
    assert [tuple(e) for e in entries] == [(80, ANN), (81, BOB), (81, BOB)]


def test_the_last_of_three_counts_stands_and_a_count_may_be_asked_for_or_waived(number: str) -> None:
    for counted in (80, 70, 60):
        enter(number, A=counted)
    assert not line(number, "A").is_to_recount
    assert ask_recount(actor=BOB, count=number, line_ids=[line(number, "A").id, line(number, "B").id]) == 1
    assert document(number).to_recount == 1
    with pytest.raises(Refused, match="none of these is a counted line"):
        ask_recount(actor=BOB, count=number, line_ids=[line(number, "B").id])
    assert post(number, despite_recounts=True) == [("A", "done", "-40")]


def test_what_was_written_by_mistake_is_taken_back_and_the_same_again_is_nothing_new(number: str) -> None:
    enter(number, A=50)
    assert enter(number, A=None) == [("done", "")]
    assert (document(number).counted, document(number).to_recount, line(number, "A").book_each) == (0, 0, None)
    enter(number, B=100)
    assert enter(number, B=100) == [("unchanged", "")]
    with pytest.raises(Refused, match="nothing on CT-"):
        enter(number, B=None)
        post(number)


def test_rows_that_make_no_sense_are_told_one_by_one(number: str) -> None:
    rows = [
        {"sku": "NOPE", "counted": 1},
        {"sku": "A", "counted": -1},
        {"sku": "A", "counted": "x"},
        {"sku": "40066", "counted": 100},
        {"sku": "B", "counted": 1},
        {"sku": "A", "qty": 1},
    ]
    told = enter_counts(actor=ANN, count=number, rows=rows)
    assert [r.what for r in told] == ["refused", "refused", "refused", "done", "refused", "refused"]
    for r, words in zip(told, ("no item 'NOPE'", "counted: -1 must lie", "no whole number", "", "earlier row", "qty: no such column"), strict=True):
        assert words in r.why


def test_what_cannot_be_posted_stays_open_with_its_reason(number: str) -> None:
    make_order("1", {"EAST": [("A", 40)]})
    enter(number, A=39, B=99)
    enter(number, A=39)
    assert [(k, w) for k, w, _ in post(number)] == [("A", "refused"), ("B", "done")]
    assert (document(number).state, position("A", "EAST").on_hand_each, position("B", "EAST").on_hand_each) == ("open", 100, 99)
    assert "40 are reserved" in line(number, "A").fault
    assert enter(number, B=98) == [("refused", "sku: B is posted already")]
    enter(number, A=40)
    enter(number, A=40)
    assert post(number) == [("A", "done", "-60")]
    assert document(number).state == "posted"


def test_a_worth_above_the_limit_waits_and_is_not_posted_when_somebody_counted_since(number: str) -> None:
    allow(10)
    enter(number, A=97)
    enter(number, A=97)
    with pytest.raises(WaitsForApproval) as waits:
        post(number)
    assert position("A", "EAST").on_hand_each == 100 and line(number, "A").posted_at is None
    enter(number, B=99)
    with pytest.raises(Refused, match="somebody has counted on CT-"):
        approve(actor=BOB, approval_id=waits.value.approval_id)
    with pytest.raises(WaitsForApproval) as waits:
        post(number)
    approve(actor=BOB, approval_id=waits.value.approval_id)
    assert (position("A", "EAST").on_hand_each, document(number).state, document(number).ended_by) == (97, "posted", ANN)


def test_items_are_chosen_by_list_beginning_value_class_and_when_they_were_counted_last() -> None:
    def chosen(**how: Any) -> list[str]:
        return skus(open_count(actor=ANN, node="EAST", name="some", **how).count)

    assert chosen() == ["A", "B", "C"]
    assert chosen(skus=["C", "40065", " C "]) == ["A", "C"]
    assert chosen(begins="A") == ["A"] and chosen(named="b") == ["B"]
    assert (chosen(grade="A"), chosen(grade="B")) == (["A", "B"], ["C"])
    number = open_count(actor=ANN, node="EAST", name="A only", skus=["A"]).count
    enter(number, A=100)
    post(number)
    assert chosen(not_counted_since=date.today() - timedelta(days=1)) == ["B", "C"]  # noqa: DTZ011 - a day before any zone's today
    for how, says in (
        ({"skus": ["NOPE"]}, "no item NOPE"),
        ({"skus": ["KIT"]}, "name a kit's parts"),
        ({"skus": ["A"], "begins": "B"}, "not narrowed further"),
        ({"begins": "Z"}, "nothing at EAST is like that"),
        ({"grade": "X"}, "write one of A, B, C"),
    ):
        with pytest.raises(Refused, match=says):
            chosen(**how)


def test_an_item_found_on_the_shelf_is_added() -> None:
    number = open_count(actor=ANN, node="EAST", name="A only", skus=["A"]).count
    assert enter(number, B=3) == [("refused", "sku: B is not on this count; add it first")]
    assert add_to_count(actor=BOB, count=number, skus=["B", "A"]).lines == 2
    assert enter(number, B=100, A=100) == [("done", ""), ("done", "")]


def test_a_cancelled_count_posts_nothing_and_is_kept(number: str) -> None:
    enter(number, A=1)
    cancel_count(actor=ANN, count=number, why="the wrong aisle")
    assert (document(number).state, document(number).note, position("A", "EAST").on_hand_each) == ("cancelled", "the wrong aisle", 100)
    with pytest.raises(Refused, match="is cancelled"):
        post(number)
    with pytest.raises(Refused, match="there is no count 'CT-999'"):
        cancel_count(actor=ANN, count="CT-999", why="x")


def test_who_counts_may_not_post(number: str) -> None:
    from headrace.governance.access import ROLES

    assert "stock.count" in ROLES["warehouse"][1] and "stock.adjust" not in ROLES["warehouse"][1]
    with pytest.raises(NotAllowed, match=r"stock\.adjust"):
        post_count(actor="user:nobody", count=number, seen="")


def test_a_difference_is_tolerated_by_pieces_share_and_worth() -> None:
    for counted, booked, cost, is_so in (
        (100, 100, 900, True),
        (98, 100, 1, True),
        (97, 100, 1, False),
        (990, 1000, 1, True),
        (99, 100, 101, False),
        (1, 0, 5, True),
    ):
        assert rules.is_tolerated(counted, booked, Decimal(cost), COUNTING) is is_so, (counted, booked, cost)


@pytest.mark.parametrize("body", [[], {"rounds_max": 0}, {"tolerated_percent": 101}, {"tolerated_each": True}, {"recount_value": -1}, {"blind": True}])
def test_tolerances_that_make_no_sense_are_told(body: Any) -> None:
    assert counting_faults(body) != [] and counting_faults(COUNTING) == []


def test_a_difference_that_another_count_has_posted_is_not_posted_twice(number: str) -> None:
    other = open_count(actor=BOB, node="EAST", name="A only", skus=["A"]).count
    enter(number, A=98, B=99)
    enter(other, BOB, A=98)
    assert post(number) == [("A", "done", "-2"), ("B", "done", "-1")]
    ((sku, what, why),) = post(other, despite_recounts=True)
    assert (sku, what) == ("A", "refused") and "another count has corrected it" in why
    assert position("A", "EAST").on_hand_each == 98
    assert (document(other).state, line(other, "A").is_to_recount, document(other).to_recount) == ("open", True, 1)
    enter(other, BOB, A=98)
    assert post(other) == [("A", "unchanged", "")]
    assert (position("A", "EAST").on_hand_each, document(other).state) == (98, "posted")


def test_a_count_that_is_sent_twice_does_not_agree_with_itself(number: str) -> None:
    row = {"sku": "A", "counted": 80, "rounds": 0}
    assert [r.what for r in enter_counts(actor=ANN, count=number, rows=[row])] == ["done"]
    assert [r.what for r in enter_counts(actor=ANN, count=number, rows=[row])] == ["unchanged"]
    assert (line(number, "A").is_to_recount, line(number, "A").rounds, document(number).to_recount) == (True, 1, 1)
    enter_counts(actor=BOB, count=number, rows=[row])
    assert (line(number, "A").is_to_recount, line(number, "A").rounds) == (False, 2), "somebody else found the same"

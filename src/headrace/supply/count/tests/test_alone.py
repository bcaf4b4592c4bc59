"""What one person may correct alone: not more by many small deeds than by a large one. A is worth 3.50, B 1.20."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from headrace.engine.action import WaitsForApproval
from headrace.engine.queries import run
from headrace.governance.approvals import approve
from headrace.governance.policies import draft_policy, publish_policy
from headrace.orders.tests import building
from headrace.orders.tests.building import position
from headrace.stock import documents as book
from headrace.supply.count.actions import adjust_stock, count_stock
from headrace.supply.count.documents import enter_counts, open_count, post_count
from headrace.supply.count.looking import look_at
from headrace.supply.count.tests.test_count import allow

ANN, BOB = "cli:ann", "cli:bob"


def lose(qty: int, actor: str = ANN, sku: str = "A", node: str = "EAST") -> bool:
    """False where it waits for a second person."""
    try:
        (done,) = adjust_stock(actor=actor, rows=[{"sku": sku, "node": node, "qty": -qty, "reason": "lost"}], note="not there")
    except WaitsForApproval:
        return False
    assert done.what == "done", done.why
    return True


@pytest.mark.usefixtures("shop")
class TestInADay:
    def test_many_small_corrections_are_one_large_one(self) -> None:
        allow(100, 200)
        assert [lose(20), lose(20), lose(17), lose(1)] == [True, True, True, False]  # 70, 140, 199.50, 203
        assert position("A", "EAST").on_hand_each == 43
        assert lose(1, actor=BOB), "what somebody else has corrected is not his"

    def test_counts_documents_and_found_pieces_count_too(self) -> None:
        allow(100, 150)
        (done,) = count_stock(actor=ANN, rows=[{"sku": "A", "node": "EAST", "counted": 80}])  # 70
        (more,) = adjust_stock(actor=ANN, rows=[{"sku": "A", "node": "WEST", "qty": 20, "reason": "found"}], note="behind the door")  # 140
        assert (done.what, more.what) == ("done", "done")
        number = open_count(actor=ANN, node="EAST", name="Aisle 1").count
        for actor in (ANN, BOB):
            enter_counts(actor=actor, count=number, rows=[{"sku": "C", "counted": 85}])  # 14.85 more
        with pytest.raises(WaitsForApproval):
            post_count(actor=ANN, count=number, seen=book.digest(int(number[3:])))
        assert [r.what for r in post_count(actor=BOB, count=number, seen=book.digest(int(number[3:])))] == ["done"]

    def test_what_two_have_seen_counts_no_more_and_a_day_later_it_begins_again(self) -> None:
        allow(100, 100)
        assert [lose(20), lose(20)] == [True, False]
        approve(actor=BOB, approval_id=int(run("select max(id) from governance_approval").scalar))
        assert [lose(8), lose(1)] == [True, False]  # 98, 101.50
        run("update stock_corrected_alone set at = at - %(day)s", {"day": timedelta(hours=25)})
        assert lose(20)

    def test_either_limit_may_be_none(self) -> None:
        allow(None, 100)
        assert [lose(20), lose(20)] == [True, False]
        allow(100, None)
        assert [lose(20), lose(20), lose(29)] == [True, True, False]

    def test_a_policy_from_before_the_limit_of_a_day_allows_what_it_allowed(self) -> None:
        version = draft_policy(actor=ANN, name="stock_corrections", body={"value_max": 1}, note="for the test")
        run("update governance_policy set body = '{\"value_max\": 5000}' where name = 'stock_corrections' and version = %(v)s", {"v": version})
        publish_policy(actor=ANN, name="stock_corrections", version=version)
        run("update stock_position set unit_cost = 10000")
        assert [lose(40), lose(9), lose(2)] == [True, True, False]  # 4,000, 4,900, 5,100

    def test_pieces_that_cost_next_to_nothing_are_corrected(self) -> None:
        run("update stock_position set unit_cost = 0.00001")
        assert lose(1)
        assert not run("select worth from stock_corrected_alone")

    def test_the_look_before_says_that_a_second_person_is_needed(self) -> None:
        allow(100, 100)
        at = run("select now() as at").scalar
        rows: list[Any] = [{"sku": "A", "node": "EAST", "qty": -20, "reason": "lost"}]
        assert not look_at(rows, at, ANN).needs_second
        lose(20)
        assert look_at(rows, at, ANN).needs_second and not look_at(rows, at, BOB).needs_second


def test_two_at_once_by_one_person_do_not_both_pass(fresh_database: str) -> None:
    building.make_shop()
    allow(100, 100)
    assert lose(1, actor=BOB) and lose(1, actor=BOB, sku="B", node="WEST"), "opens the accounts, for which the second would wait as well"
    written, may_commit = threading.Event(), threading.Event()
    passed: list[bool] = []

    def first() -> None:
        try:
            with transaction.atomic():
                passed.append(lose(20))
                written.set()
                may_commit.wait(10)
        finally:
            connection.close()

    def second() -> None:
        try:
            passed.append(lose(50, sku="B", node="WEST"))
        finally:
            connection.close()

    earlier, later = threading.Thread(target=first), threading.Thread(target=second)
    earlier.start()
    assert written.wait(10)
    later.start()
    later.join(0.5)
    assert passed == [True], "the second did not wait for the first"
    may_commit.set()
    earlier.join(10), later.join(10)
    assert passed == [True, False]

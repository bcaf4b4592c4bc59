"""Verification in parts: it finds what the whole finds, wherever the parts end, and anybody may go on with it."""

from __future__ import annotations

from typing import Any

import pytest

from headrace.engine.queries import run
from headrace.governance import audit, checking, policies

pytestmark = pytest.mark.django_db
ANN = "cli:ann"


@pytest.fixture(autouse=True)
def links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven links, looked at two at a time."""
    monkeypatch.setattr(checking, "PART_LINKS", 2)
    for n in range(7):
        policies.draft_policy(actor=ANN, name="approvals", body={"deeds": []}, note=f"draft {n}")


def check(head: str | None = None) -> dict[str, Any]:
    number = int(checking.start_chain_check(actor=ANN, head=head))
    checking.go_on(number)
    found = checking.show(number)
    assert found is not None and found["ended_at"] is not None
    return found


def test_a_chain_that_holds_is_told_with_its_head() -> None:
    found = check()
    assert found["faults"] == [] and found["links"] >= 7 and found["percent"] == 100
    assert check(found["head"])["faults"] == []


@pytest.mark.parametrize("nth", range(7))
def test_a_changed_link_is_found_wherever_the_parts_end(nth: int) -> None:
    seq = run("select seq from governance_audit order by seq limit 1 offset %(n)s", {"n": nth}).scalar
    run("alter table governance_audit disable trigger append_only")
    run("update governance_audit set actor = 'cli:eve' where seq = %(s)s", {"s": seq})
    assert [f["seq"] for f in check()["faults"]] == [f.seq for f in audit.verify().faults] == [seq]


def test_a_link_taken_out_is_found_at_the_seam_of_two_parts() -> None:
    for nth in (4, 1):  # the first of a part, the last of one
        seq = run("select seq from governance_audit order by seq limit 1 offset %(n)s", {"n": nth}).scalar
        run("alter table governance_audit disable trigger append_only")
        run("delete from governance_audit where seq = %(s)s", {"s": seq})
    assert len(check()["faults"]) == 2


def test_it_goes_on_where_another_was_killed_and_shows_how_far_it_is() -> None:
    number = int(checking.start_chain_check(actor=ANN))
    assert checking._next_part(number)
    shown: Any = checking.show(number)
    assert shown["phase"] == "links" and 0 < shown["percent"] < 90 and shown["ended_at"] is None
    checking.go_on_with_all()
    shown = checking.show(number)
    assert shown["ended_at"] is not None and shown["faults"] == []

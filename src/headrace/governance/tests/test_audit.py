"""The audit chain: whatever is changed, removed or slipped in is found, in the chain and in the rows that it vouches for."""

from __future__ import annotations

import threading

import psycopg
import pytest
from django.db import connection, transaction

from headrace.engine.batch import Batch
from headrace.engine.queries import run
from headrace.engine.stage import Stage
from headrace.engine.tests.lines import finish_all, send, stage_of
from headrace.governance import audit
from headrace.governance.policies import draft_policy
from headrace.governance.tests.tampering import faults, links, tamper
from headrace.orders import documents as orders

ANN = "cli:ann"


def telling(batch: Batch) -> None:
    """A stage that writes two rows of history for each message it takes."""
    orders.tell(batch, "captured", {i: {"total_minor": 1250} for i in batch.ids})
    orders.tell(batch, "validated", dict.fromkeys(batch.ids))
    finish_all(batch)


@pytest.fixture
def chain(db: None) -> list[int]:
    """Three deeds and two batches, in turn. Gives the numbers of the links."""
    before = run("select coalesce(max(seq), 0) as seq from governance_audit").scalar
    with stage_of(telling) as probing:
        for n in range(3):
            draft_policy(actor=ANN, name="approvals", body={"deeds": []}, note=f"draft {n}")
            if n < 2:
                send({"n": n}, {"n": n + 10})
                assert probing.run().moved == 2
    assert faults() == []
    return [link.seq for link in links() if link.seq > before]


def test_deeds_and_batches_are_links_of_one_chain(chain: list[int]) -> None:
    made = [link for link in links() if link.seq in chain]
    assert [(m.actor, m.deed, m.subject, m.batch_id is None, m.rows_digest is None) for m in made] == [
        (ANN, "draft_policy", "policy:approvals:2", True, True),
        ("engine:probing", "probing", None, False, False),
        (ANN, "draft_policy", "policy:approvals:3", True, True),
        ("engine:probing", "probing", None, False, False),
        (ANN, "draft_policy", "policy:approvals:4", True, True),
    ]
    verdict = audit.verify()
    assert verdict.ok and verdict.links == len(links()) and verdict.head is not None and len(verdict.head) == 64


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'cli:bob'",
        "deed = 'publish_policy'",
        "subject = 'policy:approvals:9'",
        "subject = null",
        "at = at + interval '1 second'",
        'detail = detail || \'{"note": "x"}\'',
        "batch_id = 17",
        "rows_digest = sha256('x')",
    ],
)
def test_a_changed_link_is_found(chain: list[int], change: str) -> None:
    tamper(f"update governance_audit set {change} where seq = %(s)s", {"s": chain[2]})  # noqa: S608 - written in this test
    assert (chain[2], "the link was changed") in faults()


def test_a_changed_link_whose_hash_was_made_anew_is_found_at_the_next_one(chain: list[int]) -> None:
    tamper(
        """update governance_audit set actor = 'cli:bob',
        hash = headrace_audit_hash(previous_hash, at, 'cli:bob', deed, subject, batch_id, detail, rows_digest) where seq = %(s)s""",
        {"s": chain[2]},
    )
    assert faults() == [(chain[3], "a link before it is missing or was changed")]


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_removed_link_is_found(chain: list[int], place: int) -> None:
    tamper("delete from governance_audit where seq = %(s)s", {"s": chain[place]})
    assert (chain[place + 1], "a link before it is missing or was changed") in faults()


def test_a_link_slipped_in_is_found(chain: list[int]) -> None:
    tamper(
        """insert into governance_audit (seq, at, actor, deed, detail, previous_hash, hash)
        select seq * 1000, at, 'cli:mallory', 'close', '{}', h.forged, headrace_audit_hash(h.forged, at, 'cli:mallory', 'close', null, null, '{}', null)
        from governance_audit, (select sha256('forged') as forged) h where seq = %(s)s""",
        {"s": chain[2]},
    )
    assert faults() == [(chain[2] * 1000, "a link before it is missing or was changed")]


def test_the_chain_cannot_fork(chain: list[int]) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation, match="audit_chain_has_no_fork"), transaction.atomic():
        run(
            "insert into governance_audit (at, actor, deed, detail, previous_hash, hash) select at, actor, deed, detail, previous_hash, hash from governance_audit where seq = %(s)s",
            {"s": chain[2]},
        )


def test_an_end_that_was_cut_off_is_found_by_whoever_knows_the_head(chain: list[int]) -> None:
    head = audit.verify().head
    assert head and audit.verify(head).ok
    draft_policy(actor=ANN, name="approvals", body={"deeds": []}, note="the chain may grow")
    assert audit.verify(head).ok
    tamper("delete from governance_audit where seq >= %(s)s", {"s": chain[4]})
    assert audit.verify().ok, "a chain that lost its end holds in itself"
    (fault,) = audit.verify(head).faults
    assert "its end was cut off" in fault.what
    assert not audit.verify("no hash").ok


@pytest.mark.parametrize(
    "deed",
    [
        "update orders_history set event = 'shipped' where id = %(h)s",
        "update orders_history set order_id = order_id + 1 where id = %(h)s",
        "update orders_history set actor = 'user:mallory' where id = %(h)s",
        """update orders_history set detail = '{"total_minor": 1}' where id = %(h)s""",
        "update orders_history set at = at - interval '1 day' where id = %(h)s",
        "delete from orders_history where id = %(h)s",
        "insert into orders_history (order_id, at, event, batch_id) select order_id, at, event, batch_id from orders_history where id = %(h)s",
    ],
    ids=["event", "order", "actor", "detail", "moment", "removed", "inserted"],
)
def test_history_that_a_batch_wrote_is_vouched_for_by_its_link(chain: list[int], deed: str) -> None:
    row = run("select id, batch_id from orders_history order by id limit 1").one
    tamper(deed, {"h": row.id})
    assert faults() == [(chain[1], f"history rows of batch {row.batch_id} were changed, added or removed")]


def test_all_history_of_a_batch_removed_is_found(chain: list[int]) -> None:
    batch = run("select max(batch_id) as b from orders_history").scalar
    tamper("delete from orders_history where batch_id = %(b)s", {"b": batch})
    assert faults() == [(chain[3], f"history rows of batch {batch} were changed, added or removed")]


def test_history_of_a_batch_that_never_was_is_found(chain: list[int]) -> None:
    tamper("insert into orders_history (order_id, at, event, batch_id) values (1, now(), 'paid', 999999)")
    assert faults() == [(0, "history rows of batch 999999 belong to no link of the chain")]


def test_a_batch_whose_record_was_changed_removed_or_invented_is_found(chain: list[int]) -> None:
    first, second = run("select id from engine_batch where stage = 'probing' order by id").column("id")
    tamper("update engine_batch set taken = 9, moved = 9 where id = %(b)s", {"b": first})
    assert faults() == [(chain[1], f"batch {first} is recorded otherwise than in the chain")]
    tamper("update engine_batch set taken = 2, moved = 2, policies = '{\"routing\": 7}' where id = %(b)s", {"b": first})
    assert faults() == [(chain[1], f"batch {first} is recorded otherwise than in the chain")]
    tamper("update engine_batch set policies = null where id = %(b)s", {"b": first})
    tamper("delete from engine_batch where id = %(b)s", {"b": second})
    assert faults() == [(chain[3], f"batch {second} has no record any more")]
    tamper("insert into engine_batch (id, stage, worker, as_of, taken, moved, parked, seconds) values (999999, 's', 'w', now(), 1, 1, 0, 0)")
    assert (0, "batch 999999 has no link in the chain") in faults()


@pytest.mark.parametrize(
    "table",
    ["governance_audit", "orders_history", "exception_queue_case_event", "stock_move", "ledger_entry", "ledger_leg", "engine_inbox_body", "engine_batch"],
)
def test_history_is_append_only(db: None, table: str) -> None:
    guards = run(
        "select tgname, pg_get_triggerdef(oid) as does from pg_trigger where tgrelid = %(t)s::regclass and tgname in ('append_only', 'no_truncate') and tgenabled = 'O'",
        {"t": table},
    )
    assert sorted(guards.column("tgname")) == ["append_only", "no_truncate"]
    assert any("BEFORE DELETE OR UPDATE" in does for does in guards.column("does"))
    with pytest.raises(psycopg.errors.RestrictViolation, match=f"{table} is append-only"), transaction.atomic():
        run(f"truncate {table} cascade")  # noqa: S608 - one of the names above


def test_a_row_of_the_audit_is_neither_changed_nor_removed(chain: list[int]) -> None:
    for deed in ("update governance_audit set actor = 'cli:bob'", "delete from governance_audit"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="add a new one that corrects it"), transaction.atomic():
            run(deed)


def test_long_lists_are_counted_and_secrets_left_out(db: None) -> None:
    from headrace.engine.action import Deed

    moment = run("select transaction_timestamp()").scalar
    audit.record_deed(Deed("retry", ANN, moment, parameters_given={"case_ids": list(range(51)), "few": [1, 2], "note": "x"}))
    assert run("select detail from governance_audit order by seq desc limit 1").scalar == {"parameters": {"case_ids": "51 rows", "few": [1, 2], "note": "x"}}


def test_many_who_write_at_once_make_one_chain(fresh_database: str) -> None:
    """Four sessions, each with its own batches and deeds: no fork, no gap, no lost link."""
    send(*[{"n": n} for n in range(40)])
    before = audit.verify().links
    failures: list[BaseException] = []

    def work(probing: Stage) -> None:
        try:
            while probing.run(limit=2).taken:
                draft_policy(actor=ANN, name="approvals", body={"deeds": []}, note="one more") if not failures else None
        except psycopg.errors.UniqueViolation:
            work(probing)  # two drafts at once wanted the same version; the other one has it
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)
        finally:
            connection.close()

    with stage_of(telling, limit=2) as probing:
        threads = [threading.Thread(target=work, args=(probing,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert failures == []
    verdict = audit.verify()
    assert verdict.ok, verdict.faults
    assert run("select count(*) from governance_audit where batch_id is not null").scalar == 20 and verdict.links > before + 20

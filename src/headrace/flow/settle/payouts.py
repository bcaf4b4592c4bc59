"""Payouts: every deposit is explained to the cent, or held with what is left over.

`receive_payouts` takes inbox messages of kind `payout` and keeps header and lines. `match_payouts` takes payouts at `received`, matches
charges and refunds to payments, and posts: journal = deposit.
"""

from __future__ import annotations

from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.engine.queries import copy_rows
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, settle_cases
from headrace.flow.settle.port import Payout, Unreadable, read_payout
from headrace.flow.settle.reasons import PAYOUT_DIFFERS, PAYOUT_INCOMPLETE, UNREADABLE
from headrace.ledger import explaining, settling

PAYOUTS_MAX = 50  # a payout may have a hundred thousand lines


@stage(of="inbox", takes="payout", gives="done", after=80, documents_max=PAYOUTS_MAX)
def receive_payouts(batch: Batch) -> None:
    newest: dict[tuple[str, str], tuple[int, Payout]] = {}
    outcomes: dict[int, tuple[str, int | None]] = {}
    unreadable = []
    for m in inbox.read(batch):
        try:
            payout = read_payout(m.body, m.message_key)
        except Unreadable as error:
            unreadable.append({"id": m.id, "partner": m.partner, "field": error.field_name, "value": error.shown, "fix": error.fix})
            continue
        before = newest.get((m.partner, payout.ref))
        if before:
            outcomes[before[0]] = ("superseded", None)
        newest[m.partner, payout.ref] = (m.id, payout)
    park(batch, UNREADABLE, unreadable)
    outcomes.update(_write(batch, newest))
    inbox.finish(batch, outcomes)


def _write(batch: Batch, newest: dict[tuple[str, str], tuple[int, Payout]]) -> dict[int, tuple[str, int | None]]:
    """Headers and lines; a payout sent again before it was posted replaces its lines (a missing page came), after that it changes nothing."""
    if not newest:
        return {}
    keys = sorted(newest)
    chosen = [newest[k] for k in keys]
    written = {
        (row.partner, row.external_ref): row
        for row in settling.sql.write_payouts(
            partners=[k[0] for k in keys],
            refs=[k[1] for k in keys],
            currencies=[p.currency for _, p in chosen],
            deposits=[p.deposit_minor for _, p in chosen],
            expected=[p.lines_expected for _, p in chosen],
            dates=[p.paid_on for _, p in chosen],
            inbox_ids=[m for m, _ in chosen],
        )
    }
    settling.sql.drop_payout_lines(payout_ids=[row.id for row in written.values()])
    copy_rows(
        settling.sql.copy_payout_lines.text,
        [
            (written[k].id, n, x.kind, x.ref, x.gross_minor, x.fee_minor, x.gross_minor - x.fee_minor, x.note)
            for k in keys
            if k in written
            for n, x in enumerate(newest[k][1].lines, 1)
        ],
    )
    again = [row.id for row in written.values() if not row.is_new]
    explaining.carry_over(batch, again)
    if again:
        settling.PAYOUT.unhold(ids=again)
    return {newest[k][0]: ("applied", written[k].id) if k in written else ("duplicate", None) for k in keys}


@stage(of="payout", takes="received", gives="posted", after=81, documents_max=PAYOUTS_MAX)
def match_payouts(batch: Batch) -> None:
    settling.sql.match_lines(batch)
    judged = settling.sql.payouts_judged(batch)
    incomplete = [j for j in judged if j.expected is not None and j.found < j.expected]
    park(batch, PAYOUT_INCOMPLETE, incomplete)
    differ = [j for j in judged if j not in incomplete and (j.residual_minor or j.unmatched)]
    lines = {row.payout_id: row for row in settling.sql.lines_that_differ(payout_ids=[j.id for j in differ])} if differ else {}
    park(
        batch,
        PAYOUT_DIFFERS,
        [
            {
                **j._asdict(),
                "difference_minor": lines[j.id].difference_minor if j.unmatched else 0,
                "unmatched_refs": lines[j.id].unmatched_refs if j.unmatched else None,
            }
            for j in differ
        ],
    )
    settle_cases(batch, "payout", batch.unparked(), "payout", "engine")
    settling.post_payouts(batch)

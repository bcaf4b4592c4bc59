"""Payout lines that people explain: matched to a payment, or borne by an account. Each explanation is kept with its entry, and can be taken back."""

from __future__ import annotations

from collections.abc import Sequence

from headrace.engine.action import Deed, Refused
from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, load_queries
from headrace.ledger import posting
from headrace.ledger.rules import PAYOUT_LINE_EXPLAINED, PAYOUT_LINE_OPENED

sql = load_queries(__package__)

# Accounts that may bear what a line has more or less than our payment; each is analysed by the gateway.
BEARERS = ("payment_fees", "payout_adjustments", "chargebacks", "bad_debt", "rounding", "other_income")


def add_difference(payout_id: int) -> int:
    """A line for what the deposit has more than the partner's lines, so that the payout foots. The caller holds the payout. Gives its number."""
    return int(sql.add_difference(payout_id=payout_id).scalar)


def explain(
    deed: Deed, lines: Sequence[tuple[int, int, int | None]], account: str | None, why: str | None, *, recorded_minor: int = 0, seen_by_two: bool = False
) -> Answer:
    """Keep what lines are: (payout, line, payment or None where the account bears all of it), and post it. The caller holds the payouts. Gives id, payout_id, payment_id.

    Each keeps what its person decided alone: its difference, and `recorded_minor` of a payment that only this person says there was; nothing where two saw it.
    """
    payouts, numbers, payments = (list(column) for column in zip(*lines, strict=True))
    told = sql.write_explanations(
        deed, payout_ids=payouts, line_nos=numbers, payment_ids=payments, account=account, why=why, recorded_minor=recorded_minor, seen_by_two=seen_by_two
    )
    wanted = sum(p is not None for p in payments)
    if told and told[0].paid != wanted:  # taken while we chose: only one of two may have it
        raise Refused("document: another payout explained the payment just now; look at the line again")
    assert told and (len(told), told[0].lines, told[0].paid) == (len(lines), len(lines), wanted), f"explained {len(told)} of {len(lines)} payout lines"
    _post(deed, told.column("id"), PAYOUT_LINE_EXPLAINED)
    sql.settle_paid_out(payment_ids=[p for p in payments if p is not None])
    return told


def take_back(giver: Batch | Deed, explanation_ids: Sequence[int], why: str, actor: str) -> None:
    """The contrary of explanations in force: their payments wait for a payout again, their lines for another explanation."""
    if not explanation_ids:
        return
    _post(giver, explanation_ids, PAYOUT_LINE_OPENED)
    done = sql.take_back_explanations(giver, explanation_ids=list(explanation_ids), why=why, actor=actor)
    assert len(done) == len(explanation_ids), f"took back {len(done)} of {len(explanation_ids)} explanations"
    sql.unsettle_invoices(payment_ids=[row.payment_id for row in done if row.payment_id is not None])
    sql.drop_differences(lines=[f"{row.payout_id}.{row.line_no}" for row in done if row.line_kind == "difference"])


def carry_over(batch: Batch, payout_ids: Sequence[int]) -> None:
    """A payout that came again keeps what was explained of lines that are the same; the rest is taken back."""
    if payout_ids and sql.any_explanation(payout_ids=list(payout_ids)).scalar:
        sql.carry_explanations(payout_ids=list(payout_ids))
        lost = sql.lost_explanations(payout_ids=list(payout_ids)).column("id")
        take_back(batch, lost, "the payout came again with other lines", f"engine:{batch.stage}")


def _post(giver: Batch | Deed, explanation_ids: Sequence[int], rule: posting.PostingRule) -> None:
    posting.make_fact_tray()
    if sql.explanation_facts(rule=rule.code, explanation_ids=list(explanation_ids)).count:
        posting.post(giver, rule)

"""Documents without a shipment: credit memos, invoices for charges alone, and receivables written off. Posted by CREDIT-01, INV-01, BADDEBT-01."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from headrace.engine.batch import Batch
from headrace.engine.queries import Answer, copy_rows, load_queries
from headrace.ledger import posting
from headrace.ledger.rules import BAD_DEBT, CREDIT_ISSUED, INVOICE_ISSUED, PAYMENT_CAPTURED, REFUND_PAID, STOCK_ADJUSTED, STOCK_RETURNED

sql = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line; `goods_minor` is positive on an invoice and on a credit memo alike."""

    kind: str
    item_class: str
    description: str | None
    qty_each: int
    goods_minor: int


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice or credit memo (kind) that stands for itself, dated by the day it was written. `gateway` took or gave back the money at once;
    None leaves it owed."""

    kind: str
    external_ref: str
    channel_code: str
    entity_id: int
    gateway: str | None
    currency: str
    at: datetime
    lines: Sequence[BillLine] = field(default_factory=tuple)

    @property
    def total_minor(self) -> int:
        return sum(line.goods_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class WriteOffRow:
    """A receivable given up: minor units, negative where an earlier write-off is taken back."""

    external_ref: str
    channel_code: str
    entity_id: int
    amount_minor: int
    currency: str
    why: str | None
    at: datetime


def known_bills(channel_code: str, kind: str, refs: Sequence[str]) -> set[str]:
    """Which of these references have been billed before."""
    return set(sql.known_bills(channel_code=channel_code, kind=kind, refs=list(refs)).column("external_ref"))


def issue_bills(batch: Batch, bills: Sequence[Bill]) -> list[int]:
    """Write, number without gaps (INV or CRN) and post; money that moved with them is posted too. Gives their ids in the order given."""
    if not bills:
        return []
    sql.make_bill_trays()
    copy_rows(
        sql.copy_bills.text,
        [(n, b.kind, b.external_ref, b.channel_code, b.entity_id, b.gateway, b.currency, b.total_minor, b.at) for n, b in enumerate(bills)],
    )
    copy_rows(
        sql.copy_bill_lines.text,
        [(n, k, x.kind, x.item_class, x.description, x.qty_each, x.goods_minor) for n, b in enumerate(bills) for k, x in enumerate(b.lines)],
    )
    posting.make_fact_tray()
    sql.take_bill_ids()
    sql.bill_facts()
    sql.move_money_of_bills(batch)
    posting.post(batch, INVOICE_ISSUED, CREDIT_ISSUED, PAYMENT_CAPTURED, REFUND_PAID)
    sql.write_bill_lines()
    ids = sql.issue_bills().column("id")  # last, because the series stays locked until the commit
    sql.empty_bill_trays()
    assert len(ids) == len(bills), f"issued {len(ids)} of {len(bills)} bills"
    return ids


def post_returns(batch: Batch, memo_ids: Sequence[int], first_move_id: int) -> None:
    """Goods that came back with these credit memos (stock moves of kind `return`, origin `credit_memo`): their cost is stock again."""
    posting.make_fact_tray()
    if memo_ids and sql.return_facts(memo_ids=list(memo_ids), first_move_id=first_move_id).count:
        posting.post(batch, STOCK_RETURNED)


def post_adjustments(batch: Batch, adjustment_ids: Sequence[int], first_move_id: int) -> None:
    """The cost of stock corrections, each an entry of its own, dated by the day of the correction."""
    posting.make_fact_tray()
    if adjustment_ids and sql.adjustment_facts(adjustment_ids=list(adjustment_ids), first_move_id=first_move_id).count:
        posting.post(batch, STOCK_ADJUSTED)


def write_off(batch: Batch, rows: Sequence[WriteOffRow]) -> Answer:
    """Write receivables off, exactly once per channel and reference. Gives id, channel_code and external_ref of those that were new."""
    if not rows:
        return Answer()
    written = sql.write_off(
        batch,
        refs=[r.external_ref for r in rows],
        channels=[r.channel_code for r in rows],
        entity_ids=[r.entity_id for r in rows],
        amounts=[r.amount_minor for r in rows],
        currencies=[r.currency for r in rows],
        whys=[r.why for r in rows],
        moments=[r.at for r in rows],
    )
    posting.make_fact_tray()
    if sql.write_off_facts(write_off_ids=written.column("id")).count:
        posting.post(batch, BAD_DEBT)
    return written

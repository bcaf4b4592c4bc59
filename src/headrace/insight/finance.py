"""What finance looks at: invoices, payments, payouts and what they were matched to, the journal, tax by jurisdiction."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from headrace.engine.queries import load_queries
from headrace.ledger import reading
from headrace.ledger.posting import rules

sql = load_queries(__package__)
WAITING_SHOWN = 10
LINES_MAX = 500
_NUMBER = re.compile(r"([A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*)-(\d{1,18})")
# Kinds of document, as entries name the origin, that an invoice's own entries come from.
INVOICE_ORIGINS = ("invoice", "credit_memo")


def _rows(answer: Any) -> list[dict[str, Any]]:
    return [row._asdict() for row in answer]


def _key(text: str | None) -> int | None:
    """A cursor that came back from a page; what is none begins at the first page."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def invoices(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Invoices and credit memos, the newest first. `q` is a number (INV-17) or an order's (SO-3)."""
    text = str(chosen.get("q") or "").strip()
    named, order = _NUMBER.fullmatch(text), re.fullmatch(r"(?i)SO-(\d{1,18})", text)
    if text and not named:
        return []
    return _rows(
        sql.invoices_listed(
            before=_key(after),
            limit=limit,
            order_id=int(order.group(1)) if order else None,
            series=named.group(1).upper() if named and not order else None,
            number=int(named.group(2)) if named and not order else None,
            **{name: chosen.get(name) for name in ("kind", "state", "channel", "entity", "since", "until")},
        )
    )


def invoice(number: str) -> dict[str, Any] | None:
    """One invoice with its lines, the payments that count for it, and its entries; `ties` says whether the lines sum to its goods, and these with shipping and tax to its total."""
    found = invoices({"q": number}, None, 1)
    if not found or number.upper().startswith("SO-"):
        return None
    told = found[0]
    lines = _rows(sql.invoice_lines(invoice_id=told["id"]))
    goods = sum(line["goods_minor"] - line["discount_minor"] for line in lines)
    ties = goods == told["goods_minor"] - told["discount_minor"] and goods + told["shipping_minor"] + told["tax_minor"] == told["total_minor"]
    return {
        **told,
        "lines": lines,
        "payments": _rows(sql.invoice_payments(invoice_id=told["id"], order_id=_key((told["order_number"] or "").removeprefix("SO-")))),
        "entries": _rows(sql.entries_of_document(origin_id=told["id"], origins=list(INVOICE_ORIGINS))),
        "lines_minor": goods,
        "ties": ties,
    }


def payments(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Payment events, the newest first. `q` is the gateway's own key."""
    paid_out = {"yes": True, "no": False}.get(str(chosen.get("paid_out")))
    return _rows(sql.payments_listed(before=_key(after), limit=limit, kind=chosen["kind"], gateway=chosen["gateway"], ref=chosen.get("q"), paid_out=paid_out))


def payouts(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    unmatched = True if chosen.get("match") == "unmatched" else None
    return _rows(sql.payouts_listed(before=_key(after), limit=limit, partner=chosen["gateway"], state=chosen["state"], payout_id=None, unmatched=unmatched))


def payout(payout_id: int) -> dict[str, Any] | None:
    """One payout: its header, sums by kind of line, and its cases."""
    found = _rows(sql.payouts_listed(before=None, limit=1, partner=None, state=None, payout_id=payout_id, unmatched=None))
    if not found:
        return None
    sums = _rows(sql.payout_sums(payout_id=payout_id))
    entries = _rows(sql.entries_of_document(origin_id=payout_id, origins=["payout"]))
    return {**found[0], "sums": sums, "cases": _rows(sql.cases_of_payout(payout_id=payout_id)), "entries": entries}


def payout_lines(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Lines of one payout (`payout`), or of all, with what each was matched to."""
    return _rows(sql.payout_lines_listed(payout_id=_key(chosen.get("payout")), after=_key(after), match=chosen.get("match"), limit=limit))


def journal(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    return _rows(sql.entries_listed(before=_key(after), limit=limit, **{name: chosen[name] for name in ("rule", "entity", "since", "until")}))


def entry(entry_id: int) -> dict[str, Any] | None:
    """One entry with its legs and the rule that made it, in the rule's own words."""
    try:
        told = reading.entry(entry_id)
    except LookupError:
        return None
    rule = rules().get(told["rule"])
    return {**told, "why": rule.why if rule else ""}


def tax(entity: str | None, first: date, last: date) -> list[dict[str, Any]]:
    """Tax by entity, currency and jurisdiction of the documents of these days, beside what the books hold; `difference_minor` was posted by hand."""
    return _rows(sql.tax_by_jurisdiction(entity=entity, first=first, last=last))


def overview() -> dict[str, Any]:
    """What a controller looks at first."""
    return {"receivables": _rows(sql.receivables_by_age()), "payouts": _rows(sql.payouts_waiting(limit=WAITING_SHOWN))}


def entities() -> list[tuple[str, str]]:
    return [(e.code, f"{e.code} {e.name}") for e in sql.entities()]


def gateways() -> list[tuple[str, str]]:
    return [(g.code, g.code) for g in sql.gateways()]


def posting_rules() -> list[tuple[str, str]]:
    return [(code, code) for code in rules()]

"""One payment and one payout line, with everything beside it: what explains it, what it may be, what was decided about it."""

from __future__ import annotations

import re
from typing import Any

from headrace.engine.queries import load_queries
from headrace.insight.finance import LOOKED_AT_MAX, amount_of

sql = load_queries(__package__)
MEANT_SHOWN = 10
BESIDE_SHOWN = 100
TOLD_SHOWN = 50
_ORDER = re.compile(r"(?i)SO-(\d{1,18})")
_INVOICE = re.compile(r"([A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*)-(\d{1,18})")
_PAYMENT = re.compile(r"(?i)payment:(\d{1,18})")
_LINE = re.compile(r"(\d{1,15})\.(\d{1,15})")


def _rows(answer: Any) -> list[dict[str, Any]]:
    return [row._asdict() for row in answer]


def payout_line(key: str) -> dict[str, Any] | None:
    """The line `payout.line` with its explanations, the newest first, and their entries."""
    read = _LINE.fullmatch(key)
    found = _rows(sql.payout_line(payout_id=int(read[1]), line_no=int(read[2]))) if read else []
    if not found:
        return None
    told = explanations(found[0]["payout_id"], found[0]["line_no"])
    entries = [entry for x in told for entry in _rows(sql.entries_of_document(origin_id=x["id"], origins=["payout_line"]))] if told else []
    return {**found[0], "told": told, "entries": entries}


def explanations(payout_id: int, line_no: int | None = None) -> list[dict[str, Any]]:
    """What people decided about lines of a payout, the newest first, also what was taken back."""
    return _rows(sql.explanations_told(payout_id=payout_id, line_no=line_no, limit=TOLD_SHOWN))


def payments_for(line: dict[str, Any], text: str) -> list[dict[str, Any]]:
    """Payments that a line may be, with the difference: those of its amount, or those that a search names by key, order, invoice or amount."""
    document, numbered = document_named(text), _PAYMENT.fullmatch(text)
    amount = amount_of(text)
    return _rows(
        sql.payments_for_line(
            payout_id=line["payout_id"],
            line_no=line["line_no"],
            ref=text or line["external_ref"],
            order_id=document["order_id"] if document else None,
            payment_id=int(numbered[1]) if numbered else None,
            amount_minor=amount,
            by_amount=not text or amount is not None,
            looked_at_max=LOOKED_AT_MAX,
            limit=MEANT_SHOWN,
        )
    )


def document_named(text: str) -> dict[str, Any] | None:
    """The order or invoice that a search names, with what may still be taken for it or given back."""
    order, invoice = _ORDER.fullmatch(text), _INVOICE.fullmatch(text)
    if not order and not invoice:
        return None
    series, number = (invoice[1].upper(), int(invoice[2])) if invoice and not order else (None, None)
    found = _rows(sql.document_for_line(series=series, number=number, order_id=int(order[1]) if order else None))
    return found[0] if found else None


def payment(payment_id: int, *, personal: bool) -> dict[str, Any] | None:
    """One payment with its order, invoice, payout line, entries, and the other payments of the order; who paid only where `personal`."""
    found = _rows(sql.one_payment(payment_id=payment_id, personal=personal))
    if not found:
        return None
    told = found[0]
    like = {name: told[name] for name in ("gateway", "currency", "amount_minor")}
    return {
        **told,
        "beside": _rows(sql.payments_beside(order_id=told["order_id"], limit=BESIDE_SHOWN)) if told["order_id"] else [],
        "entries": _rows(sql.entries_of_document(origin_id=payment_id, origins=["payment"])),
        "lines_like": _rows(sql.open_lines_like(**like, limit=MEANT_SHOWN)) if told["payout_id"] is None and told["kind"] != "authorised" else [],
    }

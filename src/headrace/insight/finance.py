"""What finance looks at: invoices, payments, payouts and what they were matched to, the journal, tax by jurisdiction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from headrace.engine.queries import load_queries
from headrace.insight import books
from headrace.ledger import reading
from headrace.ledger.posting import rules

sql = load_queries(__package__)
WAITING_SHOWN = 10
LOOKED_AT_MAX = 200_000  # of the newest payments, for suggestions
PORTION = 2_000  # entries of an export that are read at once
AGE_DAYS = {"open": (-100_000, 100_000), "current": (-100_000, 0), "to_30": (1, 30), "to_60": (31, 60), "to_90": (61, 90), "over_90": (91, 100_000)}
_NUMBER = re.compile(r"([A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*)-(\d{1,18})")
# Kinds of document, as entries name the origin, that an invoice's own entries come from.
INVOICE_ORIGINS = ("invoice", "credit_memo")


def _rows(answer: Any) -> list[dict[str, Any]]:
    return [row._asdict() for row in answer]


def _key(text: str | None) -> int | None:
    """A cursor that came back from a page; what is none begins at the first page."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def invoices(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Invoices and credit memos, the newest first. `q` is a number (INV-17), an order's (SO-3), or a total (1,234.50). `age` takes open invoices only."""
    text = str(chosen.get("q") or "").strip()
    named, order, total = _NUMBER.fullmatch(text), re.fullmatch(r"(?i)SO-(\d{1,18})", text), amount_of(text)
    if text and not named and total is None:
        return []
    if chosen.get("age"):
        return _open_invoices(chosen, after, limit) if not text else []
    return _rows(
        sql.invoices_listed(
            before=_key(after),
            limit=limit,
            order_id=int(order.group(1)) if order else None,
            series=named.group(1).upper() if named and not order else None,
            number=int(named.group(2)) if named and not order else None,
            total_minor=total,
            **{name: chosen.get(name) for name in ("kind", "state", "channel", "entity", "since", "until", "jurisdiction", "currency")},
        )
    )


def _open_invoices(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    low, high = AGE_DAYS[chosen["age"]]
    given = {name: chosen.get(name) for name in ("state", "channel", "entity", "currency", "since", "until")}
    return _rows(sql.open_invoices_listed(before=_key(after), limit=limit, today=date.today(), late_from=low, late_to=high, **given))  # noqa: DTZ011 - the console's day


def amount_of(text: str) -> int | None:
    """A total as people write it, in hundredths; None where it is none. Currencies without cents are found by their number alone."""
    plain = text.replace(",", "")
    return round(Decimal(plain) * 100) if re.fullmatch(r"\d{1,12}\.\d{2}", plain) else None


def invoice(number: str) -> dict[str, Any] | None:
    """One invoice with its lines, taxes, payments, relatives and entries; `ties` says whether the lines sum to its goods, and these with shipping and tax to its total."""
    found = invoices({"q": number}, None, 1)
    if not found or number.upper().startswith("SO-") or not _NUMBER.fullmatch(number.strip()):
        return None
    told = found[0]
    lines = _rows(sql.invoice_lines(invoice_id=told["id"]))
    goods = sum(line["goods_minor"] - line["discount_minor"] for line in lines)
    ties = goods == told["goods_minor"] - told["discount_minor"] and goods + told["shipping_minor"] + told["tax_minor"] == told["total_minor"]
    return {
        **told,
        "lines": lines,
        "taxes": taxes_of(told, lines),
        "payments": _rows(sql.invoice_payments(invoice_id=told["id"], order_id=told["order_id"])),
        "relatives": _rows(sql.invoice_relatives(invoice_id=told["id"], undoes=told["undoes"], order_id=told["order_id"])),
        "entries": _rows(sql.entries_of_document(origin_id=told["id"], origins=list(INVOICE_ORIGINS))),
        "lines_minor": goods,
        "ties": ties,
    }


def taxes_of(told: dict[str, Any], lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tax by name and rate: base_minor and tax_minor, which sum to the document's tax. Lines without the channel's own tax lines come under their jurisdiction, shipping's tax apart."""
    sums: dict[tuple[str, str], list[int]] = {}
    for line in lines:
        named = line["channel_taxes"] or []
        titles = " + ".join(str(t.get("title") or "") for t in named) or told["tax_jurisdiction"] or ""
        rate = sum((Decimal(str(t.get("rate") or 0)) for t in named), Decimal(0))
        if line["tax_minor"] or line["net_minor"]:
            part = sums.setdefault((titles if line["tax_minor"] else "", f"{(100 * rate).normalize():f}" if named and line["tax_minor"] else ""), [0, 0])
            part[0] += line["net_minor"]
            part[1] += line["tax_minor"]
    taxes: list[dict[str, Any]] = [
        {"title": title, "rate": rate, "base_minor": base, "tax_minor": tax, "is_shipping": False} for (title, rate), (base, tax) in sorted(sums.items())
    ]
    if told["shipping_minor"] or told["tax_minor"] != sum(t["tax_minor"] for t in taxes):
        left = told["tax_minor"] - sum(t["tax_minor"] for t in taxes)
        taxes.append({"title": "", "rate": "", "base_minor": told["shipping_minor"], "tax_minor": left, "is_shipping": True})
    return taxes


def parties(invoice_id: int) -> dict[str, Any]:
    """Seller and buyer as the document names them; the buyer is personal data."""
    return dict(sql.invoice_parties(invoice_id=invoice_id).one._asdict())


def payments(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Payment events, the newest first. `q` is the gateway's own key."""
    paid_out = {"yes": True, "no": False}.get(str(chosen.get("paid_out")))
    return _rows(sql.payments_listed(before=_key(after), limit=limit, kind=chosen["kind"], gateway=chosen["gateway"], ref=chosen.get("q"), paid_out=paid_out))


def payouts(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Payouts, the newest first. `match` is unmatched, or waiting for all that are not posted."""
    given: dict[str, Any] = {"unmatched": True if chosen.get("match") == "unmatched" else None, "waiting": True if chosen.get("match") else None}
    return _rows(sql.payouts_listed(before=_key(after), limit=limit, partner=chosen["gateway"], state=chosen["state"], payout_id=None, **given))


def payout(payout_id: int) -> dict[str, Any] | None:
    """One payout: its header, sums by kind of line, how it foots, and its cases."""
    found = _rows(sql.payouts_listed(before=None, limit=1, partner=None, state=None, payout_id=payout_id, unmatched=None, waiting=None))
    if not found:
        return None
    sums = _rows(sql.payout_sums(payout_id=payout_id))
    kinds = {row["kind"]: row["net_minor"] for row in sums}
    held, released = kinds.get("reserve_hold", 0), kinds.get("reserve_release", 0)
    foot = {"released_minor": released, "held_minor": held, "moved_minor": sum(kinds.values()) - held - released}
    entries = _rows(sql.entries_of_document(origin_id=payout_id, origins=["payout"]))
    return {**found[0], "sums": sums, **foot, "cases": _rows(sql.cases_of_payout(payout_id=payout_id)), "entries": entries}


def payout_lines(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Lines of one payout (`payout`), or of all, with what each was matched to. Unmatched lines are those of payouts that wait: the others are explained."""
    waiting = True if chosen.get("match") == "unmatched" and not chosen.get("payout") else None
    return _rows(
        sql.payout_lines_listed(
            payout_id=_key(chosen.get("payout")), after=_key(after), match=chosen.get("match"), waiting=waiting, partner=chosen.get("gateway"), limit=limit
        )
    )


def journal(chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Entries, the newest first. `q` is an amount of a leg (12.50) or a word of the note of an entry made by hand."""
    text = str(chosen.get("q") or "").strip()
    amount = amount_of(text)
    low, high = books.entry_numbers(chosen.get("since"), chosen.get("until"), chosen.get("account"))
    given = {name: chosen.get(name) for name in ("rule", "entity", "since", "until", "account", "origin")}
    late = True if chosen.get("late") == "yes" else None
    return _rows(
        sql.entries_listed(
            before=_key(after), limit=limit, low=low, high=high, late=late, amount_minor=amount, words=text if text and amount is None else None, **given
        )
    )


def journal_of_days(entity: str | None, first: date, last: date) -> Iterator[dict[str, Any]]:
    """Every leg of these days, whole entries in their order, read in portions: an auditor's export."""
    low, high = books.entry_numbers(first, last)
    after = 0
    while reached := sql.highest_entry_of(after=after, low=low, high=high, limit=PORTION).scalar:
        yield from _rows(sql.journal_of_days(after=after, low=low, high=high, limit=PORTION, first=first, last=last, entity=entity))
        after = int(reached)


def entry(entry_id: int) -> dict[str, Any] | None:
    """One entry with its legs and the rule that made it, in the rule's own words."""
    try:
        told = reading.entry(entry_id)
    except LookupError:
        return None
    rule = rules().get(told["rule"])
    document = sql.address_of_document(origin=told["origin"], origin_id=told["origin_id"]).one
    return {**told, "why": rule.why if rule else "", "document_address": document.address, "document_number": document.number}


def payouts_waiting() -> list[dict[str, Any]]:
    """The newest payouts that are not posted."""
    return _rows(sql.payouts_waiting(limit=WAITING_SHOWN))


def entities() -> list[tuple[str, str]]:
    return [(e.code, f"{e.code} {e.name}") for e in sql.entities()]


def gateways() -> list[tuple[str, str]]:
    return [(g.code, g.code) for g in sql.gateways()]


def posting_rules() -> list[tuple[str, str]]:
    return [(code, code) for code in rules()]


def accounts() -> list[str]:
    """Codes of every account that somebody has posted to."""
    return [row.code for row in sql.accounts()]


def currencies() -> list[tuple[str, str]]:
    """Each entity with the currency of its books."""
    return [(row.code, row.currency) for row in sql.entities()]

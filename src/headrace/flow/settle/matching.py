"""Payout lines by hand: what the partner's key did not match, a person matches to a payment, or writes off to an account; both can be taken back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from headrace.engine import sockets
from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.exception_queue import resolving
from headrace.flow.settle.port import Event
from headrace.flow.settle.reasons import PAYOUT_DIFFERS
from headrace.flow.settle.stage import lock_owing
from headrace.governance import approvals
from headrace.ledger import explaining, settling
from headrace.ledger.explaining import BEARERS
from headrace.orders import settling as orders_settling

sql = load_queries(__package__)
PAYOUT_LINES_PER_DEED_MAX = 1_000
ALONE_SPAN = timedelta(hours=24)  # over which what one person decides alone is added up
PAYMENTS_TOLD_MAX = 5
PAYMENTS_LOOKED_AT_MAX = 200_000  # of the newest, when only the amount is known
KINDS = {"charge": ("captured",), "refund": ("refunded", "chargeback"), "chargeback": ("chargeback", "refunded")}  # of payments that a line can be
_KEY = re.compile(r"(\d{1,15})\.(\d{1,15})")
_ORDER = re.compile(r"(?i)SO-(\d{1,18})")
_PAYMENT = re.compile(r"(?i)payment:(\d{1,18})")
_INVOICE = re.compile(r"([A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*)-(\d{1,18})")
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one line, `payout.line`: done, or why not."""

    key: str
    done: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """A line and the payment that it is now; `difference_minor` went to the account, `went_on` says that the payout is explained whole."""

    line: str
    payment_id: int
    difference_minor: int
    recorded: bool
    went_on: bool


@action(permission="ledger.post", says="Match the line")
def match_payout_line(deed: Deed, *, line: str, document: str, account: str | None = None, why: str | None = None, records_payment: bool = False) -> Matched:
    """Say which payment a line is: by `payment:17`, the gateway's key, an order (SO-3) or an invoice (INV-17).

    A difference goes to an account, with a reason. `records_payment`: the gateway's message is lost, so the line itself is recorded as money of the order or invoice.
    """
    deed.subject = f"payout_line:{line}"
    person, key = approvals.one_at_a_time(deed), _key(line)
    payouts, found, refused = _take(deed, [key])
    if refused:
        raise Refused(f"line: {refused[0].key} {refused[0].why}")
    payout, asked = payouts[key[0]], found[key]
    if asked.kind not in KINDS:
        raise Refused(f"line: {line} is a {asked.kind.replace('_', ' ')}, which is no payment; write it off")
    payment = _record(deed, payout, asked, document) if records_payment else _payment_meant(payout, asked, document)
    signed = payment.amount_minor if payment.kind == "captured" else -payment.amount_minor
    if signed != asked.gross_minor:
        _check_bearer(account, why, f"the line is {asked.gross_minor}, our payment {signed} minor units of {payout.currency}")
    recorded = payment.amount_minor if records_payment and payment.kind == "chargeback" else 0  # nothing of ours says how much a chargeback may be
    went = _explain(deed, payouts, [(key, payment.id)], account, why, person, recorded)
    deed.before_after = {"payment": [None, f"{payment.gateway} {payment.external_ref}"], "difference_minor": [0, asked.gross_minor - signed]}
    return Matched(line, payment.id, asked.gross_minor - signed, records_payment, payout.id in went)


@action(permission="ledger.post", says="Match by amount")
def match_payout_lines_by_amount(deed: Deed, *, lines: Sequence[str]) -> list[LineResult]:
    """Match each line to the one payment of the same gateway, amount, currency and direction of about the same days that no payout has explained; where there are several, or none, say so."""
    payouts, found, refused = _take(deed, [_key(line) for line in lines])
    meant = sql.payments_of_the_amount(payout_ids=[k[0] for k in found], line_nos=[k[1] for k in found], looked_at_max=PAYMENTS_LOOKED_AT_MAX)
    chosen = {(row.payout_id, row.line_no): row.payment_id for row in meant if row.payments == 1 and row.wanted_by == 1}
    counts = {(row.payout_id, row.line_no): max(row.payments, row.wanted_by) for row in meant}
    several = "{n} payments or lines have this amount; match it by the payment's key"
    none = "no payment of this amount waits for its payout"
    refused += [LineResult(x.key, False, several.format(n=counts[k]) if counts.get(k) else none) for k, x in found.items() if k not in chosen]
    if chosen:
        _explain(deed, payouts, list(chosen.items()), None, None, [])
    return _answers([_text(k) for k in map(_key, lines)], [_text(k) for k in chosen], refused)


@action(permission="ledger.post", says="Write off")
def write_off_payout_lines(deed: Deed, *, lines: Sequence[str], account: str, why: str) -> list[LineResult]:
    """Have an account bear whole lines that are no payment of ours. Above the limits of policy it waits for a second person."""
    _check_bearer(account, why, "written off")
    person = approvals.one_at_a_time(deed)
    payouts, found, refused = _take(deed, [_key(line) for line in lines])
    refused += [LineResult(x.key, False, f"a {x.kind.replace('_', ' ')} needs no payment") for x in found.values() if x.kind not in (*KINDS, "difference")]
    chosen = [k for k, x in found.items() if x.kind in (*KINDS, "difference")]
    if chosen:
        _explain(deed, payouts, [(k, None) for k in chosen], account, why, person)
        sums = {p.currency: sum(found[k].gross_minor for k in chosen if k[0] in payouts and payouts[k[0]].currency == p.currency) for p in payouts.values()}
        deed.before_after = {"written_off_minor": [None, sums], "account": [None, account]}
    return _answers([_text(k) for k in map(_key, lines)], [_text(k) for k in chosen], refused)


@action(permission="ledger.post", says="Write off the deposit's difference")
def write_off_payout_difference(deed: Deed, *, payout_id: int, account: str, why: str) -> LineResult:
    """Have an account bear what the deposit has more or less than the partner's lines: a line of its own says so. Not before all lines have come."""
    _check_bearer(account, why, "the difference")
    deed.subject = f"payout:{payout_id}"
    person = approvals.one_at_a_time(deed)
    payouts = {p.id: p for p in explaining.sql.lock_payouts(payout_ids=[payout_id])}
    if payout_id not in payouts:
        raise Refused(f"payout_id: there is no payout {payout_id}")
    if fault := _cannot(payouts[payout_id]):
        raise Refused(f"payout_id: {payout_id} {fault}")
    judged = settling.sql.payouts_judged(ids=[payout_id]).one
    if judged.expected is not None and judged.found < judged.expected:
        raise Refused(f"payout_id: {judged.value} has {judged.found} of {judged.expected} lines; have the rest sent before its difference is written off")
    if not judged.residual_minor:
        raise Refused(f"payout_id: the lines of {judged.value} sum to its deposit; there is no difference")
    number = explaining.add_difference(payout_id)
    _explain(deed, payouts, [((payout_id, number), None)], account, why, person)
    deed.before_after = {"written_off_minor": [None, judged.residual_minor], "account": [None, account]}
    return LineResult(f"{payout_id}.{number}", True)


@action(permission="ledger.post", says="Take the explanation back")
def take_back_payout_lines(deed: Deed, *, lines: Sequence[str], why: str) -> list[LineResult]:
    """Lines that people matched or wrote off are open again; their entries get their contrary. What the partner's key matched is not a person's to take back."""
    if not (why or "").strip():
        raise Refused("why: ''. Taking an explanation back needs its reason in words.")
    keys = _keys(deed, [_key(line) for line in lines])
    explaining.sql.lock_payouts(payout_ids=sorted({k[0] for k in keys}))
    found = _lines(keys)
    refused = [LineResult(_text(k), False, "there is no such line") for k in keys if k not in found]
    refused += [LineResult(x.key, False, _NOT_BY_HAND if x.payment_id else "nobody has explained it") for x in found.values() if x.explanation_id is None]
    chosen = [x for x in found.values() if x.explanation_id is not None]
    explaining.take_back(deed, [x.explanation_id for x in chosen], why, deed.actor)
    return _answers([_text(k) for k in keys], [x.key for x in chosen], refused)


_NOT_BY_HAND = "the partner's key matched it; have the partner send the payout again with the right key"


def _take(deed: Deed, asked: Sequence[Key]) -> tuple[dict[int, Any], dict[Key, Any], list[LineResult]]:
    """Lock the payouts; give them, the lines that can be explained now, and the others with why not."""
    keys = _keys(deed, asked)
    payouts = {p.id: p for p in explaining.sql.lock_payouts(payout_ids=sorted({k[0] for k in keys}))}
    found = _lines(keys)
    refused = []
    for key in keys:
        line = found.get(key)
        fault = "there is no such line" if line is None else "is explained already" if line.explanation_id or line.payment_id else _cannot(payouts[key[0]])
        if fault:
            found.pop(key, None)
            refused.append(LineResult(_text(key), False, fault))
    return payouts, found, refused


def _cannot(payout: Any) -> str | None:
    waits = payout.state != "posted" and payout.hold == "clear"
    return "is of a payout that is about to be matched by itself; look again in a minute" if waits else None


def _keys(deed: Deed, asked: Sequence[Key]) -> list[Key]:
    keys = list(dict.fromkeys(asked))
    if not keys or len(keys) > PAYOUT_LINES_PER_DEED_MAX:
        raise Refused(f"lines: {len(keys)} of them; name at least one and at most {PAYOUT_LINES_PER_DEED_MAX:,}")
    deed.subject = f"payout_line:{_text(keys[0])}" if len(keys) == 1 else f"payout_lines:{len(keys)}"
    return keys


def _key(text: str) -> Key:
    read = _KEY.fullmatch(text.strip())
    if read is None:
        raise Refused(f"line: {text!r} is no line; write the payout's number, a point and the line, as in 12.3")
    return int(read.group(1)), int(read.group(2))


def _text(key: Key) -> str:
    return f"{key[0]}.{key[1]}"


def _lines(keys: Sequence[Key]) -> dict[Key, Any]:
    rows = explaining.sql.lines_named(payout_ids=[k[0] for k in keys], line_nos=[k[1] for k in keys])
    return {(row.payout_id, row.line_no): row for row in rows}


def _check_bearer(account: str | None, why: str | None, what: str) -> None:
    if account not in BEARERS:
        raise Refused(f"account: {account or ''!r} ({what}). Choose what bears the difference: {', '.join(BEARERS)}")
    if not (why or "").strip():
        raise Refused("why: ''. A difference needs its reason in words.")


def _explain(
    deed: Deed,
    payouts: Mapping[int, Any],
    chosen: Sequence[tuple[Key, int | None]],
    account: str | None,
    why: str | None,
    person: Sequence[str],
    recorded_minor: int = 0,
) -> set[int]:
    """Keep and post it; above the limits of one person it stops here and waits for a second. Gives the payouts that go on by it."""
    lines = [(*key, payment) for key, payment in chosen]
    told = explaining.explain(deed, lines, account, why, recorded_minor=recorded_minor, seen_by_two=approvals.seen_by_two())
    _stop_above_limits(deed, payouts, told, person)
    whole = [
        j.id
        for j in settling.sql.payouts_judged(ids=[i for i, p in payouts.items() if p.state != "posted"])
        if not j.residual_minor and not j.unmatched and not (j.expected is not None and j.found < j.expected)
    ]
    resolving.send_on(deed, "payout", whole, PAYOUT_DIFFERS.code, why or "every line is explained")
    return set(whole)


def _stop_above_limits(deed: Deed, payouts: Mapping[int, Any], told: Iterable[Any], person: Sequence[str]) -> None:
    """This deed, and with it what the same person decided before: many small ones are not more than a large one. Above a limit of policy it waits for a second person."""
    sums: Counter[str] = Counter()
    for row in told:
        sums[payouts[row.payout_id].currency] += row.alone_minor
    if not any(sums.values()):
        return
    before = sql.decided_alone(payout_ids=list(payouts), person=list(person), since=deed.at - ALONE_SPAN).one
    policy = sockets.policy_in_force("payouts", deed.at)[1]
    if max(before.payout_minor, *sums.values()) > policy["difference_alone_minor_max"] or before.day_minor > policy["write_off_day_minor_max"]:
        approvals.second_person(deed)


def _payment_meant(payout: Any, line: Any, document: str) -> Any:
    """The one payment that a person's word means for this line."""
    text = document.strip()
    number, order, invoice = _PAYMENT.fullmatch(text), _ORDER.fullmatch(text), _INVOICE.fullmatch(text)
    bill = _invoice(invoice) if invoice and not order else None
    found = explaining.sql.payments_meant(
        payment_id=int(number.group(1)) if number else None,
        gateway=payout.partner,
        ref=text,
        order_id=int(order.group(1)) if order else bill.order_id if bill else None,
        kinds=list(KINDS[line.kind]),
    )
    fitting = [p for p in found if p.payout is None and p.gateway == payout.partner and p.currency == payout.currency]
    exact = [p for p in fitting if p.amount_minor == abs(line.gross_minor)]
    if len(exact) == 1 or len(fitting) == 1:
        return (exact or fitting)[0]
    if fitting:
        told = ", ".join(f"payment:{p.id} ({p.external_ref}, {p.amount_minor})" for p in fitting[:PAYMENTS_TOLD_MAX])
        raise Refused(f"document: {text} has several: {told}; name one")
    raise Refused(f"document: {text!r} {_why_none(payout, line, found)}")


def _why_none(payout: Any, line: Any, found: Sequence[Any]) -> str:
    if explained := next((p.payout for p in found if p.payout), None):
        return f"was explained by payout {explained} already"
    if other := next((p for p in found if p.gateway != payout.partner), None):
        return f"is money that {other.gateway} holds; this payout is of {payout.partner}"
    if other := next((p for p in found if p.currency != payout.currency), None):
        return f"is in {other.currency}; this payout is in {payout.currency}"
    return f"names no payment of {payout.partner} that was {' or '.join(KINDS[line.kind])}; where the gateway's message is lost, let it be recorded for the order or invoice"


def _invoice(read: re.Match[str]) -> Any:
    found = explaining.sql.invoice_numbered(series=read.group(1).upper(), number=int(read.group(2)))
    return found[0] if len(found) == 1 else None


def _record(deed: Deed, payout: Any, line: Any, document: str) -> Any:
    """The line as a payment of an order or invoice, judged as the gateway's own message would be."""
    order, invoice = _ORDER.fullmatch(document.strip()), _INVOICE.fullmatch(document.strip())
    bill = _invoice(invoice) if invoice and not order else None
    reference = f"invoice:{bill.id}" if bill else f"order:{order.group(1)}" if order else ""
    if not reference:
        raise Refused(f"document: {document!r} is no order (SO-3) or invoice (INV-17); money is recorded for one of these")
    at = datetime.combine(payout.paid_on, time(12), UTC)
    e = Event(KINDS[line.kind][0], reference, abs(line.gross_minor), payout.currency, at, line.external_ref or f"payout:{payout.external_ref}:{line.line_no}")
    target, _colon, number = reference.partition(":")
    settling.lay_out_events([(0, None, e.kind, target, int(number), e.payment, payout.partner, e.amount_minor, e.currency, e.at)])
    owing = lock_owing([(0, e, payout.partner)])
    if known := settling.sql.known_events():
        raise Refused(f"document: {payout.partner} told us of {e.payment} before; match the line to payment:{known[0].payment_id}")
    asked = owing.document(e)
    if asked is None:
        raise Refused(f"document: there is no order or invoice {document} in {e.currency} that asks for money")
    left = owing.left(e, asked)
    if left is not None and e.amount_minor > left:
        raise Refused(f"document: {document} has {max(left, 0)} minor units left to be {e.kind}, the line is {e.amount_minor}")
    written = settling.record_events(deed, [0]).one
    moved = {"captured": (e.amount_minor, 0), "refunded": (0, e.amount_minor)}.get(e.kind)
    orders_settling.count_money(deed, [(written.order_id, *moved)] if moved else [])
    return explaining.sql.payments_meant(payment_id=written.id, gateway=None, ref=None, order_id=None, kinds=[e.kind]).one


def _answers(keys: Sequence[str], done: Iterable[str], refused: Iterable[LineResult]) -> list[LineResult]:
    """One result per line, in the order in which they were named."""
    results = {r.key: r for r in [*refused, *(LineResult(key, True) for key in done)]}
    return [results[key] for key in dict.fromkeys(keys)]

"""Verify: the invariants of the house, counted on any database. Zero everywhere is the only good answer."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db import transaction

from headrace.engine.action import Deed, action
from headrace.engine.queries import load_queries, run
from headrace.governance import audit

sql = load_queries(__package__)

INVARIANTS = {
    "moved_plus_parked_is_taken": "Every document taken by a stage was moved or parked",
    "on_hand_covers_reserved": "On hand is at least reserved, reserved at least nothing: no oversell",
    "moves_make_the_position": "The sum of moves is the position",
    "live_reservations_make_reserved": "Live reservations are what positions have reserved",
    "lines_hold_what_is_reserved": "What a line has allocated and not shipped is reserved",
    "orders_add_up": "An order's counts are the sums of its lines",
    "entries_balance": "Every entry sums to zero per currency",
    "every_entry_has_legs": "No entry is empty",
    "slices_tie_to_legs": "What balances are read from sums to the legs of the entries, by account and day",
    "document_slices_tie_to_invoices": "What the tax summary is read from sums to the invoices and credit memos",
    "receivable_ties_to_invoices": "Receivable in the ledger is what invoices leave open",
    "inventory_ties_to_moves": "Inventory in the ledger is the value of stock moves",
    "clearing_ties_to_payments": "Clearing in the ledger is what gateways hold",
    "deposits_tie_to_payments": "Deposits in the ledger are what was taken before shipping and neither used nor given back",
    "payouts_foot": "Every posted payout's lines sum to its deposit",
    "suspense_ties_to_explanations": "Payout suspense in the ledger is what people explained before the payout was posted, less what is open after it was",
    "money_within_bounds": "Refunded <= captured <= authorised, as the payments say",
    "invoices_within_orders": "Invoices of a whole order sum to its total to the cent",
    "invoice_lines_make_invoices": "Invoice lines sum to their invoice",
    "numbers_have_no_gap": "Invoice numbers have no gap",
    "exactly_once": "Nothing from outside was taken twice",
    "nothing_lost": "Every message waits, is finished, or is parked with a case",
    "held_has_a_case": "Every held order has an open case",
    "no_orphans": "No row points at nothing",
    "audit_chain": "The audit chain holds",
}


@dataclass(frozen=True, slots=True)
class Report:
    """Violations by invariant, and how long it took."""

    violations: dict[str, int]
    seconds: float

    @property
    def ok(self) -> bool:
        return not any(self.violations.values())


def verify() -> Report:
    """Count the violations of each invariant in one consistent snapshot."""
    began = time.perf_counter()
    with transaction.atomic():
        run("set transaction isolation level repeatable read, read only")
        counts = {name: int(getattr(sql, name)().scalar) for name in INVARIANTS if name != "audit_chain"}
        counts["audit_chain"] = len(audit.verify().faults)
    return Report(counts, time.perf_counter() - began)


def verify_and_keep(actor: str) -> Report:
    """Verify, and put into the audit what was found, so that everybody sees when the books were last verified."""
    report = verify()
    keep_verification(actor=actor, violations={name: n for name, n in report.violations.items() if n}, seconds=round(report.seconds, 2))
    return report


@action(permission="audit.read", says="Keep a verification", own_door=True)
def keep_verification(deed: Deed, *, violations: dict[str, int], seconds: float) -> None:
    """A step of `verify_and_keep`: nobody else may say that the books hold."""
    deed.subject = "books:verification"

"""The report that an operations manager reads after a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.console import Console

from headrace.engine.queries import load_queries, run
from headrace.exception_queue import desk
from headrace.exception_queue.reasons import name_of
from headrace.insight import figures as insight
from headrace.insight.verify import INVARIANTS, Report
from headrace.values.money import decimal_from

sql = load_queries(__package__)
ShowTable = Callable[[str, tuple[str, ...], list[tuple[Any, ...]]], None]

STATUS_SAYS = {
    "complete": "shipped, invoiced, paid",
    "invoiced": "shipped and invoiced; trade customers pay on terms",
    "on_hold": "wait for a person",
    "backordered": "wait for stock, look again by themselves",
    "preordered": "wait for their day",
    "partly_shipped": "the rest waits at its node or for stock",
    "cancelled": "by the customer",
}
# What the invariants are about, as a manager would ask; an invariant that no group names stands under the last.
GROUPS = {
    "stock": ("on_hand_covers_reserved", "moves_make_the_position", "live_reservations_make_reserved", "lines_hold_what_is_reserved"),
    "ledger": (
        "entries_balance",
        "every_entry_has_legs",
        "slices_tie_to_legs",
        "document_slices_tie_to_invoices",
        "receivable_ties_to_invoices",
        "inventory_ties_to_moves",
        "clearing_ties_to_payments",
        "deposits_tie_to_payments",
        "payouts_foot",
    ),
    "invoices": ("invoices_within_orders", "invoice_lines_make_invoices", "numbers_have_no_gap", "money_within_bounds"),
    "messages": ("exactly_once", "nothing_lost", "moved_plus_parked_is_taken", "held_has_a_case"),
    "audit": ("audit_chain",),
    "records": ("orders_add_up", "no_orphans"),
}
GROUP_SAYS = {
    "stock": "nothing oversold, every position is the sum of its moves and reservations",
    "ledger": "every entry balances; receivable, stock value, clearing and payouts tie to the cent",
    "invoices": "sum to their orders to the cent, numbers without a gap, nothing captured beyond what was authorised",
    "messages": "nothing lost, nothing taken twice, everything that stopped has a case",
    "audit": "the chain over every batch and deed is whole",
    "records": "orders add up, no row points at nothing",
}


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a run begins: the last batch, order and message before it."""

    batch: int
    order: int
    message: int


def figures(marks: Marks, seconds: float) -> dict[str, Any]:
    """Everything the report shows, as plain data."""
    orders = sql.report_orders(after=marks.order).one._asdict()
    whole = insight.run_report(marks.batch)
    return {
        **orders,
        "seconds": round(seconds, 1),
        "orders_per_s": round(orders["orders"] / seconds, 1) if seconds else 0,
        "oversold": int(sql.oversold().scalar),
        "by_status": [r._asdict() for r in sql.report_status(after=marks.order)],
        "messages": sql.report_messages(after=marks.message).one._asdict(),
        "exceptions": desk.counts(run("select clock_timestamp()").scalar),
        "at_risk": [r._asdict() for r in sql.report_at_risk()],
        "stages": whole["stages"],
        "trial_balance": whole["trial_balance"],
        "is_first_run": not marks.order,
    }


def _amount(minor: int | None, currency: str | None) -> str:
    return f"{decimal_from(minor, currency):,} {currency}" if currency and minor is not None else ""


def show(out: Console, table: ShowTable, f: dict[str, Any], verified: Report) -> None:
    """Print the report; `table` prints a table with a title, column names and rows."""
    _show_orders(out, table, f)
    _show_cases(out, table, f)
    _show_stages(table, f["stages"])
    _show_balance(out, table, f["trial_balance"])
    _show_verified(out, table, verified)


def _show_orders(out: Console, table: ShowTable, f: dict[str, Any]) -> None:
    share = 100 * f["straight_through"] / f["orders"] if f["orders"] else 0.0
    m = f["messages"]
    out.print(
        f"\n[bold]{f['orders']:,} orders in, {share:.1f} % straight through, {f['oversold']:,} oversold[/bold]\n"
        f"{f['seconds']:,.0f} s from the first message to the last cent, {f['orders_per_s']:,.0f} orders/s",
        highlight=False,
    )
    rows = [
        (r["status"].replace("_", " "), r["orders"], _amount(r["value_minor"], r["currency"]), STATUS_SAYS.get(r["status"], "on their way"))
        for r in f["by_status"]
    ]
    table("Where the orders are", ("status", "orders", "value", "what that means"), rows)
    out.print(
        f"\nThey came as {m['deliveries']:,} deliveries of {m['messages']:,} messages: {m['captured']:,} became orders, {m['changes']:,} changed or cancelled one, "
        f"{m['old_news']:,} were old news, {m['parked']:,} could not be read; {m['deliveries'] - m['messages']:,} came again and changed nothing.",
        highlight=False,
    )


def _show_cases(out: Console, table: ShowTable, f: dict[str, Any]) -> None:
    cases = f["exceptions"]
    if not cases:
        out.print("\nNothing is parked.")
        return
    rows = [
        (c["reason_code"], name_of(c["reason_code"]), c["team"].replace("_", " "), c["cases"], _amount(c["value_at_risk_minor"], c["currency"])) for c in cases
    ]
    title = "Parked, by reason" if f["is_first_run"] else "Parked, by reason (with what was open before)"
    table(title, ("reason", "what", "team", "cases", "value at risk"), rows)
    total = " and ".join(_amount(r["value_minor"], r["currency"]) for r in f["at_risk"])
    out.print(f"{sum(c['cases'] for c in cases):,} cases" + (f"; each order counted once, {total} at risk" if total else ""), highlight=False)


def _show_stages(table: ShowTable, stages: list[dict[str, Any]]) -> None:
    rows = [
        (s["stage"].replace("_", " "), int(s["taken"]), int(s["parked"]) or "", s["batches"], f"{s['seconds']:,.1f}", int(s["per_s"] or 0) or "")
        for s in stages
    ]
    table("The line, stage by stage", ("stage", "orders*", "parked", "batches", "seconds", "per second"), rows)


def _show_balance(out: Console, table: ShowTable, accounts: list[dict[str, Any]]) -> None:
    """One trial balance per currency; debits and credits of a currency sum to the same."""
    out.print("* or messages, fulfilments, shipments, invoices, payouts", style="dim", highlight=False)
    for currency, of_currency in groupby(sorted(accounts, key=lambda t: t["currency"]), key=lambda t: t["currency"]):
        legs = list(of_currency)

        def amount(minor: int | None, currency: str = currency) -> str:
            return f"{decimal_from(minor, currency):,}" if minor else ""

        rows: list[tuple[Any, ...]] = [
            (t["root"].replace("_", " "), t["kind"], amount(t["debit_minor"]), amount(t["credit_minor"]), f"{decimal_from(t['balance_minor'], currency):,}")
            for t in legs
        ]
        sums = [sum(t[k] or 0 for t in legs) for k in ("debit_minor", "credit_minor", "balance_minor")]
        rows.append(("sum", "", *(f"{decimal_from(s, currency):,}" for s in sums)))
        table(f"Trial balance, {currency}", ("account", "kind", "debit", "credit", "balance"), rows)


def _show_verified(out: Console, table: ShowTable, verified: Report) -> None:
    known = {name for names in GROUPS.values() for name in names}
    rows = []
    for group, names in GROUPS.items():
        mine = [n for n in verified.violations if n in names or (group == "records" and n not in known)]
        broken = [n for n in mine if verified.violations[n]]
        told = "; ".join(f"{INVARIANTS.get(n, n)}: {verified.violations[n]:,} violations" for n in broken) or GROUP_SAYS[group]
        rows.append(("BROKEN" if broken else "ok", group, len(mine), told))
    table(f"Verified in {verified.seconds:.1f} s", ("", "about", "checks", "what holds"), rows)
    if verified.ok:
        out.print(f"[green]All {len(verified.violations)} invariants hold.[/green]", highlight=False)
    else:
        out.print("[red]Not all invariants hold.[/red] `headrace verify` counts the violations; please report it.", highlight=False)

"""The report that an operations manager reads after a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from headrace.engine.queries import load_queries, run
from headrace.exception_queue import desk
from headrace.insight import figures as insight
from headrace.insight.verify import INVARIANTS, Report
from headrace.values.money import decimal_from

sql = load_queries(__package__)


def figures(marks: tuple[int, int], seconds: float) -> dict[str, Any]:
    """Everything the report shows, as plain data. `marks` are the last batch and order before the run."""
    after_batch, after_order = marks
    orders = sql.report_orders(after=after_order).one._asdict()
    whole = insight.run_report(after_batch)
    return {
        **orders,
        "seconds": round(seconds, 1),
        "orders_per_s": round(orders["orders"] / seconds, 1) if seconds else 0,
        "oversold": int(sql.oversold().scalar),
        "messages": sql.report_messages().one._asdict(),
        "exceptions": desk.counts(run("select clock_timestamp()").scalar),
        "stages": whole["stages"],
        "trial_balance": whole["trial_balance"],
    }


def _amount(minor: int | None, currency: str | None) -> str:
    return f"{decimal_from(minor, currency):,} {currency}" if currency and minor is not None else ""


def show(out: Console, f: dict[str, Any], verified: Report) -> None:
    """Print the report."""
    _show_orders(out, f)
    _show_cases(out, f["exceptions"])
    _show_stages(out, f["stages"])
    _show_balance(out, f["trial_balance"])
    _show_verified(out, verified)


def _show_orders(out: Console, f: dict[str, Any]) -> None:
    share = 100 * f["straight_through"] / f["orders"] if f["orders"] else 0.0
    m = f["messages"]
    out.rule("[bold]What happened[/bold]", align="left")
    out.print(
        f"[bold]{f['orders']:,}[/bold] orders in, [bold]{share:.1f} %[/bold] straight through; {f['complete']:,} complete, {f['cancelled']:,} cancelled, "
        f"{f['waiting_for_stock']:,} wait for stock, {f['held']:,} wait for a person\n"
        f"{m['messages']:,} order messages kept; {m['repeats']:,} were delivered again, {m['old']:,} were old news, {m['parked']:,} could not be taken as they are\n"
        f"[bold]{f['oversold']}[/bold] oversold; {f['seconds']:,.0f} s from the first order to the last cent",
        highlight=False,
    )


def _show_cases(out: Console, cases: list[dict[str, Any]]) -> None:
    rows = [(c["reason_code"], c["says"][:70], c["team"].replace("_", " "), f"{c['cases']:,}", _amount(c["value_at_risk_minor"], c["currency"])) for c in cases]
    _table(out, "Parked, by reason", ("reason", "what", "team", "cases", "value at risk"), rows)


def _show_stages(out: Console, stages: list[dict[str, Any]]) -> None:
    rows = [
        (
            s["stage"].replace("_", " "),
            f"{s['taken']:,}",
            f"{s['parked']:,}",
            f"{s['batches']:,}",
            f"{s['seconds']:.1f}",
            f"{s['per_s']:,.0f}" if s["per_s"] else "",
        )
        for s in stages
    ]
    _table(out, "The line", ("stage", "documents", "parked", "batches", "seconds", "documents/s"), rows)


def _show_balance(out: Console, accounts: list[dict[str, Any]]) -> None:
    rows = [
        (
            t["root"].replace("_", " "),
            t["kind"],
            _amount(t["debit_minor"] or 0, t["currency"]),
            _amount(t["credit_minor"] or 0, t["currency"]),
            _amount(t["balance_minor"], t["currency"]),
        )
        for t in accounts
    ]
    _table(out, "Trial balance", ("account", "kind", "debit", "credit", "balance"), rows)
    off = {t["currency"]: 0 for t in accounts}
    for t in accounts:
        off[t["currency"]] += t["balance_minor"]
    out.print("  sums to " + ", ".join(_amount(v, c) for c, v in off.items()), highlight=False)


def _show_verified(out: Console, verified: Report) -> None:
    out.rule(f"[bold]Verified in {verified.seconds:.1f} s[/bold]", align="left")
    for name, n in verified.violations.items():
        if n:
            out.print(f"[red]BROKEN[/red] {INVARIANTS[name]}: {n:,} violations", highlight=False)
    if verified.ok:
        out.print(
            f"[green]ok[/green] all {len(verified.violations)} invariants hold: no oversell, nothing lost, nothing double, every entry balanced, the audit chain whole",
            highlight=False,
        )


def _table(out: Console, title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if not rows:
        return
    t = Table(title=f"\n{title}", title_justify="left", box=None, pad_edge=False, header_style="bold")
    for n, name in enumerate(columns):
        numeric = all(r[n][:1].isdigit() or r[n][:1] == "-" or not r[n] for r in rows)
        t.add_column(name, justify="right" if numeric else "left", no_wrap=name not in ("what",))
    for r in rows:
        t.add_row(*r)
    out.print(t)

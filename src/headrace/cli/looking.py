"""`headrace order`, `explain`, `audit`, `verify`: looking, never changing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from headrace.cli.output import NO, as_json, command, fail, out, table

order_app = typer.Typer(no_args_is_help=True)
explain_app = typer.Typer(no_args_is_help=True)
audit_app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]


def _find(text: str) -> int:
    from headrace.insight import figures

    found = figures.find_order(text)
    if not found:
        raise fail(f"no order is known as {text!r}: give SO-17, the id, or the channel's reference or number")
    if len(found) > 1:
        raise fail(f"{text!r} names {len(found)} orders: {', '.join(f'SO-{i}' for i in found)}")
    return found[0]


@order_app.command("show")
@command
def show(order: str, json: Json = False) -> None:
    """One order: axes, lines, and one timeline over channel, stock, money, warehouse and people."""
    from headrace.insight import figures
    from headrace.values.money import decimal_from

    o = figures.order(_find(order))
    if json:
        as_json(o)
        return
    cur = o["currency"]
    out.print(
        f"[bold]{o['number']}[/bold] {o['channel']} {o['external_number'] or o['external_ref']} · [bold]{o['status'].replace('_', ' ')}[/bold] · placed {o['placed_at']:%Y-%m-%d %H:%M} UTC",
        highlight=False,
    )
    table(
        "Axes",
        ("what", "ordered", "cancelled", "allocated", "released", "shipped", "invoiced", "returned"),
        [
            ("pieces", *(o[f"qty_{k}_each"] for k in ("ordered", "cancelled", "allocated", "released", "shipped", "invoiced", "returned"))),
        ],
    )
    table(
        "",
        ("money", "total", "authorised", "captured", "refunded", "invoiced", "credited"),
        [
            (cur, *(f"{decimal_from(o[f'{k}_minor'], cur):,}" for k in ("total", "authorised", "captured", "refunded", "invoiced", "credited"))),
        ],
    )
    table(
        "Lines",
        ("no", "sku", "ordered", "allocated", "shipped", "invoiced", "goods", "tax"),
        [
            (
                x["line_no"],
                x["sku"],
                x["qty_ordered_each"],
                x["qty_allocated_each"],
                x["qty_shipped_each"],
                x["qty_invoiced_each"],
                str(decimal_from(x["goods_minor"], cur)),
                str(decimal_from(x["tax_minor"], cur)),
            )
            for x in o["lines"]
        ],
    )
    table("Timeline", ("at (UTC)", "what", "who", ""), [(t["at"], t["what"], t["who"], t["detail"]) for t in o["timeline"]])


@explain_app.command("order")
@command
def explain_order(order: str, json: Json = False) -> None:
    """Why is this order where it is? What waits, for what, and when it looks again."""
    from headrace.engine.queries import run
    from headrace.exception_queue import desk
    from headrace.insight import figures

    found = _find(order)
    o = figures.order(found)
    cases = desk.cases(run("select clock_timestamp()").scalar, state=None, order_id=found, limit=50)
    if json:
        as_json(
            {
                "number": o["number"],
                "status": o["status"],
                "state": o["state"],
                "wake_at": o["wake_at"],
                "expected_on": o["expected_on"],
                "cases": cases,
                "timeline": o["timeline"],
            }
        )
        return
    out.print(f"[bold]{o['number']}[/bold] is [bold]{o['status'].replace('_', ' ')}[/bold] (stage state {o['state']}, hold {o['hold']})")
    if o["wake_at"]:
        out.print(
            f"It sleeps for stock and looks again at {o['wake_at']:%Y-%m-%d %H:%M} UTC"
            + (f"; stock is expected on {o['expected_on']}" if o["expected_on"] else ""),
            highlight=False,
        )
    for c in cases:
        again = f"; looks again {c['next_check_at']:%Y-%m-%d %H:%M}" if c["next_check_at"] else ""
        out.print(
            f"  case {c['id']} {c['state']}: {c['reason_code']} {c['sentence']} (team {c['team']}, due {c['due_at']:%Y-%m-%d %H:%M}{again})", highlight=False
        )
    table("Timeline", ("at (UTC)", "what", "who", ""), [(t["at"], t["what"], t["who"], t["detail"]) for t in o["timeline"]])


@explain_app.command("allocation")
@command
def explain_allocation(order: str, json: Json = False) -> None:
    """Why this node? Every attempt with its candidates and the filter that removed each."""
    from headrace.insight import figures

    decisions = figures.allocation(_find(order))
    if json:
        as_json({"decisions": decisions})
        return
    if not decisions:
        out.print("No allocation has been decided yet.")
    for d in decisions:
        out.print(f"[bold]Attempt {d['attempt']}[/bold] by routing policy version {d['policy_version']}, batch {d['batch_id']}")
        detail: dict[str, Any] = d["detail"]
        rows = [(node, "candidate", ", ".join(map(str, terms))) for node, terms in detail["scores"].items() if node not in detail["removed"]]
        rows += [(node, f"removed by {why}", ", ".join(map(str, detail["scores"].get(node, [])))) for node, why in detail["removed"].items()]
        table("", ("node", "verdict", "sort terms"), rows)
        for node, line, qty in detail["chosen"]:
            out.print(f"  chosen: node {node} gives {qty} of line {line}", highlight=False)
        for line, qty in detail["short"].items():
            out.print(f"  short: {qty} of line {line}", highlight=False)


@explain_app.command("availability")
@command
def explain_availability(sku: str, as_of: Annotated[datetime | None, typer.Option(help="As it was at this moment (UTC).")] = None, json: Json = False) -> None:
    """What may be promised of a SKU, and the ledger rows, buffers and reservations that give the figure."""
    from datetime import UTC

    from headrace.insight import figures

    found = figures.availability(sku, as_of.replace(tzinfo=UTC) if as_of else None)
    if json:
        as_json(found)
        return
    if not found["nodes"]:
        raise fail(f"no node has ever held {sku!r}; check the SKU")
    names = tuple(found["nodes"][0])
    table(
        f"{sku} as of {found['as_of']:%Y-%m-%d %H:%M:%S} UTC",
        tuple(n.replace("_each", "") for n in names),
        [tuple(r[n] for n in names) for r in found["nodes"]],
    )
    table(
        "Last moves",
        ("at", "node", "bucket", "kind", "pieces", "origin"),
        [(m["at"], m["node"], m["bucket"], m["kind"], m["qty_each"], f"{m['origin']} {m['origin_id'] or ''}") for m in found["moves"][:15]],
    )
    table(
        "Live reservations",
        ("order", "node", "pieces", "since"),
        [(r["order_number"], r["node"], r["qty_each"], r["reserved_at"]) for r in found["reservations"][:15]],
    )


@audit_app.command("verify")
@command
def audit_verify(json: Json = False) -> None:
    """Recompute the chain and every batch's digest. Exit code 1 where a row was changed."""
    from headrace.governance import audit

    verdict = audit.verify()
    if json:
        as_json({"ok": verdict.ok, "links": verdict.links, "head": verdict.head, "faults": verdict.faults})
    elif verdict.ok:
        out.print(f"the chain of {verdict.links:,} links holds, head {verdict.head[:16] if verdict.head else 'none'}", highlight=False)
    else:
        table("The chain does not hold", ("link", "what"), [(f.seq, f.what) for f in verdict.faults])
    if not verdict.ok:
        raise typer.Exit(NO)


@command
def verify(json: Json = False) -> None:
    """Count the violations of every invariant. Exit code 1 where there is one."""
    from headrace.insight.verify import INVARIANTS
    from headrace.insight.verify import verify as count

    report = count()
    if json:
        as_json({"ok": report.ok, **report.violations, "seconds": round(report.seconds, 3)})
    else:
        table(
            f"Verified in {report.seconds:.1f} s",
            ("", "invariant", "violations"),
            [("ok" if not n else "BROKEN", INVARIANTS[name], n) for name, n in report.violations.items()],
        )
    if not report.ok:
        raise typer.Exit(NO)

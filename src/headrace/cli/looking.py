"""`headrace order`, `audit`, `verify`: looking, never changing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from headrace.cli.output import NO, as_json, command, fail, out, say, table

order_app = typer.Typer(no_args_is_help=True)
audit_app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
Order = Annotated[str, typer.Argument(metavar="ORDER", help="SO-17, the id, or the channel's reference or number.")]
AXES = ("ordered", "cancelled", "allocated", "released", "shipped", "invoiced", "returned")
MONEY = ("total", "authorised", "captured", "refunded", "invoiced", "credited")


def find_order(text: str) -> int:
    """The one order that this names; ends the command where there is none or several."""
    from headrace.insight import figures

    found = figures.find_order(text)
    if not found:
        raise fail(f"no order is known as {text!r}. Give SO-17, the id, or the channel's reference or number.")
    if len(found) > 1:
        raise fail(f"{text!r} names {len(found)} orders: {', '.join(f'SO-{i}' for i in found)}. Give one of these.")
    return found[0]


def show_timeline(events: Sequence[dict[str, Any]]) -> None:
    table("Timeline", ("at (UTC)", "what", "who", "detail"), [(t["at"], str(t["what"]).replace("_", " "), t["who"], t["detail"]) for t in events])


@order_app.callback()
def _orders() -> None:
    """Look at orders, cancel them, call them back."""


@order_app.command("show")
@command
def show(order: Order, json: Json = False) -> None:
    """One order: axes, lines, and one timeline over channel, stock, money, warehouse and people."""
    from headrace.insight import figures

    o = figures.order(find_order(order))
    if json:
        as_json(o)
        return
    out.print(f"[bold]{o['number']}[/bold] is [bold]{o['status'].replace('_', ' ')}[/bold]", highlight=False)
    say(f"{o['channel']} {o['external_number'] or o['external_ref']} · placed {o['placed_at']:%Y-%m-%d %H:%M} UTC · {_goes_to(o['addresses'])}")
    _show_axes(o)
    _show_lines(o)
    show_timeline(o["timeline"])


def _goes_to(addresses: Sequence[dict[str, Any]]) -> str:
    """Only the place: names and streets stay off the screen."""
    to = next((a for a in addresses if a["kind"] == "ship"), None)
    return f"to {to['city'] or '?'}, {to['country'] or '?'}" if to else "no address"


def _show_axes(o: dict[str, Any]) -> None:
    from headrace.values.money import decimal_from

    table("", ("pieces", *AXES), [("each", *(o[f"qty_{k}_each"] for k in AXES))])
    table("", ("money", *MONEY), [(o["currency"], *(f"{decimal_from(o[f'{k}_minor'], o['currency']):,}" for k in MONEY))])


def _show_lines(o: dict[str, Any]) -> None:
    from headrace.values.money import decimal_from

    def amount(minor: int) -> str:
        return f"{decimal_from(minor, o['currency']):,}"

    rows = [
        (x["line_no"], x["sku"], x["qty_ordered_each"], x["qty_allocated_each"], x["qty_shipped_each"], amount(x["goods_minor"]), amount(x["tax_minor"]))
        for x in o["lines"]
    ]
    table("Lines", ("no", "sku", "ordered", "allocated", "shipped", "goods", "tax"), rows)


@audit_app.callback()
def _audit() -> None:
    """The hash-chained audit."""


@audit_app.command("verify")
@command
def audit_verify(
    head: Annotated[str | None, typer.Option(help="The head that an earlier verification gave: it must still stand in the chain.")] = None, json: Json = False
) -> None:
    """Recompute the chain and every batch's digest. Exit code 1 where a row was changed."""
    from headrace.governance import audit

    verdict = audit.verify(head)
    if json:
        as_json({"ok": verdict.ok, "links": verdict.links, "head": verdict.head, "faults": verdict.faults})
    elif verdict.ok:
        say(f"ok: the chain of {verdict.links:,} links holds" + (f", head {verdict.head}" if verdict.head else ""))
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
        table("", ("", "invariant", "violations"), [("BROKEN" if n else "ok", INVARIANTS[name], n) for name, n in report.violations.items()])
        broken = sum(1 for n in report.violations.values() if n)
        verdict = f"{broken} of {len(report.violations)} invariants are broken" if broken else f"all {len(report.violations)} invariants hold"
        out.print(f"\n[bold]{verdict}[/bold]; verified in {report.seconds:.1f} s", highlight=False)
    if not report.ok:
        raise typer.Exit(NO)

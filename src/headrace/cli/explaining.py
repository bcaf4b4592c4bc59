"""`headrace explain`: why a number is what it is, and why a decision fell as it did."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer

from headrace.cli.looking import Json, Order, find_order, show_timeline
from headrace.cli.output import as_json, command, fail, out, say, table

app = typer.Typer(no_args_is_help=True)
EVENTS_SHOWN, ROWS_SHOWN = 6, 15


@app.callback()
def _explain() -> None:
    """Explain a number or a decision."""


@app.command("order")
@command
def order(order: Order, json: Json = False) -> None:
    """Why is this order where it is? What waits, for what, and when it looks again."""
    from headrace.engine.queries import run
    from headrace.exception_queue import desk
    from headrace.insight import figures
    from headrace.insight.order_card import STATUS_SAYS

    found = find_order(order)
    o = figures.order(found)
    cases = desk.cases(run("select clock_timestamp()").scalar, state=None, order_id=found, limit=50)
    if json:
        as_json({**{k: o[k] for k in ("number", "status", "state", "hold", "wake_at", "expected_on")}, "cases": cases, "timeline": o["timeline"]})
        return
    out.print(f"[bold]{o['number']}[/bold] is [bold]{o['status'].replace('_', ' ')}[/bold]. {STATUS_SAYS.get(o['status'], '')}", highlight=False)
    if o["wake_at"]:
        expected = f" Stock is expected on {o['expected_on']}." if o["expected_on"] else " Nobody knows yet when stock comes."
        say(f"It looks again at {o['wake_at']:%Y-%m-%d %H:%M} UTC.{expected}")
    _show_cases(cases)
    show_timeline(o["timeline"][-EVENTS_SHOWN:])
    if len(o["timeline"]) > EVENTS_SHOWN:
        say(f"({len(o['timeline']) - EVENTS_SHOWN} earlier events: headrace order show {o['number']})", style="dim")


def _show_cases(cases: list[dict[str, Any]]) -> None:
    for c in cases:
        again = f"; looks again {c['next_check_at']:%Y-%m-%d %H:%M} UTC" if c["next_check_at"] else ""
        out.print(f"\ncase {c['id']} ({c['state']}) [bold]{c['reason_code']}[/bold]", end=" ", highlight=False)
        say(c["sentence"])
        if c["state"] != "resolved":
            say(f"  team {c['team'].replace('_', ' ')}, due {c['due_at']:%Y-%m-%d %H:%M} UTC{again}")
            if c["detail"].get("fix"):
                say(f"  fix: {c['detail']['fix']}")
            say(f"  headrace exceptions show {c['id']}", style="dim")


@app.command("allocation")
@command
def allocation(order: Order, json: Json = False) -> None:
    """Why this node? Every attempt with its candidates and the filter that removed each."""
    from headrace.insight import figures

    decisions = figures.allocation(find_order(order))
    if json:
        as_json({"decisions": decisions})
        return
    if not decisions:
        say(f"No node has been chosen for {order} yet; `headrace explain order {order}` says what it waits for.")
    for d in decisions:
        _show_decision(d)


def _show_decision(d: dict[str, Any]) -> None:
    from headrace.insight.decisions import candidates

    out.print(f"\n[bold]Attempt {d['attempt']}[/bold] by version {d['policy_version']} of the routing policy, in batch {d['batch_id']}", highlight=False)
    for c in d["chosen"]:
        say(f"  {c['node']} gives {c['qty_each']} of {c['sku']} (line {c['line_no']})")
    for s in d["short"]:
        say(f"  {s['qty_each']} of {s['sku']} (line {s['line_no']}) are short")
    rows = [(c["node"], c["verdict"], *c["terms"]) for c in candidates(d)]
    table("", ("node", "verdict", *(s.replace("_", " ") for s in d["sorts"])), rows)
    if d["sorts"]:
        say(f"The smallest {d['sorts'][0].replace('_', ' ')} comes first, then the next column decides.", style="dim")


@app.command("availability")
@command
def availability(
    sku: Annotated[str, typer.Argument(metavar="SKU", help="Our SKU of the item.")],
    as_of: Annotated[datetime | None, typer.Option(help="As it was at this moment (UTC), as in 2026-03-31T18:00:00.")] = None,
    json: Json = False,
) -> None:
    """What may be promised of a SKU, and the ledger rows, buffers and reservations that give the figure."""
    from headrace.insight import figures

    item = figures.item(sku)
    if item is None:
        raise fail(f"there is no item {sku!r}. Check the SKU (capitals count).")
    found = figures.availability(sku, as_of.replace(tzinfo=UTC) if as_of else None)
    if json:
        as_json(found)
        return
    out.print(f"[bold]{sku}[/bold]", end=" ", highlight=False)
    say(f"{item['name']}, as of {found['as_of']:%Y-%m-%d %H:%M:%S} UTC")
    if not found["nodes"]:
        say("No node held it then." if as_of else "No node has ever held it.")
        return
    show_nodes(found["nodes"])
    for part in found["parts"]:
        say(f"\n{part['qty_each']} of {part['sku']} ({part['name']}) in each kit; `headrace explain availability {part['sku']}` shows its rows.")
        show_nodes(part["nodes"])
    if found["parts"]:
        say("\nA node can ship as many whole kits as its scarcest part allows.", style="dim")
        return
    _show_rows(found)


def _show_rows(found: dict[str, Any]) -> None:
    """What makes the figures: moves make on hand, reservations make reserved, policy and position make safety."""
    kept = found["safety"]
    say(
        f"sellable = on hand - reserved - safety; version {kept['policy_version']} of the routing policy keeps {kept['safety_each']} at every node.",
        style="dim",
    )
    rows = [
        (m["at"], m["node"], m["bucket"].replace("_", " "), m["kind"], m["qty_each"], f"{m['origin']} {m['origin_id'] or ''}", m["reason"] or "", m["who"])
        for m in found["moves"][:ROWS_SHOWN]
    ]
    table("Last moves", ("at (UTC)", "node", "bucket", "kind", "pieces", "origin", "reason", "who"), rows)
    held = [
        (r["order_number"], r["fulfilment"], r["node"], r["qty_each"], r["ordered_as"], r["reserved_at"], r["expires_at"])
        for r in found["reservations"][:ROWS_SHOWN]
    ]
    if held:
        table("Live reservations", ("order", "fulfilment", "node", "pieces", "ordered as", "since (UTC)", "lapses (UTC)"), held)
    coming = [(e["purchase_order"], e["node"], e["open_each"], e["expected_on"]) for e in found["expected"][:ROWS_SHOWN]]
    if coming:
        table("On order", ("purchase order", "node", "pieces", "expected on"), coming)


def show_nodes(nodes: list[dict[str, Any]]) -> None:
    """Sellable = on hand - reserved - safety, never below nothing."""
    always = ("on_hand_each", "reserved_each", "safety_each", "sellable_each")
    names = [n for n in nodes[0] if n.endswith("_each") and (n in always or any(r[n] for r in nodes))]
    titles = ["node", *(n.removesuffix("_each").replace("_", " ") for n in names)]
    total = ["all", *(sum(r[n] for r in nodes) for n in names)]
    rows = [[r["node"], *(r[n] for n in names), *([_cost(r)] if "unit_cost" in r else [])] for r in nodes]
    if "unit_cost" in nodes[0]:
        titles, total = [*titles, "unit cost"], [*total, ""]
    table("", titles, [*rows, total])


def _cost(row: dict[str, Any]) -> str:
    """Average cost of one piece; kept in minor units with decimals of its own."""
    from headrace.values.currency import minor_digits

    digits = minor_digits(row["currency"])
    return f"{Decimal(row['unit_cost']).scaleb(-digits).quantize(Decimal(1).scaleb(-digits - 2)):,} {row['currency']}"

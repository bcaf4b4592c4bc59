"""`headrace exceptions`: the desk on the command line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from headrace.cli.output import NO, actor, as_json, command, fail, out, table

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
LIST_MAX = 500


def _now() -> Any:
    from headrace.engine.queries import run

    return run("select clock_timestamp()").scalar


@app.command("list")
@command
def list_cases(
    team: Annotated[str | None, typer.Option(help="Only this team's.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only this reason, as in VALIDATE-03.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=LIST_MAX)] = 20,
    json: Json = False,
) -> None:
    """Open cases, the most urgent first, with the counts by reason."""
    from headrace.exception_queue import desk

    now = _now()
    found = desk.cases(now, team=team, reason=reason, limit=limit)
    counts = desk.counts(now)
    if json:
        as_json({"counts": counts, "cases": found})
        return
    if not counts:
        out.print("Nothing waits for a person.")
        return
    from headrace.values.money import decimal_from

    table(
        "Open by reason",
        ("reason", "what", "team", "cases", "late", "value at risk"),
        [
            (
                c["reason_code"],
                c["says"][:60],
                c["team"],
                c["cases"],
                c["late"],
                f"{decimal_from(c['value_at_risk_minor'], c['currency']):,} {c['currency']}" if c["currency"] else "",
            )
            for c in counts
        ],
    )
    out.print()
    table(
        "Most urgent",
        ("case", "order", "reason", "what", "due", "late"),
        [
            (str(c["id"]), c["order_number"] or f"{c['document']} {c['document_id']}", c["reason_code"], c["sentence"][:90], c["due_at"], c["is_late"])
            for c in found
        ],
    )
    out.print("\n[dim]headrace exceptions show CASE tells what failed, the procedure and what may be done.[/dim]")


@app.command("show")
@command
def show(case: int, json: Json = False) -> None:
    """One case: what failed, since when, the procedure, what may be done."""
    from headrace.exception_queue import desk

    found = desk.case(case)
    if found is None:
        raise fail(f"there is no case {case}")
    if json:
        as_json(found)
        return
    out.print(f"[bold]{found['reason_code']}[/bold] {found['sentence']}")
    out.print(
        f"{found['order_number'] or found['document'] + ' ' + str(found['document_id'])} · team {found['team']} · due {found['due_at']:%Y-%m-%d %H:%M} · {found['state']}",
        highlight=False,
    )
    for name, value in found["detail"].items():
        out.print(f"  {name}: {value}", highlight=False)
    out.print("\n[bold]Procedure[/bold]")
    out.print(found["sop"], highlight=False)
    out.print(f"\n[bold]May be done[/bold] {', '.join(found['offers'])}")
    table("What happened", ("at", "who", "what"), [(e["at"], e["actor"], e["event"]) for e in found["events"]])


@app.command("resolve")
@command
def resolve(
    cases: Annotated[list[int], typer.Argument(help="Numbers of cases.")],
    how: Annotated[str, typer.Option(help="retry, accept or close.")] = "retry",
    note: Annotated[str | None, typer.Option(help="Why; accept and close need it.")] = None,
    json: Json = False,
) -> None:
    """Resolve cases; each gets its own answer. Exit code 1 when one was refused."""
    from headrace.engine.action import Refused
    from headrace.exception_queue import resolving

    deeds = {"retry": resolving.retry, "accept": resolving.accept, "close": resolving.close}
    if how not in deeds:
        raise Refused(f"how: {how!r} is none of {', '.join(deeds)}")
    results = deeds[how](actor=actor(), case_ids=cases, note=note)
    if json:
        as_json({"results": results})
    else:
        table("", ("case", "done", "why not"), [(str(r.case_id), r.done, r.why) for r in results])
    if not all(r.done for r in results):
        raise typer.Exit(NO)

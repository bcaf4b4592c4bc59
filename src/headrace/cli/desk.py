"""`headrace exceptions`: the desk on the command line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from headrace.cli.output import NO, WRONG, actor, as_json, command, fail, money, out, say, table

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
LIST_MAX = 500
TOLD_FIRST = ("field", "value", "expected", "fix")  # of a case's evidence


class How(StrEnum):
    """Ways to resolve that any case may offer; other deeds (map a SKU, fix an address) are done by `headrace action do`."""

    RETRY = "retry"
    ACCEPT = "accept"
    CLOSE = "close"


def _now() -> datetime:
    from headrace.engine.queries import run

    moment: datetime = run("select clock_timestamp()").scalar
    return moment


@app.callback()
def _exceptions() -> None:
    """What cannot go straight through."""


@app.command("list")
@command
def list_cases(
    team: Annotated[str | None, typer.Option(help="Only this team's, as in finance.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only this reason, as in VALIDATE-03.")] = None,
    late: Annotated[bool, typer.Option("--late", help="Only what is past its time.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=LIST_MAX)] = 20,
    json: Json = False,
) -> None:
    """Open cases, the most urgent first, with the counts by reason."""
    from headrace.exception_queue import desk

    team, reason = _known(team, reason)
    now = _now()
    found = desk.cases(now, team=team, reason=reason, late=late or None, limit=limit)
    counts = [c for c in desk.counts(now) if team in (None, c["team"]) and reason in (None, c["reason_code"]) and (c["late"] or not late)]
    if json:
        as_json({"counts": counts, "cases": found})
        return
    if not found:
        narrowed = " ".join(filter(None, ("late" if late else "", f"of team {team}" if team else "", f"with reason {reason}" if reason else "")))
        say(f"Nothing {narrowed + ' ' if narrowed else ''}waits for a person.")
        return
    _show_counts(counts)
    _show_list(found, now)
    say("\nheadrace exceptions show CASE    what failed, the procedure, what may be done", style="dim")


def _known(team: str | None, reason: str | None) -> tuple[str | None, str | None]:
    """The filters as the code spells them; ends the command where nobody knows one."""
    from headrace.exception_queue.reasons import Team, reasons

    team = team.lower().replace(" ", "_").replace("-", "_") if team else None
    if team and team not in list(Team):
        raise fail(f"team: {team!r} is none of {', '.join(Team)}", WRONG)
    reason = reason.upper() if reason else None
    if reason and reason not in reasons():
        stages = sorted({code.rsplit("-", 1)[0] for code in reasons()})
        raise fail(f"reason: {reason!r} is not declared. Codes begin with {', '.join(stages)}; docs/runbooks lists them.", WRONG)
    return team, reason


def _show_counts(counts: Sequence[dict[str, Any]]) -> None:
    from headrace.exception_queue.reasons import name_of

    rows = [
        (
            c["reason_code"],
            name_of(c["reason_code"]),
            c["team"].replace("_", " "),
            c["cases"],
            c["late"] or "",
            money(c["value_at_risk_minor"], c["currency"]),
        )
        for c in counts
    ]
    table("Open by reason", ("reason", "what", "team", "cases", "late", "value at risk"), rows)


def _show_list(cases: Sequence[dict[str, Any]], now: datetime) -> None:
    rows = [
        (str(c["id"]), c["order_number"] or f"{c['document']} {c['document_id']}", c["reason_code"], c["sentence"], until(c["due_at"] - now)) for c in cases
    ]
    table("Most urgent", ("case", "order", "reason", "what", "due"), rows)


def until(left: timedelta) -> str:
    """How long is left, in its two largest units: `in 3 h 58 min`, `2 d 4 h late`."""
    minutes = int(abs(left).total_seconds() // 60)
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    first = next((n for n, (count, _) in enumerate(parts) if count), 2)
    told = " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count or unit == "min")
    return f"{told} late" if left < timedelta(0) else f"in {told}"


@app.command("show")
@command
def show(case: Annotated[int, typer.Argument(metavar="CASE", help="Number of the case.")], json: Json = False) -> None:
    """One case: what failed, since when, the procedure, what may be done."""
    from headrace.exception_queue import desk

    found = desk.case(case)
    if found is None:
        raise fail(f"there is no case {case}. `headrace exceptions list` shows the open ones.")
    if json:
        as_json(found)
        return
    out.print(f"[bold]{found['reason_code']}[/bold]", end=" ", highlight=False)
    say(found["sentence"])
    subject = found["order_number"] or f"{found['document']} {found['document_id']}"
    state = (
        found["state"] if found["state"] == "resolved" else f"{found['state']}, due {found['due_at']:%Y-%m-%d %H:%M} UTC ({until(found['due_at'] - _now())})"
    )
    value = money(found["value_at_risk_minor"], found["currency"])
    say(" · ".join(filter(None, (subject, f"team {found['team'].replace('_', ' ')}", state, f"{value} at risk" if value else ""))))
    _show_evidence(found["detail"])
    out.print("\n[bold]Procedure[/bold]")
    say(found["sop"])
    _show_offers(found)
    table("What happened", ("at (UTC)", "who", "what"), [(e["at"], e["actor"], e["event"].replace("_", " ")) for e in found["events"]])


def _show_evidence(detail: dict[str, Any]) -> None:
    told = [name for name in TOLD_FIRST if name in detail] + [name for name in detail if name not in TOLD_FIRST]
    for name in told:
        value = detail[name]
        lines = str(value).splitlines() if name == "traceback" else [value if isinstance(value, str) else as_text(value)]
        say(f"  {name.replace('_', ' '):<10} {lines[0] if lines else ''}")
        for line in lines[1:]:
            say(f"  {line}")


def as_text(value: Any) -> str:
    """A value of the evidence in one line."""
    if isinstance(value, list):
        return ", ".join(map(as_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{k} {as_text(v)}" for k, v in value.items())
    return str(value)


def _show_offers(found: dict[str, Any]) -> None:
    if found["state"] == "resolved":
        return
    out.print(f"\n[bold]May be done[/bold]  {', '.join(o.replace('_', ' ') for o in found['offers'])}", highlight=False)
    say(f"  headrace exceptions resolve {found['id']}", style="dim")
    for how in (How.ACCEPT, How.CLOSE):
        if how is How.CLOSE or how in found["offers"]:
            say(f'  headrace exceptions resolve {found["id"]} --how {how} --note "why"', style="dim")
    for offer in found["offers"]:
        if offer not in list(How):
            say(f"  {_command_for(offer, found)}", style="dim")


def _command_for(offer: str, found: dict[str, Any]) -> str:
    """The command that does what a case offers, with what the case knows; dots stand for what a person must say."""
    from headrace.engine import by_name

    known = {"order_id": found["order_number"], "case_ids": f"[{found['id']}]", **{k: v for k, v in found["detail"].items() if isinstance(v, str | int)}}
    known.setdefault("channel_sku", known.get("sku"))
    needed = [name for name, told in by_name.form(offer).model_fields.items() if told.is_required()]
    given = [shlex.quote(f"{name}={known[name]}") if known.get(name) is not None else f"{name}=..." for name in needed]
    return " ".join(("headrace action do", offer, *given))


@app.command("resolve")
@command
def resolve(
    cases: Annotated[list[int], typer.Argument(metavar="CASE...", help="Numbers of cases.")],
    how: Annotated[How, typer.Option(help="retry: look at it again; accept: let the failed check pass; close: it is dealt with elsewhere.")] = How.RETRY,
    note: Annotated[str | None, typer.Option(help="Why; accept and close need it.")] = None,
    json: Json = False,
) -> None:
    """Resolve cases; each gets its own answer. Exit code 1 when one was refused."""
    from headrace.exception_queue import resolving

    if how is not How.RETRY and not (note or "").strip():
        raise fail(f'--note is missing: to {how} a case needs a reason in words, as in --note "customer confirmed by phone".', WRONG)
    deeds = {How.RETRY: resolving.retry, How.ACCEPT: resolving.accept, How.CLOSE: resolving.close}
    results = deeds[how](actor=actor(), case_ids=cases, note=note)
    if json:
        as_json({"results": results})
    else:
        table("", ("case", "done", "why not"), [(str(r.case_id), r.done, r.why) for r in results])
        if how is How.RETRY and any(r.done for r in results):
            say("What was sent back is looked at by the next `headrace work`.", style="dim")
    if not all(r.done for r in results):
        raise typer.Exit(NO)


@app.command("attach")
@command
def attach(
    case: Annotated[int, typer.Argument(metavar="CASE", help="Number of the case.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="A picture, a PDF or plain text.")],
) -> None:
    """Attach a file to a case."""
    from headrace.exception_queue import attaching

    if file.stat().st_size > attaching.ATTACHMENT_BYTES_MAX:
        raise fail(
            f"FILE: {file} has {file.stat().st_size:,} bytes, at most {attaching.ATTACHMENT_BYTES_MAX:,} are kept. Make it smaller, or attach a part.", WRONG
        )
    number = attaching.attach(actor=actor(), case_id=case, file_name=file.name, content=file.read_bytes())
    say(f"{file.name} is file {number} of case {case}.")


@app.command("files")
@command
def files(
    case: Annotated[int, typer.Argument(metavar="CASE", help="Number of the case.")],
    save: Annotated[int | None, typer.Option(metavar="FILE", help="Number of the file to save here.")] = None,
    json: Json = False,
) -> None:
    """The files of a case; --save writes one of them to this folder, under a name that is not there yet."""
    from headrace.exception_queue import attaching

    if save is None:
        found = attaching.files_of(case, actor(), personal=True)
        if json:
            as_json(found)
        elif found:
            table(
                "",
                ("file", "name", "type", "bytes", "who", "at (UTC)"),
                [(f["id"], f["file_name"], f["media_type"], f["bytes"], f["actor"], f["at"]) for f in found],
            )
        else:
            say(f"Nothing is attached to case {case}.")
        return
    wanted = attaching.file_to_open(case, save, actor(), personal=True)
    if wanted is None:
        raise fail(f"--save: case {case} has no file {save}. `headrace exceptions files {case}` lists them.")
    path = Path(wanted.file_name)
    try:
        with path.open("xb") as new:
            new.write(wanted.content)
    except FileExistsError:
        raise fail(f"--save: {path} is here already. Move it away first.") from None
    say(f"{path} is written.")

"""`headrace approval`: deeds that wait for a second person."""

from __future__ import annotations

from typing import Annotated

import typer

from headrace.cli.output import actor, as_json, command, say, table

app = typer.Typer(no_args_is_help=True, help="Deeds that wait for a second person: list, approve, refuse.")
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
Number = Annotated[int, typer.Argument(min=1, help="Number of the approval; `headrace approval list` shows them.")]


@app.command("list")
@command
def list_waiting(json: Json = False) -> None:
    """What waits, the oldest first."""
    from headrace.governance import approvals

    rows = approvals.waiting()
    if json:
        as_json({"approvals": rows})
    else:
        table("", ("no", "deed", "with", "asked by", "at"), [(str(r["id"]), r["deed"], r["parameters"], r["asked_by"], r["asked_at"]) for r in rows])


@app.command("approve")
@command
def approve(number: Number, note: Annotated[str | None, typer.Option(help="Why.")] = None, json: Json = False) -> None:
    """Do the deed that waits. Nobody approves a deed of his own."""
    from headrace.governance import approvals

    done = approvals.approve(actor=actor(), approval_id=number, note=note)
    as_json({"approval": number, "state": "approved", "result": done}) if json else say(f"approved {number}; the deed is done")


@app.command("refuse")
@command
def refuse(number: Number, note: Annotated[str, typer.Option(help="Why.")], json: Json = False) -> None:
    """The deed is not done."""
    from headrace.governance import approvals

    approvals.refuse(actor=actor(), approval_id=number, note=note)
    as_json({"approval": number, "state": "refused"}) if json else say(f"refused {number}")

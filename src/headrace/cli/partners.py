"""`headrace partner` and `headrace outbox`: who we send to, how well it goes, and what gave up."""

from __future__ import annotations

from typing import Annotated

import typer

from headrace.cli.output import NO, actor, as_json, command, say, table

app = typer.Typer(no_args_is_help=True, help="Partners that we send to: list, connect, pause, resume.")
outbox_app = typer.Typer(no_args_is_help=True, help="Deliveries that gave up: look, send again, drop.")
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
Code = Annotated[str, typer.Argument(help="Code of the partner.")]
LETTERS_MAX = 1_000


@app.command("list")
@command
def list_partners(json: Json = False) -> None:
    """Every partner: where it is, whether deliveries go through, what waits and what gave up."""
    from headrace.engine import partners

    found = partners.partners()
    if json:
        as_json({"partners": found})
        return
    columns = ("code", "connector", "address", "paused", "breaker", "failures", "waiting", "dead", "last_ok_at", "last_error")
    table("Partners", [c.replace("_", " ") for c in columns], [[p[c] for c in columns] for p in found])


@app.command("connect")
@command
def connect(
    partner: Code,
    connector: Annotated[str, typer.Option(help="Name of a connector, as in headrace_wms.")],
    address: Annotated[str, typer.Option(help="URL that it sends to; https, or http on this machine.")],
    json: Json = False,
) -> None:
    """Say by which connector and where a partner is reached. Its secret is set apart, by `headrace secret set`."""
    from headrace.engine.partners import connect_partner

    connect_partner(actor=actor(), partner=partner, connector=connector, address=address)
    as_json({"partner": partner, "connector": connector, "address": address}) if json else say(f"{partner} is reached at {address}")


@app.command("pause")
@command
def pause(partner: Code, json: Json = False) -> None:
    """Stop deliveries to a partner; what is due waits."""
    _pause(partner, True, json)


@app.command("resume")
@command
def resume(partner: Code, json: Json = False) -> None:
    """Deliver again, what waited first."""
    _pause(partner, False, json)


def _pause(partner: str, paused: bool, json: bool) -> None:
    from headrace.engine.outbox import pause_partner

    pause_partner(actor=actor(), partner=partner, paused=paused)
    as_json({"partner": partner, "paused": paused}) if json else say(f"deliveries to {partner} {'wait' if paused else 'go out'}")


@outbox_app.command("dead")
@command
def dead(
    partner: Annotated[str | None, typer.Option(help="Only of this partner.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=LETTERS_MAX)] = 50,
    json: Json = False,
) -> None:
    """Deliveries that gave up, the oldest first. Exit code 1 when there are any."""
    from headrace.engine import outbox

    found = [row._asdict() for row in outbox.dead_letters(partner, limit)]
    if json:
        as_json({"dead": found})
    elif found:
        columns = ("id", "partner", "kind", "record_key", "attempts", "created_at", "last_error")
        table("Dead letters", [c.replace("_", " ") for c in columns], [[str(x["id"]), *(x[c] for c in columns[1:])] for x in found])
    else:
        say("No delivery has given up.")
    if found:
        raise typer.Exit(NO)


@outbox_app.command("replay")
@command
def replay(
    letters: Annotated[list[int] | None, typer.Argument(help="Numbers of dead letters; all without.")] = None,
    partner: Annotated[str | None, typer.Option(help="Only of this partner.")] = None,
    json: Json = False,
) -> None:
    """Send dead letters again, with the same idempotency key. Exit code 1 when there was none."""
    from headrace.engine.outbox import replay_dead_letters

    sent = replay_dead_letters(actor=actor(), partner=partner, outbox_ids=letters or None)
    as_json({"replayed": sent}) if json else say(f"{sent} go out again")
    if not sent:
        raise typer.Exit(NO)


@outbox_app.command("drop")
@command
def drop(
    letters: Annotated[list[int], typer.Argument(help="Numbers of dead letters.")],
    note: Annotated[str, typer.Option(help="Why they are given up.")],
    json: Json = False,
) -> None:
    """Give deliveries up for good; later ones of the same record go out."""
    from headrace.engine.outbox import drop_dead_letters

    dropped = drop_dead_letters(actor=actor(), outbox_ids=letters, note=note)
    as_json({"dropped": dropped}) if json else say(f"{dropped} dropped")

"""`headrace keys` and `headrace secret`: who may call us, and what partners sign with."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from headrace.cli.output import WRONG, actor, as_json, command, fail, say, table

app = typer.Typer(no_args_is_help=True, help="API keys of programs: list, create, rotate, revoke.")
secret_app = typer.Typer(no_args_is_help=True, help="Shared secrets of partners, which sign their messages.")
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
Name = Annotated[str, typer.Argument(help="Name of the key.")]


@app.command("list")
@command
def list_keys(json: Json = False) -> None:
    """Every key: what it may do, and when it was used last. The keys themselves are kept nowhere."""
    from headrace.governance import access

    found = access.keys()
    if json:
        as_json({"keys": found})
        return
    table(
        "API keys",
        ("name", "begins", "scopes", "channel", "valid", "expires", "last used"),
        [(k["name"], k["prefix"], " ".join(k["scopes"]), k["channel"], k["is_valid"], k["expires_at"], k["used_at"]) for k in found],
    )


@app.command("create")
@command
def create(
    name: Name,
    scope: Annotated[list[str], typer.Option(help="What it may do, as in orders.read or exceptions.*; repeat it for more.")],
    channel: Annotated[str | None, typer.Option(help="Only for this channel.")] = None,
    expires: Annotated[datetime | None, typer.Option(help="When it lapses (UTC).")] = None,
    json: Json = False,
) -> None:
    """Make a key. It is shown once, on standard output."""
    from headrace.governance.access import make_api_key

    made = make_api_key(actor=actor(), name=name, scopes=scope, channel=channel, expires_at=expires.replace(tzinfo=UTC) if expires else None)
    _show(name, made, json)


@app.command("rotate")
@command
def rotate(name: Name, json: Json = False) -> None:
    """A new key under the same name; the old one stops at once."""
    from headrace.governance.access import rotate_api_key

    _show(name, rotate_api_key(actor=actor(), name=name), json)


@app.command("revoke")
@command
def revoke(name: Name, json: Json = False) -> None:
    """Stop a key for good."""
    from headrace.governance.access import revoke_api_key

    revoke_api_key(actor=actor(), name=name)
    as_json({"name": name, "revoked": True}) if json else say(f"{name} opens nothing any more")


def _show(name: str, key: str, json: bool) -> None:
    if json:
        as_json({"name": name, "key": key})
    else:
        say(key)
        say(f"This is the key of {name}. It is shown this once; only its hash is kept.", style="dim")


@secret_app.callback()
def _secrets() -> None:
    """Shared secrets of partners, which sign their messages."""


@secret_app.command("set")
@command
def set_secret(
    partner: Annotated[str, typer.Argument(help="Channel, warehouse or gateway that signs with it.")],
    json: Json = False,
) -> None:
    """Set a partner's secret, read from standard input (one a line; two while one is rotated). Never an argument, which every user of the machine could see."""
    from headrace.governance.secrets import set_partner_secret

    if sys.stdin.isatty():
        values = [typer.prompt("Secret", hide_input=True)]
    else:
        values = [line.rstrip("\r\n") for line in sys.stdin if line.strip()]
    if not values:
        raise fail("nothing came on standard input; send the secret there, as in: headrace secret set shop-us < secret.txt", WRONG)
    set_partner_secret(actor=actor(), partner=partner, values=values)
    as_json({"partner": partner, "secrets": len(values)}) if json else say(
        f"{len(values)} secret(s) of {partner} set; web processes follow within half a minute"
    )

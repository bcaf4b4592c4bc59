"""`headrace policy`: what people tune, version by version."""

from __future__ import annotations

import json as jsons
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from headrace.cli.output import WRONG, actor, as_json, command, fail, say, table

app = typer.Typer(no_args_is_help=True, help="Policies, which people tune: list, show, draft, publish, roll back.")
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
Name = Annotated[str, typer.Argument(help="Policy, as in routing; `headrace policy list` names them.")]
Version = Annotated[int, typer.Argument(min=1, help="Version of it.")]


@app.command("list")
@command
def list_policies(json: Json = False) -> None:
    """Every policy and the version in force."""
    from headrace.engine.queries import run
    from headrace.governance import policies

    now = run("select clock_timestamp()").scalar
    rows = [{"name": name, "version": policies.in_force(name, now)[0], "says": p.says} for name, p in sorted(policies.declared().items())]
    if json:
        as_json({"policies": rows})
    else:
        table("Policies", ("name", "in force", "what it is about"), [(r["name"], r["version"], r["says"]) for r in rows])


@app.command("show")
@command
def show(name: Name, version: Annotated[int | None, typer.Option(min=1, help="Another version than the one in force.")] = None, json: Json = False) -> None:
    """A policy's body, and all its versions."""
    from headrace.engine.queries import run
    from headrace.governance import policies

    versions = policies.versions(name)
    number, body = (version, policies.body_of(name, version)) if version else policies.in_force(name, run("select clock_timestamp()").scalar)
    if json:
        as_json({"name": name, "version": number, "body": body, "versions": versions})
        return
    say(f"{name}, version {number}: {policies.declared()[name].says}")
    say(jsons.dumps(body, indent=2, ensure_ascii=False))
    columns = ("version", "state", "note", "made_by", "published_by", "valid_from", "valid_to")
    table("Versions", [c.replace("_", " ") for c in columns], [[v[c] for c in columns] for v in versions])


@app.command("draft")
@command
def draft(
    name: Name,
    file: Annotated[str, typer.Argument(help="JSON or TOML file with the whole body; - reads JSON from standard input.")],
    note: Annotated[str, typer.Option(help="Why.")],
    json: Json = False,
) -> None:
    """A new version, not yet in force. What is wrong with the body is told, and nothing is kept."""
    from headrace.governance.policies import draft_policy

    version = draft_policy(actor=actor(), name=name, body=_body(file), note=note)
    as_json({"name": name, "version": version, "state": "draft"}) if json else say(
        f"{name} version {version} is drafted; `headrace policy publish {name} {version}` puts it in force"
    )


def _body(file: str) -> Any:
    text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    try:
        return tomllib.loads(text) if file.endswith(".toml") else jsons.loads(text)
    except (jsons.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise fail(f"{file}: {error}", WRONG) from None


@app.command("publish")
@command
def publish(name: Name, version: Version, json: Json = False) -> None:
    """Put a draft in force, from the next batch on."""
    from headrace.governance.policies import publish_policy

    publish_policy(actor=actor(), name=name, version=version)
    as_json({"name": name, "version": version, "state": "active"}) if json else say(f"{name} version {version} is in force")


@app.command("rollback")
@command
def rollback(name: Name, version: Version, json: Json = False) -> None:
    """Put the body of an earlier version in force again, as a new version."""
    from headrace.governance.policies import roll_back_policy

    new = roll_back_policy(actor=actor(), name=name, version=version)
    as_json({"name": name, "version": new, "state": "active"}) if json else say(f"{name} is as in version {version} again, as version {new}")

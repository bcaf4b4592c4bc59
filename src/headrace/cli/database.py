"""`headrace db`: the embedded cluster."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from headrace.cli.output import NO, UNREACHABLE, as_json, fail, out

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]


def _home() -> Path:
    from headrace.engine.home import home

    if os.environ.get("HEADRACE_DATABASE_URL"):
        out.print("[dim]HEADRACE_DATABASE_URL names another server; this is about the embedded one.[/dim]")
    return home()


@app.command()
def start(json: Json = False) -> None:
    """Start the embedded PostgreSQL, making it at first."""
    from headrace.engine import cluster

    try:
        url = cluster.start(_home())
    except cluster.ClusterError as error:
        raise fail(str(error), UNREACHABLE) from None
    shown = url.replace(cluster.at(_home()).password(), "***")
    as_json({"running": True, "url": shown}) if json else out.print(f"running at {shown}", highlight=False)


@app.command()
def stop(json: Json = False) -> None:
    """Stop the embedded PostgreSQL."""
    from headrace.engine import cluster

    stopped = cluster.stop(_home())
    as_json({"running": False, "stopped": stopped}) if json else out.print("stopped" if stopped else "was not running")


@app.command()
def status(json: Json = False) -> None:
    """Is it running? Exit code 1 when it is not."""
    from headrace.engine import cluster

    found = cluster.at(_home())
    running = cluster.status(_home()).running
    as_json({"running": running, "data": str(found.data)}) if json else out.print(
        f"{'running' if running else 'not running'}, data in {found.data}", highlight=False
    )
    if not running:
        raise typer.Exit(NO)


@app.command()
def psql(arguments: Annotated[list[str] | None, typer.Argument(help="Passed to psql.")] = None) -> None:
    """Open psql on the database."""
    from headrace.engine import backups

    raise typer.Exit(backups.psql(os.environ.get("HEADRACE_DATABASE_URL") or cluster_url(), arguments))


@app.command()
def backup(file: Path, json: Json = False) -> None:
    """Write the whole database to a file; nothing stops meanwhile."""
    from headrace.engine import backups

    try:
        url = os.environ.get("HEADRACE_DATABASE_URL") or cluster_url()
        size = backups.backup(url, file)
    except backups.ClusterError as error:
        raise fail(str(error), UNREACHABLE) from None
    as_json({"file": str(file), "bytes": size}) if json else out.print(f"{file}: {size:,} bytes", highlight=False)


@app.command()
def restore(file: Path, yes: Annotated[bool, typer.Option("--yes", help="Replace what is there without asking.")] = False, json: Json = False) -> None:
    """Replace the database by a backup."""
    from headrace.engine import backups

    if not yes and not typer.confirm("This replaces everything in the database. Go on?"):
        raise typer.Exit(NO)
    try:
        url = os.environ.get("HEADRACE_DATABASE_URL") or cluster_url()
        backups.restore(url, file)
    except backups.ClusterError as error:
        raise fail(str(error), UNREACHABLE) from None
    as_json({"restored": str(file)}) if json else out.print(f"restored from {file}; run `headrace migrate`, then `headrace verify`", highlight=False)


def cluster_url() -> str:
    from headrace.engine import cluster

    return cluster.start(_home())

"""`headrace db`: the embedded cluster."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from headrace.cli.output import NO, WRONG, as_json, err, fail, offline, say

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


@app.callback()
def _db() -> None:
    """The embedded database: start, stop, look, back up, restore."""


def _home() -> Path:
    from headrace.engine.home import home

    if os.environ.get("HEADRACE_DATABASE_URL"):
        err.print("HEADRACE_DATABASE_URL names another server; this is about the embedded one.", style="dim")
    return home()


@app.command()
@offline
def start(json: Json = False) -> None:
    """Start the embedded PostgreSQL, making it at first."""
    from headrace.engine import cluster

    at = cluster.at(_home())
    if not at.is_made():
        err.print(f"making a database in {at.folder}", markup=False, highlight=False)
    url = cluster.start(_home()).replace(at.password(), "***")
    as_json({"running": True, "url": url}) if json else say(f"running at {url}")


@app.command()
@offline
def stop(json: Json = False) -> None:
    """Stop the embedded PostgreSQL."""
    from headrace.engine import cluster

    stopped = cluster.stop(_home())
    as_json({"running": False, "stopped": stopped}) if json else say("stopped" if stopped else "it was not running")


@app.command()
@offline
def status(json: Json = False) -> None:
    """Is it running? Exit code 1 when it is not."""
    from headrace.engine import cluster

    s = cluster.status(_home())
    if json:
        as_json({
            "running": s.running, "made": s.made, "pid": s.pid, "started_at": s.started_at, "version": s.version,
            "size_bytes": s.size_bytes, "folder": str(s.folder), "log": str(s.log), "url": s.url,
        })  # fmt: skip
    elif not s.made:
        say(f"no database in {s.folder} yet; `headrace db start` makes an empty one")
    else:
        running = f"running since {s.started_at:%Y-%m-%d %H:%M} UTC as process {s.pid}" if s.running else "not running; `headrace db start` starts it"
        say(f"{running}\nPostgreSQL {s.version}, {s.size_bytes / 2**20:,.0f} MiB in {s.folder}\nlog {s.log}\n{s.url}")
    if not s.running:
        raise typer.Exit(NO)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
@offline
def psql(context: typer.Context) -> None:
    """Open psql on the database. What follows is passed on, as in: headrace db psql -c "select 1"."""
    from headrace.engine import backups

    raise typer.Exit(backups.psql(_url(), context.args))


@app.command()
@offline
def backup(file: File, json: Json = False) -> None:
    """Write the whole database to a file; nothing stops meanwhile."""
    from headrace.engine import backups

    if not file.absolute().parent.is_dir():
        raise fail(f"{file}: there is no folder {file.absolute().parent}. Make it first.", WRONG)
    size = backups.backup(_url(), file)
    as_json({"file": str(file), "bytes": size}) if json else say(f"{file}: {size:,} bytes; `headrace db restore {file}` brings it back")


@app.command()
@offline
def restore(file: File, yes: Annotated[bool, typer.Option("--yes", help="Replace what is there without asking.")] = False, json: Json = False) -> None:
    """Replace the database by a backup. Stop workers and web first."""
    from headrace.engine import backups
    from headrace.engine.binaries import binary
    from headrace.engine.binaries import run as run_program

    if not file.is_file():
        raise fail(f"there is no backup at {file}", WRONG)
    if run_program([binary("pg_restore"), "--list", file.absolute()], check=False, as_server=False).returncode:
        raise fail(f"{file} is no backup of `headrace db backup`", WRONG)
    if not yes and not typer.confirm("This replaces everything in the database. Go on?", err=True):
        raise typer.Exit(NO)
    backups.restore(_url(makes=True), file)
    as_json({"restored": str(file)}) if json else say(f"restored from {file}. Now run `headrace migrate`, then `headrace verify`.")


def _url(*, makes: bool = False) -> str:
    """The server that the command is about: the one that is named, else the embedded one."""
    from headrace.cli.output import embedded

    return os.environ.get("HEADRACE_DATABASE_URL") or embedded(makes=makes)

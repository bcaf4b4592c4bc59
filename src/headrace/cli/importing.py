"""`headrace import`: files into the inbox, every row accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from headrace.cli.output import NO, WRONG, as_json, command, fail, out, table

app = typer.Typer(no_args_is_help=True)
FORMATS = ("csv", "jsonl")


@app.callback()
def group() -> None:
    """Bring files in."""


@app.command("orders")
@command
def orders(
    file: Annotated[Path, typer.Argument(help="The file; .gz is read as it is.")],
    format: Annotated[str, typer.Option("--format", help="csv or jsonl.")] = "csv",  # noqa: A002 - the word that people type
    mapping: Annotated[Path | None, typer.Option(help="TOML table of our column names to the file's.")] = None,
    channel: Annotated[str, typer.Option(help="Channel that the orders come by.")] = "stores",
    json: Annotated[bool, typer.Option("--json", help="One line of JSON.")] = False,
) -> None:
    """Bring orders in from a file of any size. Doing it twice changes nothing."""
    from headrace.connectors.channels.csv_file import orders as files

    if format not in FORMATS:
        raise fail(f"format: {format!r} is none of {', '.join(FORMATS)}")
    if not file.is_file():
        raise fail(f"file: there is no {file}")
    try:
        counts = files.import_orders(file, format, channel, mapping)
    except files.UnusableFile as error:
        raise fail(str(error), WRONG) from None
    if json:
        as_json(counts.as_dict())
    else:
        table(f"{file.name}: {counts.rows:,} rows", ("became", "rows"), counts.became.items())
        for problem in counts.problems:
            out.print(f"  {problem}", highlight=False)
    if counts.problems:
        raise typer.Exit(NO)

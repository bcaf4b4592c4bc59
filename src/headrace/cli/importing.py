"""`headrace import`: files into the books, every row accounted for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headrace.cli.output import NO, WRONG, actor, as_json, command, err, fail, say, table

if TYPE_CHECKING:
    from headrace.flow.importing.account import Account

app = typer.Typer(no_args_is_help=True)
ROUNDS_MAX = 3


@app.callback()
def group() -> None:
    """Bring files in."""


@app.command("orders")
@command
def orders(
    file: Annotated[Path, typer.Argument(help="The file; .gz is read as it is.")],
    format: Annotated[str, typer.Option("--format", help="csv (a row per line), jsonl (an order per line), or online-retail (a shop's whole past).")] = "csv",  # noqa: A002 - the word that people type
    mapping: Annotated[Path | None, typer.Option(help="csv: TOML table of our column names to the file's.")] = None,
    channel: Annotated[str, typer.Option(help="csv, jsonl: channel that the orders come by.")] = "stores",
    run: Annotated[bool, typer.Option("--run", help="Then run the line until nothing is left to do; a register's till pays out, too.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes of --run.")] = 2,
    json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Bring orders in from a file of any size, and account for every row of it.

    Orders are captured and then wait for the line: `headrace work`, or --run. Doing it twice changes nothing; after a kill, do it again.

    online-retail makes the shop that the register is of where it is missing: legal entity, channel, storeroom, customers, items (standard cost: half
    of the price in the middle of all prices), opening stock (what the register sells and writes off), and a validation policy for the channel that
    does not ask the past for addresses. Sales become orders and go through the whole line; the storeroom confirms at once what has long left.
    Invoices that begin with C become credit memos, charges alone are billed, rows without price and customer correct the stock, those of A
    invoices are bad debt. What cannot be booked is parked. What was sold counts as paid on that day, what was credited as given back.

    Exit code 0 only if the sums agree and nothing is parked.
    """
    account = _bring_in(file, format, mapping, channel)
    if run:
        _run_line(format, workers)
        account.look_at_orders()
    if json:
        as_json(account.as_dict())
    else:
        _show(account, run)
    if not account.ok or account.parked:
        raise typer.Exit(NO)


def _bring_in(file: Path, name: str, mapping: Path | None, channel: str) -> Account:
    from headrace.connectors.channels.csv_file import orders as files
    from headrace.flow.importing import messages, running
    from headrace.flow.importing.port import UnusableFile, formats

    known = ("csv", "jsonl", *formats())
    if name not in known:
        raise fail(f"format: {name!r} is none of {', '.join(known)}", WRONG)
    if mapping is not None and name != "csv":
        raise fail(f"mapping: only csv takes one; {name} has its own names", WRONG)
    if not file.is_file():
        raise fail(f"file: there is no {file}", WRONG)
    try:
        if name in formats():
            return running.import_register(file, name, actor=actor(), say=_progress)
        return messages.import_orders(file, channel, files.orders(file, name, mapping), mapping, say=_progress)
    except UnusableFile as error:
        raise fail(str(error), WRONG) from None


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        err.print(text, markup=False, highlight=False)


def _run_line(name: str, workers: int) -> None:
    """Workers until nothing is left; a register's till then pays out, and the statements run through, too."""
    from headrace.flow.importing import running
    from headrace.flow.importing.port import formats

    _work(workers)
    if name in formats():
        for _ in range(ROUNDS_MAX):
            if not running.pay_out(name):
                return
            _work(1)


def _work(workers: int) -> None:
    line = [sys.executable, "-W", "ignore", "-m", "headrace", "work", "--until-idle", "--json", "--workers", str(workers)]
    code = subprocess.run(line, stdout=subprocess.DEVNULL, check=False).returncode
    if code:
        raise fail(f"the line ended with code {code}; see its messages above, then run the same command again: nothing is lost", NO)


def _show(account: Account, ran: bool) -> None:
    from headrace.flow.importing.account import plain

    table(
        f"{account.file}: {account.rows:,} rows, what became of them",
        ("became", "rows", f"in the file ({account.currency})", f"in the books ({account.currency})"),
        [(b.word.replace("_", " "), b.rows, plain(b.exact_sum), plain(b.accounted)) for b in account.became],
    )
    table(
        "",
        ("sum", account.currency),
        [
            ("the file says", plain(account.sum_file)),
            ("accounted for", plain(account.sum_accounted)),
            ("rounding of prices to whole pennies", plain(account.rounding)),
            ("difference", plain(account.difference)),
        ],
    )
    table(
        "Parked",
        ("reason", "document", "field", "value", "worth", "what to do"),
        [(p.reason_code, p.document, p.field, p.value, plain(p.worth), p.fix) for p in account.parked],
    )
    if account.unsummed:
        say(f"rows without a number to multiply, parked and worth nothing in the sums: {account.unsummed:,}")
    table("Orders", ("they are", "orders"), [(status.replace("_", " "), n) for status, n in account.orders.items()])
    say(
        ""
        if ran
        else "\nThe orders are captured. `headrace work --until-idle` runs them to settlement, --run does it at once; `headrace verify` proves the books."
    )

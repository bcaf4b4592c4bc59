"""Errors as sentences that say what to do, each with its exit code; a fault of ours leaves its details in a file."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer

from headrace.cli.tables import console

OK, NO, WRONG, UNREACHABLE, OURS, INTERRUPTED = 0, 1, 2, 3, 4, 130
EXIT_CODES = (
    "Exit codes: 0 done; 1 the answer is no (not found, refused, a check failed); 2 the command is wrong; "
    "3 the database is missing, out of date or not reachable; 4 a fault of Headrace; 130 interrupted."
)
err = console(stderr=True)


def fail(message: str, code: int = NO) -> typer.Exit:
    """Say what is wrong and what to do; raise what this gives."""
    err.print("[red]error[/red]", end=" ")
    err.print(message, highlight=False, markup=False)
    return typer.Exit(code)


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong inside is told in a sentence and ends the command with the code that fits."""
    from headrace.engine.cluster import ClusterError

    try:
        yield
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except KeyboardInterrupt:
        err.print("stopped")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:  # `| head` has seen enough
        os._exit(OK)
    except ClusterError as error:
        raise fail(str(error), UNREACHABLE) from None
    except OSError as error:
        raise fail(_file_trouble(error), WRONG) from None
    except Exception as error:  # noqa: BLE001 - the last place before the user's screen
        raise _of_the_database(error) or _of_the_house(error) or _ours(error) from None


def _file_trouble(error: OSError) -> str:
    what = (error.strerror or str(error)).lower()
    return f"{error.filename}: {what}. Check the path and who may write there." if error.filename else f"{what}"


def _of_the_house(error: Exception) -> typer.Exit | None:
    """The house's own refusals, and a word that nobody knows."""
    try:
        from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
    except Exception:  # noqa: BLE001 - Django was not set up: then it is none of these
        return None
    if isinstance(error, Refused | NotAllowed):
        return fail(str(error), NO)
    if isinstance(error, WaitsForApproval):
        err.print(str(error), markup=False)
        return typer.Exit(NO)
    if isinstance(error, LookupError) and not isinstance(error, KeyError | IndexError):
        return fail(str(error), WRONG)
    return None


def _of_the_database(error: Exception) -> typer.Exit | None:
    """The database does not answer, or it is of another version. The engine raises psycopg's errors as they are, Django wraps them."""
    import psycopg

    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        first = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        return fail(f"the database cannot be reached: {first}\nStart it with `headrace db start`, or check HEADRACE_DATABASE_URL.", UNREACHABLE)
    if isinstance(cause, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn | psycopg.errors.UndefinedFunction):
        behind = migrations_behind()
        return fail(says_behind(behind), UNREACHABLE) if behind else None
    return None


def migrations_behind() -> int:
    """How many migrations of this version the database has not had."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    connection.close()  # a transaction that failed would refuse the question
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def says_behind(number: int) -> str:
    return f"the database is {number} migration{'s' if number > 1 else ''} behind this version. Run `headrace migrate`."


def _ours(error: Exception) -> typer.Exit:
    """Loud, but not in the user's way: one sentence, and the whole story in a file for those who mend it."""
    if os.environ.get("HEADRACE_DEBUG") == "1":
        traceback.print_exception(error)
        return typer.Exit(OURS)
    return fail(f"this is a fault of Headrace: {type(error).__name__}: {str(error).strip() or 'no message'}\n{_kept(error)}", OURS)


def _kept(error: Exception) -> str:
    from headrace.engine.home import home

    try:
        file: Path = home() / f"fault-{datetime.now(UTC):%Y%m%d-%H%M%S}.txt"
        file.write_text("".join(traceback.format_exception(error)))
        file.chmod(0o600)  # values of customers may stand in it
        return f"The details are in {file}; please report it with them."
    except OSError:
        return "Run it again with HEADRACE_DEBUG=1 to see the details, and please report it with them."

"""How commands answer: tables for people, JSON for scripts, errors that say what to do, exit codes that mean something.

Exit codes: 0 done · 1 the answer is no (a check failed, a row was refused) · 2 the command was wrong · 3 the database cannot be reached.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

OK, NO, WRONG, UNREACHABLE = 0, 1, 2, 3
out = Console()
err = Console(stderr=True)
F = TypeVar("F", bound=Callable[..., Any])


def as_json(value: Any) -> None:
    """One line of JSON; moments in ISO 8601, exact numbers as text."""
    print(json.dumps(value, default=_plain))  # noqa: T201 - the one place that writes answers for scripts


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return str(value)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table that fits the terminal; numbers to the right."""
    shown = [[_cell(v) for v in row] for row in rows]
    t = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for n, name in enumerate(columns):
        numeric = bool(shown) and all(
            row[n].replace(",", "").replace(".", "").replace("-", "").replace("%", "").strip().isdigit() or not row[n] for row in shown
        )
        t.add_column(name, justify="right" if numeric else "left")
    for row in shown:
        t.add_row(*row)
    out.print(t)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def fail(message: str, code: int = NO) -> typer.Exit:
    """Say what is wrong and what to do; raise what this gives."""
    err.print(f"[red]error[/red] {message}", highlight=False)
    return typer.Exit(code)


def ready() -> None:
    """Django, set up once; the embedded database started if this home has one and no other server is named."""
    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headrace.settings")
    if not os.environ.get("HEADRACE_DATABASE_URL"):
        from headrace.engine import cluster
        from headrace.engine.home import home

        os.environ["HEADRACE_DATABASE_URL"] = cluster.start(home())
    if not apps.ready:
        django.setup()


def actor() -> str:
    """Who runs the command, for the audit."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container without a passwd entry
        return f"cli:uid-{os.getuid()}"


def command(function: F) -> F:
    """A command that needs the database: sets up, and turns the house's errors into sentences and exit codes."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from headrace.engine.cluster import ClusterError

        try:
            ready()
        except ClusterError as error:
            raise fail(str(error), UNREACHABLE) from None
        from django.db.utils import OperationalError, ProgrammingError

        from headrace.engine.action import NotAllowed, Refused, WaitsForApproval

        try:
            return function(*args, **kwargs)
        except (Refused, NotAllowed) as error:
            raise fail(str(error), NO) from None
        except WaitsForApproval as error:
            out.print(str(error))
            raise typer.Exit(NO) from None
        except LookupError as error:
            raise fail(str(error.args[0] if error.args else error), WRONG) from None
        except OperationalError as error:
            raise fail(
                f"the database cannot be reached: {str(error).strip()}\nStart it with `headrace db start`, or check HEADRACE_DATABASE_URL.", UNREACHABLE
            ) from None
        except ProgrammingError as error:
            if "does not exist" in str(error):
                raise fail("the database has no tables of this version yet. Run `headrace migrate`.", UNREACHABLE) from None
            raise

    return wrapped  # type: ignore[return-value]

"""How commands answer: tables for people, one line of JSON for scripts, errors that say what to do, exit codes that mean something.

Answers go to standard output; errors, progress and logs to standard error. The exit codes are told in `faults.py` and by `headrace --help`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any, TypeVar

from headrace.cli.faults import NO, OK, UNREACHABLE, WRONG, err, fail, migrations_behind, says_behind, told
from headrace.cli.tables import console, money, print_table

__all__ = [
    "NO",
    "OK",
    "UNREACHABLE",
    "WRONG",
    "actor",
    "as_json",
    "command",
    "embedded",
    "err",
    "fail",
    "first_command",
    "money",
    "offline",
    "out",
    "ready",
    "say",
    "table",
]

out = console()
F = TypeVar("F", bound=Callable[..., Any])


def as_json(value: Any) -> None:
    """One line of JSON; moments in ISO 8601, exact numbers as text."""
    print(json.dumps(value, default=_plain), flush=True)  # noqa: T201 - the one place that writes answers for scripts


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


def say(text: str = "", *, style: str | None = None) -> None:
    """A line for people, exactly as it stands: brackets in a customer's name are no markup."""
    out.print(text, style=style, markup=False, highlight=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table that fits the terminal; numbers to the right and whole."""
    print_table(out, title, columns, rows)


def ready(*, makes: bool = False, current: bool = False) -> None:
    """Django, set up once; the embedded database started if this home has one and no other server is named.

    `makes` lets it make the embedded database where there is none. `current` ends the command where migrations are missing.
    """
    import django
    from django.apps import apps
    from django.core.exceptions import ImproperlyConfigured

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headrace.settings")
    if not os.environ.get("HEADRACE_DATABASE_URL"):
        os.environ["HEADRACE_DATABASE_URL"] = embedded(makes=makes)
    if not apps.ready:
        try:
            django.setup()
        except (ImproperlyConfigured, ValueError) as error:
            raise fail(f"a setting is wrong: {error}", WRONG) from None
    if current and (behind := migrations_behind()):
        raise fail(says_behind(behind), UNREACHABLE)


def embedded(*, makes: bool) -> str:
    """URL of the embedded server, started; the first start takes some seconds and says so."""
    from headrace.engine import cluster
    from headrace.engine.home import home

    found = cluster.at(home())
    if not found.is_made():
        if not makes:
            raise fail(
                f"there is no database in {home()} yet. `headrace demo` makes one with a shop to look at, `headrace migrate` an empty one; "
                "HEADRACE_HOME names another folder, HEADRACE_DATABASE_URL another server.",
                UNREACHABLE,
            )
        err.print(f"making a database in {found.folder}", highlight=False, markup=False)
    return cluster.start(home())


def actor() -> str:
    """Who runs the command, for the audit."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container without a passwd entry
        return f"cli:uid-{os.getuid()}"


def offline(function: F) -> F:
    """A command that needs no Django: only its errors are told."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with told():
            return function(*args, **kwargs)

    return wrapped  # type: ignore[return-value]


def command(function: F) -> F:
    """A command that needs a database that is there: sets up, and turns errors into sentences and exit codes."""
    return _prepared(function, makes=False)


def first_command(function: F) -> F:
    """A command that may be the first on this machine: it makes the database if there is none."""
    return _prepared(function, makes=True)


def _prepared(function: F, *, makes: bool) -> F:
    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with told():
            ready(makes=makes)
            return function(*args, **kwargs)

    return wrapped  # type: ignore[return-value]

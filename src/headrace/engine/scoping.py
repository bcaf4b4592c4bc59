"""While the page of a person of limited scope is made, the database itself shows no more than that: the connection takes a role that owns nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from django.db import connection, transaction
from psycopg.pq import TransactionStatus

from headrace.engine.queries import run

Settle = Callable[[], object]
_within: ContextVar[Settle | None] = ContextVar("within", default=None)


@contextmanager
def limited(settle: Settle | None) -> Iterator[None]:
    """Read as a limited person. `settle` writes the settings that the policies read, for this transaction; None is without limits again."""
    outer = _within.get()
    if settle is None and outer is None:
        yield
        return
    with transaction.atomic():
        _take(settle)
        _within.set(settle)
        try:
            yield
            if connection.connection.info.transaction_status == TransactionStatus.INERROR:
                transaction.set_rollback(True)  # a page that went on after an error of the database has changed nothing
            else:
                _take(outer)
        finally:  # where it fails, the rollback gives the role back
            _within.set(outer)


def without_limits() -> AbstractContextManager[None]:
    """For the deed itself, whose limits were checked, and for the rights of a person."""
    return limited(None)


def _take(settle: Settle | None) -> None:
    run("set local role none")
    if settle is not None:
        settle()
        run("set local role headrace_scoped")

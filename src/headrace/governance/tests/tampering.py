"""What somebody with the database's password could try: the guards are off while the block runs, as they would be for him."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from headrace.engine.queries import run
from headrace.governance import audit


@contextmanager
def guards_off() -> Iterator[None]:
    run("set local session_replication_role = replica")
    try:
        yield
    finally:
        run("set local session_replication_role = origin")


def tamper(statement: str, parameters: dict[str, Any] | None = None) -> None:
    with guards_off():
        done = run(statement, parameters)
    assert done.count > 0, "the tampering touched nothing"


def faults() -> list[tuple[int, str]]:
    return [(fault.seq, fault.what) for fault in audit.verify().faults]


def links() -> list[Any]:
    return run("select seq, at, actor, deed, subject, batch_id, rows_digest from governance_audit order by seq")

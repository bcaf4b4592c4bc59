"""The audit chain: one link per batch with a digest over its rows, one per deed by a person or program. Nobody alters it unseen."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from headrace.engine import sockets
from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries

sql = load_queries(__package__)
FAULTS_SHOWN_MAX = 20
_HASH = re.compile(r"^[0-9a-fA-F]{64}$")


@sockets.mark_history.fill
def mark_history() -> int:
    """Where the numbers of the history stand now."""
    return int(sql.mark_history().scalar)


@sockets.record_batch.fill
def record_batch(batch: Batch) -> None:
    """Chain a batch: what it took, gave and parked, by which policies, over which history rows."""
    digest = sql.batch_digest(batch, history_mark=batch.history_mark).scalar
    sql.lock_head()
    sql.append_link(
        at=batch.as_of,
        actor=f"engine:{batch.stage}",
        deed=batch.stage,
        subject=None,
        batch_id=batch.id,
        rows_digest=digest,
        detail=json.dumps(
            {"worker": batch.worker, "taken": len(batch.ids), "moved": len(batch.moved), "parked": len(batch.parked), "policies": batch.policies}
        ),
    )


@sockets.record_deed.fill
def record_deed(deed: Deed) -> None:
    """Chain a deed with its parameters and what changed."""
    sql.lock_head()
    sql.append_link(
        at=deed.at,
        actor=deed.actor,
        deed=deed.name,
        subject=deed.subject,
        batch_id=None,
        rows_digest=None,
        detail=json.dumps({"parameters": _plain(deed.parameters_given), **({"change": deed.before_after} if deed.before_after else {})}, default=str),
    )


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Long lists are counted, not copied: a bulk deed names its rows in the rows' own histories."""
    return {k: (f"{len(v)} rows" if isinstance(v, list | tuple) and len(v) > 50 else v) for k, v in parameters.items()}


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the chain does not hold."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `audit verify` found."""

    links: int
    head: str | None
    faults: list[Fault]

    @property
    def ok(self) -> bool:
        return not self.faults


def verify(known_head: str | None = None) -> Verdict:
    """Recompute the whole chain, every batch's digest and every batch's record.

    A chain whose end was cut off holds in itself: pass the head that an earlier verification gave (64 hexadecimal digits) to see that it still
    stands in the chain.
    """
    size = sql.chain_size().one
    faults = [Fault(row.seq, row.what) for query in (sql.verify_chain, sql.verify_digests, sql.verify_batches) for row in query(limit=FAULTS_SHOWN_MAX)]
    return Verdict(size.links, size.head, faults + faults_of_head(known_head))


def is_hash(text: str) -> bool:
    """Whether a text can be a head: 64 hexadecimal digits."""
    return _HASH.match(text) is not None


def faults_of_head(known_head: str | None) -> list[Fault]:
    """What an earlier head tells: one that does not stand in the chain any more is a fault."""
    if known_head is None or (is_hash(known_head) and sql.is_in_chain(head=known_head).scalar):
        return []
    return [Fault(0, f"the head {known_head[:16]} that was given is not in the chain: its end was cut off or written anew")]

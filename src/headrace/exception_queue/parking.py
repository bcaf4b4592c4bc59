"""Parking: a document that cannot go on is held, with its reason, owner and clock; the others go on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from headrace.engine import sockets
from headrace.engine.action import Deed
from headrace.engine.batch import Batch
from headrace.engine.documents import named
from headrace.engine.queries import load_queries, run
from headrace.exception_queue.reasons import Reason, Severity, Team
from headrace.orders import documents as orders
from headrace.values.clock import hours
from headrace.values.ids import fingerprint

sql = load_queries(__package__)
TRACEBACK_CHARS_MAX = 4_000
_OWN_KEYS = ("id", "line_id")

ENGINE_POISON = Reason(
    code="ENGINE-01",
    called="Fault in a stage",
    says="The stage {stage} failed on this document alone: {error}",
    severity=Severity.BLOCKS_DOCUMENT,
    owner=Team.INTEGRATION,
    due_in=hours(4),
    offers=("retry", "close"),
    sop="""1. Read the last line of the traceback in the evidence: it names the assertion or the database error.
2. If it was the database (disk, lock time-out), press Retry.
3. Otherwise report it with the traceback; the order stays here and loses nothing.""",
)


def park(batch: Batch, why: Reason, rows: Iterable[Mapping[str, Any] | Any], *, severity: Severity | None = None) -> None:
    """Park documents of the batch for one reason.

    A row has `id` (document), perhaps `line_id`, and the values of the reason's sentence. A reason that only warns opens a case and
    lets the document go on; any other holds the document and counts it as parked. Policy may give these rows another `severity` than
    the reason declares; the case keeps it among its values.
    """
    own = {"severity": str(severity)} if severity is not None and severity is not why.severity else {}
    failures = [{**_as_dict(row), **own} for row in rows]
    if not failures:
        return
    kind = _kind(batch.document)
    _open(batch, kind, why, failures)
    if (severity or why.severity) is not Severity.WARNS:
        ids = list(dict.fromkeys(f["id"] for f in failures))
        named(kind).hold(batch, ids=ids)
        batch.mark_parked(ids)


def park_document(giver: Batch | Deed, document: str, why: Reason, rows: Iterable[Mapping[str, Any] | Any]) -> None:
    """The same for documents that the batch did not take; its counts stay as they are."""
    failures = [_as_dict(row) for row in rows]
    if not failures:
        return
    _open(giver, document, why, failures)
    if why.blocks:
        named(document).hold(giver, ids=list(dict.fromkeys(f["id"] for f in failures)))


def settle_cases(giver: Batch | Deed, document: str, document_ids: Sequence[int], *stages: str) -> None:
    """Close what was open for these stages on documents that have now passed; one cheap look where nothing is open."""
    if document_ids and sql.any_open(giver, document=document, document_ids=list(document_ids)).scalar:
        sql.settle_cases(giver, document=document, document_ids=list(document_ids), stages=list(stages), actor=_actor(giver))


def settle_gone(batch: Batch, document: str, document_ids: Sequence[int], *stages: str) -> None:
    """Close what was open for these stages and what this batch, which looked at everything, did not find again; warnings too."""
    if document_ids and sql.any_open(batch, document=document, document_ids=list(document_ids)).scalar:
        sql.settle_gone(batch, document=document, document_ids=list(document_ids), stages=list(stages), actor=_actor(batch))


def _open(giver: Batch | Deed, document: str, why: Reason, failures: Sequence[dict[str, Any]]) -> None:
    ids = [f["id"] for f in failures]
    details = [{k: v for k, v in f.items() if k not in _OWN_KEYS and v is not None} for f in failures]
    about = named(document).about(giver, ids=list(set(ids)))
    cases = sql.park_cases(
        giver,
        code=why.code,
        document=document,
        actor=_actor(giver),
        document_ids=ids,
        line_ids=[f.get("line_id") for f in failures],
        details=[_evidence(d) for d in details],
        fingerprints=[fingerprint(f.get("line_id"), d.get("check"), d.get("field"), d.get("value")) for f, d in zip(failures, details, strict=True)],
        about_ids=about.column("document_id"),
        order_ids=about.column("order_id"),
        values=about.column("value_minor"),
        currencies=about.column("currency"),
    )
    told = {case.order_id: {"reason": why.code} for case in cases if case.order_id is not None and case.is_news}
    orders.tell(giver, "warned" if failures[0].get("severity", why.severity) == Severity.WARNS else "parked", told)


def _evidence(detail: dict[str, Any]) -> str:
    """JSON that the database can keep, whatever the wrong value holds: a zero byte is shown as its picture, half a character as a question mark."""
    text = json.dumps(detail, default=str)
    return json.dumps(_showable(detail), default=str) if "\\u0000" in text or "\\ud" in text else text


def _showable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "\u2400").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {_showable(k): _showable(v) for k, v in value.items()}
    return [_showable(v) for v in value] if isinstance(value, list | tuple) else value


def _kind(document: str) -> str:
    """A case is about the order, whichever way a stage came to take it."""
    return "order" if document in ("sleeping_order", "unshipped_order") else document


def _as_dict(row: Mapping[str, Any] | Any) -> dict[str, Any]:
    return dict(row) if isinstance(row, Mapping) else row._asdict()


def _actor(giver: Batch | Deed) -> str:
    return giver.actor if isinstance(giver, Deed) else f"engine:{giver.stage}"


@sockets.park_poison.fill
def park_poison(batch: Batch, document_id: int, trace: str) -> None:
    """The engine's socket: the one document that a stage cannot digest."""
    last = trace.strip().splitlines()[-1] if trace.strip() else "unknown"
    park(batch, ENGINE_POISON, [{"id": document_id, "stage": batch.stage, "error": last[:500], "traceback": trace[-TRACEBACK_CHARS_MAX:]}])


@sockets.documents_passed.fill
def documents_passed(document: str, document_ids: Iterable[int], *, actor: str, as_of: datetime | None = None) -> None:
    """The engine's socket: documents went on. Cases that had been let go are resolved by that; one cheap look where there are none."""
    if sql.any_let_go().scalar:
        sql.settle_let_go(document=_kind(document), document_ids=sorted(document_ids), actor=actor, as_of=as_of)


DEAD_LETTER = Reason(
    code="ENGINE-02",
    called="Not delivered to a partner",
    says="{partner} did not take {kind} for {record}: {error}",
    severity=Severity.BLOCKS_DOCUMENT,
    owner=Team.INTEGRATION,
    due_in=hours(2),
    offers=("replay_dead_letters", "close"),
    sop="""1. Read what the partner said. A permanent refusal needs a corrected message; a fault that passed only needs sending again.
2. Mend the cause at the partner or in its settings.
3. Replay the dead letter (headrace outbox replay): it goes out with the same idempotency key, so the partner cannot do it twice. Delivered, it resolves the case.
4. Where it is to go out no more, drop it with a reason (headrace outbox drop): what waits behind it for the same record goes out.""",
)


@sockets.park_dead_letters.fill
def park_dead_letters(dead: Sequence[tuple[Any, str]]) -> None:
    """The engine's socket: deliveries that gave up. They stay in the outbox; the case says why."""
    moment = run("select transaction_timestamp()").scalar
    sql.park_cases(
        code=DEAD_LETTER.code,
        document="outbox",
        actor="engine:outbox",
        as_of=moment,
        batch_id=None,
        document_ids=[d.id for d, _ in dead],
        line_ids=[None] * len(dead),
        details=[json.dumps({"partner": d.partner, "kind": d.kind, "record": d.record_key, "error": error[:500]}) for d, error in dead],
        fingerprints=[fingerprint(d.id) for d, _ in dead],
        about_ids=[],
        order_ids=[],
        values=[],
        currencies=[],
    )

"""Node replies: what an outside warehouse answers to a request or a recall.

Takes  inbox messages of kind `fulfilment_reply`.   Gives  messages finished; what is refused goes back to allocate.
Reads  orders (fulfilments), policy.                Writes (through the books) fulfilments, reservations, stock set aside, order counts.
An answer that comes late or twice changes nothing that it should not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from headrace.engine import inbox
from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.engine.stage import stage
from headrace.exception_queue.parking import park, park_document, settle_cases
from headrace.flow.release.port import RefusedLine, Reply, Unreadable, read_reply
from headrace.flow.release.reasons import RECALL_REFUSED, REPLY_TOO_LATE, REPLY_UNKNOWN, REPLY_UNREADABLE
from headrace.flow.release.recalls import take_back
from headrace.flow.release.shortfalls import REASONS, Missing, shorten
from headrace.orders import documents, releasing
from headrace.orders.bench import AT_WORK

sql = load_queries(__package__)


@dataclass(slots=True)
class _Sorted:
    """The batch's answers by what they ask for."""

    outcomes: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    unknown: list[dict[str, Any]] = field(default_factory=list)
    too_late: list[dict[str, Any]] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    shortened: dict[int, Any] = field(default_factory=dict)
    given_back: dict[int, Any] = field(default_factory=dict)
    not_given_back: dict[int, dict[str, Any]] = field(default_factory=dict)
    accepted: dict[int, dict[str, Any]] = field(default_factory=dict)  # order to detail
    whys: dict[int, str] = field(default_factory=dict)


@stage(of="inbox", takes="fulfilment_reply", gives="done", after=45)
def node_replies(batch: Batch) -> None:
    read = _read(batch)
    fulfilments = {f.id: f for f in releasing.find(batch, sorted({r.fulfilment_id for _, r in read}))} if read else {}
    left: dict[int, int] = {}
    lines: dict[int, list[Any]] = {i: [] for i in fulfilments}
    for x in releasing.lines(list(fulfilments)) if fulfilments else ():
        lines[x.fulfilment_id].append(x)
        left[x.id] = x.left_each
    s = _Sorted()
    answered = set(sql.answered_before(batch).column("id"))
    for message, reply in read:
        if message.id in answered:
            s.outcomes[message.id] = ("duplicate", reply.fulfilment_id)
        else:
            _sort(s, message, reply, fulfilments.get(reply.fulfilment_id), lines, left)
    _act(batch, s)
    park(batch, REPLY_UNKNOWN, s.unknown)
    park(batch, REPLY_TOO_LATE, s.too_late)
    inbox.finish(batch, s.outcomes)
    settle_cases(batch, "inbox", list(s.outcomes), "release")


def _read(batch: Batch) -> list[tuple[Any, Reply]]:
    read, unreadable = [], []
    for m in inbox.read(batch):
        try:
            read.append((m, read_reply(m.body, tuple(REASONS))))
        except Unreadable as error:
            unreadable.append({"id": m.id, "partner": m.partner, "field": error.field_name, "value": error.shown, "fix": error.fix})
    park(batch, REPLY_UNREADABLE, unreadable)
    return read


def _sort(s: _Sorted, m: Any, reply: Reply, f: Any, lines: dict[int, list[Any]], left: dict[int, int]) -> None:
    """Decide what one answer means for the fulfilment as it stands after the answers before it."""
    if f is None or m.partner != f.partner or f.state == "planned":
        s.unknown.append({"id": m.id, "partner": m.partner, "field": "fulfilment", "value": reply.number})
    elif f.state not in AT_WORK or f.id in s.given_back:
        s.outcomes[m.id] = ("ignored", f.id)  # shipped, taken back or refused before: the answer is old
    elif reply.answer == "accepted":
        s.outcomes[m.id] = ("applied", f.id)
        s.accepted[f.order_id] = {"fulfilment": f.number, "node": f.node}
    elif reply.answer == "rejected":
        _sort_refusal(s, m, reply, f, lines[f.id], left)
    elif f.recall != "requested" or f.id in s.not_given_back:
        s.outcomes[m.id] = ("ignored", f.id)  # nobody asked, or it was answered before
    elif reply.answer == "recall_accepted" and not f.has_shipped and f.state != "packed":
        s.outcomes[m.id] = ("applied", f.id)
        s.given_back[f.id], s.whys[f.id] = f, reply.reason or "recalled"
    else:
        s.outcomes[m.id] = ("applied", f.id)
        s.not_given_back[f.id] = {
            "id": f.id,
            "field": "fulfilment",
            "value": f.number,
            "node": f.node,
            "order_id": f.order_id,
            "why": reply.reason or "no reason given",
        }


def _sort_refusal(s: _Sorted, m: Any, reply: Reply, f: Any, lines: list[Any], left: dict[int, int]) -> None:
    """Pieces that will not ship. Refusing more than is left is a contradiction, and a person's; refusing all of nothing left is old news."""
    refused = reply.lines or [RefusedLine(x.id, left[x.id], reply.reason or "refused") for x in lines if left[x.id]]
    if not refused:
        s.outcomes[m.id] = ("ignored", f.id)
        return
    missing = [part for r in refused for part in _spread(r, lines, left)]
    if sum(x.qty_each for x in missing) < sum(r.qty_each for r in refused):
        for x in missing:
            left[x.line] += x.qty_each
        s.too_late.append(
            {
                "id": m.id,
                "partner": m.partner,
                "field": "lines",
                "value": f"{sum(r.qty_each for r in refused)} of {reply.number}",
                "left": sum(left[x.id] for x in lines),
            }
        )
        return
    s.outcomes[m.id] = ("applied", f.id)
    s.shortened[f.id] = f
    s.missing += missing


def _spread(r: RefusedLine, lines: list[Any], left: dict[int, int]) -> list[Missing]:
    """Refused pieces over the lines that they name, the last line first: what was asked for first is shipped first."""
    rest, missing = r.qty_each, []
    for x in reversed(lines):
        take = min(rest, left[x.id]) if r.line in (x.id, x.sku) else 0
        if take:
            left[x.id] -= take
            rest -= take
            missing.append(Missing(x.id, take, r.reason))
    return missing


def _act(batch: Batch, s: _Sorted) -> None:
    documents.tell(batch, "node_accepted", s.accepted)
    if s.shortened:
        shorten(batch, list(s.shortened.values()), s.missing, batch.policy("release"))
    # Read again: pieces refused by an earlier answer of this batch do not come back twice.
    take_back(batch, [f for f in releasing.find(batch, list(s.given_back)) if f.state in ("released", "picking")] if s.given_back else [], s.whys)
    if s.not_given_back:
        releasing.note_recall(list(s.not_given_back), "refused")
        documents.tell(batch, "recall_refused", {row["order_id"]: {"fulfilment": row["value"], "why": row["why"]} for row in s.not_given_back.values()})
        park_document(batch, "fulfilment", RECALL_REFUSED, s.not_given_back.values())

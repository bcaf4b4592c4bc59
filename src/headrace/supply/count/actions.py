"""The shelf is right and the book is not: adjustments with a reason, and counts. Goods, value and whoever waits, in one deed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.engine.rows import Row, RowFault, RowResult, check_size, text, whole
from headrace.governance import approvals, corrections
from headrace.ledger import costing
from headrace.stock import moving
from headrace.stock.counting import REASONS, Correction, correct_by_hand
from headrace.stock.models import BUCKETS
from headrace.stock.moving import StockRow
from headrace.supply import places
from headrace.supply.waking import wake
from headrace.values.money import decimal_from

ADJUST_COLUMNS = ("sku", "node", "qty", "reason", "bucket")
COUNT_COLUMNS = ("sku", "node", "counted")
PIECES_MAX = 10_000_000
Wanted = dict[int, Correction]  # by row
sql = load_queries(__package__)


@action(permission="stock.adjust", says="Adjust stock")
def adjust_stock(deed: Deed, *, rows: Sequence[Row], note: str) -> list[RowResult]:
    """Add or take away pieces. Rows: `sku`, `node`, `qty` (signed), `reason`, and `bucket` (on_hand unless it says damaged or quarantine).

    A row that cannot be is refused with the reason why; the others are done. Worth more than policy lets one person correct in one deed or in a
    day, it waits for a second one. `note` says in words what happened.
    """
    _begin(deed, "adjustment", rows, note)
    wanted, results = read(rows, adjustment)
    return correct(deed, wanted, results, note)


@action(permission="stock.adjust", says="Enter a count")
def count_stock(deed: Deed, *, rows: Sequence[Row], note: str = "counted") -> list[RowResult]:
    """Set what is on hand to what was counted. Rows: `sku`, `node`, `counted`. What was right stays `unchanged`.

    Count what lies on the shelf, reserved or not; what is picked and has not left lies on the bench, and is added.
    Less than is promised to orders is refused: give those orders up first, by a short pick or a recall, so that no order loses its goods unseen.
    """
    _begin(deed, "count", rows, note)
    wanted, results = read(rows, _count)
    positions = sorted({(c.item_id, c.node_id) for c in wanted.values()})
    on_hand = moving.on_hand_of(positions)
    picked = on_the_bench(positions)
    differing: Wanted = {}
    seen: dict[tuple[int, int], int] = {}
    for n, c in wanted.items():
        at = (c.item_id, c.node_id)
        there = (on_hand[at].on_hand_each if at in on_hand else 0) - picked[at]
        if at in seen:
            results[n] = RowResult(n, results[n].key, "refused", f"sku, node: counted in row {seen[at]} already; add the two up")
        elif c.qty_each != there:
            differing[n] = Correction(c.item_id, c.node_id, c.qty_each - there, "count", "count")
        seen.setdefault(at, n)
    return correct(deed, differing, results, note)


def on_the_bench(positions: Sequence[tuple[int, int]]) -> Counter[tuple[int, int]]:
    """Pieces by (item, node) that people of the house have picked or packed and that have not left: on hand by the books, but not on the shelf."""
    found = sql.on_the_bench(item_ids=[item for item, _ in positions], node_ids=[node for _, node in positions])
    return Counter({(row.item_id, row.node_id): row.picked_each for row in found})


def _begin(deed: Deed, what: str, rows: Sequence[Row], note: str) -> None:
    deed.subject = f"{what}:{len(rows)} rows"
    approvals.one_at_a_time(deed)
    if not (note or "").strip():
        raise Refused(f"note: ''. A stock {what} needs a sentence about what happened.")
    check_size(rows)


def read(rows: Sequence[Row], make: Any) -> tuple[Wanted, dict[int, RowResult]]:
    """Corrections by row; every row has a result, which stands unless something is done about it."""
    goods = places.goods(rows)
    nodes = places.nodes([str(row["node"]).strip() for row in rows if isinstance(row, dict) and row.get("node") is not None and "\x00" not in str(row["node"])])
    wanted: Wanted = {}
    results: dict[int, RowResult] = {}
    for n, row in enumerate(rows, 1):
        key = f"{row.get('sku')} at {row.get('node')}" if isinstance(row, dict) else ""
        try:
            wanted[n] = make(row, goods, nodes)
            results[n] = RowResult(n, key, "unchanged")
        except RowFault as fault:
            results[n] = RowResult(n, key, "refused", str(fault))
    return wanted, results


def adjustment(row: Row, goods: dict[str, Any], nodes: dict[str, Any]) -> Correction:
    item = places.item_of(row, goods, ADJUST_COLUMNS)
    qty = whole(row, "qty", least=-PIECES_MAX, most=PIECES_MAX)
    reason, bucket = text(row, "reason"), text(row, "bucket", default="on_hand")
    if qty == 0:
        raise RowFault("qty: 0 changes nothing")
    if reason not in REASONS:
        raise RowFault(f"reason: {reason!r}; write one of {', '.join(REASONS)}")
    if bucket not in BUCKETS or bucket == "in_transit":
        raise RowFault(f"bucket: {bucket!r}; write on_hand, damaged or quarantine (what is in transit is received with its transfer)")
    return Correction(item.id, _node(row, nodes).id, qty, reason, bucket=bucket)


def _count(row: Row, goods: dict[str, Any], nodes: dict[str, Any]) -> Correction:
    item = places.item_of(row, goods, COUNT_COLUMNS)
    return Correction(item.id, _node(row, nodes).id, whole(row, "counted", most=PIECES_MAX), "count", "count")


def _node(row: Row, nodes: dict[str, Any]) -> Any:
    code = text(row, "node")
    if code not in nodes:
        raise RowFault(f"node: there is no node {code!r}")
    return nodes[code]


def correct(deed: Deed, wanted: Wanted, results: dict[int, RowResult], note: str) -> list[RowResult]:
    """Do what can be done of it; rows of one position stand or fall together."""
    if wanted:
        faults = moving.impossible([StockRow(c.item_id, c.node_id, c.kind, c.qty_each, bucket=c.bucket) for c in wanted.values()])
        for n, c in wanted.items():
            why = faults.get((c.item_id, c.node_id))
            results[n] = RowResult(n, results[n].key, "refused" if why else "done", why or f"{c.qty_each:+d}")
        good = [c for n, c in wanted.items() if results[n].done]
        _ask_where_it_is_much(deed, good)
        costing.post_stock(deed, correct_by_hand(deed, good, note.strip()))
        wake(deed, sorted({c.item_id for c in good if c.qty_each > 0 and c.bucket == "on_hand"}))
    deed.before_after = {"corrected": [0, sum(r.what == "done" for r in results.values())], "refused": [0, sum(not r.done for r in results.values())]}
    return [results[n] for n in sorted(results)]


def _ask_where_it_is_much(deed: Deed, good: Sequence[Correction]) -> None:
    """Found and lost pieces both count: what one hand takes the other might put back."""
    if good:
        there = moving.on_hand_of(sorted({(c.item_id, c.node_id) for c in good}))
        corrections.stop_above_limits(deed, worth_of(good, {at: position.unit_cost for at, position in there.items()}))


def worth_of(corrected: Sequence[Correction], costs: Mapping[tuple[int, int], Decimal]) -> dict[str, Decimal]:
    """What corrections are worth in whole units by currency, both directions added up. `costs` are minor units by item and node."""
    currencies = places.currencies(sorted({c.node_id for c in corrected}))
    worth: dict[str, Decimal] = defaultdict(Decimal)
    for c in corrected:
        currency = currencies[c.node_id]
        worth[currency] += abs(c.qty_each) * costs.get((c.item_id, c.node_id), Decimal(0)) * decimal_from(1, currency)
    return dict(worth)

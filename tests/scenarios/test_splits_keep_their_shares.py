"""An order comes from several places or at several times: what one part does changes nothing of another, and together they are the order."""

from __future__ import annotations

from datetime import UTC, datetime

from headrace.flow.release.actions import recall_fulfilment, short_pick
from headrace.governance.policies import draft_policy, in_force, publish_policy
from tests.scenarios.shop import (
    ACTOR,
    EAST,
    LAMP,
    MUG,
    STORE,
    Shop,
    assert_all_holds,
    cases,
    cents,
    fulfilments,
    invoices,
    lines,
    order,
    promisable,
    shelf,
)


def shares(ref: str) -> list[tuple[str, int, int, str, int]]:
    """Node, attempt, pieces, state and pieces shipped of each fulfilment."""
    return [(f.node, f.attempt, f.qty_each, f.state, f.qty_shipped_each) for f in sorted(fulfilments(ref), key=lambda f: (f.attempt, f.node))]


def wants(ref: str) -> list[int]:
    """Pieces of each line that still wait for stock."""
    return [x.qty_ordered_each - x.qty_cancelled_each - x.qty_allocated_each for x in lines(ref)]


def test_a_split_shipment_leaves_backordered_pieces_backordered(shop: Shop) -> None:
    """Complaint 44, solidusio/solidus #5669 and #583: splitting a shipment made backordered units on hand, or units on hand backordered."""
    shop.fill(MUG, EAST=2)
    shop.fill(LAMP, EAST=1)
    body = shop.body({MUG: 4, LAMP: 1})
    shop.hook(body)
    shop.work()
    ref = str(body["id"])
    seen = [(wants(ref), shelf(MUG), shelf(LAMP))]
    number = fulfilments(ref)[0].number
    for key, sku in (("P1", MUG), ("P2", LAMP), ("P3", MUG), ("P4", MUG)):  # the fourth is one of the two that nobody has
        shop.confirm(number, key, lines=[{"sku": sku, "qty": 1}])
        shop.work()
        seen.append((wants(ref), shelf(MUG), shelf(LAMP)))
    assert seen == [
        ([2, 0], (2, 2), (1, 1)),
        ([2, 0], (1, 1), (1, 1)),
        ([2, 0], (1, 1), (0, 0)),
        ([2, 0], (0, 0), (0, 0)),
        ([2, 0], (0, 0), (0, 0)),
    ]
    assert (cases(), order(ref).state, order(ref).status) == (["SHIP-04"], "backordered", "partly_shipped")
    shop.fill(MUG, EAST=1)
    shop.fill(MUG, NYC=1)
    shop.ship()
    assert shares(ref) == [(EAST, 1, 3, "shipped", 3), (EAST, 2, 1, "shipped", 1), (STORE, 2, 1, "shipped", 1)]
    assert [x.qty_shipped_each for x in lines(ref)] == [4, 1]
    assert (order(ref).commercial, sum(i.total_minor for i in invoices(ref))) == ("closed", cents(body["total_price"]))
    assert_all_holds()


def test_what_happens_to_one_share_leaves_the_others_alone(shop: Shop) -> None:
    """Complaint 44: one piece comes back, one cannot be found, one leaves; each counts at its own place only."""
    shop.fill(MUG, EAST=1, NYC=1)
    shop.fill(LAMP, EAST=3)
    ref = shop.place([(MUG, 2), (LAMP, 2)])
    shop.work()
    east, store = (next(f for f in fulfilments(ref) if f.node == node) for node in (EAST, STORE))
    assert (east.qty_each, store.qty_each) == (3, 1)
    recall_fulfilment(actor=ACTOR, fulfilment=store.number, why="the store is closed", reallocate=True)
    assert (shelf(MUG), shelf(MUG, STORE), shelf(LAMP), wants(ref)) == ((1, 1), (1, 0), (3, 2), [1, 0])
    short_pick(actor=ACTOR, fulfilment=east.number, scan=LAMP, qty=1, reason="damaged")
    assert (shelf(MUG), shelf(MUG, STORE), shelf(LAMP), wants(ref)) == ((1, 1), (1, 0), (2, 1), [1, 1])
    shop.confirm(east.number, "P1")
    shop.work()
    assert (shelf(MUG), shelf(LAMP), [x.qty_shipped_each for x in lines(ref)]) == ((0, 0), (1, 0), [1, 1])
    assert shares(ref)[0] == (EAST, 1, 2, "shipped", 2)
    assert (wants(ref), shelf(MUG, STORE), promisable(LAMP)) == (
        [0, 1],
        (1, 1),
        1,
    )  # the store has its piece anew; the lamp is not asked of the same shelf again
    assert order(ref).state == "backordered"
    shop.fill(LAMP, NYC=1)
    shop.ship()
    assert [x.qty_shipped_each for x in lines(ref)] == [2, 2]
    assert (order(ref).commercial, sum(i.total_minor for i in invoices(ref)), cases()) == ("closed", order(ref).total_minor, ["RELEASE-03"])
    assert_all_holds()


def test_who_does_not_want_two_parcels_waits_whole(shop: Shop) -> None:
    """Complaint 44, vendurehq/vendure #3588, the other way round: where policy forbids a split, neither place gives up its one piece for nothing."""
    _, routing = in_force("routing", datetime.now(UTC))
    draft = draft_policy(actor=ACTOR, name="routing", body={**routing, "split": "never"}, note="one parcel an order")
    publish_policy(actor=ACTOR, name="routing", version=draft)
    shop.fill(MUG, EAST=1, NYC=1)
    ref = shop.place({MUG: 2})
    shop.work()
    assert (order(ref).state, fulfilments(ref), shelf(MUG), shelf(MUG, STORE)) == ("backordered", [], (1, 0), (1, 0))
    alone = shop.place({MUG: 1})
    shop.ship()
    assert order(alone).commercial == "closed"
    shop.fill(MUG, EAST=2)
    shop.ship()
    assert [(f.qty_each, f.state) for f in fulfilments(ref)] == [(2, "shipped")]
    assert (order(ref).commercial, len(invoices(ref))) == ("closed", 1)
    assert_all_holds()

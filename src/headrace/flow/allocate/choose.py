"""Choosing nodes: pure, greedy, deterministic. The place where an optimiser would go.

Orders come in priority order and take goods from a shared picture of the stock, so no unit is seen twice: two lines of one item, kits that
share a part and the same part through a kit and by itself are all summed before anything is promised. An order that must be parked gives
back what it had taken, so that the next one may have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.flow.allocate.asking import Ask, Choice, Want
from headrace.flow.allocate.sources import PASSING, Network, Stock

Gives = list[tuple[Want, int]]


def choose_nodes(asks: Sequence[Ask], network: Network, stock: Stock) -> list[Choice]:
    """Place each order in turn: whole from the best node that has all of it, else split as policy allows."""
    return [_place(ask, network, stock) for ask in asks]


def _place(ask: Ask, network: Network, stock: Stock) -> Choice:
    choice = Choice(ask)
    if any(not w.parts for w in ask.wants):
        choice.stopped_by = "no_recipe"
        return choice
    able = _able(choice, network, stock)
    open_now = [(w, w.qty_each) for w in ask.wants if not w.opens_on]
    if len(open_now) < len(ask.wants) and not (_may_split(ask, network.policy) and network.policy["ship_partial"]):
        open_now = []  # the order goes whole: what may not ship yet keeps the rest waiting
    if open_now and not _take_whole(choice, able, open_now, network, stock) and _may_split(ask, network.policy):
        _split(choice, able, open_now, network, stock)
    _stop_if_hopeless(choice, able, network, stock)
    return choice


def _able(choice: Choice, network: Network, stock: Stock) -> list[int]:
    """Nodes that no filter removes, best first; the choice keeps their terms, and why the others were removed."""
    ranked, removed = network.ranked(choice.ask.order, choice.ask.wants, stock)
    choice.removed = dict(removed)
    able = []
    for terms, node_id in ranked:
        code = network.nodes[node_id].code
        why = _removed_for_order(choice.ask, node_id, network)
        if why:
            choice.removed[code] = why
        else:
            choice.scores[code] = terms
            able.append(node_id)
    return able


def _removed_for_order(ask: Ask, node_id: int, network: Network) -> str | None:
    if ask.order.pinned_node and network.nodes[node_id].code != ask.order.pinned_node:
        return "pinned_elsewhere"
    if node_id in ask.refused_by and "refused_before" in network.filters:
        return "refused_before"
    if "capacity" in network.filters and network.capacity[node_id] <= 0:
        return "capacity"
    return None


def _take_whole(choice: Choice, able: Sequence[int], wanted: Gives, network: Network, stock: Stock) -> bool:
    """Take everything from the best node that has all of it."""
    for node_id in able:
        if not stock.fits(node_id, wanted):
            choice.removed[network.nodes[node_id].code] = "stock"
        elif not _keeps_margin(choice, node_id, wanted, network, stock):
            choice.removed[network.nodes[node_id].code] = "margin"
        else:
            _take(choice, network, stock, node_id, wanted)
            return True
    return False


def _take(choice: Choice, network: Network, stock: Stock, node_id: int, gives: Gives) -> None:
    for want, qty in gives:
        stock.take(node_id, want, qty)
        choice.takes.append((node_id, want, qty))
    network.capacity[node_id] -= 1


def _undo(choice: Choice, network: Network, stock: Stock) -> None:
    """Give back all that the order has taken."""
    for node_id in choice.nodes():
        network.capacity[node_id] += 1
    for node_id, want, qty in choice.takes:
        stock.take(node_id, want, -qty)
    choice.takes.clear()


def _may_split(ask: Ask, policy: dict[str, Any]) -> bool:
    return policy["split"] == "allow" and ask.order.ship_complete != "true"


def _split(choice: Choice, able: Sequence[int], wanted: Gives, network: Network, stock: Stock) -> None:
    """Fewest parts first: each time the node that can give the most pieces of what is left. Undone where policy wants the order whole."""
    left = {want.line_id: qty for want, qty in wanted}
    for _ in range(network.policy["parts_max"]):
        best = _best_part(choice, left, able, network, stock)
        if best is None:
            break
        node_id, gives = best
        _take(choice, network, stock, node_id, gives)
        for want, qty in gives:
            left[want.line_id] -= qty
        able = [n for n in able if n != node_id]
        if not any(left.values()):
            return
    if not network.policy["ship_partial"]:
        _undo(choice, network, stock)


def _best_part(choice: Choice, left: dict[int, int], able: Sequence[int], network: Network, stock: Stock) -> tuple[int, Gives] | None:
    best: tuple[int, Gives] | None = None
    most = 0
    for node_id in able:
        gives = _what_it_gives(choice.ask, left, node_id, network, stock)
        pieces = sum(qty for _, qty in gives)
        # A tie stays with the better-ranked node.
        if pieces > most and _keeps_margin(choice, node_id, gives, network, stock):
            best, most = (node_id, gives), pieces
    return best


def _what_it_gives(ask: Ask, left: dict[int, int], node_id: int, network: Network, stock: Stock) -> Gives:
    """What a node could give of the rest, line by line, without promising a piece twice."""
    gives: Gives = []
    for want in ask.wants:
        asked = left.get(want.line_id, 0)
        qty = stock.most(node_id, want, asked) if asked else 0
        if want.is_kit and qty < asked and network.policy["never_split_kit"]:
            qty = 0
        if qty:
            stock.take(node_id, want, qty)
            gives.append((want, qty))
    for want, qty in gives:
        stock.take(node_id, want, -qty)
    return gives


def _keeps_margin(choice: Choice, node_id: int, gives: Gives, network: Network, stock: Stock) -> bool:
    """Would what is placed so far and this part, paid for by the customer, still leave the floor after goods and parcels?

    Not asked where the customer pays nothing, or in another currency than that of the entity's costs.
    """
    floor, order = network.policy["margin_floor_percent"], choice.ask.order
    if floor is None or "margin" not in network.filters:
        return True
    takes = [*choice.takes, *((node_id, want, qty) for want, qty in gives)]
    net = sum(want.net_minor * qty // want.qty_each for _, want, qty in takes)
    goods = sum(stock.cost_of(node, want, qty) for node, want, qty in takes)
    reaches = (network.reach(node, order) for node in dict.fromkeys(node for node, _, _ in takes))
    parcels = sum(reach.cost_minor for reach in reaches if reach)
    return net <= 0 or bool((net - goods - parcels) * 100 >= floor * net)


def _stop_if_hopeless(choice: Choice, able: Sequence[int], network: Network, stock: Stock) -> None:
    """Where waiting cannot help, say why and give back what was taken."""
    lacking = choice.lacking()
    if not lacking:
        return
    if not able and not PASSING.intersection(choice.removed.values()):
        choice.stopped_by = "nowhere"
    elif choice.ask.order.attempt >= network.policy["attempts_max"] and choice.ask.refused_by:
        choice.stopped_by = "tired"
    elif not choice.takes and "margin" in choice.removed.values():
        choice.stopped_by = "margin"
    else:
        choice.short = {w.line_id: n for w in lacking if w.oversell == "never" and not w.opens_on and (n := _short_each(choice, w, able, network, stock))}
        choice.stopped_by = "short" if choice.short else None
    if choice.stopped_by:
        _undo(choice, network, stock)


def _short_each(choice: Choice, want: Want, able: Sequence[int], network: Network, stock: Stock) -> int:
    """Pieces that no allowed node has: a line that only waits for the rest of its order is not short."""
    missing = want.qty_each - choice.taken(want)
    could = [stock.most(node_id, want, missing) for node_id in able]
    there = sum(could) if _may_split(choice.ask, network.policy) else max(could, default=0)
    return max(missing - there, 0)

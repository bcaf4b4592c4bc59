"""Whatever order the versions of an order arrive in, and however often, it ends as if they had come one by one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headrace.flow.capture.tests.sending import JANE, MOVED, line, order, outcome, payment, send, state_of, take

numbers = count(1)
Body = dict[str, Any]


def _ours(ref: str) -> list[Body]:
    """create, update (a line more, another address), paid, note and verdict, cancel: in our own format."""
    two = [line("1", "A", 2), line("2", "B", 1)]
    moved = {"lines": two, "ship_to": MOVED}
    taken, asked = payment(ref, "captured", "30.00"), payment(ref, "authorised", "20.00")
    return [
        order(ref, 1, payments=[{**asked, "expires_at": "2026-01-12T10:00:00Z"}]),
        order(ref, 2, **moved),
        order(ref, 3, **moved, payments=[taken]),
        order(ref, 4, **moved, payments=[taken], fraud="accept", note="ring twice"),
        order(ref, 5, **moved, payments=[taken, payment(ref, "refunded", "30.00")], cancelled=True),
    ]


def _shopify(ref: str) -> list[Body]:
    """The same as Shopify tells it: where payment stands, never the payments."""
    one = {"id": 11, "sku": "A", "quantity": 2, "price": "10.00", "title": "A", "current_quantity": 2}
    two = {"id": 12, "sku": "B", "quantity": 1, "price": "10.00", "title": "B", "current_quantity": 1}
    jane = {"name": JANE["name"], "address1": JANE["line1"], "city": JANE["city"], "province_code": "IL", "zip": "62701", "country_code": "US"}

    def body(second: int, total: str, lines: list[Body], **more: Any) -> Body:
        placed, updated = "2026-01-05T10:00:00Z", f"2026-01-05T10:00:{second:02d}Z"
        return {"id": int(ref), "name": f"#{ref}", "currency": "USD", "created_at": placed, "updated_at": updated, "total_price": total, "line_items": lines,
                "shipping_address": jane, **more}  # fmt: skip

    gone = [{**one, "current_quantity": 0}, {**two, "current_quantity": 0}]
    back = {"id": 7, "transactions": [{"id": int(ref) * 10, "kind": "refund", "status": "success", "amount": "30.00", "processed_at": "2026-01-06T10:00:00Z"}]}
    return [
        body(1, "20.00", [one], financial_status="authorized"),
        body(2, "30.00", [one, two], financial_status="authorized"),
        body(3, "30.00", [one, two], financial_status="partially_paid", total_outstanding="10.00"),
        body(4, "30.00", [one, two], financial_status="paid", note="ring twice"),
        body(4, "30.00", gone, financial_status="refunded", note="ring twice", refunds=[back], cancelled_at="2026-01-05T10:00:04Z", cancel_reason="customer"),
    ]


CHANNELS: dict[str, tuple[str, Callable[[str], list[Body]]]] = {"ours": ("door", _ours), "shopify": ("shop", _shopify)}


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[int, list[tuple[int, bool]]]:
    """How many versions there are, and in what order they come: (version, whether capture runs after it). Each at least once."""
    versions = draw(st.integers(2, 5))
    again = draw(st.lists(st.integers(0, versions - 1), max_size=4))
    arrivals = draw(st.permutations([*range(versions), *again]))
    return versions, [(n, draw(st.booleans())) for n in arrivals]


@pytest.mark.parametrize("channel", CHANNELS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=deliveries())
def test_any_order_and_any_repeat_ends_as_in_order_delivery(shop: None, channel: str, plan: tuple[int, list[tuple[int, bool]]]) -> None:
    versions, arrivals = plan
    code, bodies = CHANNELS[channel]
    straight, mixed = (str(1_000 + next(numbers)) for _ in range(2))
    for body in bodies(straight)[:versions]:
        send(body, code)
        take()
    for n, look in arrivals:
        send(bodies(mixed)[n], code)
        if look:
            take()
    take()
    assert _without(state_of(mixed), mixed) == _without(state_of(straight), straight)


def _without(state: dict[str, Any], ref: str) -> str:
    return repr(state).replace(ref, "REF")


def test_paid_comes_before_created(shop: None) -> None:
    """Complaint 18: Shopify sends `orders/paid` before `orders/create`; the order is taken from the first and the money is not lost."""
    created, _, _, paid, _ = _shopify("2001")
    send(paid, "shop")
    take()
    late = send(created, "shop")
    take()
    assert outcome(late) == ("done", "out_of_order")
    assert state_of("2001")["money"] == [("authorised", "shop", 2000), ("captured", "shop", 3000)]


def test_money_so_far_is_taken_once_even_beside_the_gateway(shop: None) -> None:
    created, edited, part, paid, _ = _shopify("2002")
    for body in (created, edited, part, paid):
        send(body, "shop")
    take()  # all in one batch: the newest wins, the money of the others is not added to it
    state = state_of("2002")
    assert state["money"] == [("authorised", "shop", 3000), ("captured", "shop", 3000)]
    assert dict(state["ledger"]) == {"clearing:shop": 3000, "deposits:shop": -3000}


def test_a_correction_made_here_survives_the_next_message(shop: None) -> None:
    """The channel tells of a payment; the address that a person mended is not undone by it."""
    from headrace.engine.queries import run

    send(order("W-1"))
    take()
    run("update orders_address set line1 = '1 Main Street, Apt 4' where kind = 'ship'")
    send(order("W-1", 2, payments=[payment("W-1", "captured", "20.00")]))
    take()
    assert state_of("W-1")["addresses"] == [("ship", "Jane Roe", "1 Main Street, Apt 4", "Springfield")]
    send(order("W-1", 3, ship_to=MOVED, payments=[payment("W-1", "captured", "20.00")]))
    take()
    assert state_of("W-1")["addresses"] == [("ship", "Jane Roe", "9 Elm Street", "Springfield")]


def test_the_same_version_with_other_words_changes_nothing(shop: None) -> None:
    send(order("W-2"))
    take()
    other = send(order("W-2", lines=[line("1", "A", 9)]))
    take()
    assert outcome(other) == ("done", "duplicate")
    assert state_of("W-2")["lines"][0][9] == 2

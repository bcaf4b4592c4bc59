"""A cause says what failed, alike for all that failed alike, and names nobody."""

from __future__ import annotations

import pytest

from headrace.engine.causes import CAUSE_CHARS_MAX, UNSAID, cause_of

SHIP_TO = {"ship_to": {"name": "Ann Lee", "city": "Leeds", "lines": ["12 Mill Row"]}, "sku": "MUG"}


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("404 Not Found: the order was archived in the shop", "404 Not Found: the order was archived in the shop"),
        ("ConnectTimeout: The read timed out after 30.2 s", "ConnectTimeout: The read timed out after # s"),
        ("no such SKU MUG-7 in FO-123", "no such SKU # in #"),
        ('HTTP 422: postcode "LS1 4AP" unknown for ann@example.com', "HTTP 422: postcode … unknown for …"),
        ("HTTP 422: Ann Lee lives nowhere", "HTTP 422: … lives nowhere"),
        ("see https://api.example.com/orders/17?token=x", "see …"),
        ("  two\nlines ", "two lines"),
        ("", UNSAID),
        (None, UNSAID),
    ],
)
def test_what_differs_from_letter_to_letter_is_left_out(error: str | None, cause: str) -> None:
    assert cause_of(error) == cause


def test_what_the_delivery_tells_of_a_person_is_left_out_of_what_the_partner_said_of_it() -> None:
    assert cause_of("customer ann lee of leeds, mill row is blocked for mug", SHIP_TO) == "customer … of … is blocked for mug"


def test_two_letters_of_one_fault_have_one_cause_that_fits_into_an_address() -> None:
    one, other = (cause_of(f"409 Conflict: shipment {n} of order #{n + 7} exists since 2026-03-0{n} " + "x" * 900) for n in (1, 2))
    assert one == other and len(one) <= CAUSE_CHARS_MAX

"""Carriers, as the packing bench sees them: a parcel goes in, a tracking number and a cost come out.

A connector registers a carrier under the code that shipping services name. The house's own carrier `own` is always there: it gives numbers of
its own and asks what the policy `shipping` says, so that goods can go out before any contract is signed. Carriers that only the node talks to
are not registered; their tracking numbers are typed or scanned at the bench.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

G_PER_KG = 1_000


@dataclass(frozen=True, slots=True)
class ToSend:
    """A closed parcel. `reference` names it once and for all: asked again, a carrier answers the same."""

    fulfilment_id: int
    parcel_no: int
    service: str | None
    from_country: str
    to_country: str | None
    weight_g: int | None
    rates: dict[str, Any]  # the part of the policy `shipping` that is the carrier's own, by carrier code

    @property
    def reference(self) -> str:
        return f"FO-{self.fulfilment_id}/{self.parcel_no}"


@dataclass(frozen=True, slots=True)
class Label:
    """What the carrier gives: tracking number, and cost in minor units of a currency."""

    tracking: str
    cost_minor: int
    currency: str


Carrier = Callable[[ToSend], Label]
_carriers: dict[str, Carrier] = {}


def register_carrier(code: str, carrier: Carrier) -> None:
    """Make a carrier known, by the code that shipping services name."""
    _carriers[code] = carrier


def carrier_named(code: str | None) -> Carrier | None:
    """The carrier of this code; None where the node deals with it by itself."""
    return _carriers.get(code) if code else None


def own(parcel: ToSend) -> Label:
    """The house's own carrier: a number with a check digit, and a cost by started kilogram, dearer abroad."""
    rates = parcel.rates["own"]
    kilos = max(-(-(parcel.weight_g or 0) // G_PER_KG), 1)
    abroad = parcel.to_country is not None and parcel.to_country != parcel.from_country
    cost = rates["first_kg_minor"] + (kilos - 1) * rates["further_kg_minor"] + (rates["abroad_minor"] if abroad else 0)
    digits = f"{parcel.fulfilment_id:012d}{parcel.parcel_no:03d}"
    return Label(f"HR{digits}{check_digit(digits)}", cost, rates["currency"])


def check_digit(digits: str) -> int:
    """GS1 check digit: from the right, every other digit counts three times."""
    weighted = sum(int(d) * (3 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits)))
    return -weighted % 10


register_carrier("own", own)

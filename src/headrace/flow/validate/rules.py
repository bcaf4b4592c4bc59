"""Fixed logic of validate: how credit is used up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Claim(NamedTuple):
    """An order on account: what it asks for, and what its customer owes already (minor units of `currency`)."""

    order_id: int
    party_id: int | None
    total_minor: int
    currency: str
    limit_currency: str
    limit_minor: int | None
    owed_minor: int


def over_limit(claims: Sequence[Claim]) -> list[tuple[Claim, int]]:
    """Claims that their customer's limit does not bear, each with what was owed when its turn came.

    Taken in the order given. A claim that is refused uses up nothing, so a smaller one after it may still pass.
    """
    granted: dict[int, int] = {}
    refused = []
    for claim in claims:
        if claim.party_id is None or claim.limit_minor is None or claim.currency != claim.limit_currency:
            continue
        owed = claim.owed_minor + granted.get(claim.party_id, 0)
        if owed + claim.total_minor > claim.limit_minor:
            refused.append((claim, owed))
        else:
            granted[claim.party_id] = granted.get(claim.party_id, 0) + claim.total_minor
    return refused

"""What a parcel should weigh, by its goods, and how far off is too far: a warning to weigh it again, never a refusal."""

from __future__ import annotations

LIGHTER_PERCENT_MAX = 10  # goods weigh a little less than the catalog says
HEAVIER_PERCENT_MAX = 30
PACKAGING_G_MAX = 1_000  # box, filling and papers


def is_far_off(weight_g: int | None, goods_g: int | None) -> bool:
    """Whether a parcel's weight cannot be that of its goods and a box; unknown weights are never far off."""
    if weight_g is None or not goods_g:
        return False
    return not goods_g * (100 - LIGHTER_PERCENT_MAX) <= weight_g * 100 <= goods_g * (100 + HEAVIER_PERCENT_MAX) + PACKAGING_G_MAX * 100

"""The line as a channel of water: how deep it stands before each stage, how it runs through, in the units of a picture."""

from __future__ import annotations

import math
from typing import Any

DEPTH, DEPTH_LEAST, DEPTH_MOST = 100, 10, 92  # of a stage's picture; a channel is never quite dry, and never runs over
FULL = 10_000  # documents at which it stands as high as it can
PULSE_WIDTH, PULSE_HEIGHT = 120, 24
SPEEDS = ((60, "fast"), (10, "brisk"), (1, "slow"))  # documents in the last five minutes


def drawn(stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The stages with `water` and its `surface` from the stage before to this one, `across` and `shore` (the same for a picture that runs down), `speed` and `spark`."""
    depths = [depth(s["waiting"]) for s in stages]
    told = []
    for n, stage in enumerate(stages):
        here, before = depths[n], depths[n - 1] if n else depths[n]
        surface, shore = bend(DEPTH - before, DEPTH - here), bend_down(before, here)
        picture = {"surface": surface, "water": f"{surface}V{DEPTH}H0Z", "shore": shore, "across": f"{shore}H0V0Z"}
        told.append({**stage, **picture, "speed": speed(stage), "spark": spark(stage["pulse"])})
    return told


def depth(waiting: int) -> float:
    """Deeper by the order of magnitude, so that 5 and 5,000 can both be seen."""
    if waiting <= 0:
        return DEPTH_LEAST
    share = min(1.0, math.log10(1 + waiting) / math.log10(FULL))
    return round(DEPTH_LEAST + (DEPTH_MOST - DEPTH_LEAST) * share, 1)


def bend(was: float, becomes: float) -> str:
    """A path from left to right: from one height to the next over the first third."""
    return f"M0 {was:.4g}C18 {was:.4g} 18 {becomes:.4g} 36 {becomes:.4g}H{DEPTH}"


def bend_down(was: float, becomes: float) -> str:
    """The same from top to bottom."""
    return f"M{was:.4g} 0C{was:.4g} 18 {becomes:.4g} 18 {becomes:.4g} 36V{DEPTH}"


def speed(stage: dict[str, Any]) -> str:
    lately = sum(stage["pulse"][-5:])
    return next((word for least, word in SPEEDS if lately >= least), "still")


def spark(pulse: list[int]) -> str:
    """Documents by minute as an area; empty where nothing came through."""
    most = max(pulse, default=0)
    if not most:
        return ""
    step = PULSE_WIDTH / (len(pulse) - 1)
    points = " ".join(f"L{round(n * step, 1):g} {round(PULSE_HEIGHT - 1 - (PULSE_HEIGHT - 2) * value / most, 1):g}" for n, value in enumerate(pulse))
    return f"M0 {PULSE_HEIGHT}{points}L{PULSE_WIDTH} {PULSE_HEIGHT}Z"

"""Writing waves: which fulfilments are gathered together, and what was handed to a carrier together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from headrace.engine.action import Deed
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


def waves_of(fulfilment_ids: Sequence[int]) -> dict[int, str]:
    """The wave (WV-3) that each of these fulfilments is in, where it is in one."""
    return {row.fulfilment_id: row.number for row in sql.waves_of_fulfilments(fulfilment_ids=list(fulfilment_ids))}


def make(deed: Deed, node_id: int, fulfilment_ids: Sequence[int]) -> str:
    """A new wave of these fulfilments. Gives its number. One that is in another wave fails the deed."""
    made = sql.make_wave(deed, node_id=node_id).one
    put = sql.put_into_wave(wave_id=made.id, fulfilment_ids=list(fulfilment_ids))
    assert put.count == len(set(fulfilment_ids)), f"put {put.count} of {len(set(fulfilment_ids))} fulfilments into {made.number}"
    return str(made.number)


def lock(node: str, wave_id: int) -> Any | None:
    """The wave of this node, locked: id, number, dissolved_at; None where there is none."""
    return next(iter(sql.lock_wave(node=node, wave_id=wave_id)), None)


def take_out(deed: Deed, wave_id: int, fulfilment_ids: Sequence[int]) -> set[int]:
    """Take fulfilments out of a wave. Gives those that were in it."""
    return set(sql.take_out_of_wave(deed, wave_id=wave_id, fulfilment_ids=list(fulfilment_ids)).column("fulfilment_id"))


def members(wave_id: int) -> list[int]:
    """The fulfilments that are in a wave now; for a limited person those that this person sees."""
    return list(sql.members_of_wave(wave_id=wave_id).column("fulfilment_id"))


def dissolve(deed: Deed, wave_id: int) -> int:
    """Break a wave up: what is not packed yet is free for another one. Gives their number."""
    sql.dissolve_wave(deed, wave_id=wave_id)
    return free(deed, wave_id)


def free(deed: Deed, wave_id: int, fulfilment_ids: Sequence[int] | None = None) -> int:
    """What is not packed yet of a wave, or of a part of it, is free for another one. Gives their number."""
    return sql.free_from_wave(deed, wave_id=wave_id, fulfilment_ids=None if fulfilment_ids is None else list(fulfilment_ids)).count


def hand_over(deed: Deed, fulfilment_ids: Sequence[int]) -> None:
    """Note on closed parcels that they have left. Guarded: each must be packed and not handed over yet."""
    noted = sql.note_handed_over(shipped_at=deed.at.isoformat(), fulfilment_ids=list(fulfilment_ids))
    assert noted.count == len(set(fulfilment_ids)), f"handed over {noted.count} of {len(set(fulfilment_ids))} fulfilments: some are not packed any more"


def keep_manifest(deed: Deed, node_id: int, carrier: str, content: Sequence[dict[str, Any]]) -> str:
    """Keep what a carrier took along, as it was. Gives the number of the manifest."""
    parcels = [parcel for row in content for parcel in row["parcels"]]
    weight = sum(parcel.get("weight_g") or 0 for parcel in parcels)
    kept = sql.keep_manifest(deed, node_id=node_id, carrier=carrier, parcels=len(parcels), weight_g=weight, content=orjson.dumps(list(content)).decode())
    return str(kept.one.number)

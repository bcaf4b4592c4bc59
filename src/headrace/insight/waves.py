"""Waves of a node and how far they have come, and the manifests of what was handed over together."""

from __future__ import annotations

from typing import Any

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
STATES = ("open", "finished", "dissolved")


def listed(node_id: int, chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Waves of a node, the newest first: number, who and when, state, fulfilments and how many of them are packed or gone, pieces and how many are gathered."""
    return [row._asdict() for row in sql.waves_listed(node_id=node_id, state=chosen.get("state"), before=_key(after), wave_id=None, limit=limit)]


def wave(node_id: int, number: str) -> dict[str, Any] | None:
    """One wave (WV-3) with its pick list and its fulfilments; None where the node has none of that number."""
    found = sql.waves_listed(node_id=node_id, state=None, before=None, wave_id=_number(number, "WV-"), limit=1)
    if not found:
        return None
    told = found.one._asdict()
    inside = [row._asdict() for row in sql.fulfilments_of_wave(wave_id=told["id"])]
    return {**told, "members": inside, "items": [row._asdict() for row in sql.items_of_wave(wave_id=told["id"])]}


def open_waves(node_id: int) -> int:
    """How many waves of a node are still being gathered."""
    return int(sql.open_waves_of_node(node_id=node_id).scalar)


def manifests(node_id: int, chosen: dict[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """Manifests of a node, the newest first."""
    return [row._asdict() for row in sql.manifests_listed(node_id=node_id, manifest_id=None, carrier=chosen.get("carrier"), before=_key(after), limit=limit)]


def manifest(node_id: int, number: str) -> dict[str, Any] | None:
    """One manifest (MF-3) with its content as it was handed over."""
    found = sql.manifests_listed(node_id=node_id, manifest_id=_number(number, "MF-"), carrier=None, before=None, limit=1)
    return found.one._asdict() if found else None


def _key(after: str | None) -> int | None:
    return int(after) if after and after.isascii() and after.isdigit() and len(after) < 19 else None


def _number(text: str, kind: str) -> int:
    """The number behind WV-3; 0, which nothing has, where it is none."""
    digits = text.upper().removeprefix(kind)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0

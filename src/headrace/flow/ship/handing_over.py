"""The carrier's van is here: everything that is packed for it is handed over at once, with the paper that its driver signs."""

from __future__ import annotations

from typing import Any

from headrace.engine import inbox
from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.flow.ship.actions import confirmation_of
from headrace.orders import releasing, waving

sql = load_queries(__package__)
HANDED_OVER_MAX = 1_000  # fulfilments by one deed; a van that takes more is asked twice
HELD_TOLD_MAX = 100  # of those that are held and stay, how many the answer tells


@action(permission="warehouse.work", says="Hand over all")
def hand_over_all(deed: Deed, *, node: str, carrier: str) -> dict[str, Any]:
    """All closed parcels of one carrier at a node have left, up to 1,000 fulfilments at once. The ship stage books them.

    Gives the number of the manifest and a row for each fulfilment: key, done, why. What is held stays, up to 100 of it with a row.
    """
    deed.subject = f"node:{node}"
    found = releasing.find(deed, sql.packed_for_carrier(node=node, carrier=carrier, limit=HANDED_OVER_MAX, held_limit=HELD_TOLD_MAX).column("id"))
    whys = {f.number: _why_not(f) for f in found}
    leaving = [f for f in found if not whys[f.number]]
    rows = [{"key": number, "done": not why, "why": why} for number, why in whys.items()]
    if not leaving:
        held = "; ".join(why for why in list(whys.values())[:3])
        raise Refused(f"carrier: nothing that is packed for {carrier} at {node} can be handed over{'; ' + held if held else ''}")
    packings = {f.number: {**f.packing, "shipped_at": deed.at.isoformat()} for f in leaving}
    waving.hand_over(deed, [f.id for f in leaving])
    inbox.store(f"warehouse:{node}", [inbox.Message("shipment", p["key"], confirmation_of(number, p)) for number, p in packings.items()])
    content = [{"fulfilment": f.number, "order": f.order_number, "service": f.service, "parcels": _on_paper(f)} for f in leaving]
    manifest = waving.keep_manifest(deed, leaving[0].node_id, carrier, content)
    return {"manifest": manifest, "rows": rows}


def _on_paper(f: Any) -> list[dict[str, Any]]:
    return [{name: parcel[name] for name in ("carrier", "tracking", "weight_g") if name in parcel} for parcel in f.packing["parcels"]]


def _why_not(f: Any) -> str:
    """Why closed parcels stay; empty where they may leave. What changed since they were looked for stays, too."""
    if f.hold == "held" or f.order_hold == "held":
        return f"{f.number} is on hold"
    if f.partner:
        return f"{f.number} is at {f.node}, which works with {f.partner}"
    if f.state != "packed" or not f.packing or "shipped_at" in f.packing:
        return f"{f.number} is not packed any more"
    return ""

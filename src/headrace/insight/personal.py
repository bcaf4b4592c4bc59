"""Personal data as programs without the scope `orders.personal` see it: that it is there, not what it is."""

from __future__ import annotations

from typing import Any

from headrace.exception_queue.reasons import reasons

HIDDEN = "***"
ADDRESS_SHOWN = ("kind", "country", "region", "postcode")
EXTRA_SHOWN = ("tags", "ship_complete", "presentment", "source_name", "po_number")
DETAIL_SHOWN = ("field", "check", "severity", "sku", "fix")
# Fields of a failed check that hold what a customer is or where they live.
PERSONAL_WORDS = ("address", "ship_to", "bill_to", "name", "company", "line1", "line2", "city", "postcode", "phone", "email", "customer", "body", "note")
EVENTS_WITH_PERSONAL_DETAIL = ("address_fixed", "repaired", "revised", "commented")


def mask(value: Any) -> Any:
    return None if value is None else HIDDEN


def masked_order(order: dict[str, Any]) -> dict[str, Any]:
    """An order without who it is for: addresses keep country, region and postcode, which routing and tax need."""
    return {
        **order,
        "addresses": [{k: v if k in ADDRESS_SHOWN else mask(v) for k, v in a.items()} for a in order["addresses"]],
        "extra": {k: v if k in EXTRA_SHOWN else HIDDEN for k, v in (order.get("extra") or {}).items()},
        "timeline": [{**t, "detail": mask(t["detail"])} if t["what"] in EVENTS_WITH_PERSONAL_DETAIL else t for t in order["timeline"]],
    }


def masked_case(case: dict[str, Any]) -> dict[str, Any]:
    """A case whose failed field is personal says which field, not what stands in it. What people wrote about it may name the customer, too."""
    case = _without_notes(case)
    detail = case["detail"]
    if not any(word in str(detail.get("field", "")).lower() for word in PERSONAL_WORDS):
        return case
    hidden = {k: v if k in DETAIL_SHOWN and k != "fix" else mask(v) for k, v in detail.items()}
    declared = reasons().get(case["reason_code"])
    return {**case, "detail": hidden, "sentence": declared.sentence(hidden) if declared else case["says"]}


def _without_notes(case: dict[str, Any]) -> dict[str, Any]:
    """The notes of comments and resolutions, and the names of files, are there, not to be read."""
    told = dict(case)
    if "resolution_note" in told:
        told["resolution_note"] = mask(told["resolution_note"])
    if "events" in told:
        told["events"] = [{**e, "detail": {k: mask(v) if k in ("note", "file") else v for k, v in (e["detail"] or {}).items()} or None} for e in told["events"]]
    return told

"""Addresses: the few that are not plainly right are judged one by one; what is certain is put right, with before and after kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headrace.engine.batch import Batch
from headrace.engine.queries import load_queries
from headrace.flow.validate.addresses import E164, E164_CHARS, EMAIL, FIELDS, PO_BOX, PO_BOX_WORDS, judge
from headrace.flow.validate.failing import Failure
from headrace.flow.validate.policy import FIXABLE, FIXING, severity_of
from headrace.orders import validating

sql = load_queries(__package__)


def repair_addresses(batch: Batch, policy: Mapping[str, Any]) -> list[Failure]:
    """Put right what is certain in the ship-to addresses of the batch; gives the faults that are left."""
    unusual = sql.unusual_addresses(
        batch,
        e164=E164,
        e164_min=E164_CHARS[0],
        e164_max=E164_CHARS[1],
        email=EMAIL,
        po_box=PO_BOX,
        po_box_words=[f"%{word}%" for word in PO_BOX_WORDS],
    )
    if not unusual:
        return []
    channels = {row.order_id: (row.channel, row.kind) for row in sql.settings_of_orders(batch, order_ids=unusual.column("order_id"))}
    allowed: dict[tuple[str, str], list[str]] = {}
    failures: list[Failure] = []
    repairs: list[validating.Repair] = []
    for row in unusual:
        door = channels[row.order_id]
        if door not in allowed:
            allowed[door] = [check for check in FIXABLE if severity_of(check, policy, *door) in FIXING]
        verdict = judge({name: getattr(row, name) for name in FIELDS}, allowed[door])
        failures += [Failure(row.order_id, f.check, f.field, f.value, f.expected) for f in verdict.faults]
        if verdict.changes or verdict.is_po_box != row.is_po_box:
            repairs.append(validating.Repair(row.order_id, verdict.changes, verdict.is_po_box))
    validating.repair_addresses(batch, repairs)
    return failures

"""One case beside the queue: what failed (all of it), where, since when, the procedure, the evidence, what may be done with its effect, and what was said."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from headrace.console import case_forms, desk_filters
from headrace.console.access import Visitor, visitor_of
from headrace.engine import by_name, scoping
from headrace.engine.queries import run
from headrace.exception_queue import attaching, desk, merging, talking
from headrace.exception_queue.reasons import name_of
from headrace.exception_queue.tasks import go_on_with_bulk
from headrace.insight import figures, order_card
from headrace.insight.personal import masked_case, masked_order

ON_MANY = (
    ("retry", "exceptions.resolve"), ("claim", "exceptions.work"), ("assign", "exceptions.work"), ("give_back", "exceptions.work"), ("snooze", "exceptions.work"),
    ("escalate", "exceptions.work"), ("comment", "exceptions.work"), ("accept", "exceptions.accept"), ("close", "exceptions.resolve"),
)  # fmt: skip
SHOWN_ELSEWHERE = ("traceback", "severity", "fix", "field", "value", "expected", "difference", "check")
OTHERS_MAX = 20
_STEP = re.compile(r"^\s*\d+\.\s+", re.MULTILINE)


def says(action: str) -> str:
    """The sentence on the button of a deed."""
    declared = by_name.named().get(action)
    return declared.says if declared else action


def begin(bulk_id: int) -> None:
    """Have the bulk taken up at once by the process that does periodic work."""
    with scoping.without_limits():  # the queue of jobs is no table of theirs; the deed keeps to the limits of whoever asked
        go_on_with_bulk.defer(bulk_id=bulk_id)


def of(request: HttpRequest, number: int) -> dict[str, Any] | None:
    """The case of this number, with all that its page shows; None where there is none."""
    found = desk.case(number)
    if found is None:
        return None
    visitor = visitor_of(request)
    may_see = visitor.may("orders.personal")
    order = {**figures.order(found["order_id"]), **order_card.about(found["order_id"])} if found["order_id"] else None
    shown = found if may_see else masked_case(found)
    query = desk_filters.query_of(desk_filters.chosen_of(request.GET))
    is_open = found["state"] != "resolved"
    return {
        **shown,
        **_about(visitor, found, shown, order, may_see),
        **(_to_do(visitor, found, order, f"/exceptions?{query}") if is_open else {}),
        "is_open": is_open,
        "is_own": found["assigned_to"] == visitor.actor,
        "others": _others(found, may_see),
        "files": attaching.files_of(found["id"], visitor.actor, personal=may_see),
        "megabytes_max": attaching.ATTACHMENT_BYTES_MAX // 2**20,
        "may_attach": visitor.may("exceptions.work"),
        "mentions": talking.mentions_on(found["id"], visitor.name),
        "talk": [event for event in shown["events"] if event["event"] == "commented"],
    }


def _about(visitor: Visitor, found: dict[str, Any], shown: dict[str, Any], order: dict[str, Any] | None, may_see: bool) -> dict[str, Any]:
    """What failed, where, and what speaks for it."""
    detail = shown["detail"]
    return {
        "evidence": [{"name": name, "value": value} for name, value in detail.items() if name not in SHOWN_ELSEWHERE],
        "traceback": detail.get("traceback"),
        "order": order if may_see or order is None else masked_order(order),
        "customer": _customer(order) if may_see else "",
        "called": name_of(found["reason_code"]),
        "steps": [step.strip() for step in _STEP.split(_(found["sop"])) if step.strip()],
        "href": _address_of(visitor, found, order),
        "cause": desk.cause_of(found) if may_see else desk.cause_of(shown),
    }


def _customer(order: dict[str, Any] | None) -> str:
    ship: dict[str, Any] = next((a for a in (order or {}).get("addresses", ()) if a["kind"] == "ship"), {})
    return ship.get("name") or ship.get("company") or ""


def _address_of(visitor: Visitor, found: dict[str, Any], order: dict[str, Any] | None) -> str:
    """The page of the document, where this person may open it."""
    number = found["document_id"]
    if found["document"] == "inbox":
        return f"/system/inbox/{number}" if visitor.may("partners.operate") else ""
    if found["document"] == "outbox":
        return f"/system/outbox/{number}" if visitor.may("partners.operate") else ""
    if found["document"] == "payout":
        return f"/finance/payouts/{number}" if visitor.may("ledger.read") else ""
    return f"/orders/{order['number']}" if order is not None and visitor.may("orders.read") else ""


def _others(found: dict[str, Any], may_see: bool) -> list[dict[str, Any]]:
    """All that is wrong with the same order now; the case itself where it concerns none."""
    if not found["order_id"]:
        cases = [found]
    else:
        cases = desk.cases(run("select clock_timestamp()").scalar, order_id=found["order_id"], limit=OTHERS_MAX)
        if found["state"] != "resolved" and found["id"] not in {case["id"] for case in cases}:
            cases = [found, *cases]
    return cases if may_see else [masked_case(case) for case in cases]


def _to_do(visitor: Visitor, found: dict[str, Any], order: dict[str, Any] | None, after: str) -> dict[str, Any]:
    """What may be done by this person, the likeliest first."""
    may_resolve, may_work = visitor.may("exceptions.resolve"), visitor.may("exceptions.work")
    offered = case_forms.offered(visitor, found, order, after)
    may_retry = may_resolve and found["document"] != "outbox"
    is_first = bool(found["offers"]) and found["offers"][0] == "retry"
    may_accept = "accept" in found["offers"] and found["order_id"] is not None and visitor.may("exceptions.accept")
    mends = bool(offered) and not offered[0]["risky"] and not is_first
    accept_first = not mends and not is_first and may_accept
    alike = desk.neighbours(found)
    return {
        "suggested": offered[0] if mends else None,
        "deeds": offered[1:] if mends else offered,
        "accept_first": accept_first,
        "retry_first": may_retry and not mends and not accept_first,
        "may_retry": may_retry,
        "may_accept": may_accept,
        "may_resolve": may_resolve,
        "may_work": may_work,
        "neighbours": alike,
        "duplicates": merging.duplicates_of(found["id"]) if may_work else [],
        "people": case_forms.people(visitor) if may_work else [],
        "teams": case_forms.teams(found["team"]) if may_work else [],
        "wakings": case_forms.wakings() if may_work else [],
        "wordings": [{**w, "words": _filled(w["words"], found, order)} for w in talking.wordings()] if may_work else [],
        "may_word": visitor.may_do("keep_wording"),
        "after": after,
    }


def _filled(words: str, found: dict[str, Any], order: dict[str, Any] | None) -> str:
    """A text with the case's own values in it."""
    detail = found["detail"]
    values = {"order": (order or {}).get("number", ""), "sku": detail.get("sku") or "", "value": detail.get("value") or ""}
    return re.sub(r"\{(order|sku|value)\}", lambda m: str(values[m[1]]), words)

"""One case beside the queue: what failed, where, since when, the procedure, the evidence, and what may be done about it with its effect."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from headrace.console import deeds
from headrace.console.access import Visitor, visitor_of
from headrace.engine import by_name
from headrace.engine.queries import run
from headrace.exception_queue import desk
from headrace.exception_queue.reasons import Team, plain, reasons
from headrace.exception_queue.tasks import go_on_with_bulk
from headrace.flow.validate.actions import VERDICTS
from headrace.insight import figures, order_card
from headrace.insight.personal import masked_case, masked_order

ON_EVERY_CASE = ("retry", "accept", "close")  # they have buttons of their own
EVIDENCE_HIDDEN = ("traceback", "severity", "fix")
OTHERS_MAX = 20
MORNING = 8  # o'clock


def says(action: str) -> str:
    """The sentence on the button of a deed."""
    declared = by_name.named().get(action)
    return declared.says if declared else action


def begin(bulk_id: int) -> None:
    """Have the bulk taken up at once by the process that does periodic work."""
    go_on_with_bulk.defer(bulk_id=bulk_id)


def of(request: HttpRequest, query: str) -> dict[str, Any] | None:
    """The case that the address names, or None."""
    number = request.GET.get("case", "")
    found = desk.case(int(number)) if number.isascii() and number.isdigit() and len(number) < 19 else None
    if found is None:
        return None
    visitor = visitor_of(request)
    may_see = visitor.may("orders.personal")
    order = {**figures.order(found["order_id"]), **order_card.about(found["order_id"])} if found["order_id"] else None
    declared = reasons().get(found["reason_code"])
    shown = found if may_see else masked_case(found)
    return {
        **shown,
        "evidence": [{"name": name, "value": value} for name, value in shown["detail"].items() if name not in EVIDENCE_HIDDEN],
        "traceback": shown["detail"].get("traceback"),
        "order": order if may_see or order is None else masked_order(order),
        "others": _others(found, may_see),
        "deeds": _offered(visitor, found, order, f"/exceptions?{query}"),
        "looking": _looking(visitor, found, f"/exceptions?{query}"),
        "may_accept": "accept" in found["offers"] and visitor.may("exceptions.accept"),
        "may_resolve": visitor.may("exceptions.resolve"),
        "may_work": visitor.may("exceptions.work"),
        "effect_of_retry": _effect_of_retry(found),
        "says_plainly": plain(declared.says) if declared else found["says"],
        "fix": found["detail"].get("fix") if may_see else None,
    }


def _others(found: dict[str, Any], may_see: bool) -> list[dict[str, Any]]:
    """All that is wrong with the same order now."""
    if not found["order_id"]:
        return []
    cases = desk.cases(run("select clock_timestamp()").scalar, order_id=found["order_id"], limit=OTHERS_MAX)
    return cases if may_see else [masked_case(case) for case in cases]


def _effect_of_retry(found: dict[str, Any]) -> str:
    return _("It goes back to %(stage)s and is looked at again. If nothing has changed, it comes back here with its history.") % {
        "stage": found.get("stage") or _("its stage")
    }


def _offered(visitor: Visitor, found: dict[str, Any], order: dict[str, Any] | None, after: str) -> list[dict[str, Any]]:
    """What the reason offers besides trying again, filled with what the case knows; the likeliest first."""
    known = {
        **found["detail"],
        "order_id": found["order_id"],
        "case_ids": [found["id"]],
        "channel_sku": found["detail"].get("sku"),
        "fulfilment": found["detail"].get("value"),
    }
    forms = []
    for name in found["offers"]:
        if name in ON_EVERY_CASE:
            continue
        form = deeds.form_of(
            visitor, name, known=_for(name, known, order), hidden=("order_id", "case_ids"), next_page=after, choices=_choices(name, order), without=("changes",)
        )
        if form is not None and name == "fix_address":
            form["fields"] += _address_fields(order)
        forms.append(form)
    return deeds.offered(forms)


def _for(name: str, known: dict[str, Any], order: dict[str, Any] | None) -> dict[str, Any]:
    """What the deed asks for under another name than the case has it."""
    told = dict(known)
    if order is not None:
        told["channel"] = order["channel"]
    if name == "set_list_price" and known.get("value") is not None:
        told["unit_price"] = str(known["value"]).split(" ")[0]
    return told


def _choices(name: str, order: dict[str, Any] | None) -> dict[str, Any]:
    """Fields that are chosen, not typed."""
    if name == "cancel_line" and order is not None:
        return {"line": [(line["line_no"], f"{line['line_no']}: {line['sku']}") for line in order["lines"]]}
    if name in ("set_shipping_service", "map_shipping_code"):
        return {"service": order_card.shipping_services()}
    if name == "set_fraud_verdict":
        return {"verdict": [(v, _(v)) for v in VERDICTS]}
    return {}


def _address_fields(order: dict[str, Any] | None) -> list[dict[str, Any]]:
    ship: dict[str, Any] = next((a for a in (order or {}).get("addresses", ()) if a["kind"] == "ship"), {})
    named = [(k, v) for k, v in ship.items() if k not in ("kind", "is_po_box")]
    return [
        {"name": f"changes.{k}", "title": _(k), "value": v or "", "needed": False, "hidden": False, "choices": None, "kind": "text", "may_be_empty": True}
        for k, v in named
    ]


def wakings() -> list[tuple[str, str]]:
    """Moments until which people let a case sleep, in the zone of whoever looks: (as the deed takes it, in words)."""
    now = timezone.localtime()
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=7 - now.weekday())
    told = (
        (now + timedelta(hours=1), _("for an hour")),
        (now + timedelta(hours=4), _("for four hours")),
        (morning + timedelta(days=1), _("until tomorrow at eight")),
    )
    return [(at.isoformat(timespec="seconds"), words) for at, words in (*told, (monday, _("until Monday at eight")))]


def _looking(visitor: Visitor, found: dict[str, Any], after: str) -> list[dict[str, Any]]:
    """Whose it is and when: assign, snooze, escalate."""
    known = {"case_ids": [found["id"]], "team": found["team"]}
    teams = [(str(t), _(str(t).replace("_", " "))) for t in Team]
    return deeds.offered(
        [
            deeds.form_of(visitor, "assign", known=known, hidden=("case_ids",), next_page=after, effect=_("The case is theirs; the clock goes on.")),
            deeds.form_of(
                visitor,
                "snooze",
                known=known,
                hidden=("case_ids",),
                next_page=after,
                choices={"until": wakings()},
                effect=_("It leaves the list until then; the clock goes on."),
            ),
            deeds.form_of(
                visitor,
                "escalate",
                known=known,
                hidden=("case_ids",),
                next_page=after,
                choices={"team": teams},
                effect=_("Another team has it; the clock goes on."),
            ),
        ]
    )

"""What every page stands in: the rooms that this person may enter, what waits in them, and what is marked as theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from headrace.console import approving, leaving, live_address, preferences
from headrace.console.access import Visitor, page, visitor_of
from headrace.console.rooms import ROOMS, Room
from headrace.insight.waiting import WAITING_MAX, waiting


def rooms_of(visitor: Visitor) -> list[Room]:
    """The rooms that this person may enter."""
    return [room for room in ROOMS if visitor.may(room.permission)]


def told(count: int) -> str:
    """A count as the navigation writes it; nothing for nothing."""
    return "" if not count else f"{count:,}+" if count >= WAITING_MAX else f"{count:,}"


def counts(rooms: list[Room], visitor: Visitor) -> dict[str, dict[str, Any]]:
    """What waits in these rooms: the count as it is written, and whether any of it is past its time."""
    found = waiting() if any(room.waits for room in rooms) else {}
    if any(room.waits == "approvals" for room in rooms) and visitor.scope(approving.PERMISSION) is not None:
        found["approvals"] = approving.count(visitor, WAITING_MAX)
    return {room.name: {"told": told(found[room.waits]), "overdue": bool(room.overdue and found[room.overdue])} for room in rooms if room.waits}


def _grouped(rooms: list[Room], here: str, visitor: Visitor) -> Callable[[], list[dict[str, Any]]]:
    """The rooms under their headings, counted once, when a template asks for them."""

    @cache
    def groups() -> list[dict[str, Any]]:
        waits = counts(rooms, visitor)
        headings = dict.fromkeys(room.group for room in rooms)
        return [
            {"title": title, "rooms": [{"room": r, "waits": waits.get(r.name), "is_here": r.name == here} for r in rooms if r.group == title]}
            for title in headings
        ]

    return groups


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every template; nothing for strangers."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    visitor = visitor_of(request)
    rooms, here = rooms_of(visitor), request.path.split("/")[1] or "today"
    is_page = request.method == "GET" and "HX-Request" not in request.headers
    return {
        "visitor": visitor,
        "liked": preferences.of(request),
        "undo": request.session.pop("undo", None) if is_page else None,
        "refused": request.session.pop("refused", None) if is_page else None,
        "left_form": leaving.come_back(request, visitor.name) if is_page else None,
        "rooms": rooms,
        "room_groups": _grouped(rooms, here, visitor),
        "here": here,
        "live_address": live_address.of(request),
    }


@require_safe
@page("orders.read")
def show_waiting(request: HttpRequest) -> JsonResponse:
    """What waits, for pages that stay open: the navigation asks now and then."""
    return JsonResponse(counts(rooms_of(visitor_of(request)), visitor_of(request)), headers={"Cache-Control": "no-store"})

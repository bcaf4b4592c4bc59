"""The queue of a node: what leaves first first, narrowed by how it stands, how it goes out, what it holds, and by when."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from headrace.console import listing
from headrace.console.access import page, visitor_of
from headrace.console.floor_board import node_of
from headrace.console.listing import Column, Filter, Listing
from headrace.console.orders import YES_NO
from headrace.console.templatetags.console import words
from headrace.flow.release.waving import WAVE_MAX
from headrace.insight import floor, waves

COLUMNS = (
    Column("number", gettext_lazy("Fulfilment"), href="/fulfilment/f/{number}"),
    Column("state", gettext_lazy("State"), "badge"),
    Column("cut_off_at", gettext_lazy("Cut-off"), "due"),
    Column("left_each", gettext_lazy("Pieces"), "count"),
    Column("picked_each", gettext_lazy("Picked"), "count"),
    Column("skus", gettext_lazy("Goods"), "long", wide=True),
    Column("carrier", gettext_lazy("Carrier")),
    Column("service", gettext_lazy("Service")),
    Column("order_number", gettext_lazy("Order"), href="/orders/{order_number}", wide=True),
    Column("hold", gettext_lazy("Hold"), "words"),
    Column("wave", gettext_lazy("Wave"), href="/fulfilment/{node}/waves/{wave}"),
    Column("priority", gettext_lazy("Priority"), "count", extra=True),
    Column("channel", gettext_lazy("Channel"), extra=True),
    Column("lines", gettext_lazy("Lines"), "count", extra=True),
    Column("released_at", gettext_lazy("Released"), "moment", extra=True),
)
FIRST_USUALLY = 20  # fulfilments of a wave where nobody says how many
LINES = (("one", gettext_lazy("one line")), ("several", gettext_lazy("several lines")))
CUT_OFFS = (("late", gettext_lazy("past it")), ("hour", gettext_lazy("within the hour")), ("next", gettext_lazy("the next one")))
PRIORITIES = (("high", gettext_lazy("before the usual")), ("usual", gettext_lazy("usual")), ("low", gettext_lazy("after the usual")))


def _states() -> list[tuple[str, Any]]:
    return [(state, words(state)) for state in floor.STATES]


def _carriers(node_id: int) -> list[tuple[str, Any]]:
    """Those of the services, and those that somebody typed at the bench for what stands packed."""
    typed = (row["carrier"] for row in floor.packed_by_carrier(node_id))
    return [(code, code) for code in sorted({"own", *(s.carrier for s in floor.ways_to_ship()), *typed})]


def _ways() -> list[tuple[str, Any]]:
    return [(s.code, f"{s.name} ({s.carrier})") for s in floor.ways_to_ship()]


def _filters(node_id: int) -> tuple[Filter, ...]:
    return (
        Filter("state", gettext_lazy("State"), choices=_states),
        Filter("cut_off", gettext_lazy("Cut-off"), choices=CUT_OFFS),
        Filter("carrier", gettext_lazy("Carrier"), choices=lambda: _carriers(node_id)),
        Filter("service", gettext_lazy("Service"), choices=_ways),
        Filter("lines", gettext_lazy("Lines"), choices=LINES),
        Filter("priority", gettext_lazy("Priority"), choices=PRIORITIES),
        Filter("held", gettext_lazy("Held"), choices=YES_NO),
        Filter("in_wave", gettext_lazy("In a wave"), choices=YES_NO),
    )


def queue_of(found: Any) -> Listing:
    """The list of a node's queue. Views of it are kept by its name, so that one of them serves at every node."""
    return Listing(
        "queue",
        f"{found.code} {found.name}" if found.name != found.code else found.code,
        f"/fulfilment/{found.code}",
        COLUMNS,
        rows=lambda chosen, after, limit: floor.queue(found.id, chosen, after, limit),
        filters=_filters(found.id),
        count=lambda chosen, limit: len(floor.queue_found(found.id, chosen, None, limit)),
        search=gettext_lazy("FO- or SO- number, or a SKU"),
        marks="fulfilment",
        deeds_on_many="console/floor/many.html",
        empty=_("Nothing is to be done here. Orders come by themselves when they are released."),
    )


@require_safe
@page("warehouse.work")
def show(request: HttpRequest, node: str) -> HttpResponseBase:
    """The queue of a node, what leaves first first; what may be gathered in a wave, and what waits, closed, for each carrier."""
    found = node_of(node)
    more = {
        "node": found,
        "told": next(iter(floor.board(floor.moment(), found.id)), None),
        "carriers": [] if found.partner else floor.packed_by_carrier(found.id),
        "may_hand_over": visitor_of(request).may_do("hand_over_all", {"node": found.code}),
        "open_waves": waves.open_waves(found.id),
        "wave_max": WAVE_MAX,
        "first": FIRST_USUALLY,
    }
    return listing.show(request, queue_of(found), template="console/floor/queue.html", more=more)

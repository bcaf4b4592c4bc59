"""Views of lists: what people chose, kept under a name, for themselves or for all."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from headrace.console.models import SavedView
from headrace.engine.action import Deed, Refused, action

NAME_CHARS_MAX = 60
QUERY_CHARS_MAX = 2_000
VIEWS_MAX = 100  # of one person and list


def of(username: str, listing: str) -> list[dict[str, Any]]:
    """The views of a list that this person sees: their own, and those that are shared."""
    kept = SavedView.objects.filter(Q(owner=username) | Q(is_shared=True), listing=listing).order_by("name")[:VIEWS_MAX]
    return [{"id": v.id, "name": v.name, "query": v.query, "is_own": v.owner == username, "is_shared": v.is_shared, "owner": v.owner} for v in kept]


@action(permission="orders.read", says="Keep the view")
def keep_view(deed: Deed, *, listing: str, name: str, query: str, shared: bool = False) -> int:
    """Keep a list's filters and columns under a name; a view of the same name and owner is replaced."""
    name = name.strip()
    if not 0 < len(name) <= NAME_CHARS_MAX:
        raise Refused(f"name: {name[:NAME_CHARS_MAX]!r}; give the view a name of 1 to {NAME_CHARS_MAX} characters")
    if len(query) > QUERY_CHARS_MAX:
        raise Refused(f"query: {len(query)} characters, at most {QUERY_CHARS_MAX} can be kept; choose fewer filters")
    owner = _person(deed)
    if SavedView.objects.filter(owner=owner, listing=listing).exclude(name=name).count() >= VIEWS_MAX:
        raise Refused(f"name: {VIEWS_MAX} views of this list are kept already; remove one first")
    deed.subject = f"view:{listing}"
    kept, _ = SavedView.objects.update_or_create(owner=owner, listing=listing, name=name, defaults={"query": query, "is_shared": shared, "kept_at": deed.at})
    return kept.id


@action(permission="orders.read", says="Remove the view")
def drop_view(deed: Deed, *, view_id: int) -> None:
    """Remove a view of one's own."""
    deed.subject = f"view:{view_id}"
    if not SavedView.objects.filter(id=view_id, owner=_person(deed)).delete()[0]:
        raise Refused(f"view_id: there is no view {view_id} of yours; a shared view is removed by its owner")


def _person(deed: Deed) -> str:
    return deed.actor.partition(":")[2]

"""Views of lists: what people chose, kept under a name, for themselves or for all; and which one a list opens with."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.db.models import Q

from headrace.console.models import FirstView, SavedView
from headrace.engine.action import Deed, Refused, action

NAME_CHARS_MAX = 60
QUERY_CHARS_MAX = 2_000
VIEWS_MAX = 100  # of one person and list


def of(username: str, listing: str, query: str = "") -> list[dict[str, Any]]:
    """The views of a list that this person sees: their own, and those that are shared; `is_here` marks the one that `query` shows."""
    kept = SavedView.objects.filter(Q(owner=username) | Q(is_shared=True), listing=listing).order_by("name")[:VIEWS_MAX]
    first = FirstView.objects.filter(owner=username, listing=listing).values_list("view_id", flat=True).first()
    shown = _parts(query)
    return [
        {
            "id": v.id,
            "name": v.name,
            "query": v.query,
            "is_own": v.owner == username,
            "is_shared": v.is_shared,
            "owner": v.owner,
            "is_first": v.id == first,
            "is_here": bool(query) and _parts(v.query) == shown,
        }
        for v in kept
    ]


def _parts(query: str) -> set[tuple[str, str]]:
    return set(parse_qsl(query))


def default_of(username: str, listing: str) -> str | None:
    """The query with which the list opens for this person, if they chose a view for that."""
    query: str | None = FirstView.objects.filter(owner=username, listing=listing).values_list("view__query", flat=True).first()
    return query or None


@action(permission="orders.read", says="Keep the view")
def keep_view(deed: Deed, *, listing: str, name: str, query: str, shared: bool = False) -> int:
    """Keep a list's filters and columns under a name; a view of the same name and owner is replaced."""
    name = _name(name)
    if len(query) > QUERY_CHARS_MAX:
        raise Refused(f"query: {len(query)} characters, at most {QUERY_CHARS_MAX} can be kept; choose fewer filters")
    owner = _person(deed)
    if SavedView.objects.filter(owner=owner, listing=listing).exclude(name=name).count() >= VIEWS_MAX:
        raise Refused(f"name: {VIEWS_MAX} views of this list are kept already; remove one first")
    deed.subject = f"view:{listing}"
    kept, _ = SavedView.objects.update_or_create(owner=owner, listing=listing, name=name, defaults={"query": query, "is_shared": shared, "kept_at": deed.at})
    return kept.id


@action(permission="orders.read", says="Rename the view")
def rename_view(deed: Deed, *, view_id: int, name: str, shared: bool = False) -> None:
    """Give a view of one's own another name, and say whether everybody may use it."""
    name, view = _name(name), _own(deed, view_id)
    if SavedView.objects.filter(owner=view.owner, listing=view.listing, name=name).exclude(id=view_id).exists():
        raise Refused(f"name: a view of this list is called {name!r} already; choose another name")
    SavedView.objects.filter(id=view_id).update(name=name, is_shared=shared)


@action(permission="orders.read", says="Remove the view")
def drop_view(deed: Deed, *, view_id: int) -> None:
    """Remove a view of one's own. Nothing but the view goes: the rows that it showed stay."""
    _own(deed, view_id).delete()


@action(permission="orders.read", says="Open the list with this view")
def open_with_view(deed: Deed, *, listing: str, view_id: int | None = None) -> None:
    """Choose the view with which a list opens for oneself; without a view it opens with all rows again."""
    owner = _person(deed)
    deed.subject = f"view:{listing}"
    if view_id is None:
        FirstView.objects.filter(owner=owner, listing=listing).delete()
        return
    if not SavedView.objects.filter(Q(owner=owner) | Q(is_shared=True), id=view_id, listing=listing).exists():
        raise Refused(f"view_id: there is no view {view_id} of this list that you can see; choose one that the list shows")
    FirstView.objects.update_or_create(owner=owner, listing=listing, defaults={"view_id": view_id})


def _name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= NAME_CHARS_MAX:
        raise Refused(f"name: {name[:NAME_CHARS_MAX]!r}; give the view a name of 1 to {NAME_CHARS_MAX} characters")
    return name


def _own(deed: Deed, view_id: int) -> SavedView:
    deed.subject = f"view:{view_id}"
    view = SavedView.objects.filter(id=view_id, owner=_person(deed)).first()
    if view is None:
        raise Refused(f"view_id: there is no view {view_id} of yours; a shared view is removed by its owner")
    return view


def _person(deed: Deed) -> str:
    return deed.actor.partition(":")[2]

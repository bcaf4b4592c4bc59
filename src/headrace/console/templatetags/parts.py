"""The parts of a room, as its pages show them above what they hold."""

from __future__ import annotations

from typing import Any

from django import template

from headrace.console import parts

register = template.Library()


@register.inclusion_tag("console/_parts.html", takes_context=True)
def parts_of(context: Any, room: str) -> dict[str, Any]:
    """Two rows: the room's groups, and the pages of the one where the person is."""
    return parts.of_room(room, context["visitor"], context["request"].path)

"""The company's own sign-in, as pages name it."""

from __future__ import annotations

from django import template

from headrace.console import company

register = template.Library()


@register.simple_tag
def company_sign_in() -> dict[str, str]:
    """name: what its button says, empty where there is none; end: where one signs out of it."""
    return {"name": company.name(), "end": company.end_there()}

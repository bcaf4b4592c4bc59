"""Forms of deeds: what an action asks for becomes the fields of a form, with what the page knows already filled in.

A page offers a deed by its name; a person who may not do it does not see it. The form goes to `/do/<name>` (acting.py), whose action checks again.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from headrace.console.access import Visitor
from headrace.engine import by_name

LONG_TEXTS = ("note", "why", "legs")


def _said(sentence: str | None) -> str:
    """In the reader's language; gettext would take nothing for a question about its catalogue."""
    return _(sentence) if sentence else ""


def form_of(
    visitor: Visitor,
    name: str,
    *,
    known: Mapping[str, Any] | None = None,
    hidden: Sequence[str] = (),
    without: Sequence[str] = (),
    choices: Mapping[str, Sequence[tuple[str, Any]]] | None = None,
    effect: str = "",
    next_page: str = "",
    risky: bool = False,
) -> dict[str, Any] | None:
    """The form of one deed, or None where this person may not do it.

    known    what stands in the fields already; hidden: of these, the fields nobody types (ids)
    without  fields that are left out, so that the action takes its default
    choices  fields that are chosen from a list, as (value, title)
    effect   what will happen, in words that hold for this document; the action's own words where empty
    risky    asks once more before it is done
    """
    declared = by_name.named().get(name)
    if declared is None or not visitor.may_do(name, known):
        return None
    told = by_name.form(name).model_json_schema()
    properties, needed = told["properties"], told.get("required", ())
    known, choices = known or {}, choices or {}
    fields = [_field(n, shape, known.get(n), n in needed, n in hidden, choices.get(n)) for n, shape in properties.items() if n not in without]
    return {
        "name": name,
        "says": _(declared.says),
        "effect": effect or _said(inspect.getdoc(declared.function)),
        "fields": fields,
        "next": next_page,
        "risky": risky,
    }


def _field(name: str, shape: Mapping[str, Any], value: Any, needed: bool, hidden: bool, choices: Sequence[tuple[str, Any]] | None) -> dict[str, Any]:
    kinds = {shape.get("type")} | {part.get("type") for part in shape.get("anyOf", ())}
    formats = {shape.get("format")} | {part.get("format") for part in shape.get("anyOf", ())}
    if "boolean" in kinds and shape.get("default") is True and not choices:  # an empty box sends nothing, which would mean yes: so it is asked in words
        choices, kinds, value = (("true", _("yes")), ("false", _("no"))), {"string"}, "false" if value is False else "true"
    return {
        "name": name,
        "title": _(name.replace("_", " ").removesuffix(" id")),
        "value": json.dumps(value) if isinstance(value, list | dict) else ("" if value is None else value),
        "needed": needed,
        "hidden": hidden,
        "choices": choices,
        "many": "array" in kinds,
        "kind": "long" if name in LONG_TEXTS else "flag" if "boolean" in kinds else "day" if "date" in formats else "number" if kinds & {"integer"} else "text",
    }


def offered(forms: Sequence[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """The forms that this person may use."""
    return [form for form in forms if form is not None]

"""Every action, by its name and plain values: what a program or a command line sends, checked against the action's own signature.

One door instead of one endpoint and one command per action: an action that is declared can be done, with the same checks, by everybody who may.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, get_type_hints

import psycopg
from django.db import DataError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic_core import to_jsonable_python

from headrace.engine.action import Action, Refused, action_named, actions

VALUE_CHARS_MAX = 80
INT_MAX = 2**62
_ORDER_NUMBER = re.compile(r"SO-(\d{1,18})", re.IGNORECASE)


class WrongValue(Refused):
    """A value that the action cannot take. Says the field, the value and the remedy."""

    def __init__(self, says: str, *, field: str | None = None, value: str | None = None, fix: str | None = None) -> None:
        super().__init__(says)
        self.field, self.value, self.fix = field, value, fix


def _number(value: Any) -> Any:
    """`SO-12` is what people read on an order."""
    found = _ORDER_NUMBER.fullmatch(value) if isinstance(value, str) else None
    return int(found.group(1)) if found else value


def _storable(value: Any) -> Any:
    """No zero byte and no half of a pair of letters at any depth, which no database text can hold; no moment without its zone, which compares with no other."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("the moment needs its zone, as in 2026-01-05T10:00:00Z")
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("a zero byte is no text; leave it out")
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError("half a letter is no text; leave it out")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _storable(key), _storable(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _storable(inner)
    return value


def named() -> dict[str, Action]:
    """The actions that may be done by name."""
    return {name: action for name, action in sorted(actions().items()) if not action.own_door}


def described() -> list[dict[str, Any]]:
    """Name, sentence, permission, help and JSON schema of the parameters of every action that may be done by name."""
    return [
        {
            "name": name,
            "says": action.says,
            "permission": action.permission,
            "help": inspect.getdoc(action.function) or "",
            "parameters": form(name).model_json_schema(),
        }
        for name, action in named().items()
    ]


@cache
def form(name: str) -> type[BaseModel]:
    """What the action takes, as a model: its keyword parameters with their types; nothing else is let through."""
    function = action_named(name).function
    hints = get_type_hints(function)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (_checked(parameter.name, hints[parameter.name]), default)
    return create_model(name, __config__=ConfigDict(extra="forbid", arbitrary_types_allowed=True), **fields)


def _checked(name: str, hint: Any) -> Any:
    if hint is int:
        hint = Annotated[int, Field(ge=-INT_MAX, le=INT_MAX)]
    if name == "order_id":
        return Annotated[hint, BeforeValidator(_number)]
    return Annotated[hint, AfterValidator(_storable)]


def do(name: str, *, actor: str, given: Mapping[str, Any]) -> Any:
    """Do it; gives its answer as plain values. Raises LookupError for a name that is none, WrongValue, and what actions raise.

    A value that a column cannot hold comes as psycopg's own error from the engine's queries, which do not pass through Django.
    """
    if name not in named():
        raise LookupError(f"no action named {name!r} may be done by name; known: {', '.join(named())}")
    parameters = checked(name, given)
    try:
        return to_jsonable_python(action_named(name)(actor=actor, **parameters))
    except (DataError, psycopg.DataError) as error:
        raise WrongValue(f"{name}: a value does not fit: {str(error).splitlines()[0]}", fix="send a smaller or shorter value") from error


def checked(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, read as the action's own signature wants it. Raises WrongValue."""
    model = form(name)
    try:
        read = model.model_validate(dict(given))
    except ValidationError as error:
        raise _wrong(name, model, error) from None
    return {key: getattr(read, key) for key in model.model_fields if key in read.model_fields_set}


def _wrong(name: str, model: type[BaseModel], error: ValidationError) -> WrongValue:
    """The first thing that is wrong, in words."""
    first = error.errors(include_url=False)[0]
    at = [str(part) for part in first["loc"]] or [name]
    field = at[0]
    if first["type"] == "missing":
        return WrongValue(f"{field} is missing", field=field, fix=f"{name} takes {_takes(model)}")
    if first["type"] == "extra_forbidden":
        return WrongValue(f"{field[:VALUE_CHARS_MAX]!r} is nothing that {name} takes", field=field[:VALUE_CHARS_MAX], fix=f"it takes {_takes(model)}")
    value, says = str(first["input"])[:VALUE_CHARS_MAX], first["msg"].removeprefix("Value error, ")
    return WrongValue(f"{field}: {value!r} will not do: {says[:1].lower()}{says[1:]}", field=field, value=value, fix=says)


def _takes(model: type[BaseModel]) -> str:
    return ", ".join(f"{name}" if told.is_required() else f"{name} (may be left out)" for name, told in model.model_fields.items()) or "nothing"

"""A policy's body as tables of typed fields, and such fields as a body again. A field's name is its path: parts with a bar between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from headrace.console import rule_words
from headrace.engine.action import Refused, actions
from headrace.flow.allocate.policy import DEFAULT as ROUTING
from headrace.flow.allocate.policy import FILTERS, SORT_KEYS
from headrace.flow.validate.policy import FIXABLE, FIXING, SEVERITIES
from headrace.governance.policies import declared

BAR = "|"
PREFIX, ADDED_KEY, ADDED_VALUE = "value:", "key-of:", "value-of:"
# Tables that take further rows: their keys are channels, currencies, classes of goods, nodes.
OPEN = ("channels", "high_value_minor", "regulated", "in_progress_max_by_node")
SPLITS = ("allow", "never")


def flat(body: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every setting by its path; a list is one setting."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from flat(value, (*at, str(key)))
    else:
        yield at, body


def sections(name: str, body: Any, typed: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The body as tables: title, whether rows can be added, and rows of path, name, kind, value, choices, default."""
    defaults = dict(flat(declared()[name].body))
    found: dict[str, list[dict[str, Any]]] = {}
    for path, value in flat(body):
        words = rule_words.words_of(name, path)
        shown = _shown(value) if typed is None else typed.get(PREFIX + BAR.join(path), _shown(value))
        row = {
            "field": PREFIX + BAR.join(path),
            "name": " › ".join((*path[1:-1], str(words.title))),
            "help": words.help,
            "unit": words.unit,
            "kind": _kind(value, defaults.get(path)),
            "value": shown,
            "choices": [(word, rule_words.VALUES.get(word, word)) for word in _choices(name, path)],
            "said": rule_words.value_said(name, path, value),
            "known": [(word, rule_words.value_said(name, path, [word])) for word in _known(name, path)],
            "default": rule_words.value_said(name, path, defaults[path]) if path in defaults else "",
            "is_changed": path in defaults and defaults[path] != value,
        }
        found.setdefault(path[0] if len(path) > 1 else "", []).append(row)
    for title, value in body.items():
        if title in OPEN and isinstance(value, dict):
            found.setdefault(title, [])
    return [{"name": t, "title": _titled(name, t), "rows": rows, "is_open": t in OPEN} for t, rows in found.items()]


def _titled(name: str, table: str) -> Any:
    return rule_words.words_of(name, (table,)).title if table else ""


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(str(v) for v in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _kind(value: Any, default: Any) -> str:
    if isinstance(value, list):
        return "list"
    if isinstance(value, bool) or isinstance(default, bool):
        return "flag"
    return "number" if isinstance(value, int | float) else "text"


def _choices(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
    if name == "validation" and "severity" in path:
        return SEVERITIES if path[-1] in FIXABLE else tuple(s for s in SEVERITIES if s not in FIXING)
    return SPLITS if (name, path) == ("routing", ("split",)) else ()


def _known(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """What a list may hold, in words for below the field."""
    words = {
        ("routing", "filters"): FILTERS,
        ("routing", "sorts"): SORT_KEYS,
        ("routing", "kinds"): tuple(ROUTING["kinds"]),
        ("approvals", "deeds"): tuple(sorted(actions())),
    }
    return words.get((name, path[0]), ())


def body_from(base: Any, given: Mapping[str, str]) -> Any:
    """The base with what was typed in. An emptied row of an open table goes, an added one comes. Raises Refused for a number that is none."""
    body = deepcopy(base)
    for path, was in flat(base):
        text = given.get(PREFIX + BAR.join(path))
        if text is None:
            continue
        if text.strip() == "" and path[0] in OPEN and len(path) > 1 and not isinstance(was, list):
            _drop(body, path)
        else:
            _put(body, path, _read(BAR.join(path), text, was))
    for table in OPEN:
        key = given.get(ADDED_KEY + table, "").strip()
        if key:
            beside = next((v for p, v in flat(base.get(table, {})) if p), None)
            was = [] if table == "regulated" or key.endswith("segments") else "" if table == "channels" else beside if beside is not None else 0
            _put(body, (table, *(part.strip() for part in key.split("/"))), _read(key, given.get(ADDED_VALUE + table, ""), was))
    return body


def _read(field: str, text: str, was: Any) -> Any:
    """What was typed, in the kind that stood there; an empty field is no limit (null) where none was before."""
    text = text.strip()
    if isinstance(was, list):
        return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]
    if isinstance(was, bool):
        if text not in ("true", "false"):
            raise Refused(f"{field}: {text!r} must be true or false")
        return text == "true"
    if isinstance(was, int | float):
        return _number(field, text, whole=isinstance(was, int)) if text else None
    if was is None:
        return _number(field, text, whole=True) if text else None
    return text


def _number(field: str, text: str, *, whole: bool) -> int | float:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        raise Refused(f"{field}: {text!r} is no number; write {'a whole number, as in 25' if whole else 'it as in 0.02'}") from None


def _put(body: Any, path: tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:
        body = body.setdefault(part, {})
        if not isinstance(body, dict):
            raise Refused(f"{BAR.join(path)}: {part!r} is a value, no table; choose another name")
    body[path[-1]] = value


def _drop(body: Any, path: tuple[str, ...]) -> None:
    """Take a setting away, and the tables that are empty without it."""
    tables = [body]
    for part in path[:-1]:
        tables.append(tables[-1][part])
    for table, part in zip(reversed(tables), reversed(path), strict=True):
        if table is not body:
            del table[part]
            if table:
                return


def differences(before: Any, after: Any, policy: str = "") -> list[dict[str, Any]]:
    """Field by field what differs: name, before, after, and the whole as a sentence."""
    was, now = dict(flat(before)), dict(flat(after))
    return [
        {
            "name": " › ".join(path),
            "before": _told(was, path),
            "after": _told(now, path),
            "sentence": rule_words.difference(policy, path, was.get(path), now.get(path), is_new=path not in was, is_gone=path not in now),
        }
        for path in dict.fromkeys([*was, *now])
        if was.get(path, BAR) != now.get(path, BAR)
    ]


def _told(body: Mapping[tuple[str, ...], Any], path: tuple[str, ...]) -> str:
    return _shown(body[path]).replace("\n", ", ") or "-" if path in body else "-"

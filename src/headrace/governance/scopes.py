"""Where a person may do what their roles grant: some legal entities, nodes and channels, or everywhere. The database keeps it (row_security.sql)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any

from headrace.engine import scoping, sockets
from headrace.engine.action import Action, Refused, actions
from headrace.engine.queries import load_queries
from headrace.governance import access

sql = load_queries(__package__)

DIMENSIONS = ("entities", "nodes", "channels")
WHOLE_HOUSE = frozenset({"users.manage", "keys.manage", "audit.read", "policy.publish"})  # concern everybody: never for a part only
HARMLESS = frozenset(
    {
        "keep_preferences",
        "keep_view",
        "drop_view",
        "rename_view",
        "open_with_view",
        "end_my_session",
        "end_my_other_sessions",
        "leave_handover",
    }
)  # concern the person alone, or say something to a team
KEEP_TO_LIMITS = frozenset({"start_bulk"})  # choose what they touch themselves, within the limits of whoever asks
ANSWERS = frozenset({"approve", "refuse"})  # touch what the deed touches that waits
Ids = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Limits of a person for one permission; None in a dimension is no limit, an empty one shows nothing."""

    entities: Ids | None = None
    nodes: Ids | None = None
    channels: Ids | None = None

    @property
    def limited_in(self) -> tuple[str, ...]:
        return tuple(d for d in DIMENSIONS if getattr(self, d) is not None)


def close_tables() -> None:
    """Tables that a migration brought are closed to limited people until a policy says otherwise."""
    if sql.scope_tables().scalar:
        sql.close_tables()


Held = tuple[tuple[tuple[str, ...], Scope], ...]


def held_by(username: str) -> Held:
    """Everything that a person's roles grant, each with its limits."""
    with scoping.without_limits():
        return tuple((tuple(row.permissions), _scope(row)) for row in sql.limits_of_user(username=username))


def scope_of(username: str, permission: str) -> Scope | None:
    """The limits under which this person has the permission; None is none. Who does not have it at all sees nothing."""
    return scope_within(held_by(username), permission)


def scope_within(grants: Held, permission: str) -> Scope | None:
    held = [scope for permissions, scope in grants if access.grants(permissions, permission)]
    if not held:
        return Scope((), (), ())
    if any(not scope.limited_in for scope in held):
        return None
    joined = held[0]
    for scope in held[1:]:
        joined = _both(joined, scope)
    return joined


def _scope(row: Any) -> Scope:
    return Scope(*(tuple(sorted(getattr(row, d))) or None for d in DIMENSIONS))


def _unite(one: Scope, other: Scope) -> bool:
    """Whether both together are one scope: equal, or limited in the same single dimension."""
    return one == other or (one.limited_in == other.limited_in and len(one.limited_in) == 1)


def _both(one: Scope, other: Scope) -> Scope:
    """Together where they unite; where a changed role made them cross, only what both allow, so that nothing opens by accident."""
    if _unite(one, other):
        return Scope(*(None if getattr(one, d) is None else tuple(sorted({*getattr(one, d), *getattr(other, d)})) for d in DIMENSIONS))
    return Scope(*(_shared(getattr(one, d), getattr(other, d)) for d in DIMENSIONS))


def _shared(one: Ids | None, other: Ids | None) -> Ids | None:
    if one is None or other is None:
        return other if one is None else one
    return tuple(sorted({*one} & {*other}))


def check_unites(username: str, role: str, permissions: Collection[str], limits: Mapping[str, Collection[int]]) -> None:
    """Refuse a grant whose limits would cross those of another role with the same permission."""
    wanted = Scope(*(tuple(sorted(limits[d])) or None for d in DIMENSIONS))
    if not wanted.limited_in:
        return
    barred = sorted(p for p in WHOLE_HOUSE if access.grants(tuple(permissions), p))
    if barred:
        raise Refused(f"role: {role} grants {', '.join(barred)}, which concern the whole house; give it without limits, or a role that lacks them")
    for row in sql.limits_of_user(username=username):
        held = _scope(row)
        if row.role == role or not held.limited_in or _unite(held, wanted):
            continue
        shared = [p for p in access.PERMISSIONS if access.grants(tuple(permissions), p) and access.grants(row.permissions, p)]
        if shared:
            raise Refused(f"role: {username} has {row.role} with other limits, and both grant {', '.join(shared)}; give both the same limits")


@sockets.limits_of.fill
def limits_of(actor: str, *permissions: str) -> AbstractContextManager[None] | None:
    """To read what this actor may touch with all of these permissions together; None where there are no limits."""
    kind, _colon, name = actor.partition(":")
    scopes = [scope for p in permissions if (scope := scope_of(name, p)) is not None] if kind == "user" else []
    if not scopes:
        return None
    whole = scopes[0]
    for scope in scopes[1:]:
        whole = Scope(*(_shared(getattr(whole, d), getattr(scope, d)) for d in DIMENSIONS))
    return seen_by(name, whole)


def seen_by(username: str, scope: Scope | None) -> AbstractContextManager[None]:
    """Read as this person may within these limits."""
    if scope is None:
        return scoping.without_limits()
    limits: dict[str, Any] = {d: None if getattr(scope, d) is None else list(getattr(scope, d)) for d in DIMENSIONS}
    return scoping.limited(lambda: sql.settle_scope(actor=f"user:{username}", **limits))


@dataclass(frozen=True, slots=True)
class Subject:
    """What a parameter names: how to count those of it that are seen, and in which dimensions a limited person may not touch it."""

    seen: Callable[..., Any]
    whole_in: tuple[str, ...] = ()
    is_number: bool = True


_ORDER, _CASE, _FULFILMENT = Subject(sql.seen_orders), Subject(sql.seen_cases), Subject(sql.seen_fulfilments)
_NODE, _ENTITY = Subject(sql.seen_own_nodes, is_number=False), Subject(sql.seen_entities, ("nodes", "channels"), is_number=False)
_CHANNEL, _WHOLE_NODE = Subject(sql.seen_channels, ("nodes",), is_number=False), Subject(sql.seen_own_nodes, ("channels",), is_number=False)
_ALL_ORDERS_AT_NODE = Subject(sql.seen_own_nodes, ("channels", "entities"), is_number=False)  # touches whatever order has its work there
SUBJECTS = {
    "order_id": _ORDER, "order_ids": _ORDER, "case_id": _CASE, "case_ids": _CASE, "into": _CASE,
    "fulfilment": _FULFILMENT, "fulfilments": _FULFILMENT, "node": _NODE, "from_node": _NODE, "to_node": _NODE,
    "entity": _ENTITY, "entry_id": Subject(sql.seen_entries), "channel": _CHANNEL, "transfer": Subject(sql.seen_transfers), "bulk_id": Subject(sql.seen_bulks),
    "count": Subject(sql.seen_counts),
}  # fmt: skip
OWN_SUBJECTS = {
    ("change_channel", "code"): _CHANNEL,
    ("pause_channel", "code"): _CHANNEL,
    ("resume_channel", "code"): _CHANNEL,
    ("change_node", "code"): _WHOLE_NODE,
    ("hand_over_all", "node"): _ALL_ORDERS_AT_NODE,
}
ROWS_OF_NODES = frozenset({"adjust_stock", "count_stock"})  # each row names its node
_NUMBER = re.compile(r"(?:[A-Z]{2}-)?(\d{1,18})", re.IGNORECASE)


@sockets.may_touch.fill
def may_touch(actor: str, which: Action, parameters: Mapping[str, Any]) -> None:
    """Refuse what lies outside of a person's limits, and every deed that does not say what it touches."""
    kind, _colon, name = actor.partition(":")
    if kind != "user" or which.name in HARMLESS or which.name in KEEP_TO_LIMITS:
        return
    scope = scope_of(name, which.permission)
    if scope is None:
        return
    touched = _asked_to_touch(parameters.get("approval_id")) if which.name in ANSWERS else _touched(which.name, parameters)
    if not touched or which.permission in WHOLE_HOUSE:
        raise Refused(f"{which.name} concerns the whole house, and your role covers a part of it; ask somebody without limits")
    with seen_by(name, scope):
        inside = all(_is_seen(subject, values, scope) for subject, values in touched)
    if not inside:
        raise Refused("that is outside of what your role covers")


def _asked_to_touch(approval_id: Any) -> list[Touched]:
    """What the deed touches that waits for an answer; nothing where that cannot be told, and then nobody with limits answers it."""
    with scoping.without_limits():
        asked = sql.approval_asked(approval_id=approval_id)
    return _touched_by_asked(asked.one.deed, asked.one.parameters) if asked else []


def _touched_by_asked(deed: str, parameters: Mapping[str, Any]) -> list[Touched]:
    known = actions().get(deed)
    return [] if known is None or known.permission in WHOLE_HOUSE else _touched(deed, parameters)


def answerable(username: str, asked: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Of these approvals those that the person may see and answer within their limits."""
    scope = scope_of(username, "approvals.answer")
    if scope is None:
        return list(asked)
    touched = [(row, _touched_by_asked(row["deed"], row["parameters"])) for row in asked]
    looked_for: dict[Callable[..., Any], set[Any]] = {}
    for _row, subjects in touched:
        for subject, values in subjects:
            looked_for.setdefault(subject.seen, set()).update(_keys(subject, values) or ())
    with seen_by(username, scope):
        seen = {find: set(find(keys=list(keys)).column("key")) for find, keys in looked_for.items()}
    return [row for row, subjects in touched if subjects and all(_is_within(s, v, scope, seen[s.seen]) for s, v in subjects)]


def is_ruled_out(which: Action, scope: Scope, known: Mapping[str, Any]) -> bool:
    """Would somebody with these limits be refused whatever they fill in? Then the form is not shown. `known` stands in the form already."""
    if which.name in HARMLESS or which.name in KEEP_TO_LIMITS or which.name in ANSWERS or which.name in ROWS_OF_NODES:
        return False
    needed = _parameters_of(which)
    subjects = {p: s for p in needed if (s := subject_of(which.name, p)) is not None}
    barred = {p for p, s in subjects.items() if any(getattr(scope, d) is not None for d in s.whole_in)}
    return which.permission in WHOLE_HOUSE or barred == set(subjects) or any(needed[p] or known.get(p) for p in barred)


@cache
def _parameters_of(which: Action) -> dict[str, bool]:
    """The names of what an action takes, and whether it must be given."""
    return {name: p.default is p.empty for name, p in inspect.signature(which.function).parameters.items()}


def subject_of(action: str, parameter: str) -> Subject | None:
    return OWN_SUBJECTS.get((action, parameter)) or SUBJECTS.get(parameter)


Touched = tuple[Subject, list[str]]


def _touched(action: str, parameters: Mapping[str, Any]) -> list[Touched]:
    found = []
    for parameter, value in parameters.items():
        subject = subject_of(action, parameter)
        if subject is not None and value is not None:
            found.append((subject, [str(v).strip() for v in (value if isinstance(value, list | tuple | set) else [value])]))
    if action in ROWS_OF_NODES:
        found.append((_NODE, [str(row.get("node", "")) if isinstance(row, Mapping) else "" for row in parameters.get("rows", ())]))
    return found


def _is_seen(subject: Subject, values: list[str], scope: Scope) -> bool:
    keys = _keys(subject, values)
    return bool(keys) and _is_within(subject, values, scope, set(subject.seen(keys=list(keys or ())).column("key")))


def _is_within(subject: Subject, values: list[str], scope: Scope, seen: set[Any]) -> bool:
    keys = _keys(subject, values)
    return bool(keys) and keys is not None and keys <= seen and not any(getattr(scope, d) is not None for d in subject.whole_in)


def _keys(subject: Subject, values: list[str]) -> set[Any] | None:
    """What is looked up: numbers or codes; None where one of them is no number."""
    if not subject.is_number:
        return set(values)
    numbers = [_NUMBER.fullmatch(value) for value in values]
    return {int(number[1]) for number in numbers if number} if all(numbers) else None

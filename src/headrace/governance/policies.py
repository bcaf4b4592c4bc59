"""Policies: what people tune. Versioned; a batch records the version it used, so that a decision can be replayed."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headrace.engine import sockets
from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries

sql = load_queries(__package__)

Check = Callable[[Any], list[str]]


@dataclass(frozen=True, slots=True)
class Declared:
    """A policy that the code knows: its default body, what it is about, and a check that lists what is wrong with a body."""

    name: str
    body: Any
    says: str
    check: Check


_declared: dict[str, Declared] = {}


def declare(name: str, *, body: Any, says: str, check: Check | None = None) -> None:
    """Make a policy known. Its default becomes version 1 at the next migration, unless the database has one."""
    _declared[name] = Declared(name, body, says, check or (lambda candidate: _same_shape(candidate, body)))


def declared() -> dict[str, Declared]:
    return dict(_declared)


def _same_shape(candidate: Any, default: Any, where: str = "") -> list[str]:
    """Without a check of its own, a policy keeps the keys and kinds of its default."""
    if isinstance(default, dict) and default:
        if not isinstance(candidate, dict):
            return [f"{where or 'body'}: {candidate!r} must be a table"]
        unknown = [f"{where}{key}: no such setting; known are {', '.join(default)}" for key in candidate if key not in default]
        return unknown + [fault for key in candidate if key in default for fault in _same_shape(candidate[key], default[key], f"{where}{key}.")]
    if isinstance(default, bool) != isinstance(candidate, bool) or (isinstance(default, int | float) and not isinstance(candidate, int | float)):
        return [f"{where.rstrip('.')}: {candidate!r} must be like {default!r}"]
    return []


def seed() -> None:
    """Write version 1 of every declared policy that the database does not have."""
    for policy in _declared.values():
        sql.seed_policy(name=policy.name, body=json.dumps(policy.body), note=policy.says)


@sockets.policy_in_force.fill
def in_force(name: str, as_of: datetime) -> tuple[int, Any]:
    """Version and body in force at a moment; the declared default as version 0 before any was stored.

    A setting that the stored body does not name, because it names only what it changes or is older than the setting, has its declared value.
    """
    found = sql.policy_in_force(name=name, as_of=as_of) or sql.policy_active(name=name)
    if found:
        return found.one.version, _completed(name, found.one.body)
    if name in _declared:
        return 0, deepcopy(_declared[name].body)
    raise LookupError(f"no policy named {name!r}; declared are {', '.join(sorted(_declared))}")


def in_force_now(name: str) -> Any:
    """The body in force now, for what is no batch and keeps no version."""
    found = sql.policy_active(name=name)
    return _completed(name, found.one.body if found else {})


def _completed(name: str, body: Any) -> Any:
    default = _declared[name].body if name in _declared else None
    return {**deepcopy(default), **body} if isinstance(default, dict) and isinstance(body, dict) else body


@action(permission="policy.write", says="Draft a policy")
def draft_policy(deed: Deed, *, name: str, body: Any, note: str) -> int:
    """A new version as a draft; the check of the policy must pass. Gives the version."""
    if name not in _declared:
        raise Refused(f"name: {name!r} is no policy; known are {', '.join(sorted(_declared))}")
    faults = _declared[name].check(body)
    if faults:
        raise Refused("; ".join(faults))
    version = int(sql.draft_policy(deed, name=name, body=json.dumps(body), note=note).scalar)
    deed.subject = f"policy:{name}:{version}"
    return version


@action(permission="policy.publish", says="Put a policy in force")
def publish_policy(deed: Deed, *, name: str, version: int, starts_at: datetime | None = None) -> None:
    """The draft becomes the version in force, at once or from a later moment on; the one before decides until then, and is kept.

    What was to come in force later by an earlier deed becomes a draft again.
    """
    deed.subject = f"policy:{name}:{version}"
    found = sql.policy_version(name=name, version=version)
    if not found or found.one.state != "draft":
        raise Refused(f"version: {version} of {name} is no draft; draft a new version first")
    if starts_at is not None and starts_at <= deed.at:
        raise Refused(f"starts_at: {starts_at.isoformat()} is past; name a later moment, or none to start at once")
    _put_in_force(deed, name, version, starts_at or deed.at)


def _put_in_force(deed: Deed, name: str, version: int, starts_at: datetime) -> None:
    sql.unschedule_policy(deed, name=name)
    sql.retire_policy(deed, name=name, starts_at=starts_at)
    sql.publish_policy(deed, name=name, version=version, starts_at=starts_at)


@action(permission="policy.publish", says="Go back to an earlier version")
def roll_back_policy(deed: Deed, *, name: str, version: int) -> int:
    """Put the body of an earlier version in force again, as a new version."""
    found = sql.policy_version(name=name, version=version)
    if not found:
        raise Refused(f"version: {name} has no version {version}")
    new = int(sql.draft_policy(deed, name=name, body=json.dumps(found.one.body), note=f"back to version {version}").scalar)
    _put_in_force(deed, name, new, deed.at)
    deed.subject = f"policy:{name}:{new}"
    return new


def versions(name: str) -> list[dict[str, Any]]:
    """All versions of a policy, the newest first: state, note, who made and published it, from when to when."""
    return [row._asdict() for row in sql.policy_versions(name=_known(name))]


def body_of(name: str, version: int) -> Any:
    found = sql.policy_version(name=_known(name), version=version)
    if not found:
        raise LookupError(f"{name} has no version {version}")
    return found.one.body


def _known(name: str) -> str:
    if name not in _declared:
        raise LookupError(f"no policy named {name!r}; known are {', '.join(sorted(_declared))}")
    return name

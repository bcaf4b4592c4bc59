"""How people sign in: for how long a session may stand still, when a password is asked for again, and which roles need a second factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from headrace.engine.queries import load_queries
from headrace.governance.policies import declare, in_force_now

sql = load_queries(__package__)

IDLE_MINUTES_MIN, IDLE_MINUTES_MAX = 5, 720
FRESH_MINUTES_MIN, FRESH_MINUTES_MAX = 1, 720
DEFAULT: dict[str, Any] = {
    "idle_minutes": 60,
    "fresh_minutes": 15,
    "second_factor_roles": [],
    "company_links_by_email": False,
    "company_second_factor": False,
}


def faults(body: Any) -> list[str]:
    """What is wrong with a body of the policy."""
    if not isinstance(body, dict):
        return [f"body: {body!r} must be a table"]
    found = [f"{key}: no such setting; known are {', '.join(DEFAULT)}" for key in body if key not in DEFAULT]
    for key, least, most in (("idle_minutes", IDLE_MINUTES_MIN, IDLE_MINUTES_MAX), ("fresh_minutes", FRESH_MINUTES_MIN, FRESH_MINUTES_MAX)):
        value = body.get(key, DEFAULT[key])
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            found.append(f"{key}: {value!r} must be a whole number from {least} to {most}")
    for key in ("company_links_by_email", "company_second_factor"):
        if not isinstance(body.get(key, False), bool):
            found.append(f"{key}: {body[key]!r} must be true or false")
    roles = body.get("second_factor_roles", [])
    if not isinstance(roles, list) or not all(isinstance(r, str) for r in roles):
        return [*found, f"second_factor_roles: {roles!r} must be a list of roles"]
    known = sql.list_roles().column("code") if roles else ()
    return found + [f"second_factor_roles: there is no role {r!r}; known are {', '.join(known)}" for r in roles if r not in known]


declare(
    "sign_in",
    body=DEFAULT,
    says="Minutes without a click that end a session, minutes after which the password is asked again, roles that need a second factor, and how far the company's own sign-in is trusted",
    check=faults,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the policy in force says."""

    idle_minutes: int
    fresh_minutes: int
    second_factor_roles: tuple[str, ...]
    company_links_by_email: bool
    company_second_factor: bool


def terms() -> Terms:
    """The terms in force now."""
    body = in_force_now("sign_in")
    return Terms(**{**body, "second_factor_roles": tuple(body["second_factor_roles"])})


def lacks_second_factor(username: str, roles: tuple[str, ...]) -> bool:
    """Has this user one of these roles, and no app that gives codes? An administrator of the installation counts as `admin`."""
    return bool(roles) and bool(sql.lacks_second_factor(username=username, roles=list(roles)).scalar)

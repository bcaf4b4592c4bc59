"""Users and roles: who has an account, and what it may do. Nobody gives away more than they have, and the last administrator stays."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.governance import access, scopes, sessions

sql = load_queries(__package__)

PASSWORD_BYTES = 18  # of chance, in a password that an administrator hands over
USERNAME = re.compile(r"^[a-z0-9][a-z0-9._@+-]{0,59}$")
ROLE_CODE = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
ROLE_NAME_CHARS_MAX = 80


def listed(
    *, q: str | None = None, role: str | None = None, is_active: bool | None = None, username: str | None = None, after: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Users by name: username, email, is_active, roles, has_second_factor, last_login, and the `cursor` after which the next page begins."""
    return [r._asdict() for r in sql.list_users(q=q, role=role, is_active=is_active, username=username, after=after, limit=limit)]


def grants_of(username: str) -> list[dict[str, Any]]:
    """The roles of one user: role, name, permissions, entities, nodes and channels (empty is all), and their names."""
    return [r._asdict() for r in sql.grants_of_user(username=username)]


def roles() -> list[dict[str, Any]]:
    """Every role: code, name, permissions, how many users have it, whether it is one of the house's own."""
    return [{**r._asdict(), "is_ours": r.code in access.ROLES} for r in sql.list_roles()]


def places() -> dict[str, list[tuple[int, str]]]:
    """What a role can be limited to: entities, nodes, channels, each as (id, name)."""
    found: dict[str, list[tuple[int, str]]] = {d: [] for d in scopes.DIMENSIONS}
    for row in sql.places():
        found[row.dimension].append((row.id, row.name))
    return found


def rights_of(actor: str) -> tuple[str, ...]:
    """What an actor may do altogether; the command line on the machine itself everything."""
    kind, _, name = actor.partition(":")
    if kind == "user":
        return access.granted_to(name)
    if kind == "api":
        found = access.sql.permissions_of_key(name=name)
        return tuple(found.one.permissions) if found else ()
    return ("*",) if kind in ("cli", "engine") else ()


def covers(mine: Iterable[str], theirs: Iterable[str]) -> bool:
    """Do these rights hold all of those? Everything (`*`) is held by everything alone."""
    mine, theirs = tuple(mine), tuple(theirs)
    if "*" in mine:
        return True
    return "*" not in theirs and all(access.grants(mine, p) for p in access.PERMISSIONS if access.grants(theirs, p))


def _check_covered(deed: Deed, theirs: Iterable[str], field: str, what: str) -> None:
    if not covers(rights_of(deed.actor), theirs):
        raise Refused(f"{field}: {what} may do more than you may; ask an administrator")


def _user(deed: Deed, username: str) -> Any:
    """The user, whom the actor must not be below: a password of an administrator in other hands is an administrator more."""
    deed.subject = f"user:{username}"
    found = get_user_model().objects.filter(username=username).first()
    if found is None:
        raise Refused(f"username: there is no user {username!r}")
    _check_covered(deed, sql.permissions_of_anyone(username=username).scalar, "username", f"{username} is somebody who")
    return found


def _keeping_an_administrator(before: Sequence[str]) -> None:
    """Refuse what would leave nobody who may do everything. Where there was none, the command line is the administrator."""
    if before and not sql.administrators():
        raise Refused(f"username: {', '.join(before)} is the last administrator; make somebody else one first")


def _administrators() -> list[str]:
    sql.lock_rights()
    return list(sql.administrators().column("username"))


@action(permission="users.manage", says="Make a user", own_door=True)
def make_user(deed: Deed, *, username: str, email: str | None = None, role: str | None = None) -> str:
    """A new account with a password that is shown this once. Gives the password; only its hash is kept."""
    if not USERNAME.match(username):
        raise Refused(f"username: {username!r}; use small letters, digits and . _ @ + -, at most 60, as in ann.lee")
    if get_user_model().objects.filter(username__iexact=username).exists():
        raise Refused(f"username: there is a user {username!r} already; choose another name, or switch that one on")
    if email:
        _check_email(email)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    get_user_model().objects.create_user(username=username, email=email or "", password=password)
    if role:
        _grant(deed, username, role, {d: [] for d in scopes.DIMENSIONS})
    deed.subject = f"user:{username}"
    return password


def _check_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(f"email: {email!r} is no address; write it as in ann@example.com") from None
    if get_user_model().objects.filter(email__iexact=email).exists():
        raise Refused(f"email: {email!r} belongs to another user; each needs an address of their own")


@action(permission="users.manage", says="Give a new password", own_door=True)
def reset_password(deed: Deed, *, username: str) -> str:
    """A new password, shown this once. The old one and every session that was opened with it end."""
    user = _user(deed, username)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user.set_password(password)
    user.save(update_fields=["password"])
    deed.before_after = {"sessions_ended": sessions.end_all(username)}
    return password


@action(permission="users.manage", says="Switch the user off")
def switch_user_off(deed: Deed, *, username: str) -> None:
    """The account opens nothing any more, and its sessions end. It stays in the records."""
    before = _administrators()
    user = _user(deed, username)
    if deed.actor == f"user:{username}":
        raise Refused(f"username: {username} is you; ask somebody else to switch you off")
    if not user.is_active:
        raise Refused(f"username: {username} is switched off already")
    user.is_active = False
    user.save(update_fields=["is_active"])
    deed.before_after = {"sessions_ended": sessions.end_all(username)}
    _keeping_an_administrator(before)


@action(permission="users.manage", says="Switch the user on")
def switch_user_on(deed: Deed, *, username: str) -> None:
    """The account opens again what its roles grant."""
    user = _user(deed, username)
    if user.is_active:
        raise Refused(f"username: {username} is switched on already")
    user.is_active = True
    user.save(update_fields=["is_active"])


@action(permission="users.manage", says="Remove a lost second factor")
def remove_second_factor(deed: Deed, *, username: str, why: str) -> None:
    """The user signs in with the password alone and may set a new second factor. Be sure who asks: it is what a thief would ask for."""
    from allauth.mfa.models import Authenticator

    user = _user(deed, username)
    if not why.strip():
        raise Refused("why: ''; say in a few words how you know that it is them")
    removed, _each = Authenticator.objects.filter(user=user).delete()
    if not removed:
        raise Refused(f"username: {username} has no second factor")
    deed.before_after = {"sessions_ended": sessions.end_all(username)}


@action(permission="users.manage", says="Give a role")
def grant_role(
    deed: Deed, *, username: str, role: str, entities: list[int] | None = None, nodes: list[int] | None = None, channels: list[int] | None = None
) -> None:
    """The user may do what the role grants, from the next page on; for some legal entities, nodes and channels, or for all where none is named."""
    before = _administrators()
    _user(deed, username)
    _grant(deed, username, role, {"entities": entities or [], "nodes": nodes or [], "channels": channels or []})
    _keeping_an_administrator(before)


def _grant(deed: Deed, username: str, role: str, limits: dict[str, Any]) -> None:
    found = sql.role_named(code=role)
    if not found:
        raise Refused(f"role: there is no role {role!r}; known are {', '.join(r.code for r in sql.list_roles())}")
    _check_covered(deed, found.one.permissions, "role", f"the role {role}")
    for row in sql.unknown_limits(**limits):
        raise Refused(f"{row.dimension}: there is none with the number {row.id}; choose from those on the user's page")
    scopes.check_unites(username, role, found.one.permissions, limits)
    sql.grant_role(username=username, role=role, **limits)


@action(permission="users.manage", says="Withdraw the role")
def withdraw_role(deed: Deed, *, username: str, role: str) -> None:
    """The user may not do any more what this role alone granted."""
    before = _administrators()
    _user(deed, username)
    if not sql.withdraw_role(username=username, role=role):
        raise Refused(f"role: {username} does not have the role {role!r}")
    _keeping_an_administrator(before)


@action(permission="users.manage", says="Keep the role")
def keep_role(deed: Deed, *, code: str, name: str, permissions: list[str]) -> None:
    """Make a role of the installation's own, or change it: everybody who has it may do from the next page on what it grants now."""
    deed.subject = f"role:{code}"
    if code in access.ROLES:
        raise Refused(f"code: {code} is a role of the house, which every update writes anew; make one of your own under another code")
    if not ROLE_CODE.match(code):
        raise Refused(f"code: {code!r}; use small letters, digits and _, at most 40, as in night_shift")
    if not name.strip() or len(name) > ROLE_NAME_CHARS_MAX:
        raise Refused(f"name: {name[:ROLE_NAME_CHARS_MAX]!r}; write 1 to {ROLE_NAME_CHARS_MAX} characters, as people call it")
    if not permissions:
        raise Refused("permissions: none; a role that grants nothing helps nobody. Choose at least one")
    unknown = [p for p in permissions if p not in access.PERMISSIONS]
    if unknown:
        raise Refused(f"permissions: {', '.join(unknown)} unknown; known are {', '.join(access.PERMISSIONS)}")
    before = _administrators()
    found = sql.role_named(code=code)
    _check_covered(deed, (*permissions, *(found.one.permissions if found else ())), "permissions", f"the role {code}")
    deed.before_after = {"permissions": [found.one.permissions if found else None, permissions]}
    sql.set_role(code=code, name=name.strip(), permissions=permissions)
    _keeping_an_administrator(before)


@action(permission="users.manage", says="End the session")
def end_session(deed: Deed, *, username: str, session: str) -> None:
    """Whoever sits there must sign in again. `session` is its sign, as the list of sessions has it; the key itself is shown nowhere."""
    _user(deed, username)
    if not sessions.end(username, session):
        raise Refused(f"session: {username} has no such session any more")

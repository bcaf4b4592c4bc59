"""The company's own sign-in: which account a person of it opens, and which roles it brings. What it does is on the chain like every other deed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.contrib.auth import get_user_model

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.governance import access

sql = load_queries(__package__)

ACTOR = "engine:company_sign_in"
FIRST_RIGHTS = ("users.manage", "keys.manage")  # from which every other right follows: no group brings them


def known_as(email: str) -> str | None:
    """The one account with this e-mail address, whatever its capitals; None where there is none or more than one."""
    found = list(get_user_model().objects.filter(email__iexact=email, is_active=True).values_list("username", flat=True)[:2]) if email else []
    return str(found[0]) if len(found) == 1 else None


@action(permission="users.manage", says="Link the company's sign-in", own_door=True)
def note_company_link(deed: Deed, *, username: str, identity: str, is_linked: bool = True) -> None:
    """On record: from now on this person of the company's sign-in opens the account, or does so no more."""
    deed.subject = f"user:{username}"
    deed.before_after = {"company_identity": [None, identity] if is_linked else [identity, None]}


@action(permission="users.manage", says="Keep the roles that the company's sign-in brings", own_door=True)
def keep_company_roles(deed: Deed, *, username: str, groups: list[str], brings: dict[str, str]) -> None:
    """Give the roles whose group the person is in now, and withdraw those whose group they left. Roles that no group brings, and the limits of a role, stay."""
    deed.subject = f"user:{username}"
    held, wanted = roles_held(username), {role for group, role in brings.items() if group in groups}
    given, withdrawn = sorted(wanted - held), sorted((held & {*brings.values()}) - wanted)
    if barred(given):
        raise Refused(f"brings: {', '.join(sorted(barred(given)))} may manage users or keys, or does not exist; an administrator gives it by hand")
    for role in given:
        sql.grant_role(username=username, role=role, entities=[], nodes=[], channels=[])
    for role in withdrawn:
        sql.withdraw_role(username=username, role=role)
    deed.before_after = {"given": given, "withdrawn": withdrawn}


def keep_roles(username: str, groups: Collection[str], brings: Mapping[str, str]) -> None:
    """At each sign-in; nothing is written where nothing changes."""
    allowed = {group: role for group, role in brings.items() if role not in barred(brings.values())}
    held, wanted = roles_held(username), {role for group, role in allowed.items() if group in groups}
    if wanted - held or (held & {*allowed.values()}) - wanted:
        keep_company_roles(actor=ACTOR, username=username, groups=sorted(groups), brings=allowed)


def roles_held(username: str) -> set[str]:
    return {row.role for row in sql.grants_of_user(username=username)}


def barred(roles: Collection[str]) -> set[str]:
    """Of these roles those that a group cannot bring: unknown, or with rights over users and keys, from which every other right follows."""
    known = {row.code: row.permissions for row in sql.list_roles()}
    return {role for role in roles if role not in known or any(access.grants(known[role], p) for p in FIRST_RIGHTS)}

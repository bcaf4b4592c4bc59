"""Who may do what: roles of users, scopes of API keys, and the command line on the machine itself. Denied unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headrace.engine import scoping, sockets
from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries
from headrace.values.ids import content_hash, new_api_key

sql = load_queries(__package__)

PERMISSIONS = {
    "orders.read": "See orders",
    "orders.write": "Send orders in",
    "orders.edit": "Edit, cancel, hold and release orders",
    "orders.personal": "See personal data",
    "orders.uncover": "See the personal data of one order at a time, for a reason that goes on record",
    "exceptions.read": "See exceptions",
    "exceptions.work": "Assign, snooze, comment, escalate",
    "exceptions.resolve": "Retry and close",
    "exceptions.accept": "Accept a failed check",
    "stock.read": "See stock",
    "stock.count": "Count stock, without seeing what the books say",
    "stock.adjust": "Adjust and receive stock",
    "warehouse.work": "Pick, pack and ship",
    "ledger.read": "See invoices and journal",
    "ledger.post": "Post corrections",
    "period.close": "Close and open periods",
    "catalog.write": "Change items, mappings, prices",
    "policy.write": "Draft policies",
    "policy.publish": "Put policies in force",
    "approvals.answer": "Approve deeds of others",
    "partners.operate": "Pause partners, replay dead letters",
    "keys.manage": "Make and revoke API keys",
    "users.manage": "Make users and roles, give roles, end sessions",
    "audit.read": "Read and verify the audit chain",
}
ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "admin": ("Administrator", ("*",)),
    "ops_manager": (
        "Operations manager",
        (
            "orders.read",
            "orders.edit",
            "orders.personal",
            "exceptions.*",
            "stock.read",
            "stock.count",
            "stock.adjust",
            "ledger.read",
            "catalog.write",
            "policy.write",
            "approvals.answer",
            "partners.operate",
        ),
    ),
    "customer_service": (
        "Customer service",
        ("orders.read", "orders.edit", "orders.personal", "exceptions.read", "exceptions.work", "exceptions.resolve", "stock.read"),
    ),
    "warehouse": ("Warehouse", ("orders.read", "orders.uncover", "stock.read", "stock.count", "warehouse.work", "exceptions.read", "exceptions.work")),
    "finance": (
        "Finance",
        ("orders.read", "orders.uncover", "ledger.*", "period.close", "exceptions.read", "exceptions.work", "exceptions.resolve", "approvals.answer"),
    ),
    "planner": ("Planner", ("orders.read", "stock.read", "stock.count", "stock.adjust", "catalog.write", "policy.write")),
    "integration": (
        "Integration engineer",
        ("orders.read", "orders.write", "exceptions.read", "exceptions.work", "exceptions.resolve", "partners.operate", "keys.manage"),
    ),
    "auditor": ("Auditor", ("orders.read", "exceptions.read", "stock.read", "ledger.read", "audit.read")),
}
SCOPES = tuple(PERMISSIONS)


def seed() -> None:
    """Write the roles of the house; roles that an installation added stay."""
    for code, (name, permissions) in ROLES.items():
        sql.set_role(code=code, name=name, permissions=list(permissions))


def grants(permissions: list[str] | tuple[str, ...], wanted: str) -> bool:
    """True where a permission, its family (`ledger.*`) or everything (`*`) is granted."""
    return any(p in ("*", wanted) or (p.endswith(".*") and wanted.startswith(p[:-1])) for p in permissions)


@sockets.may.fill
def may(actor: str, permission: str) -> bool:
    """May this actor do that? `user:`, `api:` and `cli:` actors are known; `engine:` acts only through stages and sweeps."""
    kind, _, name = actor.partition(":")
    if kind == "cli":  # whoever can run the command can read the database's password: the machine is the boundary
        return True
    if kind == "engine":
        return True
    if kind == "api":
        found = sql.permissions_of_key(name=name)
        return bool(found) and grants(found.one.permissions, permission)
    if kind == "user":
        return grants(granted_to(name), permission)
    return False


def granted_to(username: str) -> tuple[str, ...]:
    """What a user's roles grant; an administrator of the installation has everything, somebody unknown or switched off nothing."""
    with scoping.without_limits():
        return ("*",) if sql.is_superuser(username=username).scalar else tuple(sql.permissions_of_user(username=username).scalar)


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A program that showed a valid key."""

    name: str
    scopes: tuple[str, ...]
    channel: str | None

    @property
    def actor(self) -> str:
        return f"api:{self.name}"

    def may(self, permission: str) -> bool:
        return grants(self.scopes, permission)


def holder_of(key: str) -> KeyHolder | None:
    """Who holds this key; None for an unknown, revoked or expired one. Looked up by hash, so that no comparison leaks the key."""
    found = sql.find_key(key_hash=content_hash(key))
    if not found:
        return None
    sql.note_key_use(id=found.one.id)
    return KeyHolder(found.one.name, tuple(found.one.scopes), found.one.channel)


def keys() -> list[dict[str, Any]]:
    """Every API key by name: its first characters, scopes, channel, validity, last use. The key itself is kept nowhere."""
    return [row._asdict() for row in sql.list_keys()]


def _check_scopes(scopes: list[str]) -> None:
    unknown = [s for s in scopes if s != "*" and s not in PERMISSIONS and not (s.endswith(".*") and any(p.startswith(s[:-1]) for p in PERMISSIONS))]
    if unknown:
        raise Refused(f"scopes: {', '.join(unknown)} unknown; known are {', '.join(PERMISSIONS)}")


@action(permission="keys.manage", says="Make an API key", own_door=True)
def make_api_key(deed: Deed, *, name: str, scopes: list[str], channel: str | None = None, expires_at: datetime | None = None) -> str:
    """A new key, shown this once; only its hash is kept."""
    _check_scopes(scopes)
    if not scopes:
        raise Refused(f"scopes: none; a key without a scope opens nothing. Known are {', '.join(PERMISSIONS)}")
    if channel is not None and not sql.channel_exists(channel=channel).scalar:
        raise Refused(f"channel: there is no channel {channel!r}")
    if expires_at is not None and expires_at <= deed.at:
        raise Refused(f"expires_at: {expires_at.isoformat()} is past; name a later moment")
    deed.subject = f"api_key:{name}"
    key = new_api_key()
    made: Any = sql.insert_key(name=name, prefix=key[:8], key_hash=content_hash(key), scopes=scopes, channel=channel, expires_at=expires_at)
    if not made:
        raise Refused(f"name: a key named {name!r} exists; rotate it or choose another name")
    return key


@action(permission="keys.manage", says="Rotate an API key", own_door=True)
def rotate_api_key(deed: Deed, *, name: str) -> str:
    """A new key under the same name; the old one stops at once."""
    deed.subject = f"api_key:{name}"
    key = new_api_key()
    if not sql.replace_key(name=name, prefix=key[:8], key_hash=content_hash(key)):
        raise Refused(f"name: there is no key named {name!r}")
    return key


@action(permission="keys.manage", says="Revoke an API key", own_door=True)
def revoke_api_key(deed: Deed, *, name: str) -> None:
    deed.subject = f"api_key:{name}"
    if not sql.revoke_key(name=name):
        raise Refused(f"name: there is no active key named {name!r}")

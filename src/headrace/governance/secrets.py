"""Partners' shared secrets, sealed with a key that never enters the database."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from headrace.engine import sockets
from headrace.engine.action import Deed, Refused, action
from headrace.engine.home import secret
from headrace.engine.queries import load_queries

sql = load_queries(__package__)
SECRET_CHARS_MIN = 8


def _seal() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret("sealing-key").encode()).digest()))


@action(permission="keys.manage", says="Set a partner's secret", own_door=True)
def set_partner_secret(deed: Deed, *, partner: str, values: list[str]) -> None:
    """Keep a partner's signing secrets; two while one is being rotated. The audit keeps that it was set, never the value."""
    if not values or any(len(v) < 8 for v in values):
        raise Refused("values: a secret has at least 8 characters")
    deed.subject = f"partner:{partner}"
    deed.parameters_given = {"partner": partner, "values": f"{len(values)} hidden"}
    sql.set_secret(partner=partner, sealed=_seal().encrypt("\n".join(values).encode()))


@action(permission="keys.manage", says="Rotate a partner's secret", own_door=True)
def rotate_partner_secret(deed: Deed, *, partner: str, value: str, keep_old: bool) -> None:
    """A new signing secret; where `keep_old`, the one before still counts until it is dropped, so that nothing is refused while the partner changes over."""
    old = partner_secrets(partner)[:1] if keep_old else []
    deed.parameters_given = {"partner": partner, "value": "hidden", "keep_old": keep_old}
    _keep(deed, partner, [value, *old])


@action(permission="keys.manage", says="Drop the secret before", own_door=True)
def drop_old_secret(deed: Deed, *, partner: str) -> None:
    """Only the newest secret counts any more: what is signed with the one before is refused."""
    known = partner_secrets(partner)
    if len(known) < 2:
        raise Refused(f"partner: {partner} has no secret before the one in force")
    _keep(deed, partner, known[:1])


def _keep(deed: Deed, partner: str, values: list[str]) -> None:
    if any(len(v) < SECRET_CHARS_MIN or "\n" in v for v in values):
        raise Refused(f"secret: it needs at least {SECRET_CHARS_MIN} characters in one line")
    deed.subject = f"partner:{partner}"
    deed.before_after = {"secrets_in_force": len(values)}
    sql.set_secret(partner=partner, sealed=_seal().encrypt("\n".join(values).encode()))


def told_of(partner: str) -> dict[str, Any]:
    """What may be said of a partner's secrets: how many are in force, when they were last set, and what is wrong with them; never the secrets."""
    found = sql.secret_changed(partner=partner)
    if not found:
        return {"in_force": 0, "changed_at": None, "fault": ""}
    try:
        return {"in_force": len(partner_secrets(partner)), "changed_at": found.one.changed_at, "fault": ""}
    except Refused as error:
        return {"in_force": 0, "changed_at": found.one.changed_at, "fault": str(error)}


@sockets.partner_secrets.fill
def partner_secrets(partner: str) -> list[str]:
    """The secrets in force, the newest first; none where none was set. A lost sealing key is an error that says so."""
    found = sql.get_secret(partner=partner)
    if not found:
        return []
    try:
        return _seal().decrypt(bytes(found.one.sealed)).decode().split("\n")
    except InvalidToken:
        raise Refused(f"the secret of {partner} was sealed with another key; set it again, or restore HEADRACE_HOME/sealing-key") from None

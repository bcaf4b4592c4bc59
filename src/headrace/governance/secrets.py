"""Partners' shared secrets, sealed with a key that never enters the database."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from headrace.engine import sockets
from headrace.engine.action import Deed, Refused, action
from headrace.engine.home import secret
from headrace.engine.queries import load_queries

sql = load_queries(__package__)


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

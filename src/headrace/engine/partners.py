"""Partners that a general connector serves: which one, and where it sends to."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from headrace.engine.action import Deed, Refused, action
from headrace.engine.queries import load_queries

sql = load_queries(__package__)
CODE = re.compile(r"^[a-z0-9][a-z0-9_.:-]{0,62}$")
HERE = ("localhost", "127.0.0.1", "::1")


def connection_of(partner: str) -> tuple[str, str] | None:
    """Connector and address of a partner; None where it has none."""
    found = sql.connection_of(partner=partner)
    return (found.one.connector, found.one.address) if found else None


def know_partner(partner: str, rate_per_s: int) -> None:
    """Make a partner known with what it allows, unless it is known: deliveries a second, as many at once."""
    sql.know_partner(partner=partner, rate_per_s=rate_per_s)


def partners() -> list[dict[str, Any]]:
    """Every partner that effects go to: where, how well it is, what waits for it and what was given up."""
    return [row._asdict() for row in sql.list_partners()]


@action(permission="partners.operate", says="Connect a partner")
def connect_partner(deed: Deed, *, partner: str, connector: str, address: str) -> None:
    """Let a general connector serve a partner. The address is an HTTPS URL; plain HTTP is for this machine only. Its secret is set apart."""
    if not CODE.match(partner):
        raise Refused(f"partner: {partner!r}; a code has small letters, digits and - _ . :")
    if not CODE.match(connector):
        raise Refused(f"connector: {connector!r} is no name of a connector")
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in HERE):
        raise Refused(f"address: {address!r} must begin with https://")
    if not parts.hostname or parts.username or parts.password or parts.fragment:
        raise Refused(f"address: {address!r} must name a host, and hold no user, password or fragment")
    deed.subject = f"partner:{partner}"
    sql.connect_partner(partner=partner, connector=connector, address=address)

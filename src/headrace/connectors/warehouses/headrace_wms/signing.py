"""Signatures: HMAC-SHA256 over moment and body, as in `t=1767600000,v1=<hex>`. A copied message is worthless after a few minutes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from headrace.connectors.warehouses.headrace_wms.limits import SIGNED_FOR_S

HEADER = "X-Headrace-Signature"


def sign(body: bytes, secret: str, moment: int) -> str:
    """The header's value for a body, signed at a moment (seconds since 1970)."""
    return f"t={moment},v1={_digest(body, secret, moment)}"


def is_genuine(body: bytes, given: str, secrets: Sequence[str], now: int) -> bool:
    """True where one of the secrets in force signed this very body, not long ago."""
    parts = dict(part.split("=", 1) for part in given.split(",") if "=" in part)
    moment = parts.get("t", "")
    if not (moment.isascii() and moment.isdigit()) or len(moment) > 12 or abs(now - int(moment)) > SIGNED_FOR_S:
        return False
    ok = False
    for secret in secrets:  # every one of them, so that time tells nothing
        ok |= hmac.compare_digest(_digest(body, secret, int(moment)).encode(), parts.get("v1", "").encode("utf-8", "replace"))
    return ok


def _digest(body: bytes, secret: str, moment: int) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()

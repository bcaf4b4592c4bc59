"""Is a webhook really Shopify's? HMAC-SHA256 over the raw body, base64, compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

HEADER = "X-Shopify-Hmac-Sha256"


def signature(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def is_genuine(body: bytes, given: str, secrets: Sequence[str]) -> bool:
    """True where one of the secrets in force (two while one is rotated) signed this very body."""
    ok = False
    for secret in secrets:
        ok |= hmac.compare_digest(signature(body, secret).encode(), given.encode("utf-8", "replace"))
    return ok

"""Keys: content hashes, idempotency keys, API keys."""

from __future__ import annotations

import hashlib
import secrets

KEY_PREFIX = "hr_"


def content_hash(body: str | bytes) -> bytes:
    """SHA-256 over a body as sent: same key and same hash is the same message."""
    return hashlib.sha256(body.encode() if isinstance(body, str) else body).digest()


def idempotency_key(*parts: object) -> str:
    """A key that is the same whenever the deed is the same: its parts, in words, as in `invoice:17:capture`."""
    return ":".join(str(p) for p in parts)


def new_api_key() -> str:
    """A key for a program: 32 random bytes behind a prefix that secret scanners can know."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def fingerprint(*parts: object) -> str:
    """Short stable hash of values: the same failure has the same fingerprint."""
    return hashlib.sha256("\x1f".join("" if p is None else str(p) for p in parts).encode()).hexdigest()[:16]

"""Idempotency keys: the same key with the same call gets the same answer; with another call it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from django.db import transaction
from django.http import HttpRequest

from headrace.api.problems import Problem, Stop
from headrace.engine.queries import load_queries
from headrace.values.ids import content_hash

sql = load_queries(__package__)
HEADER = "Idempotency-Key"
KEY_CHARS_MAX = 200
KEPT_DAYS = 7


def answered_once(request: HttpRequest, holder: str, deed: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
    """Do it, or give the answer that this key's first call was given. Without the header it is simply done.

    Deed and answer commit together; a second call under the same key waits for the first. What is refused keeps no answer: it may be sent again, mended.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with transaction.atomic():
            return deed()
    if not 0 < len(key) <= KEY_CHARS_MAX or not key.isascii() or not key.isprintable():
        raise Stop(422, Problem(error=f"{HEADER}: 1 to {KEY_CHARS_MAX} printable ASCII characters", field=HEADER, value=key[:50]))
    asked = content_hash(f"{request.method} {request.get_full_path()}\n".encode() + request.body)
    with transaction.atomic():
        if sql.take_key(holder=holder, key=key, request_hash=asked):
            status, answer = deed()
            sql.keep_answer(holder=holder, key=key, status=status, body=orjson.dumps(answer.dict()).decode())
            return status, answer
    kept = sql.kept_answer(holder=holder, key=key).one
    if bytes(kept.request_hash) != asked:
        raise Stop(409, Problem(error=f"{HEADER}: {key!r} was used for another call; take a new key for every call", field=HEADER, value=key))
    return kept.status, orjson.loads(kept.body)

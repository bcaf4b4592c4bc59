"""Webhooks: stored raw before they are understood, believed only when their signature holds."""

from __future__ import annotations

import base64
import dataclasses
import time

import structlog
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from headrace.connectors.channels.shopify import topics, verify
from headrace.engine import inbox
from headrace.governance.secrets import partner_secrets

log = structlog.get_logger(__name__)
SECRET_KEPT_S = 30.0  # a rotated secret counts everywhere within this time
BODY_BYTES_MAX = 4 * 2**20
_secrets: dict[str, tuple[float, list[str]]] = {}


def _secrets_of(channel: str) -> list[str]:
    """A channel's signing secrets, kept for half a minute: unsealing costs more than the rest of the request."""
    kept = _secrets.get(channel)
    if kept is None or time.monotonic() - kept[0] > SECRET_KEPT_S:
        if len(_secrets) > 1_000:  # somebody tries channel names
            _secrets.clear()
        kept = _secrets[channel] = (time.monotonic(), partner_secrets(channel))
    return kept[1]


@csrf_exempt
@require_POST
def shopify(request: HttpRequest, channel: str) -> JsonResponse:
    """A Shopify webhook. 2xx means stored for good; the answer does not wait for anything else."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not (length.isascii() and length.isdigit()) or int(length) > BODY_BYTES_MAX:  # before it is read
        return JsonResponse({"error": f"body: more than the limit of {BODY_BYTES_MAX:,} bytes"}, status=413)
    if (request.content_type or "application/json") != "application/json":
        return JsonResponse({"error": f"Content-Type: {str(request.content_type)[:100]!r}; webhooks are application/json"}, status=415)
    body = request.body
    if not verify.is_genuine(body, request.headers.get(verify.HEADER, ""), _secrets_of(channel)):
        log.warning("hook.refused", channel=channel, bytes=len(body))
        return JsonResponse({"error": f"{verify.HEADER}: the signature does not fit this body and channel"}, status=401)
    message = _message(request, body)
    with transaction.atomic():
        stored = inbox.store(channel, [message])[0]
    return JsonResponse({"message": stored.id, "new": stored.is_new}, status=200)


def _message(request: HttpRequest, body: bytes) -> inbox.Message:
    """The body as it came, byte for byte. What no text can hold (not UTF-8, or a NUL) is kept as Base64, and capture parks it."""
    given = request.headers
    topic, webhook_id, at = given.get("X-Shopify-Topic", ""), given.get("X-Shopify-Webhook-Id"), given.get("X-Shopify-Triggered-At")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" not in text:
        return topics.message(topic, text, webhook_id, at)
    kept = topics.message(topic, base64.b64encode(body).decode(), webhook_id, at)
    return dataclasses.replace(kept, headers={**kept.headers, "encoding": "base64"})

"""Webhooks: stored raw before they are understood, believed only when their signature holds."""

from __future__ import annotations

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
    body = request.body
    if len(body) > BODY_BYTES_MAX:
        return JsonResponse({"error": f"body: {len(body):,} bytes; the limit is {BODY_BYTES_MAX:,}"}, status=413)
    if not verify.is_genuine(body, request.headers.get(verify.HEADER, ""), _secrets_of(channel)):
        log.warning("hook.refused", channel=channel, bytes=len(body))
        return JsonResponse({"error": f"{verify.HEADER}: the signature does not fit this body and channel"}, status=401)
    topic = request.headers.get("X-Shopify-Topic", "")
    text = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    message = topics.message(topic, text, request.headers.get("X-Shopify-Webhook-Id"), request.headers.get("X-Shopify-Triggered-At"))
    with transaction.atomic():
        stored = inbox.store(channel, [message])[0]
    return JsonResponse({"message": stored.id, "new": stored.is_new}, status=200)

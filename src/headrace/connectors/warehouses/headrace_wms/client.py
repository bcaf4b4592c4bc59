"""Sending: one POST per delivery, signed, with the key that lets the partner tell a repeat."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx
import orjson

from headrace.connectors.warehouses.headrace_wms import limits, signing
from headrace.connectors.warehouses.headrace_wms.translate import answers
from headrace.engine import partners, sockets
from headrace.engine.inbox import Message
from headrace.engine.outbox import Adapter, Delivery, PartnerError
from headrace.flow.release.port import Unreadable
from headrace.values.ids import content_hash

CONNECTOR = "headrace_wms"
# Answers that say "later", not "no". 409 says that it is there already, which is what we want.
LATER = frozenset({408, 421, 423, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524, 529})
KNOWN_ALREADY = 409


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A partner of this kind: the adapter of its deliveries."""

    partner: str
    address: str

    def __call__(self, delivery: Delivery) -> Sequence[Message]:
        """Send one delivery; gives the messages that the partner answers at once. PartnerError says whether trying again can help."""
        body = orjson.dumps({"kind": delivery.kind, **delivery.body}, option=orjson.OPT_SORT_KEYS)
        secrets = sockets.partner_secrets(self.partner)
        if not secrets:
            raise PartnerError(f"{self.partner} has no signing secret; set one with set_partner_secret", permanent=False)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": delivery.idempotency_key,
            "X-Headrace-Kind": delivery.kind,
            "X-Headrace-Attempt": str(delivery.attempt),
            signing.HEADER: signing.sign(body, secrets[0], int(time.time())),
        }
        return self._post(body, headers)

    def _post(self, body: bytes, headers: dict[str, str]) -> Sequence[Message]:
        try:
            with (
                httpx.Client(timeout=limits.TIMEOUT_S, follow_redirects=False) as client,
                client.stream("POST", self.address, content=body, headers=headers) as response,
            ):
                answer = _read(response)
        except httpx.HTTPError as error:
            raise PartnerError(f"{self.address}: {type(error).__name__}: {error}", permanent=False) from None
        if response.is_success or response.status_code == KNOWN_ALREADY:
            return _answers(answer)
        raise PartnerError(
            f"{self.address} answered {response.status_code}: {answer[:300].decode('utf-8', 'replace')}",
            permanent=response.status_code not in LATER,
            retry_after_s=retry_after_s(response.headers.get("Retry-After"), time.time()),
        )


def _read(response: httpx.Response) -> bytes:
    """The answer, as far as we are willing to read it."""
    read = b""
    for chunk in response.iter_bytes():
        read += chunk
        if len(read) > limits.ANSWER_BYTES_MAX:
            return b""  # nobody answers at such length; what it wanted to tell it may send us
    return read


def _answers(body: bytes) -> Sequence[Message]:
    """The partner has taken the delivery, so an answer that we cannot read must not send it again."""
    try:
        return answers(body)
    except Unreadable as error:
        return [
            Message("fulfilment_reply", f"unreadable:{content_hash(body).hex()[:16]}", body.decode("utf-8", "replace").replace("\x00", "\ufffd") or str(error))
        ]


def retry_after_s(value: str | None, now: float) -> float | None:
    """Seconds that a partner asks us to wait: a number, or a date."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit() and len(value.strip()) < 8:
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - now, 0.0)
    except (TypeError, ValueError):
        return None


def find(partner: str) -> Adapter | None:
    """The adapter of a partner that is connected by this connector."""
    connection = partners.connection_of(partner)
    return Warehouse(partner, connection[1]) if connection and connection[0] == CONNECTOR else None

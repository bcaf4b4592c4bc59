"""What the company's sign-in says of itself and of a person, believed only where it is whole: the discovery document and the signed token."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
from allauth.socialaccount.providers.base.provider import ProviderException
from django.core.cache import cache

from headrace.engine.partners import HERE

WELL_KNOWN = "/.well-known/openid-configuration"
ANSWER_WAIT_S = 4.0
ANSWER_BYTES_MAX = 512 * 1024
KEPT_S = 3_600  # the discovery document
SILENT_S = 30  # after a failure nobody waits for it again so soon
CLOCKS_DIFFER_S = 60
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")  # never by a shared secret, never unsigned
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
CLAIMS_NEEDED = ("iss", "aud", "exp", "iat", "sub")


class CompanyFault(ProviderException):
    """The company's sign-in did not answer, or its answer is not to be trusted. `reason` is what the person is told, the message is for the log."""

    def __init__(self, reason: str, says: str) -> None:
        super().__init__(says)
        self.reason = reason


def is_safe(address: Any) -> bool:
    """An address that Headrace may call or lead a person to: HTTPS, on this machine also HTTP, with a host and without a password in it."""
    try:
        parts = urlsplit(address) if isinstance(address, str) else None
    except ValueError:  # no address at all, as https://[
        return False
    if parts is None or not parts.hostname or parts.username or parts.password or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def fetch(address: str, *, token: str = "") -> dict[str, Any]:
    """A JSON table from the company's sign-in; it may not send Headrace on to another address."""
    if not is_safe(address):
        raise CompanyFault("broken", f"{address!r} must begin with https://")
    try:
        answer = httpx.get(address, timeout=ANSWER_WAIT_S, follow_redirects=False, headers={"Authorization": f"Bearer {token}"} if token else None)
        answer.raise_for_status()
        found = answer.json() if len(answer.content) <= ANSWER_BYTES_MAX else None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CompanyFault("silent", f"{address}: {error!r}") from error
    except ValueError as error:
        raise CompanyFault("broken", f"{address}: no JSON") from error
    if not isinstance(found, dict):
        raise CompanyFault("broken", f"{address}: no table of at most {ANSWER_BYTES_MAX} bytes")
    return found


def discovered(issuer_or_document: str) -> dict[str, Any]:
    """The discovery document, kept for an hour; its issuer must be the one that was asked, and its addresses safe ones."""
    issuer = issuer_or_document.partition(WELL_KNOWN)[0].rstrip("/")
    key = f"company-sign-in:{issuer}"
    kept = cache.get(key)
    if isinstance(kept, str):
        raise CompanyFault("silent", kept)
    if kept is None:
        try:
            kept = _checked(fetch(issuer + WELL_KNOWN), issuer)
        except CompanyFault as fault:
            cache.set(key, str(fault), SILENT_S)
            raise
        cache.set(key, kept, KEPT_S)
    return dict(kept)


def _checked(document: dict[str, Any], issuer: str) -> dict[str, Any]:
    if str(document.get("issuer", "")).rstrip("/") != issuer:
        raise CompanyFault("broken", f"discovery: its issuer is {document.get('issuer')!r}, asked was {issuer!r}; set HEADRACE_OIDC_URL to the issuer")
    for name in ENDPOINTS:
        if name in document and not is_safe(document[name]):
            raise CompanyFault("broken", f"discovery: {name} {document[name]!r} must begin with https://")
        if name not in document and name != "userinfo_endpoint":
            raise CompanyFault("broken", f"discovery: {name} is missing")
    return document


def claims_of(token: str, document: dict[str, Any], client_id: str, nonce: str) -> dict[str, Any]:
    """What the signed token claims, after all that OpenID Connect asks to be checked: signature, issuer, audience, hours, and that it answers our question."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in SIGNED_BY:
            raise CompanyFault("broken", f"id_token: signed by {header.get('alg')!r}; needed is one of {', '.join(SIGNED_BY)}")
        claims = jwt.decode(
            token,
            key=_key(fetch(document["jwks_uri"]), header),
            algorithms=[header["alg"]],
            issuer=document["issuer"],
            audience=client_id,
            leeway=CLOCKS_DIFFER_S,
            options={"require": list(CLAIMS_NEEDED)},
        )
    except jwt.ExpiredSignatureError as error:
        raise CompanyFault("late", f"id_token: {error}") from error
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise CompanyFault("broken", f"id_token: {error}") from error
    if len(claims["aud"]) > 1 and isinstance(claims["aud"], list) and claims.get("azp") != client_id:
        raise CompanyFault("broken", f"id_token: for {claims['aud']}, and not given to us but to {claims.get('azp')!r}")
    if not nonce or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise CompanyFault("broken", "id_token: its nonce is not the one that was sent")
    return dict(claims)


def _key(keys: dict[str, Any], header: dict[str, Any]) -> Any:
    found = [k for k in jwt.PyJWKSet.from_dict(keys).keys if k.public_key_use in (None, "sig")]
    named = [k for k in found if k.key_id == header["kid"]] if "kid" in header else found
    if len(named) != 1:
        raise CompanyFault("broken", f"id_token: {len(named)} keys of the company's sign-in are named {header.get('kid')!r}")
    return named[0].key

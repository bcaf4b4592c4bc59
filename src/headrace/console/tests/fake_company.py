"""A small OpenID provider on this machine: discovery, a page where one says who one is, signed tokens, keys, userinfo. It can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "headrace", "s3cret-of-the-client"
KEY, STRANGE_KEY = (rsa.generate_private_key(public_exponent=65_537, key_size=2_048) for _ in range(2))
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Acme sign-in</title><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body><main><h1>Acme sign-in</h1><form method="post" action="/authorize?%s"><label>Name <input name="who"></label>
<button name="answer" value="yes">Continue</button> <button name="answer" value="no">Cancel</button></form></main></body></html>"""


class FakeCompany:
    """`people` by name, each a table of claims. `lies` replaces claims of the signed token, `says` the claims of userinfo; `key` signs."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.lies: dict[str, Any] = {}
        self.says: dict[str, Any] = {}
        self.documents: dict[str, Any] = {}
        self.key: Any = KEY
        self.algorithm, self.kid = "RS256", "one"
        self.token_status = 200
        self.codes: dict[str, tuple[str, dict[str, str]]] = {}
        self.tokens: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answers", (_Answers,), {"company": self}))

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def door(self) -> str:
        """Where people say who they are: another origin than the discovery document's."""
        return f"http://localhost:{self.server.server_port}"

    def discovery(self) -> dict[str, Any]:
        told = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.door}/authorize", "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo", "end_session_endpoint": f"{self.door}/end", "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }  # fmt: skip
        return {k: v for k, v in {**told, **self.documents}.items() if v is not None}

    def consent(self, asked: dict[str, str], who: str, answer: str = "yes") -> str:
        """Where the browser goes after the page."""
        if answer != "yes" or who not in self.people:
            return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
        code = secrets.token_urlsafe()
        self.codes[code] = (who, asked)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, given: dict[str, str]) -> dict[str, Any] | None:
        who, asked = self.codes.pop(given.get("code", ""), ("", {}))
        proof = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if not who or given.get("client_secret") != SECRET or given["redirect_uri"] != asked["redirect_uri"] or proof != asked.get("code_challenge"):
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked.get("nonce"), **self.people[who], **self.lies}
        claims = {k: v for k, v in claims.items() if v is not None}
        token = secrets.token_urlsafe()
        self.tokens[token] = who
        signed = jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": self.kid})
        return {"access_token": token, "token_type": "Bearer", "expires_in": 300, "id_token": signed}


class _Answers(BaseHTTPRequestHandler):
    company: FakeCompany

    def log_message(self, *_: Any) -> None:
        pass

    def _send(self, status: int, body: Any, kind: str = "application/json", **headers: str) -> None:
        told = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(told)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(told)

    def do_GET(self) -> None:
        parts, company = urlsplit(self.path), self.company
        if parts.path == "/.well-known/openid-configuration":
            return self._send(200, company.discovery())
        if parts.path == "/keys":
            return self._send(200, {"keys": [{**json.loads(RSAAlgorithm.to_jwk(KEY.public_key())), "kid": "one", "use": "sig", "alg": "RS256"}]})
        if parts.path == "/authorize":
            company.asked.append({k: v[0] for k, v in parse_qs(parts.query).items()})
            return self._send(200, PAGE % parts.query.replace("&", "&amp;"), "text/html; charset=utf-8")
        if parts.path == "/userinfo":
            who = company.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
            return self._send(200, {k: v for k, v in {**company.people[who], **company.says}.items() if k != "amr"}) if who else self._send(401, {})
        if parts.path == "/end":
            return self._send(200, "<!doctype html><html lang=en><title>Bye</title><h1>Signed out of Acme</h1>", "text/html; charset=utf-8")
        return self._send(404, {})

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        given = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        if parts.path == "/authorize":
            asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
            return self._send(303, "", Location=self.company.consent(asked, given.get("who", ""), given.get("answer", "")))
        if self.company.token_status != 200:
            return self._send(self.company.token_status, {"error": "server_error"})
        found = self.company.exchange(given) if parts.path == "/token" else None
        return self._send(200, found) if found else self._send(400, {"error": "invalid_grant"})


@contextmanager
def running() -> Iterator[FakeCompany]:
    company = FakeCompany()
    thread = threading.Thread(target=company.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield company
    finally:
        company.server.shutdown()
        company.server.server_close()
        thread.join()

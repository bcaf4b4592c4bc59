"""Who may hold a stream of live news: somebody who is signed in at the console, from one of its own pages."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from headrace.governance import access

PERMISSION = "orders.read"


class Refusal(Exception):
    """No stream: a status and a sentence."""

    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.status, self.says = status, says


@dataclass
class Asked:
    """What a browser sent: method, path and headers, their names in small letters. `username` is known once it was let in."""

    method: str
    path: str
    headers: dict[str, str]
    username: str = ""

    @property
    def origin(self) -> str:
        """Where the page is from; empty for a page of the same address, which browsers do not name here."""
        return self.headers.get("origin", "")

    def answers(self) -> list[tuple[bytes, bytes]]:
        """Headers that let a page of the console's own address read the answer, with its cookie; nothing for anybody else."""
        if not self.origin or not is_ours(self.origin, self.headers.get("host", "")):
            return [(b"vary", b"origin")]
        allowed = self.origin.encode("latin-1", "ignore")
        return [(b"vary", b"origin"), (b"access-control-allow-origin", allowed), (b"access-control-allow-credentials", b"true")]


def is_ours(origin: str, host: str) -> bool:
    """A page of the same host name, whatever its port, or of an origin that the installation trusts (`HEADRACE_ORIGINS`)."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.hostname == split_domain_port(host)[0].strip("[]")


def let_in(asked: Asked) -> None:
    """Raises Refusal for everybody who may not."""
    host = asked.headers.get("host", "")
    if asked.path.rstrip("/") != "/live":
        raise Refusal(404, "There is nothing here but /live.")
    if asked.method != "GET":
        raise Refusal(405, f"{asked.method} is not answered here; GET is.")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        raise Refusal(400, "This host name is not served; add it to HEADRACE_HOSTS.")
    if asked.origin and not is_ours(asked.origin, host):
        raise Refusal(403, "Only the console's own pages are told.")
    username = who(asked)
    if username is None:
        raise Refusal(401, "Sign in at the console first.")
    if not access.grants(access.granted_to(username), PERMISSION):
        raise Refusal(403, f"The permission {PERMISSION} is missing.")
    asked.username = username


def still_in(asked: Asked) -> bool:
    """Whether whoever was let in would be let in now."""
    return who(asked) == asked.username and access.grants(access.granted_to(asked.username), PERMISSION)


def who(asked: Asked) -> str | None:
    """Name of the user whose session the cookie opens; the session is only read, so that a page left open does not keep it alive."""
    try:
        cookie = SimpleCookie(asked.headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    if cookie is None:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(cookie.value)
    user = get_user(request)
    return user.get_username() if user.is_authenticated and user.is_active else None

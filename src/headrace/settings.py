"""Django's settings, for an installation: one database, everything denied unless said otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from headrace.engine import cluster
from headrace.engine.home import home, secret
from headrace.engine.telemetry import logging_settings

_ENV = os.environ.get
_SOURCES = Path(__file__).parent


def database_settings(url: str) -> dict[str, object]:
    """A PostgreSQL URL as Django wants it. Query parameters go to libpq, `host` among them may be a socket folder."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError(f"HEADRACE_DATABASE_URL: {parts.scheme!r} is no PostgreSQL URL; write postgresql://user:password@host:5432/name")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or cluster.DATABASE,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": options.pop("port", None) or str(parts.port or ""),
        "OPTIONS": {"application_name": "headrace", **options},
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def company_roles(told: str) -> dict[str, str]:
    """Roles that groups of the company's own sign-in bring, written as `group=role, other group=role`."""
    pairs = [pair.rpartition("=") for pair in told.split(",") if pair.strip()]
    wrong = [role for group, _equals, role in pairs if not group.strip() or not role.strip()]
    if wrong:
        raise ValueError(f"HEADRACE_OIDC_ROLES: {wrong[0]!r} is no pair; write group=role, other group=role")
    return {group.strip(): role.strip() for group, _equals, role in pairs}


def database_url() -> str:
    """`HEADRACE_DATABASE_URL`, else the embedded cluster of `HEADRACE_HOME` if it was made, else a name that says what to do."""
    given = _ENV("HEADRACE_DATABASE_URL")
    if given:
        return given
    embedded = cluster.at(home())
    if (embedded.folder / "port").exists():
        return embedded.url()
    return "postgresql://headrace@/headrace?host=run-headrace-db-start-first"


SECRET_KEY = _ENV("HEADRACE_SECRET_KEY") or secret("secret-key")
DEBUG = _ENV("HEADRACE_DEBUG") == "1"
ALLOWED_HOSTS = _ENV("HEADRACE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in _ENV("HEADRACE_ORIGINS", "").split(",") if origin]

_ROOMS = ["engine", "catalog", "orders", "stock", "purchasing", "ledger", "exception_queue", "governance"]
_LATER_ROOMS = ["flow", "supply", "connectors", "insight", "api", "demo"]

INSTALLED_APPS = [
    "headrace.console",  # first: its sign-in pages stand before the library's own
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "ninja",  # for the files of its documentation page, which no outside server may bring
    *[f"headrace.{room}" for room in _ROOMS],
    *[f"headrace.{room}" for room in _LATER_ROOMS if (_SOURCES / room / "apps.py").exists()],
]

MIDDLEWARE = [
    "headrace.engine.telemetry.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "headrace.console.live_address.AllowLive",
    "headrace.console.company.AllowCompany",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "headrace.console.door.Door",
    "headrace.console.preferences.Preferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "allauth.account.auth_backends.AuthenticationBackend"]

ROOT_URLCONF = "headrace.urls"
WSGI_APPLICATION = "headrace.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "headrace.console.shell.shell",
            ]
        },
    }
]

DATABASES = {"default": database_settings(database_url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # another one is a catalogue away: `make words`
LOCALE_PATHS = [_SOURCES / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _ENV("HEADRACE_HTTPS") == "1"
SECURE_HSTS_SECONDS = 31_536_000 if _ENV("HEADRACE_HTTPS") == "1" else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],  # from the sign-in also to the company's own, where there is one (console/company.py)
        "img-src": ["'self'", "data:"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 2**20  # a bulk of orders in one call
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a transfer of a thousand lines, parcels with all that is in them
FILE_UPLOAD_HANDLERS = [
    "headrace.console.uploads.OneFile",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Signing in: by name or e-mail, a second factor for who sets one up, locked after failures. Accounts are made by an administrator, never by a visitor.
LOGIN_URL, LOGIN_REDIRECT_URL = "account_login", "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "headrace.console.access.ClosedDoor"
SOCIALACCOUNT_ADAPTER = "headrace.console.company.KnownOnly"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds in which the company's own sign-in answers
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, object]] = {}
COMPANY_ROLES_CLAIM, COMPANY_ROLES = _ENV("HEADRACE_OIDC_ROLES_CLAIM", ""), company_roles(_ENV("HEADRACE_OIDC_ROLES", ""))
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Headrace"
SESSION_COOKIE_AGE = 12 * 3_600  # a working day; the policy `sign_in` ends it earlier where nobody clicks
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # counted by axes, in the database, for all processes of the installation
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "headrace.console.access.who_tries"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the page says how long it takes, and keeps its word
AXES_LOCKOUT_CALLABLE = "headrace.console.door.locked"
AXES_VERBOSE = False
if _ENV("HEADRACE_OIDC_URL"):
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "company",
                    "name": _ENV("HEADRACE_OIDC_NAME", "Company sign-in"),
                    "client_id": _ENV("HEADRACE_OIDC_CLIENT", ""),
                    "secret": _ENV("HEADRACE_OIDC_SECRET", ""),
                    "settings": {"server_url": _ENV("HEADRACE_OIDC_URL")},
                }
            ],
        }
    }

LOGGING = logging_settings(level=_ENV("HEADRACE_LOG", "WARNING"), as_json=_ENV("HEADRACE_LOG_FORMAT", "json") == "json")

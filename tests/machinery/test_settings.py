"""What an installation is told by its environment, and what it denies unless told otherwise."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from headrace.engine import home, telemetry
from headrace.settings import database_settings


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://jane:s%40fe@db.example:6432/shop", {"USER": "jane", "PASSWORD": "s@fe", "HOST": "db.example", "PORT": "6432", "NAME": "shop"}),
        ("postgres://jane@/shop?host=%2Frun%2Fpg&port=5433", {"USER": "jane", "HOST": "/run/pg", "PORT": "5433", "NAME": "shop"}),
        ("postgresql://db/shop", {"USER": "", "HOST": "db", "PORT": "", "NAME": "shop"}),
    ],
)
def test_a_database_url_is_understood(url: str, expected: dict[str, str]) -> None:
    told = database_settings(url)
    assert {name: told[name] for name in expected} == expected


def test_other_query_parameters_go_to_the_driver() -> None:
    assert database_settings("postgresql://u@db/shop?sslmode=require&target_session_attrs=read-write")["OPTIONS"] == {
        "application_name": "headrace",
        "sslmode": "require",
        "target_session_attrs": "read-write",
    }


def test_another_kind_of_database_is_refused_with_advice() -> None:
    with pytest.raises(ValueError, match="postgresql://user:password@host"):
        database_settings("mysql://u@db/shop")


def test_everything_is_denied_unless_said_otherwise() -> None:
    assert settings.DEBUG is False
    assert "*" not in settings.ALLOWED_HOSTS
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["default-src"] == ["'self'"]
    assert settings.SESSION_COOKIE_HTTPONLY and settings.X_FRAME_OPTIONS == "DENY"
    assert settings.USE_TZ and settings.TIME_ZONE == "UTC"


def test_a_secret_is_made_once_and_is_private(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEADRACE_HOME", str(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: home.secret("key"), range(64)))
    assert len(answers) == 1
    assert len(answers.pop()) >= 48
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_the_home_is_the_checkout_or_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HEADRACE_HOME")
    assert home.home() == Path(home.__file__).parents[3] / ".headrace"
    monkeypatch.setattr(home, "_CHECKOUT_MARK", "no-such-file.toml")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert home.home() == tmp_path / "headrace"


@pytest.mark.parametrize(("given", "kept"), [("abc-123", True), ("x" * 65, False), ("two words", False), ('"quoted"', False), ("", False)])
def test_a_request_id_is_taken_only_when_sane_and_given_back(given: str, kept: bool) -> None:
    request = HttpRequest()
    request.META["HTTP_X_REQUEST_ID"] = given
    seen: list[str] = []

    def page(inner: HttpRequest) -> HttpResponse:
        seen.append(structlog.contextvars.get_contextvars()["request"])
        return HttpResponse("ok")

    answer = telemetry.RequestId(page)(request)
    assert answer[telemetry.REQUEST_ID_HEADER] == seen[0]
    assert (seen[0] == given) is kept
    assert "request" not in structlog.contextvars.get_contextvars()


def test_logs_carry_the_ids_as_json() -> None:
    formatter = telemetry.logging_settings(level="INFO", as_json=True)["formatters"]["house"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter["()"](processor=formatter["processor"], foreign_pre_chain=formatter["foreign_pre_chain"]))
    plain = logging.getLogger("headrace.test_settings")
    plain.addHandler(handler)
    try:
        with structlog.contextvars.bound_contextvars(request="r-1", batch=7):
            plain.warning("the belt stands still")
    finally:
        plain.removeHandler(handler)
    told = json.loads(stream.getvalue())
    assert (told["event"], told["request"], told["batch"], told["level"]) == ("the belt stands still", "r-1", 7, "warning")

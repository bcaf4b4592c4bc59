"""A real Chromium before a real server: what a person sees, with every fault of the page failing the test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from headrace.cli.running import live_command, web_command
from tests.browser.person import PASSWORD, Person
from tests.scenarios.shop import Shop
from tests.workers import environment

WAIT_S = 120  # a machine that is busy with other tests takes its time
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

SOON = ("test_whole_jobs", "test_morning_queue", "test_a_wave_is_picked_packed_and_shipped")  # the whole jobs, which everybody runs; the rest takes minutes


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The rest is marked slow: `make ci` and `make soak` run it."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and not {item.path.stem, item.name} & set(SOON):
            item.add_marker(pytest.mark.slow)


def _chromium() -> str | None:
    """Where the browser is: HEADRACE_CHROMIUM, or what the machine has installed."""
    return os.environ.get("HEADRACE_CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, started once."""
    path = _chromium()
    if path is None:
        pytest.skip("no Chromium on this machine: install chromium, or name it in HEADRACE_CHROMIUM")
    # Playwright runs an event loop in this thread, in which Django would refuse its database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def shop(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The demo's shop with empty shelves."""
    monkeypatch.setenv("HEADRACE_DEMO", "1")
    return Shop()


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def live_port() -> int:
    """Where pages look for the stream of live news; nobody answers there unless the test asks for `live`."""
    return _free_port()


@pytest.fixture
def live(fresh_database: str, live_port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The process that tells open pages what happens. A test may end it."""
    telling = subprocess.Popen(live_command("127.0.0.1", live_port), env=environment(fresh_database, HEADRACE_LOG="ERROR"))
    try:
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until:
            with suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{live_port}/live", timeout=2).status_code == 401:
                    break
            time.sleep(0.1)
        yield telling
    finally:
        telling.terminate()
        telling.wait(WAIT_S)


@pytest.fixture
def base(request: pytest.FixtureRequest, fresh_database: str, tmp_path: Path) -> Iterator[str]:
    """Address of a web server on the test's own database."""
    port = _free_port()
    news = {"HEADRACE_LIVE_PORT": str(request.getfixturevalue("live_port"))} if "live" in request.fixturenames else {}
    told = tmp_path / "web.log"
    with told.open("wb") as log:
        env = environment(fresh_database, HEADRACE_LOG="ERROR", **news)
        web = subprocess.Popen(web_command("127.0.0.1", port, workers=1), env=env, stdout=log, stderr=log)
        try:
            _await(web, f"http://127.0.0.1:{port}", told)
            yield f"http://127.0.0.1:{port}"
        finally:
            web.terminate()
            web.wait(WAIT_S)


def _await(web: subprocess.Popen[bytes], base: str, told: Path) -> None:
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until and web.poll() is None:
        try:
            if httpx.get(f"{base}/healthz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError(f"the web server does not answer: {told.read_text()[-2_000:]}")


@pytest.fixture
def user(fresh_database: str) -> Callable[..., str]:
    """Makes a user with these roles (`admin` for everything). Gives the name."""
    from django.contrib.auth import get_user_model

    from headrace.governance.models import Role, RoleGrant

    def make(name: str, *roles: str, **limits: Any) -> str:
        made: Any = get_user_model().objects.create_user(username=name, password=PASSWORD)
        for code in roles:
            RoleGrant.objects.create(user_id=made.pk, role=Role.objects.get(code=code), **limits)
        return name

    return make


@pytest.fixture
def sits_down(chromium: Any, base: str, user: Callable[..., str]) -> Iterator[Callable[..., Person]]:
    """`sits_down("ann", "ops_manager")`: a person with these roles, signed in at a browser of their own. Faults of any page they saw fail the test."""
    people: list[Person] = []

    def sit(name: str = "ann", *roles: str, width: int = 1440, height: int = 900, **more: Any) -> Person:
        user(name, *(roles or ("admin",)))
        person = Person(chromium.new_context(viewport={"width": width, "height": height}, base_url=base, accept_downloads=True, **more), name)
        people.append(person)
        person.sign_in()
        return person

    yield sit
    for person in people:
        person.context.close()
    faults = [fault for person in people for fault in person.faults]
    assert not faults, "\n".join(faults)

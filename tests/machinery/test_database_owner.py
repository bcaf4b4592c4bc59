"""A database owner who is no superuser: migrates, keeps the limits of people, and brings a backup onto another server; and is told what is missing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from headrace.engine import backups, cluster
from headrace.engine.binaries import ClusterError
from tests.workers import HEADRACE, environment

pytestmark = pytest.mark.timeout(600)
PREPARED = "grant headrace_scoped to {0} with inherit false, set true"
# What a person of one node sees and may do: their order, not the other; no table without a policy; nothing of it stays on the connection.
LOOKS = """
import django
django.setup()
from headrace.engine.action import Refused, actions
from headrace.engine.queries import run
from headrace.governance import scopes
from headrace.governance.scopes import Scope
east = run("select id from catalog_node where code = 'EAST'").scalar
with scopes.seen_by("lim", Scope(nodes=(east,))):
    seen = run("select count(*) from orders_order").scalar
    assert run("select current_user").scalar == "headrace_scoped"
    assert run("select count(*) from governance_audit").scalar == 0
    try:
        run("delete from orders_order")
    except Exception as error:
        assert "permission denied" in str(error), error
    else:
        raise AssertionError("a limited page wrote")
assert run("select current_user = session_user").scalar
assert (seen, run("select count(*) from orders_order").scalar) == (1, 2), seen
assert not run("select rolsuper from pg_roles where rolname = current_user").scalar
assert not run("select 1 from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity")
print("kept")
"""
FILLS = """
import django
django.setup()
from headrace.engine.queries import run
from headrace.orders.tests import building
building.make_shop()
building.make_order("OURS-1", {"EAST": [("A", 1)]})
building.make_order("THEIRS-1", {"WEST": [("A", 1)]})
"""


@pytest.fixture
def server() -> Iterator[str]:
    yield from _server()


@pytest.fixture
def other_server() -> Iterator[str]:
    yield from _server()


def _server() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="headrace-test-") as folder:
        Path(folder).chmod(0o755)
        yield cluster.start(Path(folder), durable=False)
        cluster.stop(Path(folder))


def admin(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def owned(url: str, name: str, rights: str = "") -> str:
    """A database of its own for a new role without superuser rights."""
    admin(url, f"create role {name} login password 'pw' nosuperuser {rights}", f"create database {name} owner {name}")
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}:pw@{host}", path=f"/{name}"))


def call(url: str, *words: str, script: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", script] if script else [*HEADRACE, *words]
    env = environment(url, DJANGO_SETTINGS_MODULE="headrace.settings")
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=400)


@pytest.mark.slow
def test_an_owner_without_superuser_rights(server: str, other_server: str, tmp_path: Path) -> None:
    bare, maker = owned(server, "bare"), owned(server, "maker", "createrole")
    refused = call(bare, "migrate")
    assert refused.returncode != 0 and "grant headrace_scoped to bare with inherit false, set true" in refused.stdout + refused.stderr, refused.stderr[-2000:]

    made = call(maker, "migrate")
    assert made.returncode == 0, made.stderr[-2000:]
    filled = call(maker, script=FILLS)
    assert filled.returncode == 0, filled.stderr[-2000:]
    looked = call(maker, script=LOOKS)
    assert looked.stdout.strip() == "kept", looked.stderr[-2000:]
    assert call(maker, "migrate").returncode == 0, "and again"

    backups.backup(maker, tmp_path / "kept")
    target = owned(other_server, "target")
    with pytest.raises(ClusterError, match="create role headrace_scoped nologin; grant headrace_scoped to target"):
        backups.restore(target, tmp_path / "kept")
    admin(other_server, "create role headrace_scoped nologin")
    with pytest.raises(ClusterError, match="grant headrace_scoped to target"):
        backups.restore(target, tmp_path / "kept")
    admin(other_server, PREPARED.format("target"))
    backups.restore(target, tmp_path / "kept")
    looked = call(target, script=LOOKS)
    assert looked.stdout.strip() == "kept", looked.stderr[-2000:]
    assert call(target, "migrate").returncode == 0

    again = owned(other_server, "again", "createrole")
    with pytest.raises(ClusterError, match="grant headrace_scoped to again"):
        backups.restore(again, tmp_path / "kept")  # it may make roles, and this one was made by another

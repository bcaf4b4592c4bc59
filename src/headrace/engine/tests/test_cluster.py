"""The embedded database starts once, survives what machines do to it, and gives back what it was told."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from headrace.engine import backups, cluster

WHO = "select value from remembered"


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that the server's user may enter (pytest's own temporary folders are private)."""
    with tempfile.TemporaryDirectory(prefix="headrace-test-") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path
        cluster.stop(path)


@pytest.fixture(scope="module")
def shared() -> Iterator[SimpleNamespace]:
    """One running cluster for the tests that do not hurt it."""
    with tempfile.TemporaryDirectory(prefix="headrace-test-") as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield SimpleNamespace(home=path, url=cluster.start(path, durable=False))
        cluster.stop(path)


def remember(url: str, value: str) -> None:
    with psycopg.connect(url) as con:
        con.execute("create table remembered (value text not null)")
        con.execute("insert into remembered values (%s)", [value])


def recall(url: str) -> str:
    with psycopg.connect(url) as con:
        return con.execute(WHO).fetchone()[0]  # type: ignore[index]


def start_elsewhere(home: Path) -> subprocess.Popen[str]:
    program = f"from pathlib import Path; from headrace.engine import cluster; print(cluster.start(Path({str(home)!r})))"
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_starts_stops_and_starts_again_with_its_data(home: Path) -> None:
    url = cluster.start(home)
    remember(url, "the first order")
    assert cluster.status(home).running
    assert cluster.stop(home) is True
    assert cluster.stop(home) is False
    assert not cluster.status(home).running
    assert recall(cluster.start(home)) == "the first order"


def test_it_goes_on_when_the_process_that_started_it_ends(home: Path) -> None:
    starter = start_elsewhere(home)
    url, errors = starter.communicate(timeout=120)
    assert starter.returncode == 0, errors
    with psycopg.connect(url.strip()) as con:
        assert con.execute("select 1").fetchone() == (1,)


def test_two_who_start_it_at_once_get_the_same_server(home: Path) -> None:
    starters = [start_elsewhere(home) for _ in range(2)]
    answers = [starter.communicate(timeout=120) for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0], answers
    assert answers[0][0] == answers[1][0]


@pytest.mark.parametrize("durable", [True])
def test_what_was_committed_survives_a_kill_of_the_server(home: Path, durable: bool) -> None:
    url = cluster.start(home, durable=durable)
    remember(url, "paid")
    pid = cluster.at(home).pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert recall(cluster.start(home)) == "paid"
    assert cluster.at(home).pid() != pid


def test_it_waits_for_a_killed_servers_last_statement(home: Path) -> None:
    url = cluster.start(home)
    remember(url, "kept")

    def compute() -> None:  # busy in the processor, so it does not notice that its server is gone
        with contextlib.suppress(psycopg.Error), psycopg.connect(url) as con:
            while True:
                con.execute("select count(*) from generate_series(1, 12000000)")

    worker = threading.Thread(target=compute)
    worker.start()
    time.sleep(0.5)
    pid = cluster.at(home).pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert recall(cluster.start(home)) == "kept"
    worker.join(timeout=60)
    assert not worker.is_alive()


def test_a_pid_file_that_names_another_program_does_not_stop_it_from_starting(home: Path) -> None:
    cluster.start(home)
    place = cluster.at(home)
    text = (place.data / "postmaster.pid").read_text()
    cluster.stop(home)
    user = cluster.server_user()
    sleeper = subprocess.Popen(["sleep", "120"], **({"user": user.pw_uid} if user else {}))
    try:
        (place.data / "postmaster.pid").write_text(f"{sleeper.pid}\n{text.partition(chr(10))[2]}")
        cluster.give_to_server(place.data / "postmaster.pid")
        assert not place.is_running()
        cluster.start(home)
        assert place.is_running()
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_half_made_database_is_made_anew(home: Path) -> None:
    half = cluster.at(home).folder / "data-half-made"
    half.mkdir(parents=True)
    half.parent.chmod(0o711)
    (half / "PG_VERSION").write_text("18\n")
    with psycopg.connect(cluster.start(home)) as con:
        assert con.execute("select 1").fetchone() == (1,)


def test_a_home_with_a_very_long_path_works(home: Path) -> None:
    deep = home / ("d" * 100)
    deep.mkdir()
    deep.chmod(0o755)
    try:
        with psycopg.connect(cluster.start(deep)) as con:
            assert con.execute("select 1").fetchone() == (1,)
    finally:
        cluster.stop(deep)
        cluster.at(deep).sockets.rmdir()


def test_data_of_another_postgresql_is_refused_with_advice(home: Path) -> None:
    cluster.start(home)
    cluster.stop(home)
    (cluster.at(home).data / "PG_VERSION").write_text("12\n")
    with pytest.raises(cluster.ClusterError, match="made by PostgreSQL 12.*backup"):
        cluster.start(home)
    (cluster.at(home).data / "PG_VERSION").write_text("18\n")


def test_a_server_that_cannot_start_says_what_its_log_says(home: Path) -> None:
    cluster.start(home)
    cluster.stop(home)
    with (cluster.at(home).data / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")
    with pytest.raises(cluster.ClusterError, match="no_such_setting"):
        cluster.start(home)


def test_nothing_above_the_home_changes_its_mode_and_secrets_are_private(home: Path) -> None:
    before = {folder: folder.stat().st_mode for folder in [home, *home.parents]}
    cluster.start(home)
    place = cluster.at(home)
    assert {folder: folder.stat().st_mode for folder in before} == before
    assert stat.S_IMODE((place.folder / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE(place.data.stat().st_mode) == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root hands over to another user")
def test_roots_private_home_stays_private_and_the_data_lies_outside(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public = home / "public"
    public.mkdir()
    public.chmod(0o755)
    monkeypatch.setattr(cluster, "PUBLIC_FOLDER", public)
    private = home / "private"
    private.mkdir(mode=0o700)
    try:
        with psycopg.connect(cluster.start(private)) as con:
            assert con.execute("select 1").fetchone() == (1,)
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert cluster.at(private).folder.is_relative_to(public)
        private.chmod(0o755)  # a door opened later must not make an empty database appear
        assert cluster.at(private).folder.is_relative_to(public)
    finally:
        cluster.stop(private)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody without a name")
def test_a_user_who_is_only_a_number_can_run_it(home: Path) -> None:
    python = next((p for p in (Path(sys.executable).resolve(), Path("/usr/bin/python3")) if p.exists() and cluster.may_enter(p)), None)
    if python is None or subprocess.run([python, "-c", f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"]).returncode:
        pytest.skip("no Python of this version that others may run")
    own = home / "theirs"
    own.mkdir()
    os.chown(own, 23456, 23456)
    program = f"""
from pathlib import Path
import psycopg
from headrace.engine import cluster
home = Path({str(own)!r})
url = cluster.start(home)
print(psycopg.connect(url).execute("select 'works'").fetchone()[0])
cluster.stop(home)
"""
    done = subprocess.run(
        [python, "-c", program], user=23456, group=23456, extra_groups=[], capture_output=True, text=True, timeout=120, cwd="/",
        env={"PYTHONPATH": os.pathsep.join(p for p in sys.path if p.endswith(("site-packages", "src"))), "PATH": os.environ["PATH"]},
    )  # fmt: skip
    if "which has no name on this machine" in done.stderr:
        pytest.skip("this machine lends no names (user namespaces are off); the message says what to do")
    assert done.stdout.strip() == "works", done.stderr


def test_settings_are_durable_unless_said_otherwise(home: Path, shared: SimpleNamespace) -> None:
    for url, expected in [(cluster.start(home), "on"), (shared.url, "off")]:
        with psycopg.connect(url) as con:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                assert con.execute("select current_setting(%s)", [name]).fetchone() == (expected,), name


def test_text_sorts_alike_on_every_machine(shared: SimpleNamespace) -> None:
    with psycopg.connect(shared.url) as con:
        row = con.execute("select datlocprovider, datlocale, pg_encoding_to_char(encoding) from pg_database where datname = current_database()").fetchone()
        assert row == ("b", "C.UTF-8", "UTF8")
        assert con.execute("show data_checksums").fetchone() == ("on",)


def test_status_hides_the_password(shared: SimpleNamespace) -> None:
    told = cluster.status(shared.home)
    assert told.running and told.pid and told.size_bytes > 10_000_000
    assert cluster.at(shared.home).password() not in repr(told)


def test_a_backup_restores_into_another_database_and_replaces_what_was_there(shared: SimpleNamespace, tmp_path: Path) -> None:
    file = tmp_path / "evening.backup"
    with psycopg.connect(shared.url, autocommit=True) as con:
        con.execute("create database source")
        con.execute("create database target")
    source, target = (cluster.at(shared.home).url(name) for name in ("source", "target"))
    remember(source, "Zürich, 東京; \\N")
    with psycopg.connect(target) as con:
        con.execute("create table newer_than_the_backup (id int)")
    assert backups.backup(source, file) == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    backups.restore(target, file)

    assert recall(target) == "Zürich, 東京; \\N"
    with psycopg.connect(target) as con:
        assert con.execute("select to_regclass('newer_than_the_backup')").fetchone() == (None,)


def test_a_restore_that_fails_leaves_the_database_as_it_was(shared: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(shared.url, autocommit=True) as con:
        con.execute("create database precious")
    url = cluster.at(shared.home).url("precious")
    remember(url, "precious")
    file = tmp_path / "backup"
    backups.backup(url, file)
    with psycopg.connect(url, autocommit=True) as con:
        con.execute("insert into remembered select md5(g::text) from generate_series(1, 20000) g")
    whole = tmp_path / "whole"
    backups.backup(url, whole)

    cut = tmp_path / "cut"
    cut.write_bytes(whole.read_bytes()[:-200_000])
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("hello")
    for bad in (cut, nonsense, tmp_path / "absent"):
        with pytest.raises(cluster.ClusterError):
            backups.restore(url, bad)
    monkeypatch.setattr(backups, "_EMPTY_FIRST", backups._EMPTY_FIRST.replace(backups.LOCK_WAIT, "200ms"))
    with psycopg.connect(url) as busy:
        busy.execute("select count(*) from remembered")  # a worker in the middle of a batch
        with pytest.raises(cluster.ClusterError, match="Stop workers"):
            backups.restore(url, file)
    with psycopg.connect(url) as con:
        assert con.execute("select count(*) from remembered").fetchone() == (20_001,)


def test_the_password_is_not_on_the_command_line() -> None:
    address, env = backups._without_password("postgresql://jane:s%40fe@/shop?host=%2Frun&port=5")
    assert address == "postgresql://jane@/shop?host=%2Frun&port=5"
    assert env == {"PGPASSWORD": "s@fe"}


def test_the_prompt_runs_what_it_is_given(shared: SimpleNamespace, capfd: pytest.CaptureFixture[str]) -> None:
    assert backups.psql(shared.url, ["-Atc", "select 6 * 7"]) == 0
    assert capfd.readouterr().out.strip() == "42"
    assert backups.psql(shared.url, ["-v", "ON_ERROR_STOP=1", "-c", "select 1/0"]) != 0


def test_a_port_in_passing_use_is_waited_for_so_that_the_server_comes_back_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    port = cluster._free_port()
    assert port in cluster.OWN_PORTS
    passing = socket.create_server(("127.0.0.1", port))
    threading.Timer(0.5, passing.close).start()
    assert cluster._port_comes_free(port)
    with socket.create_server(("127.0.0.1", port)):
        monkeypatch.setattr(cluster, "PORT_WAIT_S", 0.3)
        assert not cluster._port_comes_free(port)

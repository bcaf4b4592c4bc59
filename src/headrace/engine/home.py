"""Where Headrace keeps what is its own: the embedded database, its keys, its logs."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

_CHECKOUT_MARK = "pyproject.toml"


def home() -> Path:
    """`HEADRACE_HOME`; else `.headrace` beside the sources of a checkout; else the user's data folder. Made if missing."""
    given = os.environ.get("HEADRACE_HOME")
    path = Path(given).expanduser().absolute() if given else _default_home()
    path.mkdir(parents=True, exist_ok=True, mode=0o755)
    return path


def _default_home() -> Path:
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / _CHECKOUT_MARK).is_file() and (checkout / "src" / "headrace").is_dir():
        return checkout / ".headrace"
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "headrace"


def secret(name: str, length: int = 48) -> str:
    """A secret made once and kept in a file that only the owner reads. Safe when two processes ask at once."""
    path = home() / name
    if not path.exists():
        # Written under another name and then linked, so that nobody ever reads half a secret, and of two that were made one stays.
        descriptor, mine = tempfile.mkstemp(dir=path.parent, prefix=f".{name}-")
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(length))
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            os.replace(mine, path)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(mine)
    return path.read_text().strip()

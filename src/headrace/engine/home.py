"""Where Headrace keeps what is its own: the embedded database, its keys, its logs."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_CHECKOUT_MARK = "pyproject.toml"


def home() -> Path:
    """`HEADRACE_HOME`; else `.headrace` beside the sources of a checkout; else the user's data folder. Made if missing, for the owner only."""
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
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        value = secrets.token_urlsafe(length)
        file.write(value)
    return value

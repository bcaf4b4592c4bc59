"""Papers that are made from the code: compared in tests, written anew by `make papers`."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RENEW = "HEADRACE_RENEW_PAPERS"
DIFF_LINES_MAX = 60


def stale(place: Path, texts: dict[str, str]) -> str:
    """What is not as the code would write it, as a diff that says how to renew it; empty where all is current. Under RENEW it is written instead."""
    if os.environ.get(RENEW) == "1":
        write(place, texts)
        return ""
    there = {f.name: f.read_text("utf-8") for f in place.iterdir() if f.is_file()} if place.is_dir() else {}
    kept = there if len(texts) > 1 else {name: there[name] for name in texts if name in there}
    lines: list[str] = []
    for name in sorted({*texts, *kept}):
        before, after = kept.get(name, "").splitlines(), texts.get(name, "").splitlines()
        lines += difflib.unified_diff(before, after, f"{place.name}/{name} as it is", f"{place.name}/{name} by the code", lineterm="", n=1)
    if not lines:
        return ""
    left_out = len(lines) - DIFF_LINES_MAX
    return "\n".join(["", *lines[:DIFF_LINES_MAX], *([f"... and {left_out} lines more"] if left_out > 0 else []), "Right? Then `make papers` renews it."])


def write(place: Path, texts: dict[str, str]) -> None:
    """Write what changed; where a folder is wholly made (several texts), what no text names any more goes."""
    place.mkdir(parents=True, exist_ok=True)
    if len(texts) > 1:
        for file in place.iterdir():
            if file.is_file() and file.name not in texts:
                file.unlink()
    for name, text in texts.items():
        file = place / name
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")

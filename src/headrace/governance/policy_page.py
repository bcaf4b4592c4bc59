"""The page of policies: everything that people may tune, with its default, made from the declarations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from headrace.governance.policies import declared


def render() -> str:
    """Markdown: one table per policy."""
    parts = ["# Policies\n\nWhat people tune, in versions; a batch records the version it used. Made from the code by `make papers`.\n"]
    for name, policy in sorted(declared().items()):
        rows = [f"| `{setting}` | {value} |" for setting, value in settings(policy.body)]
        parts.append("\n".join([f"## {name}\n", f"{policy.says}.\n", "| setting | default |", "| --- | --- |", *rows]) + "\n")
    return "\n".join(parts)


def settings(body: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """(dotted name, default as JSON) of every setting; a list or an empty table is one value."""
    if isinstance(body, dict) and body:
        for key, value in body.items():
            yield from settings(value, f"{name}.{key}" if name else str(key))
    else:
        yield name or "(the whole)", f"`{json.dumps(body, ensure_ascii=False)}`".replace("|", "\\|")

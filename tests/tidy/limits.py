"""The page of limits: every constant named ..._MAX (or ..._MAX_unit), with its value and its comment, as it stands in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src" / "headrace"
NAME = re.compile(r"^[A-Z0-9_]*_MAX(_[A-Z]+)?$")
HEAD = """# Limits

Every limit of Headrace has a name. What is above one is answered with an error that names the field, the value and the limit, or goes on in the next
batch. Made from the code by `make papers`; limits that people may tune are policies (`docs/policies.md`).

| Limit | Value | Of what | Where |
|---|---|---|---|
"""


def render() -> str:
    return HEAD + "".join(f"| `{name}` | {value} | {says} | `{where}` |\n" for where, name, value, says in sorted(limits()))


def limits() -> Iterator[tuple[str, str, str, str]]:
    """(file, name, value, comment) of each."""
    for file in SOURCES.rglob("*.py"):
        text = file.read_text("utf-8")
        if "tests" in file.parts or "_MAX" not in text:
            continue
        lines = text.splitlines()
        for node in ast.parse(text).body:
            if isinstance(node, ast.Assign):
                comment = lines[node.end_lineno - 1].partition("  # ")[2] if node.end_lineno else ""
                for name, value in _pairs(node):
                    if NAME.match(name):
                        yield file.relative_to(SOURCES).as_posix(), name, _shown(value), _says(comment)


def _pairs(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    target = node.targets[0]
    if isinstance(target, ast.Name):
        yield target.id, node.value
    elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        yield from ((name.id, value) for name, value in zip(target.elts, node.value.elts, strict=True) if isinstance(name, ast.Name))


def _shown(value: ast.expr) -> str:
    try:
        found = ast.literal_eval(value)
    except ValueError:
        return f"`{ast.unparse(value)}`"
    return f"{found:,}" if isinstance(found, int | float) else str(found)


def _says(comment: str) -> str:
    return "" if comment.startswith("noqa") else comment.partition("  # noqa")[0].partition(" # noqa")[0].replace("|", "\\|")

"""Checks of the house's taste. Each takes text and gives sentences about what is wrong in it, so that a test can show it a bad sample."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
QUERY_LINES_MAX = 60  # a query stays below

# Words for patterns, not for the trade. A shipping service is of the trade, and so is the module that keeps them.
FORBIDDEN_WORD = re.compile(r"(manager|helper|util|utility|utilities|service)s?$")
TRADE_NAME = re.compile(r"(shipping|carrier)_services?|^(carrier|shipping)?_?service_?(code|level)s?$")
TRADE_PLACES = {("src/headrace/catalog/services.py", "services"), ("src/headrace/catalog/services.py", "service")}

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b|\bNotImplementedError\b")
# Written in parts, so that this file does not name what it looks for.
_PLACES = ["wor" + r"k/(main|shared)", "roo" + "t/", "hom" + r"e/[a-z]+/", "tm" + "p/hr", "User" + r"s/[A-Za-z]+/"]
_HOSTS = ["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "proxy" + r"\.golang", "crates" + r"\.io", "--(extra-)?index" + "-url"]
MACHINE_PATHS = re.compile(r"(?<![\w.~$}])/(" + "|".join(_PLACES) + ")")
REGISTRY_HOSTS = re.compile("|".join(_HOSTS))

_QUERY_HEAD = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")
_RUNS_SQL = {"execute", "executemany", "run", "copy", "copy_rows"}


def tracked_files(root: Path = ROOT) -> list[Path]:
    """Files that belong to the project: what git knows and what it would add; all files where there is no git."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, check=True, capture_output=True, text=True)
        names = [name for name in listed.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and not any(part.startswith(".") for part in p.relative_to(root).parts)]
    return [root / name for name in names if (root / name).is_file()]


def sizes(text: str) -> Iterator[str]:
    """Files and functions of Python that are too long."""
    count = text.count("\n") + (not text.endswith("\n"))
    if count > FILE_LINES_MAX:
        yield f"has {count} lines, more than {FILE_LINES_MAX}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{node.lineno}: {node.name} has {lines} lines, more than {FUNCTION_LINES_MAX}"


def queries(text: str) -> Iterator[str]:
    """Named queries that are too long, or that stand twice."""
    parts = _QUERY_HEAD.split(text)
    seen = set()
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        lines = len(body.strip().splitlines())
        if lines >= QUERY_LINES_MAX:
            yield f"query {name} has {lines} lines, not below {QUERY_LINES_MAX}"
        if name in seen:
            yield f"query {name} stands twice"
        seen.add(name)


def vocabulary(text: str, place: str) -> Iterator[str]:
    """Names of the module, its classes and functions that speak of patterns. `place` is the path from the project's folder."""
    module = Path(place).stem
    names = [(1, module)] + [(n.lineno, n.name) for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))]
    for line, name in names:
        words = [word.lower() for word in _WORDS.findall(name)]
        bad = [word for word in words if FORBIDDEN_WORD.match(word)]
        if bad and not TRADE_NAME.search("_".join(words)) and (place, name) not in TRADE_PLACES and not name.startswith("test"):
            yield f"{line}: {name} says {bad[0]!r}; name what it does in the words of the trade"


def built_sql(text: str) -> Iterator[str]:
    """Statements put together from strings where they are run; data could get into one. A line may say `# sql: constants only`."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and node.args and _called(node).lstrip("_") in _RUNS_SQL and _is_composed(node.args[0])):
            continue
        if "# sql: constants only" not in lines[node.lineno - 1]:
            yield f"{node.lineno}: a statement is built from strings; pass parameters, or put the query into a .sql file"


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _is_composed(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, (ast.Mod, ast.Add)) and any(isinstance(side, (ast.Constant, ast.JoinedStr, ast.BinOp)) for side in (node.left, node.right))
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format" and isinstance(node.func.value, ast.Constant)


def unfinished(text: str) -> Iterator[str]:
    """Notes that something is still to be written."""
    for number, line in enumerate(text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield f"{number}: unfinished: {line.strip()[:80]}"


def places(text: str) -> Iterator[str]:
    """Paths of one machine, and hosts of package registries."""
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in ((MACHINE_PATHS, "a path of one machine"), (REGISTRY_HOSTS, "a package registry")):
            found = pattern.search(line)
            if found:
                yield f"{number}: names {what}: {found.group(0)}"

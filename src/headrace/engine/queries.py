"""Named queries: SQL written as SQL, in a file beside the decision, called by name.

A file holds queries headed by `-- name: word`; the comment lines that follow are the query's own words. Parameters are psycopg's
`%(name)s`. `load_queries(__package__)` finds the `.sql` files of a package; `sql.word(batch, limit=5)` runs one on Django's connection,
inside whatever transaction is open, and answers with its rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from types import NoneType
from typing import Any, Protocol, cast

import psycopg
from django.db import connection
from psycopg.adapt import Buffer, Dumper
from psycopg.rows import namedtuple_row
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.json import JsonbLoader, JsonLoader

_HEAD = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


class GivesParameters(Protocol):
    """A batch or a deed: it knows the parameters that every query of it shares (ids, as_of, batch_id)."""

    def parameters(self) -> Mapping[str, Any]: ...


class Answer(list[Any]):
    """Rows of a query as named tuples, with the count that PostgreSQL reported."""

    count: int = 0  # type: ignore[assignment]  # the rows of a query are counted, never searched

    @property
    def one(self) -> Any:
        """The only row; an error where there is none or more than one."""
        (row,) = self
        return row

    @property
    def scalar(self) -> Any:
        """First column of the only row."""
        return self.one[0]

    def column(self, name: str) -> list[Any]:
        return [getattr(row, name) for row in self]


def cursor() -> psycopg.Cursor[Any]:
    """A psycopg cursor on Django's own connection, so that it shares the open transaction, with typed server-side parameters."""
    connection.ensure_connection()
    raw = cast("psycopg.Connection[Any]", connection.connection)
    cur = psycopg.Cursor(raw, row_factory=namedtuple_row)
    # Django leaves JSON as text on its connections, and reads moments by a loader of its own that takes four times as long.
    for name, loader in (("json", JsonLoader), ("jsonb", JsonbLoader), ("timestamptz", TimestamptzLoader)):
        cur.adapters.register_loader(name, loader)
    return cur


def run(text: str, parameters: Mapping[str, Any] | None = None) -> Answer:
    """Run a constant statement. `text` comes from a file or a literal of the code, never from data."""
    with cursor() as cur:
        # An empty mapping would still make psycopg read % signs, so a query without parameters is sent as it stands.
        cur.execute(text, _with_array_literals(text, parameters) if parameters else None)
        answer = Answer(cur.fetchall()) if cur.description else Answer()
        answer.count = cur.rowcount
        return answer


def _with_array_literals(text: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as array literals, which the statement's own casts type: psycopg would look at every element again for every statement.

    Parameters that the statement takes in binary (`%(x)b`) are left as they are.
    """
    binary = _binary_parameters_of(text)
    return {name: array_literal(value) if type(value) is list and name not in binary else value for name, value in parameters.items()}


_AS_TEXT: dict[type, Callable[[Any], str]] = {
    int: str,
    Decimal: str,
    bool: lambda v: "t" if v else "f",
    datetime: lambda v: f'"{v.isoformat()}"',
    date: lambda v: v.isoformat(),
}


def array_literal(values: list[Any]) -> Any:
    """PostgreSQL's literal of a list of texts, whole numbers, decimals, booleans, moments or days, with None as null.

    Any other list (bytes, lists, mixtures) is given back for psycopg to adapt. A text with NUL, which no database text can hold, is a ValueError.
    """
    kinds = set(map(type, values))
    has_null = NoneType in kinds
    kinds.discard(NoneType)
    if len(kinds) > 1:
        return values
    kind = kinds.pop() if kinds else int
    if kind is str:
        return _text_array(values, has_null)
    if kind not in _AS_TEXT:
        return values
    write = _AS_TEXT[kind]
    return "{" + ",".join(["NULL" if v is None else write(v) for v in values] if has_null else map(write, values)) + "}"


def _text_array(values: list[str | None], has_null: bool) -> str:
    """Escaped in one go: NUL stands between the texts until they are quoted, because it cannot stand in them."""
    joined = "\0".join("" if v is None else v for v in values) if has_null else "\0".join(cast("list[str]", values))
    if joined.count("\0") != len(values) - 1:
        raise ValueError("a text holds NUL, which PostgreSQL cannot store")
    escaped = joined.replace("\\", "\\\\").replace('"', '\\"')
    if not has_null:
        return '{"' + escaped.replace("\0", '","') + '"}'
    return "{" + ",".join(["NULL" if v is None else f'"{part}"' for v, part in zip(values, escaped.split("\0"), strict=True)]) + "}"


@dataclass(frozen=True, slots=True)
class Query:
    """One named query."""

    name: str
    text: str
    file: str

    def __call__(self, giver: GivesParameters | None = None, **parameters: Any) -> Answer:
        given = {**(giver.parameters() if giver is not None else {}), **parameters}
        used = {name: given[name] for name in self.wants() if name in given}
        missing = [name for name in self.wants() if name not in given]
        if missing:
            raise TypeError(f"query {self.name} in {self.file} needs the parameter {', '.join(missing)}")
        return run(self.text, used)

    def wants(self) -> tuple[str, ...]:
        return _parameters_of(self.text)


_PARAMETER = re.compile(r"%\((\w+)\)[sbt]")
_BINARY_PARAMETER = re.compile(r"%\((\w+)\)b")


@lru_cache(maxsize=4096)
def _binary_parameters_of(text: str) -> frozenset[str]:
    return frozenset(_BINARY_PARAMETER.findall(text))


_known_parameters: dict[str, tuple[str, ...]] = {}


def _parameters_of(text: str) -> tuple[str, ...]:
    if text not in _known_parameters:
        _known_parameters[text] = tuple(dict.fromkeys(_PARAMETER.findall(text)))
    return _known_parameters[text]


class Queries:
    """The queries of one package, as attributes."""

    def __init__(self, queries: Mapping[str, Query], package: str) -> None:
        self._queries = dict(queries)
        self._package = package

    def __getattr__(self, name: str) -> Query:
        try:
            return self._queries[name]
        except KeyError:
            raise AttributeError(f"no query named {name} in the .sql files of {self._package}") from None

    def __iter__(self) -> Iterator[Query]:
        return iter(self._queries.values())


def parse(text: str, file: str) -> dict[str, Query]:
    """Cut a .sql file into its named queries; a name twice is an error."""
    parts = _HEAD.split(text)
    found: dict[str, Query] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in found:
            raise ValueError(f"query {name} stands twice in {file}")
        found[name] = Query(name, body.strip().rstrip(";"), file)
    return found


def load_queries(package: str | None) -> Queries:
    """All named queries in the .sql files of a package (not of the packages below it)."""
    assert package, "load_queries takes __package__"
    queries: dict[str, Query] = {}
    for entry in sorted(resources.files(package).iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".sql"):
            for name, query in parse(entry.read_text("utf-8"), f"{package}/{entry.name}").items():
                if name in queries:
                    raise ValueError(f"query {name} stands in {query.file} and {queries[name].file}")
                queries[name] = query
    return Queries(queries, package)


@lru_cache(maxsize=512)
def _written_moment(moment: datetime) -> bytes:
    """Rows of a batch mostly bear the batch's own moment."""
    return moment.isoformat().encode()


class _MomentDumper(Dumper):
    """A moment with its zone as text, without the look at each one that psycopg takes to tell moments from naive times."""

    def dump(self, obj: datetime) -> Buffer:
        return _written_moment(obj)


class _DecimalDumper(Dumper):
    def dump(self, obj: Decimal) -> Buffer:
        return str(obj).encode()


def copy_rows(statement: str, rows: Iterator[tuple[Any, ...]] | list[tuple[Any, ...]], types: list[str] | None = None) -> None:
    """Stream rows into `copy <tray> (...) from stdin` on Django's connection: the fast way in for thousands of rows."""
    with cursor() as cur:
        cur.adapters.register_dumper(datetime, _MomentDumper)
        cur.adapters.register_dumper(Decimal, _DecimalDumper)
        _copy(cur, statement, rows, types)


def _copy(cur: psycopg.Cursor[Any], statement: str, rows: Iterator[tuple[Any, ...]] | list[tuple[Any, ...]], types: list[str] | None) -> None:
    with cur.copy(statement) as out:
        if types:
            out.set_types(types)
        for row in rows:
            out.write_row(row)

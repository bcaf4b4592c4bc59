"""The kinds of document that stages take: each book says how its own rows are claimed, held and let go.

Floor 1 knows no tables of floor 2, so a book registers a `Document` at start-up and the engine works through it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from headrace.engine.queries import Query


@dataclass(frozen=True, slots=True)
class Document:
    """A table whose rows go through the line.

    claim   ids at state %(state)s that nobody holds, at most %(limit)s, locked FOR UPDATE SKIP LOCKED; parameters state, limit, as_of
    reclaim the same for given %(ids)s: what a smaller batch takes again after a failure
    hold    mark %(ids)s held
    unhold  let %(ids)s go on
    about   for %(ids)s: document_id, order_id, value_minor, currency (what an exception shows)
    """

    name: str
    claim: Query
    reclaim: Query
    hold: Query
    unhold: Query
    about: Query
    states: tuple[str, ...] = field(default=())


_documents: dict[str, Document] = {}


def register(document: Document) -> Document:
    """Make a kind of document known; the same name twice is an error."""
    if document.name in _documents and _documents[document.name] != document:
        raise ValueError(f"document {document.name} is registered twice")
    _documents[document.name] = document
    return document


def named(name: str) -> Document:
    try:
        return _documents[name]
    except KeyError:
        raise LookupError(f"no document named {name!r}; known: {', '.join(sorted(_documents))}") from None

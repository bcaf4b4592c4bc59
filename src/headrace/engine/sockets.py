"""Sockets that upper rooms fill at start-up, so that the engine can call them without importing them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Socket:
    """A place for one function. Calling an empty socket is an error that says which room should have filled it."""

    def __init__(self, name: str, filled_by: str) -> None:
        self.name, self.filled_by = name, filled_by
        self._function: Callable[..., Any] | None = None

    def fill(self, function: Callable[..., Any]) -> Callable[..., Any]:
        self._function = function
        return function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._function is None:
            raise RuntimeError(f"nothing fills the engine's socket {self.name!r}; the room {self.filled_by} does it in its AppConfig.ready")
        return self._function(*args, **kwargs)


# mark_history() -> int: where the history stands before a batch writes, so that its rows are found again without an index on the batch
mark_history = Socket("mark_history", "governance")
# record_batch(batch) -> None: one audit link with a digest over the batch's history rows
record_batch = Socket("record_batch", "governance")
# record_deed(deed) -> None: one audit link for an action by a named person or program
record_deed = Socket("record_deed", "governance")
# policy_in_force(name, as_of) -> (version, body)
policy_in_force = Socket("policy_in_force", "governance")
# may(actor, permission) -> bool
may = Socket("may", "governance")
# may_touch(actor, action, parameters) -> None: raises Refused for what lies outside of the part of the house that a person's role covers
may_touch = Socket("may_touch", "governance")
# limits_of(actor, *permissions) -> context manager to read in what lies within a person's limits for all of these; None where there are none
limits_of = Socket("limits_of", "governance")
# needs_approval(deed, whatever_policy_says=False) -> int | None: number of the approval that now waits, or None when the deed may go on
needs_approval = Socket("needs_approval", "governance")
# partner_secrets(partner) -> [secret]: the signing secrets in force, the newest first
partner_secrets = Socket("partner_secrets", "governance")
# park_poison(batch, document_id, traceback) -> None: the one document that a stage cannot digest
park_poison = Socket("park_poison", "exception_queue")
# documents_passed(document, ids, actor=, as_of=None) -> None: what had been sent back from the exception queue has gone on; its cases are answered
documents_passed = Socket("documents_passed", "exception_queue")
# park_dead_letters([(delivery, error)]) -> None: deliveries that gave up become cases
park_dead_letters = Socket("park_dead_letters", "exception_queue")
# letters_replayed(deed, [outbox id]) -> None: dead letters go out again, so their cases wait for what comes of it
letters_replayed = Socket("letters_replayed", "exception_queue")
# letters_dropped(deed, [outbox id], note) -> None: dead letters were given up for good, which answers their cases
letters_dropped = Socket("letters_dropped", "exception_queue")
# messages_replayed(deed, [inbox id]) -> None: messages are taken again, so their cases wait for what comes of it
messages_replayed = Socket("messages_replayed", "exception_queue")

"""Actions: the second door to change. One document or a chosen set, by a named person or program.

`@action` checks the permission, asks for approval where policy says so, runs the deed in one transaction and writes its audit link there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, transaction

from headrace.engine import contention, scoping, sockets
from headrace.engine.queries import run

log = structlog.get_logger(__name__)


class NotAllowed(Exception):
    """The actor lacks the permission. Says which."""


class Refused(Exception):
    """The deed makes no sense now (wrong state, wrong value). Says why and what to do instead."""


class WaitsForApproval(Exception):
    """The deed is kept as an approval and not done yet."""

    def __init__(self, approval_id: int) -> None:
        super().__init__(f"waits for approval {approval_id} by a second person")
        self.approval_id = approval_id


class NeedsSecondPerson(Exception):
    """Raised by a deed that has seen that it is too much for one person. What it has done so far is undone, and it waits for approval."""

    def __init__(self, deed: Deed) -> None:
        super().__init__(f"{deed.name} needs a second person")
        self.deed = deed


@dataclass(slots=True)
class Deed:
    """One deed: who does what to what, when and why."""

    name: str
    actor: str
    at: datetime
    parameters_given: dict[str, Any] = field(default_factory=dict)
    subject: str | None = None
    before_after: dict[str, Any] = field(default_factory=dict)

    def parameters(self) -> dict[str, Any]:
        """What every query of the deed may use."""
        return {"actor": self.actor, "as_of": self.at, "batch_id": None}


With = Callable[[Deed], None]
_with_next: ContextVar[With | None] = ContextVar("with_next", default=None)


@contextmanager
def with_next_deed(write: With) -> Iterator[None]:
    """The next deed of this thread begins with writing this, in its own transaction: both stand, or neither does.

    It stands also where the deed only comes to wait for a second person. A deed within the deed does not write it again, nor does a second one after it.
    """
    before = _with_next.set(write)
    try:
        yield
    finally:
        _with_next.reset(before)


@dataclass(frozen=True, slots=True)
class Action:
    """A declared action: callable as `action(actor=..., **parameters)`."""

    name: str
    permission: str
    says: str
    function: Callable[..., Any]
    own_door: bool = False

    def __call__(self, *, actor: str, **parameters: Any) -> Any:
        with scoping.without_limits():  # a deed is done whole; whether its person may touch it is checked in its own words
            return self._done_by(actor, parameters)

    def _done_by(self, actor: str, parameters: dict[str, Any]) -> Any:
        write = _with_next.get()
        _with_next.set(None)  # not for the deeds within this one, nor for those after it
        try:
            waiting, result = _perform_again_on_contention(self, actor, parameters, write)
        except NeedsSecondPerson as much:
            if much.deed.name != self.name:  # a deed within this one: the whole of this one is undone, and it may be asked for in its own name
                raise
            with transaction.atomic():
                if write is not None:
                    write(much.deed)
                waiting, result = sockets.needs_approval(much.deed, whatever_policy_says=True), None
            assert waiting is not None, f"{self.name} asks for a second person where none is needed"
        if waiting is not None:  # raised after the commit, so that the approval that was asked for stays asked for
            raise WaitsForApproval(waiting)
        return result


_actions: dict[str, Action] = {}


def action(*, permission: str, says: str, name: str | None = None, own_door: bool = False) -> Callable[[Callable[..., Any]], Action]:
    """Declare an action. The function takes the deed first and sets `deed.subject`; `says` is the sentence on the button.

    `own_door`: not to be done by name (`by_name.py`), only by the command or page made for it: it hands secrets in or out, or is a step of something.
    """

    def declare(function: Callable[..., Any]) -> Action:
        made = Action(name or function.__name__, permission, says, function, own_door)
        _actions[made.name] = made
        return made

    return declare


def actions() -> dict[str, Action]:
    return dict(_actions)


def action_named(name: str) -> Action:
    try:
        return _actions[name]
    except KeyError:
        raise LookupError(f"no action named {name!r}; known: {', '.join(sorted(_actions))}") from None


def _perform_again_on_contention(which: Action, actor: str, parameters: dict[str, Any], write: With | None) -> tuple[int | None, Any]:
    """One transaction, again where others were in its way; a deed within another leaves that to the whole."""
    attempt = 0
    while True:
        attempt += 1
        try:
            with transaction.atomic():
                return _perform(which, actor, parameters, write)
        except Exception as error:
            if contention.is_lock_wait(error) and not connection.in_atomic_block:
                raise Refused(
                    f"{which.name}: somebody else has been at the same documents for {contention.LOCK_WAIT_S:.0f} s; try again in a minute"
                ) from error
            if connection.in_atomic_block or attempt > contention.RETRIES_MAX or not contention.is_contention(error):
                raise
            log.info("action.contention", action=which.name, attempt=attempt, error=type(error).__name__)
        contention.pause(attempt)


def _perform(which: Action, actor: str, parameters: dict[str, Any], write: With | None) -> tuple[int | None, Any]:
    if not sockets.may(actor, which.permission):
        raise NotAllowed(f"{actor} may not {which.name}: the permission {which.permission} is missing; ask an administrator for a role that has it")
    sockets.may_touch(actor, which, parameters)
    at = run("select transaction_timestamp() as at, set_config('lock_timeout', %(wait)s::text, true) as lock_wait", {"wait": contention.lock_wait()}).one.at
    deed = Deed(which.name, actor, at, parameters_given=parameters)
    if write is not None:
        write(deed)
    waiting = sockets.needs_approval(deed)
    if waiting is not None:
        return waiting, None
    result = which.function(deed, **parameters)
    sockets.record_deed(deed)
    run("select pg_notify('headrace_deeds', '')")  # open pages look again; workers, who listen elsewhere, are not woken by it
    return None, result

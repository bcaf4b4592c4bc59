"""Looking again at once: the stage that parked a document takes it as a batch of one, now or only as a trial, and says what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from headrace.engine import by_name
from headrace.engine.action import NotAllowed, Refused, WaitsForApproval
from headrace.engine.documents import named
from headrace.engine.queries import load_queries
from headrace.engine.stage import StageBroken, stages
from headrace.exception_queue import desk

sql = load_queries(__package__)
TOLD_MAX = 5  # of what holds it now


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of a document: it `passed` (and `goes_to` a stage, if one takes it on), came `back`, is `held` by something else, `waits` for a worker,
    or the deed was `refused`, `why` says. `cases` are what holds it."""

    what: str
    stage: str | None = None
    goes_to: str | None = None
    cases: tuple[dict[str, Any], ...] = ()
    why: str = ""


def look(case_id: int) -> Looked:
    """Let the stage look at the case's document now. A document in the hands of a worker is left to it."""
    found = sql.standing(case_id=case_id).one
    ran = _run(found.document, found.document_id) if found.document != "outbox" else None
    after = sql.standing(case_id=case_id).one
    holding = tuple(desk.listed(after.as_of, sql.holding(case_id=case_id, limit=TOLD_MAX).column("id")))
    if after.state == "resolved" and not holding:
        return Looked("passed", ran, _next_stage(after.order_state))
    if after.state != "resolved" and after.let_go_at is not None:
        return Looked("waits", found.stage)
    if ran is not None:
        return Looked("back", ran, cases=holding)
    return Looked("held", found.stage, cases=holding)


def would(actor: str, case_id: int, name: str, given: Mapping[str, Any]) -> Looked:
    """What would become of the document if this deed were done now: it is done, the stage looks, and all of it is rolled back."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                answer = by_name.do(name, actor=actor, given=given)
            refused = [row["why"] for row in answer if isinstance(row, dict) and row.get("done") is False] if isinstance(answer, list) else []
            looked = Looked("refused", why=refused[0]) if refused else look(case_id)
        except (Refused, NotAllowed, WaitsForApproval) as error:
            looked = Looked("refused", why=str(error))
        transaction.set_rollback(True)
    return looked


def _run(document: str, document_id: int) -> str | None:
    """The stage that took it, or None."""
    for stage in _stages_of(document):
        try:
            if stage.run_for([document_id]).taken:
                return stage.name
        except StageBroken:
            return None
    return None


def _stages_of(document: str) -> Sequence[Any]:
    return [stage for stage in stages() if stage.document.unhold is named(document).unhold]


def _next_stage(state: str | None) -> str | None:
    return next((stage.name for stage in _stages_of("order") if stage.of == "order" and stage.takes == state), None) if state else None

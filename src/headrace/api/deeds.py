"""Every action of the house, for programs: what there is, and do it."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Body, Path, Schema

from headrace.api.problems import Problem, Stop
from headrace.api.scopes import ERRORS, holder_with, refuse_key_of_one_channel, router
from headrace.engine import by_name


class Answer(Schema):
    action: str
    answer: Any = None


Name = Annotated[str, Path(..., max_length=80, pattern=r"^[a-z0-9_]+$")]


@router.get("/actions", response={200: list[dict[str, Any]], **ERRORS}, tags=["actions"], summary="What may be done, with the scope that each needs")
def list_actions(request: HttpRequest) -> Any:
    """Name, sentence, scope and the JSON schema of the parameters, of those that this key may do."""
    holder = holder_with(request, None)
    return [told for told in by_name.described() if holder.may(told["permission"])]


@router.post("/actions/{name}", response={200: Answer, **ERRORS}, tags=["actions"], summary="Do a named action")
def do_action(request: HttpRequest, name: Name, body: Annotated[dict[str, Any], Body(...)]) -> Any:
    """The body holds the action's parameters by name. Where policy wants a second person, 409 names the approval that it waits for."""
    found = by_name.named().get(name)
    if found is None:
        holder_with(request, None)
        raise Stop(404, Problem(error=f"there is no action {name!r}; GET /actions lists them", field="name", value=name))
    holder = holder_with(request, found.permission)
    refuse_key_of_one_channel(holder)
    try:
        return {"action": name, "answer": by_name.do(name, actor=holder.actor, given=body)}
    except by_name.WrongValue as wrong:
        raise Stop(422, Problem(error=str(wrong), field=wrong.field, value=wrong.value, fix=wrong.fix)) from None

"""`headrace order cancel|recall`: what people do to one order."""

from __future__ import annotations

from typing import Annotated

import typer

from headrace.cli.looking import Json, Order, find_order, order_app
from headrace.cli.output import WRONG, actor, as_json, command, fail, say

Why = Annotated[str, typer.Option(help="The reason in words; it stays in the order's history.")]


@order_app.command("cancel")
@command
def cancel(
    order: Order,
    why: Why,
    line: Annotated[int | None, typer.Option(min=1, help="Only this line, by its number on the order.")] = None,
    qty: Annotated[int | None, typer.Option(min=1, help="Only so many pieces of the line.")] = None,
    json: Json = False,
) -> None:
    """Cancel what has not left: the whole order, or a line of it."""
    from headrace.engine.action import action_named

    if qty is not None and line is None:
        raise fail("--line is missing: --qty says how many pieces of which line", WRONG)
    order_id = find_order(order)
    if line is None:
        pieces = action_named("cancel_order")(actor=actor(), order_id=order_id, why=why)
    else:
        pieces = action_named("cancel_line")(actor=actor(), order_id=order_id, line=line, qty=qty, why=why)
    if json:
        as_json({"order": f"SO-{order_id}", "pieces": pieces})
    else:
        say(f"SO-{order_id}: {pieces} pieces cancelled. `headrace order show SO-{order_id}` shows what is left.")


@order_app.command("recall")
@command
def recall(order: Order, why: Why, json: Json = False) -> None:
    """Call an order back from its nodes; what is packed goes out."""
    from headrace.engine.action import action_named

    order_id = find_order(order)
    answer = action_named("recall_order")(actor=actor(), order_id=order_id, why=why)
    if json:
        as_json({"order": f"SO-{order_id}", "answer": answer})
    else:
        say(f"SO-{order_id}: " + ("all that is not packed came back." if answer == "recalled" else "asked back; the outside warehouse must answer first."))

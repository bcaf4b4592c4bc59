"""`headrace action`: every action of the house by its name, as the API does them."""

from __future__ import annotations

import json as json_text
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from headrace.cli.output import NO, WRONG, actor, as_json, command, fail, say, table

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="As `headrace action list` shows it.")]


@app.callback()
def _actions() -> None:
    """What may be done: map a SKU, fix an address, set a price, and everything else that changes the books."""


@app.command("list")
@command
def list_actions(json: Json = False) -> None:
    """Every action, with the permission that it needs."""
    from headrace.engine import by_name

    told = by_name.described()
    if json:
        as_json(told)
        return
    table("Actions", ("name", "what", "permission", "takes"), [(t["name"], t["says"], t["permission"], ", ".join(t["parameters"]["properties"])) for t in told])
    say("\nheadrace action show NAME    what it takes\nheadrace action do NAME field=value ...", style="dim")


@app.command("show")
@command
def show(name: Name, json: Json = False) -> None:
    """What an action does and takes."""
    from headrace.engine import by_name

    told = next((t for t in by_name.described() if t["name"] == name), None)
    if told is None:
        raise fail(f"there is no action {name!r}. `headrace action list` shows them.", WRONG)
    if json:
        as_json(told)
        return
    say(f"{told['says']} ({name}); needs {told['permission']}")
    say(told["help"])
    needed = told["parameters"].get("required", ())
    rows = [(field, _kind(shape), "" if field in needed else "may be left out") for field, shape in told["parameters"]["properties"].items()]
    table("Takes", ("field", "kind", ""), rows)
    say(f"\nheadrace action do {name} " + " ".join(f"{field}=..." for field in needed), style="dim")


def _kind(shape: dict[str, Any]) -> str:
    if "anyOf" in shape:
        return " or ".join(_kind(s) for s in shape["anyOf"] if s.get("type") != "null")
    if shape.get("type") == "array":
        return f"list of {_kind(shape['items'])} in JSON" if shape.get("items") else "list in JSON"
    return {"object": "object in JSON", "integer": "whole number", "string": shape.get("format", "text")}.get(shape.get("type", ""), shape.get("type", "JSON"))


@app.command("do")
@command
def do(
    name: Name,
    given: Annotated[
        list[str] | None, typer.Argument(metavar="FIELD=VALUE...", help="Lists and objects in JSON; FIELD=@FILE reads the value from a file.")
    ] = None,
    json: Json = False,
) -> None:
    """Do it. Exit code 1 where it was refused or one of its rows was."""
    from headrace.engine import by_name
    from headrace.engine.action import action_named

    if name not in by_name.named():
        raise fail(f"there is no action {name!r}. `headrace action list` shows them.", WRONG)
    try:
        answer = by_name.do(name, actor=actor(), given=_fields(given or (), name))
    except by_name.WrongValue as wrong:
        told_already = not wrong.fix or wrong.fix.lower() in str(wrong).lower()
        raise fail(str(wrong) if told_already else f"{wrong}; {wrong.fix}", WRONG) from None
    if json:
        as_json({"action": name, "answer": answer})
    else:
        say(f"{action_named(name).says}: done." + (f" Answer: {json_text.dumps(answer)}" if answer not in (None, [], {}) else ""))
    if _refused_rows(answer):
        raise typer.Exit(NO)


def _refused_rows(answer: Any) -> bool:
    """Was a row of a bulk action refused?"""
    rows = answer if isinstance(answer, list) else []
    return any(isinstance(row, dict) and (row.get("what") == "refused" or row.get("done") is False) for row in rows)


def _fields(given: Sequence[str], name: str) -> dict[str, Any]:
    """Fields and their values. One that is given twice is refused: the last alone would count, and nobody would see that the first did not."""
    from headrace.engine import by_name

    shapes = by_name.form(name).model_json_schema()["properties"]
    fields: dict[str, Any] = {}
    for text in given:
        field, value = _pair(text, shapes)
        if field in fields:
            raise fail(f"{field} is given twice; give it once", WRONG)
        fields[field] = value
    return fields


def _pair(text: str, shapes: Mapping[str, Any]) -> tuple[str, Any]:
    """A field and its value. Where an action takes nothing but text, `[urgent] call first` is text and no list."""
    field, equals, value = text.partition("=")
    if not equals:
        raise fail(f"{text!r}: write FIELD=VALUE, as in channel=shop-us", WRONG)
    try:
        if value.startswith("@"):
            value = Path(value[1:]).read_text(encoding="utf-8").strip()
        value.encode()
    except UnicodeError:
        raise fail(f"{field}: what is given is no text in UTF-8", WRONG) from None
    kinds = {shape.get("type") for shape in shapes.get(field, {}).get("anyOf", [shapes.get(field, {})])}
    if not value.startswith(("[", "{")) or kinds <= {"string", "null"}:
        return field, value
    try:
        return field, json_text.loads(value)
    except (ValueError, RecursionError) as error:
        raise fail(f"{field}: no JSON: {error}", WRONG) from None

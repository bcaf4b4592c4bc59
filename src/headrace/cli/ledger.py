"""`headrace ledger`: trial balance, accounts down to their documents, periods, and entries by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import typer

from headrace.cli.output import actor, as_json, command, fail, say, table

app = typer.Typer(no_args_is_help=True)
period_app = typer.Typer(no_args_is_help=True)
app.add_typer(period_app, name="period", help="Months of an entity's books: open, close, reopen.")
Json = Annotated[bool, typer.Option("--json", help="One line of JSON.")]
Entity = Annotated[str | None, typer.Option(help="Code of the legal entity; all without it.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def _amount(minor: int | None, currency: str) -> str:
    from headrace.values.money import decimal_from

    return "" if minor is None else f"{decimal_from(minor, currency):,}"


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


@app.command("trial-balance")
@command
def trial_balance(
    entity: Entity = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; all before it is the opening.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")] = None,
    by: Annotated[str, typer.Option(help="account or root.")] = "account",
    reported: Annotated[bool, typer.Option("--reported", help="Also in the entity's own currency, at the newest rate.")] = False,
    json: Json = False,
) -> None:
    """What every account holds: opening, debit, credit, closing. Sums to zero per entity and currency."""
    from headrace.ledger import reading

    rows = reading.trial_balance(entity, _day(first), _day(last), by=by, in_entity_currency=reported)
    if json:
        as_json({"rows": rows})
        return
    names = ("opening", "debit", "credit", "closing")
    for owner, currency in dict.fromkeys((r["entity"], r["currency"]) for r in rows):
        mine = [r for r in rows if (r["entity"], r["currency"]) == (owner, currency)]
        shown = [
            (
                r["account"],
                r["kind"],
                *(_amount(r[f"{n}_minor"], currency) for n in names),
                *([_amount(r["reported_minor"], r["entity_currency"])] if reported else []),
            )
            for r in mine
        ]
        sums = ("", "", *(_amount(sum(r[f"{n}_minor"] for r in mine), currency) for n in names), *([""] if reported else []))
        table(f"{owner} in {currency}", ("account", "kind", *names, *([f"in {mine[0]['entity_currency']}"] if reported else [])), [*shown, sums])


@app.command("account")
@command
def account(
    code: str,
    entity: Entity = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"])] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"])] = None,
    before: Annotated[int | None, typer.Option(help="`id` of the last row of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    json: Json = False,
) -> None:
    """An account (or all of a root), the newest first: every amount with its entry, its document and its order."""
    from headrace.ledger import reading

    rows = reading.account_rows(code, entity, _day(first), _day(last), before=before, limit=limit)
    if json:
        as_json({"rows": rows, "next": rows[-1]["id"] if len(rows) == limit else None})
        return
    table(
        code,
        ("entry", "on", "rule", "account", "amount", "", "document", "order"),
        [
            (
                str(r["entry_id"]),
                r["posted_on"],
                r["rule"],
                r["account"],
                _amount(r["amount_minor"], r["currency"]),
                r["currency"],
                r["document"] + (f" (late, of {r['late_for_on']})" if r["late_for_on"] else ""),
                f"SO-{r['order_id']}" if r["order_id"] else "",
            )
            for r in rows
        ],
    )


@app.command("entry")
@command
def entry(number: int, json: Json = False) -> None:
    """One entry with its legs."""
    from headrace.ledger import reading

    found = reading.entry(number)
    if json:
        as_json(found)
        return
    say(f"Entry {found['id']} of {found['entity']}, {found['rule']}, on {found['posted_on']}, from {found['origin']} {found['origin_id']}")
    for word in ("late_for_on", "undoes", "undone_by", "actor", "note"):
        if found[word] is not None:
            say(f"  {word.replace('_', ' ')}: {found[word]}")
    table("", ("account", "amount", ""), [(x["account"], _amount(x["amount_minor"], x["currency"]), x["currency"]) for x in found["legs"]])


@app.command("post")
@command
def post(
    entity: Annotated[str, typer.Option(help="Code of the legal entity.")],
    currency: str,
    note: Annotated[str, typer.Option(help="Why.")],
    leg: Annotated[list[str], typer.Option(help="account=amount, debit positive, as in bad_debt:shop-us=12.50; twice or more.")],
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business date; today without it.")] = None,
    new_accounts: Annotated[bool, typer.Option("--new-accounts", help="Accounts that nobody has posted to yet are meant.")] = False,
    json: Json = False,
) -> None:
    """Post a manual entry. A large one waits for a second person."""
    from headrace.flow.close.actions import post_manual_entry

    legs = [_leg(text, currency) for text in leg]
    done = post_manual_entry(actor=actor(), entity=entity, currency=currency, legs=legs, note=note, posted_on=_day(on), opens_accounts=new_accounts)
    as_json(done) if json else say(f"posted entry {done.entry_id} of {done.legs} legs on {done.posted_on}")


def _leg(text: str, currency: str) -> list[Any]:
    from headrace.values.money import minor_from

    account_code, _, amount = text.rpartition("=")
    try:
        return [account_code, minor_from(amount, currency)]
    except ValueError as error:
        raise fail(f"--leg {text!r}: {error}") from None


@app.command("undo")
@command
def undo(
    entry_number: int,
    note: Annotated[str, typer.Option(help="Why.")],
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business date; today without it.")] = None,
    json: Json = False,
) -> None:
    """Post the contrary of an entry; nothing is deleted."""
    from headrace.flow.close.actions import undo_entry

    done = undo_entry(actor=actor(), entry_id=entry_number, note=note, posted_on=_day(on))
    as_json(done) if json else say(f"entry {done.entry_id} undoes entry {entry_number} on {done.posted_on}")


@app.command("rate")
@command
def rate(
    from_currency: str, to_currency: str, on: str, units: str, source: Annotated[str, typer.Option(help="Where the rate comes from.")], json: Json = False
) -> None:
    """Set an exchange rate: UNITS of TO_CURRENCY for one of FROM_CURRENCY on a day."""
    from headrace.flow.close.actions import set_exchange_rate

    exact = set_exchange_rate(actor=actor(), from_currency=from_currency, to_currency=to_currency, on_day=on, rate=units, source=source)
    as_json({"from": from_currency, "to": to_currency, "on": on, "rate": exact}) if json else say(f"1 {from_currency} = {exact} {to_currency} on {on}")


@period_app.command("list")
@command
def list_periods(entity: Entity = None, json: Json = False) -> None:
    """Periods that were opened or closed by name; every other day is open."""
    from headrace.ledger.periods import periods

    rows = periods(entity)
    names = ("entity", "starts_on", "ends_on", "state", "closed_at", "closed_by")
    as_json({"rows": rows}) if json else table("Periods", tuple(n.replace("_", " ") for n in names), [tuple(r[n] for n in names) for r in rows])


def _tell(done: Any, json: bool) -> None:
    if json:
        as_json(done)
        return
    say(f"{done.entity} {done.starts_on:%Y-%m} is {done.state}")
    table(
        "",
        ("currency", "entries", "debit", "credit"),
        [(p["currency"], p["entries"], *(_amount(p[f"{n}_minor"], p["currency"]) for n in ("debit", "credit"))) for p in done.posted],
    )


def _declare(name: str, says: str, deed: Callable[..., Any]) -> None:
    """`period open` and `period close` differ in nothing but their deed."""

    @period_app.command(name, help=says)
    @command
    def run(entity: str, month: Annotated[str, typer.Argument(help="As in 2026-01.")], json: Json = False) -> None:
        _tell(deed(entity, month), json)


def _open(entity: str, month: str) -> Any:
    from headrace.flow.close.actions import open_period

    return open_period(actor=actor(), entity=entity, month=month)


def _close(entity: str, month: str) -> Any:
    from headrace.flow.close.actions import close_period

    return close_period(actor=actor(), entity=entity, month=month)


_declare("open", "Make a month known, open.", _open)
_declare("close", "Close a month that is over; what comes late posts into the next open day.", _close)


@period_app.command("reopen")
@command
def reopen(entity: str, month: str, why: Annotated[str, typer.Option(help="Why.")], json: Json = False) -> None:
    """Open a closed month again; a second person has to agree where policy says so."""
    from headrace.flow.close.actions import reopen_period

    _tell(reopen_period(actor=actor(), entity=entity, month=month, why=why), json)

"""Every posting rule posts the journal of its own example, to the minor unit."""

from __future__ import annotations

from datetime import date

import pytest

from headrace.engine.action import Deed
from headrace.engine.queries import run
from headrace.ledger import chart, posting, rules  # noqa: F401 - declaring them
from headrace.ledger.posting import AMOUNTS, PostingRule, debit
from headrace.ledger.tests.building import AS_OF, make_shop

pytestmark = pytest.mark.django_db


def read(example: str) -> tuple[dict[str, str], dict[str, int]]:
    """The fact on the first line, and the journal below it."""
    first, *rest = example.splitlines()
    return dict(pair.split("=") for pair in first.split()), {account: int(amount) for account, amount in (line.split() for line in rest)}


def put(rule: str, fact: dict[str, str], *, origin_id: int = 1, entity: str = "HR-US", currency: str = "USD", on: date = date(2026, 1, 6)) -> None:
    """A fact in the tray, as a stage leaves it."""
    posting.make_fact_tray()
    values = {name: int(value) if name in AMOUNTS else value for name, value in fact.items()}
    run(
        f"""insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, {", ".join(values)})
        select %(rule)s, 'test', %(n)s, id, %(on)s, %(currency)s, {", ".join(f"%({name})s" for name in values)} from catalog_entity where code = %(entity)s""",
        {"rule": rule, "n": origin_id, "on": on, "currency": currency, "entity": entity, **values},
    )


def deed() -> Deed:
    return Deed("test", "cli:test", AS_OF)


@pytest.mark.parametrize("code", sorted(posting.rules()))
def test_a_rule_posts_its_example(code: str) -> None:
    make_shop()
    rule = posting.rule(code)
    fact, journal = read(rule.example)
    put(code, fact)
    assert posting.post(deed(), rule) == 1
    legs = run(
        "select a.code, a.root, a.kind, l.amount_minor, l.currency, e.rule, e.posted_on from ledger_leg l join ledger_account a on a.id = l.account_id join ledger_entry e on e.id = l.entry_id"
    )
    assert {leg.code: leg.amount_minor for leg in legs} == journal
    assert len(legs) == len(journal) and sum(journal.values()) == 0
    for leg in legs:
        assert (leg.root, leg.kind, leg.currency, leg.rule, leg.posted_on) == (leg.code.split(":")[0], chart.kind_of(leg.root), "USD", code, date(2026, 1, 6))


@pytest.mark.parametrize("code", sorted(posting.rules()))
def test_an_example_uses_every_leg_of_its_rule_or_says_so_by_leaving_its_amount_out(code: str) -> None:
    rule = posting.rule(code)
    fact, journal = read(rule.example)
    used = {leg.amount for leg in rule.legs if int(fact.get(leg.amount, 0))}
    assert used == {name for name in fact if name in AMOUNTS}, "an amount of the example that no leg takes"
    assert {account.split(":")[0] for account in journal} == {leg.root for leg in rule.legs if leg.amount in used}


def test_what_undoes_a_rule_is_a_rule() -> None:
    assert all(rule.undone_by in posting.rules() for rule in posting.rules().values() if rule.undone_by)


def test_facts_of_many_documents_make_an_entry_each_and_legs_of_one_account_are_summed() -> None:
    make_shop()
    for n in (1, 1, 2):
        put("PAY-01", {"amount": "500", "gateway": "pay", "channel": "shop"}, origin_id=n)
    assert posting.post(deed(), posting.rule("PAY-01")) == 2
    assert sorted(run("select amount_minor from ledger_leg").column("amount_minor")) == [-1000, -500, 500, 1000]


def test_a_document_is_posted_by_a_rule_once() -> None:
    make_shop()
    for _ in range(2):
        put("PAY-01", {"amount": "500", "gateway": "pay", "channel": "shop"})
        if run("select count(*) as n from ledger_entry").scalar:
            with pytest.raises(Exception, match="entry_exactly_once"):
                posting.post(deed(), posting.rule("PAY-01"))
        else:
            posting.post(deed(), posting.rule("PAY-01"))


@pytest.mark.parametrize(("entity", "currency", "amount"), [("HR-US", "JPY", 11_340), ("HR-US", "KWD", 1_234_567), ("HR-UK", "GBP", 999)])
def test_entities_and_currencies_keep_apart(entity: str, currency: str, amount: int) -> None:
    make_shop()
    put("PAY-01", {"amount": str(amount), "gateway": "pay", "channel": "shop"}, entity=entity, currency=currency)
    put("PAY-01", {"amount": "7", "gateway": "pay", "channel": "shop"}, origin_id=2)
    posting.post(deed(), posting.rule("PAY-01"))
    found = run("""select c.code, l.currency, sum(l.amount_minor) filter (where l.amount_minor > 0) as debit from ledger_leg l join ledger_entry e on e.id = l.entry_id
        join catalog_entity c on c.id = e.entity_id group by 1, 2""")
    assert {(row.code, row.currency): row.debit for row in found} == {(entity, currency): amount, ("HR-US", "USD"): 7}


@pytest.mark.parametrize(
    ("legs", "says"),
    [
        ((debit("moon:{channel}", "gross"),), "no account root 'moon'"),
        ((debit("receivable:{moon}", "gross"),), "uses what no fact has"),
        ((debit("receivable:{channel}", "moon"),), "uses what no fact has"),
    ],
)
def test_a_rule_that_cannot_be_posted_is_refused_when_it_is_declared(legs: tuple[posting.RuleLeg, ...], says: str) -> None:
    with pytest.raises((ValueError, LookupError), match=says):
        PostingRule(code="MOON-01", when="never", entry_per="moon", why="", legs=legs, example="")


def test_a_fact_that_does_not_foot_is_refused_by_the_database() -> None:
    make_shop()
    put("INV-01", {"gross": "100", "net": "90", "tax": "9", "channel": "shop", "item_class": "general", "jurisdiction": "US-NY"})
    with pytest.raises(Exception, match=r"does not balance: 1 minor units of USD"):
        posting.post(deed(), posting.rule("INV-01"))

"""A shop brings its past: a register with one of each oddity runs to settlement, and every row is accounted for to the last decimal."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from headrace.engine.queries import run
from headrace.engine.worker import Worker
from headrace.flow.importing.account import Account
from headrace.flow.importing.running import import_register, pay_out
from headrace.insight.verify import verify

SAMPLE = Path(__file__).parent.parent / "samples" / "online_retail.csv"
D = Decimal
OUTCOMES = {  # (document, became): rows and what the file says they are worth
    ("536001", "order_line"): (4, "39.95"),
    ("536001", "charge"): (1, "18"),
    ("536002", "order_line"): (2, "4.205"),
    ("536003", "charge"): (2, "66.67"),
    ("536004", "stock_adjustment"): (1, "0"),
    ("536005", "stock_adjustment"): (1, "0"),
    ("536006", "order_line"): (1, "0"),
    ("C536007", "credit"): (1, "-5.10"),
    ("C536007", "credit_charge"): (1, "-3.33"),
    ("A536008", "bad_debt"): (1, "-99.99"),
    ("536009", "parked"): (1, "-5"),
    ("536010", "parked"): (1, "0"),
    ("536011", "order_line"): (1, "77183.60"),
    ("C536012", "credit"): (1, "-77183.60"),
    ("536013", "order_line"): (1, "2.50"),
    ("536013", "stock_adjustment"): (1, "0"),
    ("C536014", "parked"): (1, "6.25"),
    ("536015", "parked"): (1, "1.25"),
    ("536016", "order_line"): (1, "1.25"),
    ("536016", "charge"): (1, "0.001"),
}


def bring_in(path: Path = SAMPLE) -> Account:
    return import_register(path, "online-retail", actor="cli:test")


def settle() -> None:
    Worker().run(until_idle=True)
    while pay_out("online-retail"):
        Worker().run(until_idle=True)


def sum_of(path: Path) -> Decimal:
    """Added up by the test itself; a row whose quantity is no number is worth nothing."""
    with path.open(newline="", encoding="utf-8") as file:
        return sum((D(r["Quantity"]) * D(r["UnitPrice"]) for r in csv.DictReader(file) if r["Quantity"].lstrip("-").isdigit()), D(0))


def balance(account: str) -> int:
    return int(
        run(
            "select coalesce(sum(l.amount_minor), 0) from ledger_leg l join ledger_account a on a.id = l.account_id where a.code = %(a)s", {"a": account}
        ).scalar
    )


def on_hand(sku: str) -> int:
    return int(
        run("select coalesce(sum(p.on_hand_each), 0) from stock_position p join catalog_item i on i.id = p.item_id where i.sku = %(s)s", {"s": sku}).scalar
    )


def everything() -> dict[str, Any]:
    """Row counts and sums of every table that an import or the line writes to."""
    tables = ("engine_inbox", "orders_order", "orders_line", "ledger_invoice", "ledger_entry", "ledger_leg", "ledger_payment", "ledger_payout", "ledger_write_off",
              "ledger_import_row", "stock_move", "stock_adjustment", "catalog_item", "catalog_listing", "catalog_party", "exception_queue_case",
              "governance_policy")  # fmt: skip
    return {t: run(f"select count(*) from {t}").scalar for t in tables} | {"stock": run("select sum(on_hand_each) from stock_position").scalar}


def test_every_row_becomes_what_it_is_and_the_sums_agree(fresh_database: str) -> None:
    account = bring_in()
    rows = run("select document, became, rows, exact_sum from ledger_import_row")
    assert {(r.document, r.became): (r.rows, r.exact_sum) for r in rows} == {k: (n, D(worth)) for k, (n, worth) in OUTCOMES.items()}
    told = account.as_dict()
    assert told["rows"] == sum(told["became"].values()) == 25
    assert D(told["sum_file"]) == sum_of(SAMPLE) == sum(D(worth) for _, worth in OUTCOMES.values())
    assert told["difference"] == "0"
    assert D(told["rounding"]) == D("-0.005") + D("0.001")
    assert D(told["sum_accounted"]) + D(told["rounding"]) == D(told["sum_file"])


def test_what_cannot_be_booked_is_kept_raw_and_says_field_value_and_remedy(fresh_database: str) -> None:
    account = bring_in()
    told = {p.document: (p.field, p.value, p.worth) for p in account.parked}
    assert told == {
        "536009": ("row 1 UnitPrice", "-5.0", D("-5")),
        "536010": ("row 1 Quantity", "a few", D(0)),
        "C536014": ("row 1 Quantity", "5", D("6.25")),
        "536015": ("row 1 Country", "Atlantis", D("1.25")),
    }
    assert all(p.fix for p in account.parked)
    raw = run("select b.body::text from engine_inbox i join engine_inbox_body b on b.inbox_id = i.id where i.message_key = '536010'").scalar
    assert "a few" in raw
    assert account.unsummed == 1


def test_the_past_runs_through_the_real_stages_to_a_settled_and_balanced_ledger(fresh_database: str) -> None:
    account = bring_in()
    assert account.orders == {"captured": 6}
    settle()
    account.look_at_orders()
    assert account.orders == {"complete": 6}
    orders = run("select external_ref, state, commercial, total_minor, invoiced_minor, captured_minor from orders_order order by external_ref")
    assert [(o.external_ref, o.commercial, o.total_minor) for o in orders] == [
        ("536001", "closed", 5795),
        ("536002", "closed", 421),
        ("536006", "closed", 0),
        ("536011", "closed", 7718360),
        ("536013", "closed", 250),
        ("536016", "closed", 125),
    ]
    assert all(o.invoiced_minor == o.total_minor == o.captured_minor for o in orders)
    stages = set(run("select distinct stage from engine_batch").column("stage"))
    assert {"capture", "validate", "allocate", "release", "ship", "invoice", "match_payouts"} <= stages
    bills = run("select kind, series, number, state from ledger_invoice order by kind, number")
    assert [(b.series, b.number) for b in bills] == [("CRN", 1), ("CRN", 2), *(("INV", n) for n in range(1, 8))]
    assert {b.state for b in bills if b.kind == "credit_memo"} == {"settled"}
    assert verify().violations == dict.fromkeys(verify().violations, 0)
    assert balance("bad_debt:online-retail") == 9999
    assert balance("receivable:online-retail") == -9999, "only the bad debt, which is of a sale before the register"
    assert balance("clearing:online-retail-till") == 0
    assert balance("bank:online-retail-till") == sum(o.total_minor for o in orders) + 6667 - 843 - 7718360
    assert balance("deposits:online-retail") == 0


def test_sales_and_their_cost_fall_on_the_day_the_goods_left(fresh_database: str) -> None:
    bring_in()
    settle()
    days = run("select e.rule, e.posted_on from ledger_entry e where e.rule in ('INV-01', 'COGS-01', 'CREDIT-01', 'PAY-02', 'STOCK-03', 'STOCK-01')")
    assert {str(d.posted_on)[:7] for d in days} == {"2010-12"}


def test_goods_come_back_to_the_shelf_and_corrections_move_it(fresh_database: str) -> None:
    bring_in()
    settle()
    assert on_hand("11111A") == 2, "14 opened and sold under two spellings, 2 came back"
    assert on_hand("22222") == 10, "what was sold and thrown away had been opened; 10 were found"
    assert on_hand("23166") == 74215
    assert on_hand("33333") == 0
    assert balance("shrinkage:found") < 0 < balance("shrinkage:damage")
    assert run("select count(*) from catalog_item where upper(sku) = '11111A'").scalar == 1
    cost = run("select unit_cost from catalog_item where sku = '11111A'").scalar
    assert cost == Decimal("1.28"), "half of 2.55 is 1.275: in whole pennies 1.28; the catalog keeps it in pounds, as it keeps prices"
    worth = run("select p.unit_cost from stock_position p join catalog_item i on i.id = p.item_id where i.sku = '11111A'").scalar
    assert worth == 128, "stock is worth what lies there, in pence"
    assert (
        run("select sum(m.cost_minor) from stock_move m join catalog_item i on i.id = m.item_id where i.sku = '11111A' and m.kind = 'opening'").scalar
        == 14 * 128
    )


@pytest.mark.parametrize("when", ["before the line ran", "after the line ran"])
def test_importing_twice_changes_nothing(fresh_database: str, when: str, tmp_path: Path) -> None:
    first = bring_in().as_dict() | {"orders": None}
    if when == "after the line ran":
        settle()
    before = everything()
    renamed = tmp_path / "another name.csv"
    renamed.write_bytes(SAMPLE.read_bytes())
    assert bring_in(renamed).as_dict() | {"orders": None} == first
    settle() if when == "after the line ran" else None
    assert everything() == before


def test_a_corrected_file_books_what_was_parked_and_nothing_again(fresh_database: str, tmp_path: Path) -> None:
    bring_in()
    mended = tmp_path / "mended.csv"
    mended.write_text(SAMPLE.read_text("utf-8").replace("a few", "7").replace("Atlantis", "Malta"), "utf-8")
    account = bring_in(mended)
    assert account.difference == 0
    assert {p.document for p in account.parked} == {"536009", "C536014"}
    settle()
    assert run("select count(*) from orders_order where commercial = 'closed'").scalar == 8
    assert run("select count(*) from ledger_invoice where kind = 'credit_memo'").scalar == 2
    assert verify().ok


def test_a_credit_note_that_changed_after_it_was_booked_is_for_a_person(fresh_database: str, tmp_path: Path) -> None:
    bring_in()
    changed = tmp_path / "changed.csv"
    changed.write_text(SAMPLE.read_text("utf-8").replace("C536007,11111A,RED MUG,-2", "C536007,11111A,RED MUG,-3"), "utf-8")
    account = bring_in(changed)
    assert account.difference == 0
    assert ("IMPORT-02", "C536007") in {(p.reason_code, p.document) for p in account.parked}
    assert run("select total_minor from ledger_invoice where external_ref = 'C536007'").scalar == 843


def test_the_audit_chain_tells_who_brought_it_in(fresh_database: str) -> None:
    bring_in()
    deeds = run("select count(*) from governance_audit where actor = 'cli:test'").scalar
    assert deeds >= 3
    assert verify().ok

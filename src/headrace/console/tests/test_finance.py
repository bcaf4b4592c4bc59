"""Finance: every page opens, sums tie, amounts lead to the rows behind them, and deeds are posted through their forms."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from headrace.engine.queries import run
from headrace.insight import books, finance
from headrace.ledger import reading
from tests.scenarios.shop import MUG, Shop

Seat = Callable[..., Client]
PAGES = ("", "/invoices", "/payments", "/payouts", "/unmatched", "/journal", "/trial-balance", "/tax", "/periods", "/rates", "/manual")


@pytest.fixture
def sold(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Two orders, shipped, invoiced, paid and paid out."""
    monkeypatch.setenv("HEADRACE_DEMO", "1")
    shop = Shop()
    shop.fill(MUG, EAST=9)
    shop.place({MUG: 2})
    shop.place({MUG: 1})
    shop.work()
    shop.ship()
    shop.work()
    shop.pay_out()
    shop.work()
    return shop


@pytest.fixture
def controller(sold: Shop) -> Client:
    from django.contrib.auth import get_user_model

    from headrace.governance.models import Role, RoleGrant

    user = get_user_model().objects.create_user(username="finance")
    RoleGrant.objects.create(user_id=user.pk, role=Role.objects.get(code="finance"))
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_books_can_be_walked_from_a_total_to_its_document(controller: Client) -> None:
    for address in PAGES:
        assert controller.get(f"/finance{address}").status_code == 200, address
    number = run("select series || '-' || number as n from ledger_invoice order by id limit 1").scalar
    page = controller.get(f"/finance/invoices/{number}").content.decode()
    assert "The lines sum to the total." in page and "receivable:shop-us" in page and "captured" in page
    entry = run("select id from ledger_entry where origin = 'invoice' order by id limit 1").scalar
    assert "The goods left the node" in controller.get(f"/finance/entries/{entry}").content.decode()
    assert f"/finance/entries/{entry}" in controller.get("/finance/accounts/receivable:shop-us").content.decode()
    assert "balances to the cent" in controller.get("/finance/trial-balance").content.decode()
    for gone in ("invoices/INV-999", "invoices/elephant", "payouts/999", "entries/999", "accounts/nobody", "entries/99999999999999999999"):
        assert controller.get(f"/finance/{gone}").status_code == 404, gone


def test_a_payout_is_explained_to_the_cent(controller: Client) -> None:
    payout = run("select id, external_ref from ledger_payout order by id limit 1").one
    page = controller.get(f"/finance/payouts/{payout.id}").content.decode()
    assert "The lines sum to the deposit, to the cent." in page and "Every line is explained." in page and "/orders/SO-" in page
    found = finance.payout(payout.id)
    assert found and sum(s["net_minor"] for s in found["sums"]) == found["deposit_minor"]
    assert "Nothing matches" in controller.get(f"/finance/payouts/{payout.id}?match=unmatched").content.decode()


def test_tax_of_the_documents_ties_to_the_books(controller: Client) -> None:
    days = run("select min(issued_on) as first, max(issued_on) as last from ledger_invoice").one
    rows = books.tax(None, days.first, days.last)
    assert rows and all(r["difference_minor"] == 0 and r["owed_minor"] > 0 for r in rows)
    balance = {r["account"]: -r["closing_minor"] for r in reading.trial_balance(None, None, None) if r["account"].startswith("tax_payable")}
    assert {r["account"]: r["booked_minor"] for r in rows} == balance


def test_lists_are_narrowed(controller: Client) -> None:
    def count(query: str) -> int:
        return controller.get(f"/finance/{query}").content.decode().count("<tr data-open>")

    assert count("invoices") == 2 and count("invoices?kind=credit_memo") == 0 and count("invoices?q=INV-1") == 1 and count("invoices?q=nonsense") == 0
    assert count("payments?kind=captured") == 2 and count("payments?kind=captured&paid_out=no") == 0
    assert count("payments?q=no-such-key") == 0 and count("payouts?match=unmatched") == 0 and count("journal?rule=INV-01") == 2


def test_deeds_are_posted_through_their_forms(controller: Client) -> None:
    told = {"entity": "MILL-US", "currency": "USD", "note": "rounding of March", "next": "/finance/periods"}
    page = controller.post("/do/post_manual_entry", {**told, "legs": "cogs:shop-us 1.00\nreceivable:shop-us -2.00"}, follow=True).content.decode()
    assert "legs" in page and run("select count(*) from ledger_entry where origin = 'correction'").scalar == 0
    assert "legs" in controller.post("/do/post_manual_entry", {**told, "legs": "[broken"}, follow=True).content.decode()
    assert run("select count(*) from ledger_entry where origin = 'correction'").scalar == 0
    page = controller.post(
        "/do/post_manual_entry", {**told, "legs": "cogs:shop-us 1.00\nshrinkage:books -1.00", "opens_accounts": "true"}, follow=True
    ).content.decode()
    made = run("select count(*) as n from ledger_entry where origin = 'correction'").scalar + run("select count(*) as n from governance_approval").scalar
    assert made == 1, page


def test_a_total_leads_to_its_invoice_and_the_papers_sum(controller: Client) -> None:
    told = run("select series || '-' || number as number, total_minor, tax_minor, currency from ledger_invoice order by id limit 1").one
    total = f"{told.total_minor // 100:,}.{told.total_minor % 100:02}"
    assert f"/finance/invoices/{told.number}" in controller.get(f"/finance/invoices?q={total}").content.decode()
    found = finance.invoice(told.number)
    assert found and sum(t["tax_minor"] for t in found["taxes"]) == told.tax_minor
    assert sum(t["base_minor"] for t in found["taxes"]) + told.tax_minor == told.total_minor
    paper = controller.get(f"/finance/invoices/{told.number}.pdf")
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF")


def test_an_overview_sums_to_the_lists_behind_it(controller: Client) -> None:
    run("update ledger_invoice set paid_minor = 0, due_on = current_date - 45 where id = (select min(id) from ledger_invoice)")
    open_minor = run("select total_minor from ledger_invoice order by id limit 1").scalar
    row = books.receivable(run("select current_date").scalar)[0]
    assert row["open_minor"] == row["to_60_minor"] == open_minor and sum(row[f"{age}_minor"] for age in books.AGES) == open_minor
    assert controller.get("/finance/invoices?age=to_60").content.decode().count("<tr data-open>") == 1
    assert controller.get("/finance/invoices?age=current").content.decode().count("<tr data-open>") == 0


def test_a_statement_runs_from_opening_to_closing_over_its_pages(controller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from headrace.console import listing

    legs = [
        leg.amount_minor
        for leg in run(
            "select l.amount_minor from ledger_leg l join ledger_account a on a.id = l.account_id where a.code = 'receivable:shop-us' order by entry_id desc"
        )
    ]
    expected, after = [], sum(legs)
    for amount in legs:
        expected.append(after)
        after -= amount
    monkeypatch.setattr(listing, "ROWS", 1)
    seen: list[int] = []
    address = "/finance/accounts/receivable:shop-us"
    while address:
        context = controller.get(address).context
        seen += [int(round(float(str(row["cells"][-1]["value"]).split()[0].replace(",", "")) * 100)) for row in context["rows"]]
        address = f"/finance/accounts/receivable:shop-us?{context['next_query']}" if context["next_query"] else ""
    assert seen == expected and len(seen) >= 4


def test_an_auditor_takes_every_leg_of_a_period(controller: Client) -> None:
    days = run("select min(posted_on) as first, max(posted_on) as last from ledger_entry").one
    answer = controller.get(f"/finance/journal.csv?since={days.first}&until={days.last}")
    lines = b"".join(answer).decode().splitlines()  # type: ignore[call-overload]
    assert len(lines) - 1 == run("select count(*) from ledger_leg").scalar
    assert controller.get(f"/finance/tax?since={days.first}&until={days.last}&format=csv").status_code == 200


def test_tax_posted_by_hand_is_named_where_documents_and_books_differ(controller: Client) -> None:
    run(
        """with e as (insert into ledger_entry (entity_id, rule, origin, origin_id, posted_on)
            select entity_id, 'MANUAL-01', 'correction', 99, posted_on from ledger_entry order by id limit 1 returning id)
        insert into ledger_leg (entry_id, account_id, amount_minor, currency)
        select e.id, a.id, case a.root when 'tax_payable' then -70 else 70 end, 'USD' from e, ledger_account a where a.root = 'tax_payable' or a.code = 'cogs:shop-us'"""
    )
    days = run("select min(posted_on) as first, max(posted_on) as last from ledger_entry").one
    (row,) = books.tax(None, days.first, days.last)
    assert row["difference_minor"] == -70 and row["unnamed_minor"] == 0
    assert [(r["rule"], r["amount_minor"]) for r in row["reasons"]] == [("MANUAL-01", 70)]
    assert "MANUAL-01" in controller.get(f"/finance/tax?since={days.first}&until={days.last}").content.decode()


def test_an_entry_by_hand_says_what_is_wrong_and_keeps_what_was_typed(controller: Client) -> None:
    told = {
        "entity": "MILL-US",
        "currency": "USD",
        "note": "rounding of March",
        "account": ["cogs:shop-us", "payment_fees:pay-us"],
        "debit": ["1.00", ""],
        "credit": ["", "2.00"],
    }
    page = controller.post("/finance/manual/post", told, follow=True).content.decode()
    assert "must sum to zero" in page and 'value="rounding of March"' in page
    page = controller.post("/finance/manual/post", {**told, "credit": ["", "1.00"]}, follow=True).content.decode()
    assert "MANUAL-01" in page and run("select count(*) from ledger_entry where rule = 'MANUAL-01'").scalar == 1
    controller.post("/finance/manual/post", {**told, "debit": ["5,000.00", ""], "credit": ["", "5,000.00"]}, follow=True)
    assert run("select count(*) from governance_approval where deed = 'post_manual_entry' and state = 'asked'").scalar == 1
    assert run("select count(*) from ledger_entry where rule = 'MANUAL-01'").scalar == 1


def unexplained(*lines: tuple[str, int, str | None], deposit: int | None = None) -> int:
    """A payout of `pay-us` that was held because of these lines; gives its number."""
    number = run(
        """insert into ledger_payout (partner, external_ref, currency, deposit_minor, paid_on, hold) select gateway, 'po-hand', 'USD', %(d)s, current_date, 'held'
        from ledger_payment where kind = 'captured' order by id limit 1 returning id""",
        {"d": sum(x[1] for x in lines) if deposit is None else deposit},
    ).scalar
    for n, (kind, gross, ref) in enumerate(lines, 1):
        run(
            "insert into ledger_payout_line (payout_id, line_no, kind, external_ref, gross_minor, fee_minor, net_minor) values (%(p)s, %(n)s, %(k)s, %(r)s, %(g)s, 0, %(g)s)",
            {"p": number, "n": n, "k": kind, "r": ref, "g": gross},
        )
    return int(number)


def test_a_payout_line_is_matched_and_written_off_from_its_page(controller: Client) -> None:
    paid = run("update ledger_payment set payout_id = null where id = (select min(id) from ledger_payment where kind = 'captured') returning *").one
    number = unexplained(("charge", paid.amount_minor, "ch-unknown"), ("refund", -700, "re-unknown"))
    page = controller.get("/finance/unmatched").content.decode()
    assert page.count("<tr data-open>") == 2 and f"/finance/lines/{number}.1" in page and "Match by amount" in page
    page = controller.get(f"/finance/lines/{number}.1").content.decode()
    assert "to the cent" in page and paid.external_ref in page and f"payment:{paid.id}" in page
    page = controller.post(
        "/do/match_payout_line", {"line": f"{number}.1", "document": f"payment:{paid.id}", "next": f"/finance/lines/{number}.1"}, follow=True
    ).content.decode()
    assert "What people decided" in page and "Take the explanation back" in page and "PAYOUT-02" in page
    told = {"lines": f"{number}.2", "account": "other_income", "why": "of the old shop", "next": f"/finance/payouts/{number}"}
    page = controller.post("/do/write_off_payout_lines", told, follow=True).content.decode()
    assert "Every line is explained." in page and "of the old shop" in page
    assert "Nothing here yet" in controller.get("/finance/unmatched?all=1").content.decode()
    assert run("select count(*) from ledger_payout_explanation").scalar == 2


def test_a_payout_that_waits_tells_what_its_lines_add_up_to(controller: Client) -> None:
    number = unexplained(("charge", 5000, "ch-unknown"), ("refund", -700, "re-unknown"), ("reserve_hold", -100, "hold"))
    told = finance.payout(number)
    listed = next(p for p in finance.payouts({"gateway": None, "state": None}, None, 50) if p["id"] == number)
    for found in (told, listed):
        assert found and (found["state"], found["gross_minor"], found["fee_minor"], found["reserve_minor"]) == ("received", 4300, 0, 100)


def test_entries_name_their_documents_as_people_do(controller: Client) -> None:
    entry = run("select id from ledger_entry where origin = 'invoice' order by id limit 1").scalar
    assert "INV-" in controller.get(f"/finance/entries/{entry}").content.decode()
    journal = controller.get("/finance/journal").content.decode()
    assert "INV-1" in journal and "SH-1" in journal and "invoice 1" not in journal


def test_a_line_says_by_how_much_each_payment_differs_and_where_money_could_be_recorded(controller: Client) -> None:
    paid = run("update ledger_payment set payout_id = null where id = (select min(id) from ledger_payment where kind = 'captured') returning *").one
    number = unexplained(("charge", paid.amount_minor - 30, "ch-unknown"))
    order = f"SO-{paid.order_id}"
    page = controller.get(f"/finance/lines/{number}.1?q={order}").content.decode()
    assert "Match with a difference of -0.30 USD" in page
    other = run("select order_id from ledger_payment where kind = 'captured' order by id desc limit 1").scalar
    page = controller.get(f"/finance/lines/{number}.1?q=SO-{other}").content.decode()
    assert f"SO-{other} has no payment that waits for its payout. It has 0.00 USD left to be paid." in page
    for gone in ("999.1", f"{number}.9", "elephant"):
        assert controller.get(f"/finance/lines/{gone}").status_code == 404, gone


def test_a_payment_shows_its_order_its_books_and_who_paid_only_to_those_who_may(controller: Client) -> None:
    paid = run("select * from ledger_payment where kind = 'captured' order by id limit 1").one
    name = run("select name from orders_address where order_id = %(o)s and name is not null limit 1", {"o": paid.order_id}).scalar
    assert f"/finance/payments/{paid.id}" in controller.get("/finance/payments").content.decode()
    page = controller.get(f"/finance/payments/{paid.id}").content.decode()
    assert f"/orders/SO-{paid.order_id}" in page and f"/finance/payouts/{paid.payout_id}" in page and "clearing:" in page and paid.external_ref in page
    assert name not in page and "***" in page
    from django.contrib.auth import get_user_model

    from headrace.governance.models import Role, RoleGrant

    user = get_user_model().objects.get(username="finance")
    RoleGrant.objects.create(user_id=user.pk, role=Role.objects.get(code="admin"))
    assert name in controller.get(f"/finance/payments/{paid.id}").content.decode()
    assert controller.get("/finance/payments/99999999").status_code == 404


def test_each_item_of_the_close_opens_the_rows_that_it_counts(controller: Client) -> None:
    unexplained(("charge", 100, "x"))
    run("update ledger_payout set paid_on = current_date - 40 where external_ref = 'po-hand'")
    run("update orders_shipment set state = 'shipped', shipped_at = now() - interval '40 days'")
    held = run("update orders_shipment set hold = 'held' where id = (select min(id) from orders_shipment) returning id").scalar
    for n, (document, number) in enumerate((("shipment", held), ("shipment", held), ("payout", 1))):
        run(
            """insert into exception_queue_case (document, document_id, reason_code, team, fingerprint, opened_at, due_at)
            select %(d)s, %(i)s, min(code), 'finance', %(f)s, now() - interval '40 days', now() from exception_queue_reason""",
            {"d": document, "i": number, "f": f"f{n}"},
        )
    run(
        """insert into governance_approval (deed, subject, parameters, asked_by, asked_at, state)
        values ('post_manual_entry', 'entity:MILL-US', '{"entity": "MILL-US"}', 'user:x', now() - interval '40 days', 'asked')"""
    )
    run(
        """with o as (insert into ledger_payout (partner, external_ref, currency, deposit_minor, paid_on, state) select partner, 'po-open', currency, 7, paid_on, 'posted'
            from ledger_payout where external_ref = 'po-hand' returning id),
        l as (insert into ledger_payout_line (payout_id, line_no, kind, gross_minor, fee_minor, net_minor) select id, 1, 'charge', 7, 0, 7 from o)
        insert into ledger_payout_explanation (payout_id, line_no, kind, line_kind, gross_minor, difference_minor, account, why, actor, at, taken_back_at)
        select o.id, 1, 'written_off', 'charge', 7, 7, 'rounding', 'x', 'user:x', now(), now() from o, generate_series(1, 2)"""
    )
    month = run("select to_char(current_date - 38, 'YYYY-MM') as m").scalar
    checks = controller.get(f"/finance/periods?month={month}&entity=MILL-US").context["checklist"]["checks"]
    assert {c["what"]: c["n"] for c in checks} == {"payouts": 1, "suspense": 1, "shipments": 1, "held": 1, "cases": 3, "approvals": 1}
    for check in checks:
        page = controller.get(check["address"].replace("&amp;", "&")).content.decode()
        assert page.count("<tr data-open>") == check["n"], check
    suspense = controller.get(f"/finance/close/suspense?entity=MILL-US&month={month}").content.decode()
    line = re.search(r"/finance/lines/\d+\.1", suspense)
    assert line and "/do/write_off_payout_lines" in controller.get(line[0]).content.decode()
    assert "/exceptions?case=" in controller.get(f"/finance/close/held?entity=MILL-US&month={month}").content.decode()
    for gone in ("held?entity=NOBODY&month=2026-01", "held?entity=MILL-US&month=elephant", "elephants"):
        assert controller.get(f"/finance/close/{gone}").status_code == 404


def test_lines_are_matched_by_amount_whatever_stands_beside_the_button(controller: Client) -> None:
    paid = run("update ledger_payment set payout_id = null where id = (select min(id) from ledger_payment where kind = 'captured') returning *").one
    number = unexplained(("charge", paid.amount_minor, "ch-unknown"))
    page = controller.get("/finance/unmatched").content.decode()
    button = re.search(r'formaction="/do/match_payout_lines_by_amount" name="(\w+)" value="([^"]+)"', page)
    assert button
    told = {"lines": f"{number}.1", "account": "rounding", "why": "typed, then thought better of", button[1]: button[2], "next": "/finance/unmatched"}
    controller.post("/do/match_payout_lines_by_amount", told)
    assert run("select payment_id, account from ledger_payout_explanation").one == (paid.id, None)

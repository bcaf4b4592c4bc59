from __future__ import annotations

from collections.abc import Iterator

import pytest

from headrace.engine.queries import run
from headrace.ledger.tests import building

TIES = {
    "receivables are what invoices leave open": """select 1 from (select split_part(a.code, ':', 2) as c, sum(l.amount_minor) as amount from ledger_leg l
        join ledger_account a on a.id = l.account_id where a.root = 'receivable' group by 1) g full join (select channel_code as c, sum(total_minor - paid_minor) as amount
        from ledger_invoice group by 1) s using (c) left join (select c.code as c, sum(p.amount_minor - p.deposit_minor) as amount from ledger_payment p join orders_order o on o.id = p.order_id
        join catalog_channel c on c.id = o.channel_id where p.kind = 'refunded' group by 1) r using (c)
        where coalesce(g.amount, 0) <> coalesce(s.amount, 0) + coalesce(r.amount, 0)""",
    "deposits are what no invoice used and nobody gave back": """select 1 from (select -sum(l.amount_minor) as amount from ledger_leg l join ledger_account a on a.id = l.account_id
        where a.root = 'deposits') g cross join (select sum(case kind when 'captured' then amount_minor else -deposit_minor end) as amount from ledger_payment
        where kind = 'captured' and invoice_id is null or kind = 'refunded') p cross join (select sum(amount_minor) as amount from ledger_application) a
        where coalesce(g.amount, 0) <> coalesce(p.amount, 0) - coalesce(a.amount, 0)""",
    "gateways hold what no payout has explained": """select 1 from (select split_part(a.code, ':', 2) as c, sum(l.amount_minor) as amount from ledger_leg l
        join ledger_account a on a.id = l.account_id where a.root = 'clearing' group by 1) g full join (select gateway as c, sum(case kind when 'captured' then amount_minor
        when 'refunded' then -amount_minor when 'chargeback' then -amount_minor else 0 end) filter (where payout_id is null) as amount from ledger_payment group by 1) s using (c)
        where coalesce(g.amount, 0) <> coalesce(s.amount, 0)""",
    "the bank has what was deposited": """select 1 from (select split_part(a.code, ':', 2) as c, sum(l.amount_minor) as amount from ledger_leg l join ledger_account a on a.id = l.account_id
        where a.root = 'bank' group by 1) g full join (select partner as c, sum(deposit_minor) as amount from ledger_payout where state = 'posted' group by 1) s using (c)
        where coalesce(g.amount, 0) <> coalesce(s.amount, 0)""",
    "an invoice is paid by its captures and deposits": """select i.id from ledger_invoice i left join (select invoice_id, sum(amount_minor) as amount from ledger_payment
        where kind = 'captured' group by 1) p on p.invoice_id = i.id left join (select invoice_id, sum(amount_minor) as amount from ledger_application group by 1) a on a.invoice_id = i.id
        where i.paid_minor <> coalesce(p.amount, 0) + coalesce(a.amount, 0) or i.paid_minor > i.total_minor""",
    "an order's money is what its payments say": """select o.id from orders_order o left join (select order_id, sum(amount_minor) filter (where kind = 'captured') as c,
        sum(amount_minor) filter (where kind = 'refunded') as r from ledger_payment group by 1) p on p.order_id = o.id
        where o.captured_minor <> coalesce(p.c, 0) or o.refunded_minor <> coalesce(p.r, 0) or o.refunded_minor > o.captured_minor or o.captured_minor > o.authorised_minor""",
    "suspense is what people explained before the posting, less what is open after it": """select 1 from (select split_part(a.code, ':', 2) as c, sum(l.amount_minor) as amount
        from ledger_leg l join ledger_account a on a.id = l.account_id where a.root = 'payout_suspense' group by 1) g full join (select o.partner as c,
        sum(case o.state when 'posted' then -l.gross_minor else l.gross_minor end) as amount from ledger_payout_line l join ledger_payout o on o.id = l.payout_id
        where l.kind in ('charge', 'refund', 'chargeback', 'difference')
        and case o.state when 'posted' then l.payment_id is null and l.explanation_id is null else l.explanation_id is not null end group by 1) s using (c)
        where coalesce(g.amount, 0) <> coalesce(s.amount, 0)""",
    "entries balance": "select entry_id from ledger_leg group by entry_id, currency having sum(amount_minor) <> 0",
    "a payment explains one line": "select payment_id from ledger_payout_line l join ledger_payout o on o.id = l.payout_id where o.state = 'posted' group by 1 having count(payment_id) > 1",
}


def assert_money_ties() -> None:
    broken = {name: [tuple(row) for row in found] for name, query in TIES.items() if (found := run(query))}
    assert not broken, broken


@pytest.fixture
def shop(db: None) -> Iterator[None]:
    """The shop of the ledger's tests; whatever a test did, the books tie in the end."""
    building.make_shop()
    yield
    assert_money_ties()

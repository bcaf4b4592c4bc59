from __future__ import annotations

from collections.abc import Iterator

import pytest

from headrace.engine.queries import run
from headrace.ledger.tests import building


@pytest.fixture
def shop(db: None) -> Iterator[None]:
    """The shop of the ledger's tests; whatever a test did, entries balance and receivables are what invoices leave open."""
    building.make_shop()
    yield
    off = run("""select r.channel, r.amount, i.amount as open from (select split_part(a.code, ':', 2) as channel, sum(l.amount_minor) as amount from ledger_leg l
        join ledger_account a on a.id = l.account_id where a.root = 'receivable' group by 1) r full join (select channel_code as channel, sum(total_minor - paid_minor) as amount
        from ledger_invoice group by 1) i using (channel) where coalesce(r.amount, 0) <> coalesce(i.amount, 0)""")
    assert [tuple(row) for row in off] == []
    assert run("select entry_id from ledger_leg group by entry_id, currency having sum(amount_minor) <> 0") == []

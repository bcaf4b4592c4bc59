"""Nine months of a real shop, 320,705 rows: imported whole and run to settlement."""

from __future__ import annotations

from pathlib import Path

import pytest

from headrace.cli.importing import _work
from headrace.engine.queries import run
from headrace.flow.importing.running import import_register, pay_out
from headrace.insight.verify import verify

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "orders" / "uci_online_retail" / "online_retail_dev_2010-12_to_2011-08.csv.gz"


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.skipif(not DATA.exists(), reason="no shared data")
def test_nine_months_of_a_real_shop_settle_to_the_last_decimal(fresh_database: str) -> None:
    account = import_register(DATA, "online-retail", actor="cli:test")
    told = account.as_dict()
    assert told["rows"] == sum(told["became"].values()) == 320_705
    assert told["sum_file"] == "5761931.382"
    assert told["difference"] == "0"
    assert told["rounding"] == "0.002"
    assert not account.parked
    assert told["became"]["bad_debt"] == 3
    assert told["became"]["credit"] + told["became"]["credit_charge"] == 5_847
    _work(2)
    while pay_out("online-retail"):
        _work(1)
    assert run("select count(*) from orders_order where commercial <> 'closed'").scalar == 0
    assert run("select count(*) from ledger_invoice where state <> 'settled'").scalar == 0
    assert run("select coalesce(sum(amount_minor), 0) from ledger_leg").scalar == 0
    assert verify().ok
    again = import_register(DATA, "online-retail", actor="cli:test").as_dict()
    assert again.pop("orders") == {"complete": sum(told.pop("orders").values())}
    assert again == told
    assert verify().ok

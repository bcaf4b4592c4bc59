"""An import that is killed with SIGKILL loses nothing: doing it again ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from headrace.engine.queries import run
from headrace.insight.verify import verify

INVOICES = 1_200
KILL_WITHIN_S = 60


def _register(path: Path) -> Path:
    """So many small invoices, a tenth of them taken back."""
    rows = ["InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"]
    for n in range(INVOICES):
        ref, qty = (f"C{536000 + n}", -1) if n % 10 == 9 else (f"{536000 + n}", 1 + n % 3)
        rows.append(f"{ref},{20000 + n % 40},THING NO {n % 40},{qty},2010-12-{1 + n % 28:02d} 10:00:00,1.25,{12000 + n % 50}.0,France")
    path.write_text("\n".join(rows) + "\n")
    return path


def _command(file: Path) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", "headrace", "import", "orders", str(file), "--format", "online-retail", "--json"]


def _kill_when(table: str, file: Path, environment: dict[str, str]) -> None:
    """Start an import and kill it as soon as it has committed something to a table."""
    importing = subprocess.Popen(_command(file), env=environment, stdout=subprocess.DEVNULL)
    try:
        give_up = time.monotonic() + KILL_WITHIN_S
        while not run(f"select exists (select 1 from {table})").scalar:
            assert importing.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < give_up
            time.sleep(0.01)
    finally:
        importing.send_signal(signal.SIGKILL)
        importing.wait()


def test_an_import_that_is_killed_twice_is_simply_done_again(fresh_database: str, tmp_path: Path) -> None:
    file = _register(tmp_path / "register.csv")
    environment = {**os.environ, "HEADRACE_DATABASE_URL": fresh_database}
    _kill_when("ledger_import_row", file, environment)
    _kill_when("orders_order", file, environment)
    done = subprocess.run(_command(file), env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    credits = INVOICES // 10
    assert told["rows"] == INVOICES
    assert told["became"] == {"credit": credits, "order_line": INVOICES - credits}
    assert told["difference"] == told["rounding"] == "0"
    sold = run("select sum(qty_ordered_each) from orders_order").scalar
    opened = run("select sum(qty_each) from stock_move where kind = 'opening'").scalar
    assert opened == sold, "stock is opened once for what is sold, however often the import is done"
    assert run("select count(*) from ledger_invoice").scalar == credits
    assert verify().ok

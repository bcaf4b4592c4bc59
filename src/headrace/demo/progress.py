"""How far the line has come, while it runs: a live picture on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from headrace.engine.queries import load_queries

sql = load_queries(__package__)
BAR_COLUMNS = 30
LINE_EVERY_S = 5.0
PER_ORDER = ("capture", "validate", "allocate", "release", "ship", "invoice", "settle")  # about one document an order


class Progress:
    """Shows what the stages did since a batch. Use it as a context; `show()` looks again."""

    def __init__(self, out: Console, after_batch: int, orders: int) -> None:
        self.out, self.after, self.orders = out, after_batch, orders
        self.began = self.told = time.monotonic()
        self._live: Live | None = None
        self._open = ExitStack()

    def __enter__(self) -> Progress:
        if self.out.is_terminal:
            self._live = self._open.enter_context(Live(console=self.out, auto_refresh=False, transient=True))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def show(self) -> None:
        """Look, and tell."""
        rows = sorted(sql.progress(after=self.after), key=lambda row: PER_ORDER.index(row.stage) if row.stage in PER_ORDER else len(PER_ORDER))
        if self._live:
            self._live.update(self._picture(rows), refresh=True)
        elif time.monotonic() - self.told >= LINE_EVERY_S:
            self.told = time.monotonic()
            done = {row.stage: int(row.taken) for row in rows}
            told = ", ".join(f"{stage} {done[stage]:,}" for stage in PER_ORDER if stage in done)
            self.out.print(f"  {self._seconds():3.0f} s  {told or 'the workers start'}", highlight=False)

    def _seconds(self) -> float:
        return time.monotonic() - self.began

    def _picture(self, rows: list[Any]) -> Table:
        t = Table(title=f"{self.orders:,} orders on their way, {self._seconds():.0f} s", title_justify="left", box=None, pad_edge=False, header_style="bold")
        t.add_column("stage")
        t.add_column("")
        t.add_column("documents", justify="right")
        t.add_column("parked", justify="right")
        for row in rows:
            bar = ProgressBar(self.orders, min(int(row.taken), self.orders), width=BAR_COLUMNS) if row.stage in PER_ORDER else ""
            t.add_row(row.stage.replace("_", " "), bar, f"{row.taken:,}", f"{row.parked:,}" if row.parked else "")
        return t

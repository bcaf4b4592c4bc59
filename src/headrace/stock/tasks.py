"""Periodic work of the stock book."""

from __future__ import annotations

from django.db import transaction
from procrastinate.contrib.django import app

from headrace.engine.queries import run
from headrace.stock.reserving import expire_due


class _Sweep:
    def __init__(self, as_of: object) -> None:
        self.as_of = as_of

    def parameters(self) -> dict[str, object]:
        return {"as_of": self.as_of}


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="expire_reservations")
def expire_reservations(timestamp: int) -> None:
    """Reservations that lapsed give their goods back."""
    with transaction.atomic():
        now = run("select transaction_timestamp()").scalar
        expire_due(_Sweep(now), now)

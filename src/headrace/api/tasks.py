"""Periodic work of the API."""

from __future__ import annotations

from procrastinate.contrib.django import app

from headrace.api.once import KEPT_DAYS, sql


@app.periodic(cron="23 3 * * *")
@app.task(queueing_lock="forget_answers")
def forget_answers(timestamp: int) -> None:
    """Answers under an idempotency key are kept for some days; no honest retry comes later."""
    sql.forget_answers(days=KEPT_DAYS)

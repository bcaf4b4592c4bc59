"""Periodic work of the figures."""

from __future__ import annotations

from procrastinate.contrib.django import app

from headrace.engine.queries import run
from headrace.insight import trends
from headrace.insight.verify import verify_and_keep


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="keep_trends")
def keep_trends(timestamp: int) -> None:
    """Figures of the hours and days that are over, so that a trend of months is read in milliseconds."""
    trends.keep(run("select clock_timestamp()").scalar)


@app.task(queueing_lock="verify_books")
def verify_books(actor: str) -> None:
    """Count the violations of every invariant, in the background, and keep what was found."""
    verify_and_keep(actor)

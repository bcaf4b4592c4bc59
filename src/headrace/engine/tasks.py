"""Periodic work, run by procrastinate: every task is safe to run twice and short."""

from __future__ import annotations

from procrastinate.contrib.django import app

from headrace.engine.queries import run


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="forget_workers", pass_context=False)
def forget_workers(timestamp: int) -> None:
    """Workers that stopped long ago are history."""
    run("delete from engine_worker where coalesce(stopped_at, seen_at) < clock_timestamp() - interval '7 days'")

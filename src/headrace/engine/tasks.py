"""Periodic work, run by procrastinate: every task is safe to run twice and short."""

from __future__ import annotations

from procrastinate.contrib.django import app

from headrace.engine import breakers, replaying
from headrace.engine.queries import run


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="forget_workers", pass_context=False)
def forget_workers(timestamp: int) -> None:
    """Workers that stopped long ago are history, and so is what happened to breakers."""
    run("delete from engine_worker where coalesce(stopped_at, seen_at) < clock_timestamp() - interval '7 days'")
    breakers.forget_events()


@app.task
def go_on_with_replay(replay_id: int) -> None:
    """Do what is left of a replay."""
    replaying.go_on(replay_id)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="go_on_with_replays")
def go_on_with_replays(timestamp: int) -> None:
    """Take up the replays of processes that were killed over them."""
    replaying.go_on_with_all()

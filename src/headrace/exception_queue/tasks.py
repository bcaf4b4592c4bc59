"""Periodic work of the queue."""

from __future__ import annotations

from django.db import transaction
from procrastinate.contrib.django import app

from headrace.engine.queries import run
from headrace.exception_queue import bulk
from headrace.exception_queue.resolving import find_late, look_again


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="look_again")
def look_again_now(timestamp: int) -> None:
    """Cases whose time has come go back to their stage; snoozed ones wake."""
    with transaction.atomic():
        look_again(run("select transaction_timestamp()").scalar)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="find_late")
def find_late_now(timestamp: int) -> None:
    """Cases whose clock has run out are marked, so that they show and count as late."""
    with transaction.atomic():
        find_late(run("select transaction_timestamp()").scalar)


@app.task
def go_on_with_bulk(bulk_id: int) -> None:
    """Do what is left of a bulk deed."""
    bulk.go_on(bulk_id)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="go_on_with_bulks")
def go_on_with_bulks(timestamp: int) -> None:
    """Take up the bulk deeds of workers that were killed over them."""
    bulk.go_on_with_all()

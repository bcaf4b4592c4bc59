"""Work in the background: verifications of the audit chain."""

from __future__ import annotations

from procrastinate.contrib.django import app

from headrace.governance import checking


@app.task
def go_on_with_chain_check(check_id: int) -> None:
    """Do what is left of a verification of the chain."""
    checking.go_on(check_id)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="go_on_with_chain_checks")
def go_on_with_chain_checks(timestamp: int) -> None:
    """Take up the verifications of processes that were killed over them."""
    checking.go_on_with_all()

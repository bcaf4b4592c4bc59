"""Work of the console that nobody waits for."""

from __future__ import annotations

from procrastinate.contrib.django import app

from headrace.console import long_uploads, sending


@app.task
def go_on_with_upload(upload_id: int) -> None:
    """Compare or apply what is left of a long file."""
    long_uploads.go_on(upload_id)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="go_on_with_uploads")
def go_on_with_uploads(timestamp: int) -> None:
    """Take up the long files of workers that were killed over them, and those that somebody let go on."""
    long_uploads.go_on_with_all()


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="forget_tokens")
def forget_tokens(timestamp: int) -> None:
    """Tokens of forms that were sent long ago."""
    sending.forget_tokens()

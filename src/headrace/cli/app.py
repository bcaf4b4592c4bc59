"""The `headrace` command and its groups."""

from __future__ import annotations

import typer

from headrace.cli import database, desk, looking, running
from headrace.cli import importing as importing_commands

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Run e-commerce orders straight through, from capture to cash."
)
app.add_typer(database.app, name="db", help="The embedded database: start, stop, back up.")
app.add_typer(desk.app, name="exceptions", help="What cannot go straight through.")
app.add_typer(looking.order_app, name="order", help="Look at orders.")
app.add_typer(looking.explain_app, name="explain", help="Explain a number or a decision.")
app.add_typer(looking.audit_app, name="audit", help="The audit chain.")
app.add_typer(importing_commands.app, name="import", help="Bring files in.")
running.register(app)
app.command("verify")(looking.verify)

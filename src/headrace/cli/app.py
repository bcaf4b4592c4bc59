"""The `headrace` command and its groups."""

from __future__ import annotations

import typer

from headrace.cli import approving, changing, database, deeds, desk, explaining, keys, looking, partners, policies, running, stocking  # noqa: F401 - changing puts its commands beside those of looking
from headrace.cli import importing as importing_commands
from headrace.cli import ledger as ledger_commands
from headrace.cli.faults import EXIT_CODES

app = typer.Typer(
    name="headrace",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Run e-commerce orders straight through, from capture to cash; people get only the exceptions.",
    epilog=f"--json gives one line on standard output; errors and logs go to standard error. {EXIT_CODES}",
)
running.register(app)
app.command("verify")(looking.verify)
app.add_typer(looking.order_app, name="order")
app.add_typer(explaining.app, name="explain")
app.add_typer(desk.app, name="exceptions")
app.add_typer(deeds.app, name="action")
app.add_typer(importing_commands.app, name="import")
app.add_typer(ledger_commands.app, name="ledger", help="The books: trial balance, accounts, periods, entries by hand.")
app.add_typer(looking.audit_app, name="audit")
app.add_typer(policies.app, name="policy")
app.add_typer(approving.app, name="approval")
app.add_typer(stocking.app, name="stock")
app.add_typer(stocking.catalog_app, name="catalog")
app.add_typer(keys.app, name="keys")
app.add_typer(keys.secret_app, name="secret")
app.add_typer(partners.app, name="partner")
app.add_typer(partners.outbox_app, name="outbox")
app.add_typer(database.app, name="db")

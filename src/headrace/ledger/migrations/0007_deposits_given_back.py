"""How much of a refund was a deposit that no invoice had used yet; what the words of invoices mean now."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

ORIGIN = "Kind of document it comes from: shipment, order (nothing to ship), return, import"
STATE = "issued, captured (money taken), settled (explained by a payout, or nothing to pay) or on_account"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_corrections")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="deposit_minor",
            field=models.BigIntegerField(db_comment="Of a refund: the part that was a deposit, not used for any invoice yet", db_default=0),
        ),
        # Old rows are checked by the next migration, which lets payments come in meanwhile.
        AddConstraintNotValid(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("deposit_minor__gte", 0), ("deposit_minor__lte", models.F("amount_minor"))), name="payment_deposit_within_amount"
            ),
        ),
        # Only the comments change: Django would rewrite the columns for them.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(f"comment on column ledger_invoice.origin is '{ORIGIN}'", migrations.RunSQL.noop),
                migrations.RunSQL(f"comment on column ledger_invoice.state is '{STATE}'", migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.AlterField(model_name="invoice", name="origin", field=models.TextField(db_comment=ORIGIN, db_default="shipment")),
                migrations.AlterField(model_name="invoice", name="state", field=models.TextField(db_comment=STATE, db_default="issued")),
            ],
        ),
    ]

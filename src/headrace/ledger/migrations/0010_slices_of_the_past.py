"""Slices of what was posted before there were slices, and the indexes that accounts and open invoices are read by. Built while the shop is open."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q

OPEN_COLUMNS = ["entity", "currency", "channel_code", "total_minor", "paid_minor", "issued_on"]
ACCOUNT = models.ForeignKey(
    db_comment="Account", db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.account"
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ledger", "0009_slices")]
    operations = [
        AddIndexConcurrently(model_name="leg", index=models.Index(fields=["account", "entry"], name="leg_of_account")),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL("drop index concurrently if exists ledger_leg_account_id_6dc6fd6f", migrations.RunSQL.noop)],
            [migrations.AlterField(model_name="leg", name="account", field=ACCOUNT)],
        ),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                fields=["due_on", "id"], name="invoice_open", include=OPEN_COLUMNS, condition=Q(kind="invoice", total_minor__gt=F("paid_minor"))
            ),
        ),
        migrations.RunSQL("select ledger_rebuild_slices()", migrations.RunSQL.noop),
    ]

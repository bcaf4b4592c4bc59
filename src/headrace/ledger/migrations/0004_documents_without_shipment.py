"""Receivables written off, and what an imported file's rows became, down to the message that holds them."""

import django.db.models.deletion
from django.db import migrations, models

BECAME = "order_line, charge, credit, credit_charge, stock_adjustment, bad_debt, or parked where the rows cannot be read"
BOOKED = "Sum as it is to be booked: each row rounded once, minor units"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial"), ("ledger", "0003_storage")]

    operations = [
        migrations.CreateModel(
            name="WriteOff",
            fields=[
                ("id", models.BigAutoField(db_comment="Number", primary_key=True, serialize=False)),
                ("channel_code", models.TextField(db_comment="Channel")),
                ("external_ref", models.TextField(db_comment="The source's own key; unique per channel")),
                ("amount_minor", models.BigIntegerField(db_comment="Given up; negative takes an earlier write-off back")),
                ("currency", models.CharField(db_comment="ISO 4217 currency of the amounts in this row", max_length=3)),
                ("why", models.TextField(db_comment="The source's words", null=True)),
                ("written_on", models.DateField(db_comment="Business date in the entity's zone")),
                ("batch_id", models.BigIntegerField(db_comment="Batch", null=True)),
                (
                    "entity",
                    models.ForeignKey(
                        db_comment="Entity", db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.entity"
                    ),
                ),
            ],
            options={
                "db_table": "ledger_write_off",
                "db_table_comment": "Receivables written off",
                "constraints": [models.UniqueConstraint(fields=("channel_code", "external_ref"), name="write_off_once")],
            },
        ),
        migrations.AddField(
            model_name="importrow",
            name="inbox_id",
            field=models.BigIntegerField(db_comment="Message that holds the rows raw, and says what became of them", null=True),
        ),
        # Only the comments change: Django would rewrite the columns for them.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(f"comment on column ledger_import_row.became is '{BECAME}'", migrations.RunSQL.noop),
                migrations.RunSQL(f"comment on column ledger_import_row.booked_minor is '{BOOKED}'", migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.AlterField(model_name="importrow", name="became", field=models.TextField(db_comment=BECAME)),
                migrations.AlterField(model_name="importrow", name="booked_minor", field=models.BigIntegerField(db_comment=BOOKED)),
            ],
        ),
    ]

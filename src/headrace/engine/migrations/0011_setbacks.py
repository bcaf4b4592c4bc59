"""Long work in the background that failed: how often, and with what."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engine", "0010_outbox_by_moment"),
    ]

    operations = [
        migrations.CreateModel(
            name="Setback",
            fields=[
                ("pk", models.CompositePrimaryKey("kind", "number", blank=True, editable=False, primary_key=True, serialize=False)),
                ("kind", models.TextField(db_comment="What work: upload, bulk, replay or chain_check")),
                ("number", models.BigIntegerField(db_comment="Its number, in the table of its kind")),
                ("tries", models.IntegerField(db_comment="How often in a row it failed", db_default=1)),
                ("error", models.TextField(db_comment="What went wrong: the type and a short text, without numbers, names and quotes")),
                ("first_at", models.DateTimeField(db_comment="When it first failed", db_default=django.db.models.functions.datetime.Now())),
                ("last_at", models.DateTimeField(db_comment="When it last failed", db_default=django.db.models.functions.datetime.Now())),
                (
                    "failed_at",
                    models.DateTimeField(db_comment="When it had failed as often as it may, and stood still until a person has it tried again", null=True),
                ),
            ],
            options={
                "db_table_comment": "Long work in the background that failed when it was last tried",
            },
        ),
    ]

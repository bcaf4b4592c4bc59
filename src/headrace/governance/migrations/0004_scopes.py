"""Roles for some nodes and channels too, and the database's own guard of what limited people read."""

import django.contrib.postgres.fields
from django.db import migrations, models

from headrace.engine.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0003_comments_on_ids"), ("api", "0001_initial"), ("catalog", "0004_items_that_are_called_alike"), ("console", "0003_frame"),
        ("engine", "0006_batch_by_moment"), ("exception_queue", "0004_desk_indexes"), ("insight", "0001_initial"), ("ledger", "0010_slices_of_the_past"),
        ("orders", "0006_finding_people"), ("purchasing", "0001_initial"), ("stock", "0003_what_costs_mean"),
    ]

    operations = [
        migrations.AddField(
            "rolegrant", "nodes",
            django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), db_comment="Nodes; empty is all", db_default=[], size=None),
        ),
        migrations.AddField(
            "rolegrant", "channels",
            django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), db_comment="Channels; empty is all", db_default=[], size=None),
        ),
        run_sql_file("governance", "row_security.sql"),
    ]

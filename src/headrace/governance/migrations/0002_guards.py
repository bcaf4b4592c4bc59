"""The audit hash, and triggers that make history final in every room."""

from django.db import migrations

from headrace.engine.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0001_initial"), ("engine", "0001_initial"), ("orders", "0001_initial"), ("stock", "0001_initial"), ("ledger", "0001_initial"),
        ("exception_queue", "0001_initial"),
    ]
    operations = [run_sql_file("governance", "guards.sql")]

"""Room on the page for rows that are rewritten."""

from django.db import migrations

from headrace.engine.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards")]
    operations = [run_sql_file("ledger", "storage.sql")]

"""Triggers that keep the books honest."""

from django.db import migrations

from headrace.engine.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [run_sql_file("ledger", "guards.sql")]

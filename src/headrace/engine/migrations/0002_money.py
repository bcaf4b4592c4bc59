"""Rounding and splitting, the SQL twin of values.money."""

from django.db import migrations

from headrace.engine.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("engine", "0001_initial")]
    operations = [run_sql_file("values", "money.sql")]

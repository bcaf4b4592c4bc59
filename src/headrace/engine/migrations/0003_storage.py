"""Room on the page for rows that are rewritten."""

from django.db import migrations

from headrace.engine.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("engine", "0002_money")]
    operations = [run_sql_file("engine", "storage.sql")]

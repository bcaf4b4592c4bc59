"""Room on the page for rows that are rewritten."""

from django.db import migrations

from headrace.engine.migrating import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_initial")]
    operations = [run_sql_file("stock", "storage.sql")]

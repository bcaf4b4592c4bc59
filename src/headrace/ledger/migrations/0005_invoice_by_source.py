"""Imported bills are looked up by their source's number; built while the shop is open."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ledger", "0004_documents_without_shipment")]
    operations = [
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(condition=models.Q(("external_ref__isnull", False)), fields=["external_ref"], name="invoice_by_source"),
        ),
    ]

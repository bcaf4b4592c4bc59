"""Items are found by any part of their name, and by names and SKUs that are alike. Built while the shop is open."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0003_finding_customers")]
    operations = [
        TrigramExtension(),
        AddIndexConcurrently(model_name="item", index=GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="item_name_alike")),
        AddIndexConcurrently(model_name="item", index=GinIndex(fields=["sku"], opclasses=["gin_trgm_ops"], name="item_sku_alike")),
    ]

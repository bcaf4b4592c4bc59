"""What a scanner reads is found at once, however many items there are. Built while the shop is open."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0004_items_that_are_called_alike")]
    operations = [
        AddIndexConcurrently(model_name="item", index=models.Index(fields=["gtin"], condition=models.Q(gtin__isnull=False), name="item_by_gtin")),
    ]

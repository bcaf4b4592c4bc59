"""Orders that have nothing (left) to ship are found by an index of their own; built while the shop is open."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0002_storage")]
    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("qty_ordered_each", models.F("qty_cancelled_each")), ("state", "allocated")),
                fields=["id"],
                name="order_unshipped",
            ),
        ),
    ]

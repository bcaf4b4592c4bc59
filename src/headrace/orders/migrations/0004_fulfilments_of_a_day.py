"""What a node was given today is counted against its capacity for every batch; built while the shop is open."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0003_unshipped_orders")]
    operations = [
        AddIndexConcurrently(model_name="fulfilment", index=models.Index(fields=["node", "planned_at"], name="fulfilment_node_day")),
    ]

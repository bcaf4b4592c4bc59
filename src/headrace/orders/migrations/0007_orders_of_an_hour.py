"""Orders of an hour are found as such. Blocks of the table hold orders of many days once it has lived for a while (the space of old versions is used again), and an
index of their ranges then reads thousands of rows for the few of an hour. Keys come in rising, so that keeping this one costs capture next to nothing.
Built while the shop is open.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0006_finding_people")]
    operations = [
        AddIndexConcurrently(model_name="order", index=models.Index(fields=["captured_at"], name="order_came_in")),
        RemoveIndexConcurrently(model_name="order", name="order_captured_at"),
    ]

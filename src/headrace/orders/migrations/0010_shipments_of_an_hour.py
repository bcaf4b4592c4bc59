"""What left today and in each of the last hours is found as such. Moments of leaving rise with the rows, so that keeping the index costs next to nothing. Built while the shop is open."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0009_waves_and_manifests")]
    operations = [
        AddIndexConcurrently(model_name="shipment", index=models.Index(fields=["shipped_at"], name="shipment_left")),
    ]

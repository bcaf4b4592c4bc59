"""What people search orders by: number, e-mail, SKU, day, and the few that are held or cancelled. Built while the shop is open."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0004_fulfilments_of_a_day")]
    operations = [
        AddIndexConcurrently(model_name="order", index=models.Index(fields=["external_number"], name="order_external_number")),
        AddIndexConcurrently(model_name="order", index=BrinIndex(fields=["captured_at"], name="order_captured_at", pages_per_range=32)),
        AddIndexConcurrently(model_name="order", index=models.Index(fields=["id"], name="order_held", condition=Q(hold="held"))),
        AddIndexConcurrently(model_name="order", index=models.Index(fields=["id"], name="order_cancelled", condition=Q(commercial="cancelled"))),
        AddIndexConcurrently(model_name="address", index=models.Index(Lower("email"), name="address_email", condition=Q(email__isnull=False))),
        AddIndexConcurrently(model_name="line", index=models.Index(fields=["sku", "order"], name="line_sku")),
    ]

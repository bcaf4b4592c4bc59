"""The audit by who, by deed and by day, at any size. Built while the shop is open."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("governance", "0005_chain_checks")]
    operations = [
        AddIndexConcurrently(model_name="audit", index=models.Index(fields=["actor", "seq"], name="audit_of_actor")),
        AddIndexConcurrently(model_name="audit", index=models.Index(fields=["deed", "seq"], name="audit_of_deed")),
        AddIndexConcurrently(model_name="audit", index=BrinIndex(fields=["at"], name="audit_at", pages_per_range=16)),
    ]

"""Deliveries by the moment they were decided, for the health of a partner over a day. Built while the shop is open."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("engine", "0009_breakers")]
    operations = [AddIndexConcurrently(model_name="outbox", index=BrinIndex(fields=["created_at"], name="outbox_created_at", pages_per_range=16))]

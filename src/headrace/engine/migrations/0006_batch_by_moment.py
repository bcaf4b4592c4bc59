"""Batches by the moment they ended, for what flowed in the last hour. Built while the shop is open."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("engine", "0005_stage_trouble")]
    operations = [AddIndexConcurrently(model_name="batchrecord", index=BrinIndex(fields=["ended_at"], name="batch_ended_at", pages_per_range=16))]

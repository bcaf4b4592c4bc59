"""How many orders of a day were parked is looked up from the day's cases, which are few. Built while the shop is open."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("exception_queue", "0004_desk_indexes")]
    operations = [AddIndexConcurrently(model_name="case", index=models.Index(fields=["opened_at"], name="case_opened_at"))]

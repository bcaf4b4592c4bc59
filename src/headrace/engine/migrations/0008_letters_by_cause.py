"""Dead letters by partner and cause, and messages that stand parked. Built while the shop is open."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("engine", "0007_replay")]
    operations = [
        AddIndexConcurrently(
            model_name="outbox",
            index=models.Index(
                condition=models.Q(("state", "dead")), fields=["partner", "cause", "id"], include=("created_at", "kind"), name="outbox_dead_letters"
            ),
        ),
        AddIndexConcurrently(
            model_name="inbox",
            index=models.Index(condition=models.Q(("state", "parked")), fields=["partner", "kind", "id"], name="inbox_parked"),
        ),
    ]

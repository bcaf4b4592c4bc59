"""What one person decided alone within a day is looked for at every such deed."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ledger", "0013_what_one_person_decided")]
    operations = [
        AddIndexConcurrently(
            model_name="payoutexplanation", index=models.Index(fields=["actor", "at"], name="payout_explanation_alone", condition=Q(alone_minor__gt=0))
        ),
    ]

"""Payout lines that were there before keep to the new constraint, too."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0011_payout_explanations")]
    operations = [ValidateConstraint(model_name="payoutline", name="payout_line_kind_known")]

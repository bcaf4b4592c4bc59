"""Payments that were there before keep to the new constraint, too."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_deposits_given_back")]
    operations = [ValidateConstraint(model_name="payment", name="payment_deposit_within_amount")]

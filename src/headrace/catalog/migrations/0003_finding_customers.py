"""What people look customers up by: the e-mail. Built while the shop is open."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0002_what_costs_mean")]
    operations = [
        AddIndexConcurrently(model_name="party", index=models.Index(Lower("email"), name="party_email", condition=Q(email__isnull=False))),
    ]

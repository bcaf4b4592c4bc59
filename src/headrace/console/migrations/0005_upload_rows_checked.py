"""Rows of files that were there before keep to the new constraint, too."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("console", "0004_long_uploads")]
    operations = [ValidateConstraint(model_name="uploadrow", name="upload_row_what_known")]

"""Long files of the catalog go on in the background: how far they have come."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

WHAT = "created, updated, unchanged or refused; waiting: not compared yet"


class Migration(migrations.Migration):

    dependencies = [
        ('console', '0003_frame'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='uploadrow',
            name='upload_row_what_known',
        ),
        migrations.AddField(
            model_name='upload',
            name='fault',
            field=models.TextField(db_comment='Why it stopped by itself', null=True),
        ),
        migrations.AddField(
            model_name='upload',
            name='phase',
            field=models.TextField(db_comment='Of a long file: comparing, looked, applying or applied; empty for one that is compared and applied at once', db_default=''),
        ),
        migrations.AddField(
            model_name='upload',
            name='reached',
            field=models.IntegerField(db_comment='Of a long file: the row up to which the present phase has come', db_default=0),
        ),
        migrations.AddField(
            model_name='upload',
            name='rows',
            field=models.IntegerField(db_comment='Rows of a long file', db_default=0),
        ),
        migrations.AddField(
            model_name='upload',
            name='stopped',
            field=models.BooleanField(db_comment='The phase was stopped, by a person or by a fault, and can go on', db_default=False),
        ),
        # Only the comment changes: Django would rewrite the column for it.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(f"comment on column console_upload_row.what is '{WHAT}'", migrations.RunSQL.noop)],
            state_operations=[migrations.AlterField(model_name='uploadrow', name='what', field=models.TextField(db_comment=WHAT))],
        ),
        AddConstraintNotValid(
            model_name='uploadrow',
            constraint=models.CheckConstraint(condition=models.Q(('what__in', ['created', 'updated', 'unchanged', 'refused', 'waiting'])), name='upload_row_what_known'),
        ),
    ]

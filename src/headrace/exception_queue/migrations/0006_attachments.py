"""Files attached to cases."""

import django.db.models.deletion
from django.db import migrations, models


COMMENT = """
comment on column exception_queue_case_event.event is
    'opened, seen_again, gave_up, sent_back, late, assigned, given_back, snoozed, woken, commented, escalated, merged, undone, resolved, reopened, attached, detached'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('exception_queue', '0005_cases_of_a_day'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(COMMENT, migrations.RunSQL.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name='caseevent',
                    name='event',
                    field=models.TextField(db_comment='opened, seen_again, gave_up, sent_back, late, assigned, given_back, snoozed, woken, commented, escalated, merged, undone, resolved, reopened, attached, detached'),
                ),
            ],
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(db_comment='Number', primary_key=True, serialize=False)),
                ('file_name', models.TextField(db_comment='Name of the file, as it was brought')),
                ('media_type', models.TextField(db_comment='image/png, image/jpeg, image/webp, application/pdf or text/plain, by its bytes')),
                ('bytes', models.IntegerField(db_comment='Size in bytes')),
                ('sha256', models.TextField(db_comment='Digest of the content, hexadecimal')),
                ('content', models.BinaryField(db_comment='The file; null once it is removed', null=True)),
                ('actor', models.TextField(db_comment='Who attached it')),
                ('at', models.DateTimeField(db_comment='When')),
                ('removed_at', models.DateTimeField(db_comment='When it was removed; null while it is there', null=True)),
                ('removed_by', models.TextField(db_comment='Who removed it', null=True)),
                ('case', models.ForeignKey(db_comment='Case', db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exception_queue.case')),
            ],
            options={
                'db_table': 'exception_queue_attachment',
                'db_table_comment': 'Files attached to cases',
                'indexes': [models.Index(fields=['case', 'id'], name='attachment_of_case')],
            },
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(db_comment='Number', primary_key=True, serialize=False)),
                ('holder', models.TextField(db_comment='Name of the API key that called')),
                ('key', models.TextField(db_comment='Idempotency-Key as sent')),
                ('request_hash', models.BinaryField(db_comment='SHA-256 of method, path and body')),
                ('status', models.SmallIntegerField(db_comment='HTTP status of the answer', null=True)),
                ('body', models.TextField(db_comment='Answer, JSON', null=True)),
                ('answered_at', models.DateTimeField(db_comment='When')),
            ],
            options={
                'db_table_comment': 'Answers given under an idempotency key; kept for some days',
                'indexes': [models.Index(fields=['answered_at'], name='answer_by_age')],
                'constraints': [models.UniqueConstraint(fields=('holder', 'key'), name='answer_once')],
            },
        ),
    ]

"""Scans at the bench are kept under the ids of their clients for a month, so that each counts once."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0007_orders_of_an_hour"),
    ]

    operations = [
        migrations.CreateModel(
            name='Scan',
            fields=[
                ('id', models.BigAutoField(db_comment='Number', primary_key=True, serialize=False)),
                ('scan_id', models.TextField(db_comment="The client's id of the scan, or of what took one back; unique per fulfilment; null where only takes_back names it", null=True)),
                ('code', models.TextField(db_comment='What was scanned or typed')),
                ('qty_each', models.IntegerField(db_comment='Pieces picked; below zero: taken back')),
                ('picked_each', models.IntegerField(db_comment='The answer: pieces of the line picked after it')),
                ('asked_each', models.IntegerField(db_comment='The answer: pieces of the line that were left to ship')),
                ('takes_back', models.TextField(db_comment='The scan_id that it takes back; null for a scan, and for pieces of a line that were taken back', null=True)),
                ('actor', models.TextField(db_comment='Who')),
                ('scanned_at', models.DateTimeField(db_comment='When it was counted')),
                ('fulfilment', models.ForeignKey(db_comment='Fulfilment', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.fulfilment')),
                ('line', models.ForeignKey(db_comment='Fulfilment line that it counted on', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.fulfilmentline')),
            ],
            options={
                'db_table_comment': 'Scans at the bench, each counted once',
                'indexes': [models.Index(fields=['scanned_at'], name='scan_age')],
                'constraints': [models.UniqueConstraint(fields=('fulfilment', 'scan_id'), name='scan_counted_once'), models.UniqueConstraint(fields=('fulfilment', 'takes_back'), name='scan_taken_back_once'), models.CheckConstraint(condition=models.Q(('qty_each', 0), _negated=True), name='scan_counts_something')],
            },
        ),
    ]

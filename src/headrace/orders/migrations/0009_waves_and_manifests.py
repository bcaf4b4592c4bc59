"""Waves, of which a fulfilment is in at most one, and the manifests of what was handed over together."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_items_that_are_called_alike'),
        ('orders', '0008_scans_counted_once'),
    ]

    operations = [
        migrations.CreateModel(
            name='Manifest',
            fields=[
                ('id', models.BigAutoField(db_comment='Number inside', primary_key=True, serialize=False)),
                ('number', models.GeneratedField(db_comment='Number for people', db_persist=True, expression=django.db.models.functions.text.Concat(models.Value('MF-', models.TextField()), django.db.models.functions.comparison.Cast('id', models.TextField()), output_field=models.TextField()), output_field=models.TextField())),
                ('carrier', models.TextField(db_comment='Carrier code')),
                ('handed_over_at', models.DateTimeField(db_comment='When')),
                ('handed_over_by', models.TextField(db_comment='Who')),
                ('parcels', models.IntegerField(db_comment='Parcels on it')),
                ('weight_g', models.BigIntegerField(db_comment='Weight of those that were weighed, grams')),
                ('content', models.JSONField(db_comment='As handed over, in the order of the paper: fulfilment, order, service, and its parcels with carrier, tracking and weight_g')),
                ('node', models.ForeignKey(db_comment='Node that handed over', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.node')),
            ],
            options={
                'db_table_comment': 'Manifests, never changed: parcels handed to a carrier together',
            },
        ),
        migrations.CreateModel(
            name='Wave',
            fields=[
                ('id', models.BigAutoField(db_comment='Number inside', primary_key=True, serialize=False)),
                ('number', models.GeneratedField(db_comment='Number for people', db_persist=True, expression=django.db.models.functions.text.Concat(models.Value('WV-', models.TextField()), django.db.models.functions.comparison.Cast('id', models.TextField()), output_field=models.TextField()), output_field=models.TextField())),
                ('made_at', models.DateTimeField(db_comment='When it was made')),
                ('made_by', models.TextField(db_comment='Who made it')),
                ('dissolved_at', models.DateTimeField(db_comment='When somebody broke it up; null is not. A wave ends by itself when all that is in it is packed or gone', null=True)),
                ('node', models.ForeignKey(db_comment='Node whose shelves are walked', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.node')),
            ],
            options={
                'db_table_comment': 'Waves: fulfilments gathered together; how far one has come is seen on its fulfilments',
            },
        ),
        migrations.CreateModel(
            name='WaveFulfilment',
            fields=[
                ('pk', models.CompositePrimaryKey('wave_id', 'fulfilment_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('left_at', models.DateTimeField(db_comment='When it was taken out, or the wave was broken up before it was packed; null is in it', null=True)),
                ('fulfilment', models.ForeignKey(db_comment='Fulfilment, of the node of the wave', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.fulfilment')),
                ('wave', models.ForeignKey(db_comment='Wave', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.wave')),
            ],
            options={
                'db_table': 'orders_wave_fulfilment',
                'db_table_comment': 'What waves hold; a fulfilment is in at most one',
                'constraints': [models.UniqueConstraint(condition=models.Q(('left_at__isnull', True)), fields=('fulfilment',), name='fulfilment_in_one_wave')],
            },
        ),
    ]

"""What one person corrected alone, to be summed against the limits of policy."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('stock', '0005_what_corrections_say'),
    ]

    operations = [
        migrations.CreateModel(
            name='CorrectedAlone',
            fields=[
                ('id', models.BigAutoField(db_comment='Number', primary_key=True, serialize=False)),
                ('actor', models.TextField(db_comment='Who')),
                ('at', models.DateTimeField(db_comment='When')),
                ('currency', models.CharField(db_comment='Currency of the books of the nodes', max_length=3)),
                ('worth', models.DecimalField(db_comment='Worth in whole units of the currency, found and lost added up', decimal_places=6, max_digits=20)),
            ],
            options={
                'db_table': 'stock_corrected_alone',
                'db_table_comment': 'What one person corrected or wrote off alone, by deed and currency',
                'indexes': [models.Index(fields=['actor', 'at'], name='corrected_alone_lately')],
                'constraints': [models.CheckConstraint(condition=Q(worth__gt=0), name='corrected_alone_positive')],
            },
        ),
    ]

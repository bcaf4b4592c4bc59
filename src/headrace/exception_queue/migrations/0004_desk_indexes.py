import django.db.models.fields.json
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False  # so that an open shop goes on while the indexes are built

    dependencies = [
        ('exception_queue', '0003_desk'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='case',
            index=models.Index(condition=models.Q(('state', 'resolved'), _negated=True), fields=['due_at', 'id'], include=('opened_at', 'state', 'team', 'reason', 'assigned_to', 'order_id', 'channel_id', 'value_at_risk_minor', 'currency', 'promised_by', 'seen'), name='case_queue'),
        ),
        AddIndexConcurrently(
            model_name='case',
            index=models.Index(models.F('reason'), django.db.models.functions.text.Left(django.db.models.functions.comparison.Coalesce(django.db.models.fields.json.KeyTextTransform('sku', 'detail'), django.db.models.fields.json.KeyTextTransform('value', 'detail')), 200), condition=models.Q(('state', 'resolved'), _negated=True), name='case_same_cause'),
        ),
        AddIndexConcurrently(
            model_name='case',
            index=models.Index(condition=models.Q(('state', 'resolved')), fields=['resolved_at', 'id'], name='case_resolved'),
        ),
    ]

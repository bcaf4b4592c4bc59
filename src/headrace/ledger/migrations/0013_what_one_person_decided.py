"""What somebody decided alone about payout lines, to be summed against the limits of policy."""

from django.db import migrations, models

FORWARDS = "update ledger_payout_explanation set alone_minor = abs(difference_minor)"


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0012_payout_line_kinds_checked'),
    ]

    operations = [
        migrations.AddField(
            model_name='payoutexplanation',
            name='alone_minor',
            field=models.BigIntegerField(db_comment='What its person decided by it alone, in either direction, which counts towards the limits of policy; 0 where a second person saw it', db_default=0),
        ),
        migrations.RunSQL(FORWARDS, migrations.RunSQL.noop),
    ]

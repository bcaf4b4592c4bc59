"""What people decide about payout lines, and the line for what a deposit differs by."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KIND = "charge, refund, fee, reserve_hold, reserve_release, adjustment, chargeback, or difference (what the deposit has more than the partner's lines)"


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0010_slices_of_the_past'),
    ]

    operations = [
        migrations.CreateModel(
            name='PayoutExplanation',
            fields=[
                ('id', models.BigAutoField(db_comment='Number', primary_key=True, serialize=False)),
                ('payout', models.ForeignKey(db_comment='Payout', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.payout')),
                ('line_no', models.BigIntegerField(db_comment='Line of the payout')),
                ('kind', models.TextField(db_comment='matched (to a payment) or written_off')),
                ('line_kind', models.TextField(db_comment='Kind of the line as it was')),
                ('line_ref', models.TextField(db_comment="The line's key at the partner", null=True)),
                ('gross_minor', models.BigIntegerField(db_comment="The line's gross, signed as the partner pays it")),
                ('payment_id', models.BigIntegerField(db_comment='Payment that it was matched to', null=True)),
                ('difference_minor', models.BigIntegerField(db_comment='What the line has more than our payment; all of it where there is none', db_default=0)),
                ('account', models.TextField(db_comment='Root of the account that bears the difference', null=True)),
                ('why', models.TextField(db_comment="The person's reason", null=True)),
                ('actor', models.TextField(db_comment='Who')),
                ('at', models.DateTimeField(db_comment='When')),
                ('taken_back_at', models.DateTimeField(db_comment='When it was taken back', null=True)),
                ('taken_back_by', models.TextField(db_comment='Who took it back', null=True)),
                ('taken_back_why', models.TextField(db_comment='Why', null=True)),
            ],
            options={
                'db_table': 'ledger_payout_explanation',
                'db_table_comment': 'Payout lines that people matched or wrote off, each with its entry',
            },
        ),
        migrations.RemoveConstraint(
            model_name='payoutline',
            name='payout_line_kind_known',
        ),
        migrations.AddField(
            model_name='payoutline',
            name='explanation_id',
            field=models.BigIntegerField(db_comment='What a person decided about it; null where the engine matched it, or nobody has', null=True),
        ),
        # Only the comment changes: Django would rewrite the column for it.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL("comment on column ledger_payout_line.kind is '" + KIND.replace("'", "''") + "'", migrations.RunSQL.noop)],
            state_operations=[migrations.AlterField(model_name='payoutline', name='kind', field=models.TextField(db_comment=KIND))],
        ),
        # Old rows are checked by the next migration, which lets payouts come in meanwhile.
        AddConstraintNotValid(
            model_name='payoutline',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['charge', 'refund', 'fee', 'reserve_hold', 'reserve_release', 'adjustment', 'chargeback', 'difference'])), name='payout_line_kind_known'),
        ),
        migrations.AddIndex(
            model_name='payoutexplanation',
            index=models.Index(fields=['payout', 'line_no'], name='payout_explanation_told'),
        ),
        migrations.AddConstraint(
            model_name='payoutexplanation',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['matched', 'written_off'])), name='payout_explanation_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='payoutexplanation',
            constraint=models.UniqueConstraint(condition=models.Q(('taken_back_at__isnull', True)), fields=('payout', 'line_no'), name='payout_explanation_once'),
        ),
        migrations.AddConstraint(
            model_name='payoutexplanation',
            constraint=models.CheckConstraint(condition=models.Q(('difference_minor', 0), models.Q(('account__isnull', False), ('why__isnull', False)), _connector='OR'), name='payout_explanation_has_account'),
        ),
        migrations.AddConstraint(
            model_name='payoutexplanation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'written_off'), ('payment_id__isnull', True)), models.Q(('kind', 'matched'), ('payment_id__isnull', False)), _connector='OR'), name='payout_explanation_has_payment'),
        ),
    ]

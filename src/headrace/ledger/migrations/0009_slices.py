"""Slices: sums of legs and documents by account and day, kept by triggers from here on."""

import django.db.models.deletion
from django.db import migrations, models

from headrace.engine.migrating import run_sql_file


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_finding_customers'),
        ('ledger', '0008_deposits_checked'),
    ]

    operations = [
        migrations.CreateModel(
            name='DocumentSlice',
            fields=[
                ('id', models.BigAutoField(db_comment='Number', primary_key=True, serialize=False)),
                ('entity', models.ForeignKey(db_comment='Entity', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.entity')),
                ('channel_code', models.TextField(db_comment='Channel')),
                ('kind', models.TextField(db_comment='invoice or credit_memo')),
                ('currency', models.CharField(db_comment='ISO 4217 currency of the amounts in this row', max_length=3)),
                ('jurisdiction', models.TextField(db_comment='Where the tax is owed, or none')),
                ('issued_on', models.DateField(db_comment='Business date of the documents')),
                ('documents', models.BigIntegerField(db_comment='How many')),
                ('taxable_minor', models.BigIntegerField(db_comment='Without tax, of documents that bear tax')),
                ('exempt_minor', models.BigIntegerField(db_comment='Total of documents that bear none')),
                ('tax_minor', models.BigIntegerField(db_comment='Tax')),
                ('folded', models.BooleanField(db_comment='Folded by the clock; else as one statement wrote it', db_default=False)),
            ],
            options={
                'db_table': 'ledger_document_slice',
                'db_table_comment': 'Sums of invoices and credit memos by jurisdiction and business date, added by a trigger when they are issued',
            },
        ),
        migrations.CreateModel(
            name='Slice',
            fields=[
                ('id', models.BigAutoField(db_comment='Number', primary_key=True, serialize=False)),
                ('account', models.ForeignKey(db_comment='Account', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                ('entity', models.ForeignKey(db_comment='Entity', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.entity')),
                ('currency', models.CharField(db_comment='ISO 4217 currency of the amounts in this row', max_length=3)),
                ('posted_on', models.DateField(db_comment='Business date of the entries')),
                ('debit_minor', models.BigIntegerField(db_comment='Sum of the debits')),
                ('credit_minor', models.BigIntegerField(db_comment='Sum of the credits, positive')),
                ('legs', models.BigIntegerField(db_comment='How many legs')),
                ('first_entry_id', models.BigIntegerField(db_comment='Lowest entry')),
                ('last_entry_id', models.BigIntegerField(db_comment='Highest entry')),
                ('folded', models.BooleanField(db_comment='Folded by the clock, one per account and day; else as one statement posted it', db_default=False)),
            ],
            options={
                'db_table_comment': 'Sums of legs by account and business date, added by a trigger with every posting',
            },
        ),
        migrations.AddIndex(
            model_name='documentslice',
            index=models.Index(condition=models.Q(('folded', False)), fields=['id'], name='document_slice_fresh'),
        ),
        migrations.AddConstraint(
            model_name='documentslice',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['invoice', 'credit_memo'])), name='document_slice_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='documentslice',
            constraint=models.UniqueConstraint(condition=models.Q(('folded', True)), fields=('entity', 'channel_code', 'kind', 'currency', 'jurisdiction', 'issued_on'), name='document_slice_folded_once'),
        ),
        migrations.AddIndex(
            model_name='slice',
            index=models.Index(condition=models.Q(('folded', False)), fields=['id'], name='slice_fresh'),
        ),
        migrations.AddConstraint(
            model_name='slice',
            constraint=models.UniqueConstraint(condition=models.Q(('folded', True)), fields=('entity', 'account', 'currency', 'posted_on'), name='slice_folded_once'),
        ),
        run_sql_file("ledger", "slices.sql"),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("governance", "0004_scopes")]
    operations = [
        migrations.CreateModel(
            name="ChainCheck",
            fields=[
                ("id", models.BigAutoField(db_comment="Number", primary_key=True, serialize=False)),
                ("actor", models.TextField(db_comment="Who asked for it")),
                ("asked_at", models.DateTimeField(db_comment="When")),
                ("known_head", models.TextField(db_comment="An earlier head that must still stand in the chain", null=True)),
                ("phase", models.TextField(db_comment="links, history, batches or done", db_default="links")),
                ("checked_seq", models.BigIntegerField(db_comment="Last link that was recomputed", db_default=0)),
                ("last_seq", models.BigIntegerField(db_comment="Last link there was when it was asked for")),
                ("links", models.BigIntegerField(db_comment="How many links there were then")),
                ("head", models.TextField(db_comment="Hash of the last link then, 64 hexadecimal digits: to be kept outside", null=True)),
                ("faults", models.JSONField(db_comment="What does not hold: [{seq, what}], the first twenty", db_default=[])),
                ("ended_at", models.DateTimeField(db_comment="When it had looked at everything; null while it goes on", null=True)),
            ],
            options={
                "db_table": "governance_chain_check",
                "db_table_comment": "Verifications of the audit chain, done in the background",
                "indexes": [models.Index(condition=models.Q(("ended_at__isnull", True)), fields=["id"], name="chain_check_going_on")],
                "constraints": [models.CheckConstraint(condition=models.Q(("phase__in", ["links", "history", "batches", "done"])), name="chain_check_phase_known")],
            },
        ),
    ]

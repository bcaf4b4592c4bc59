from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engine", "0008_letters_by_cause")]
    operations = [
        migrations.AddField(
            model_name="partner",
            name="last_failed_at",
            field=models.DateTimeField(db_comment="Last delivery that it did not take", null=True),
        ),
        migrations.CreateModel(
            name="PartnerEvent",
            fields=[
                ("id", models.BigAutoField(db_comment="Number", primary_key=True, serialize=False)),
                ("partner", models.TextField(db_comment="Code of the partner")),
                ("at", models.DateTimeField(db_comment="When")),
                ("event", models.TextField(db_comment="opened, probe_failed, closed, opened_by_hand, closed_by_hand, tried_now, paused or resumed")),
                ("actor", models.TextField(db_comment="Who: a person or program, or engine:outbox where it happened by itself")),
                ("why", models.TextField(db_comment="The cause of a failure, or the reason that a person gave", null=True)),
            ],
            options={
                "db_table": "engine_partner_event",
                "db_table_comment": "History of partners' breakers; kept for a year",
                "indexes": [models.Index(fields=["partner", "-id"], name="event_of_partner")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("event__in", ["opened", "probe_failed", "closed", "opened_by_hand", "closed_by_hand", "tried_now", "paused", "resumed"])
                        ),
                        name="partner_event_event_known",
                    )
                ],
            },
        ),
    ]

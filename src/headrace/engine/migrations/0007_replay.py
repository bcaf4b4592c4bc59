"""Dead letters by cause, and replays of many letters. What has given up by now gets its cause."""

import django.db.models.deletion
from django.db import migrations, models

from headrace.engine.causes import cause_of

PART = 5_000


def name_causes(apps, schema_editor):
    """In parts, for a house whose partner has been away for long."""
    outbox = apps.get_model("engine", "Outbox")
    while rows := list(outbox.objects.filter(state="dead", cause=None).order_by("id")[:PART]):
        for row in rows:
            row.cause = cause_of(row.last_error, row.body)
        outbox.objects.bulk_update(rows, ["cause"], batch_size=PART)


class Migration(migrations.Migration):
    dependencies = [("engine", "0006_batch_by_moment")]
    operations = [
        migrations.AddField(
            model_name="outbox",
            name="cause",
            field=models.TextField(
                db_comment="Why it gave up, without numbers, names and quotes: dead letters of one cause read alike; null while it has not", null=True
            ),
        ),
        migrations.CreateModel(
            name="Replay",
            fields=[
                ("id", models.BigAutoField(db_comment="Number", primary_key=True, serialize=False)),
                ("actor", models.TextField(db_comment="Who asked for it, with whose permissions it is done")),
                ("document", models.TextField(db_comment="outbox: deliveries that gave up; inbox: messages, from their raw bodies")),
                ("deed", models.TextField(db_comment="replay, or set_aside: never to be sent")),
                ("about", models.TextField(db_comment="Which letters, in words: partner and cause", db_default="")),
                ("note", models.TextField(db_comment="Why they are set aside", null=True)),
                ("asked_at", models.DateTimeField(db_comment="When it was asked for")),
                ("ended_at", models.DateTimeField(db_comment="When the last letter was dealt with; null while it goes on", null=True)),
                ("stopped_at", models.DateTimeField(db_comment="When somebody stopped it; what was not done by then stays as it was", null=True)),
            ],
            options={
                "db_table_comment": "Replays of many dead letters or messages, done in the background",
                "indexes": [models.Index(condition=models.Q(("ended_at__isnull", True)), fields=["id"], name="replay_going_on")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("document__in", ["outbox", "inbox"])), name="replay_document_known"),
                    models.CheckConstraint(condition=models.Q(("deed__in", ["replay", "set_aside"])), name="replay_deed_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplayRow",
            fields=[
                ("pk", models.CompositePrimaryKey("replay_id", "document_id", blank=True, editable=False, primary_key=True, serialize=False)),
                (
                    "replay",
                    models.ForeignKey(
                        db_comment="Replay",
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="engine.replay",
                    ),
                ),
                ("document_id", models.BigIntegerField(db_comment="Delivery of the outbox, or message of the inbox")),
                ("state", models.TextField(db_comment="todo, done or refused", db_default="todo")),
                ("why", models.TextField(db_comment="Why it was refused", null=True)),
            ],
            options={
                "db_table": "engine_replay_row",
                "db_table_comment": "What became of each letter of a replay",
                "indexes": [models.Index(condition=models.Q(("state", "todo")), fields=["replay", "document_id"], name="replay_todo")],
                "constraints": [models.CheckConstraint(condition=models.Q(("state__in", ["todo", "done", "refused"])), name="replay_row_state_known")],
            },
        ),
        migrations.RunPython(name_causes, migrations.RunPython.noop, elidable=True),
    ]

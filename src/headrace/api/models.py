"""The one table of the API: answers that were given under an idempotency key."""

from __future__ import annotations

from django.db import models

from headrace.engine.columns import moment, text


class Answer(models.Model):
    """What a program was answered under an Idempotency-Key, so that the same call gets the same answer."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    holder = text("Name of the API key that called")
    key = text("Idempotency-Key as sent")
    request_hash = models.BinaryField(db_comment="SHA-256 of method, path and body")
    status = models.SmallIntegerField(db_comment="HTTP status of the answer", null=True)
    body = text("Answer, JSON", null=True)
    answered_at = moment("When")

    class Meta:
        db_table_comment = "Answers given under an idempotency key; kept for some days"
        constraints = [models.UniqueConstraint(fields=["holder", "key"], name="answer_once")]
        indexes = [models.Index(fields=["answered_at"], name="answer_by_age")]

"""The exception queue: every document that cannot go straight through, why, whose it is and by when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Left

from headrace.engine.columns import big, currency, data, flag, joined, link, minor, moment, now, one_of, small, text, whole

CASE_STATES = ("open", "snoozed", "resolved")
SEVERITIES = ("blocks_message", "blocks_order", "blocks_line", "blocks_document", "warns")
DOCUMENTS = ("inbox", "order", "fulfilment", "shipment", "invoice", "payout", "outbox")
CAUSE_CHARS = 200  # of a SKU or value by which cases of the same cause are found
RESOLUTIONS = ("sent_on", "sent_to", "accepted", "closed", "cleared_by_itself")


class ReasonRow(models.Model):
    """The database's copy of a declared Reason."""

    code = text("Code, never renumbered, never reused", primary_key=True)
    stage = text("Stage that declares it")
    says = text("Sentence with the names of its values in braces")
    severity = text("blocks_message, blocks_order, blocks_line, blocks_document or warns")
    owner = text("Team that owns it")
    due_in_s = whole("Seconds until a case is late")
    retry_every_s = whole("Seconds between looks by itself; null is never", null=True)
    retries_max = small("Looks by itself before a person must", db_default=0)
    offers = data("Actions that resolve it")
    clears_when = data("Events that make it look again")
    sop = text("What a person does, step by step")
    is_declared = flag("Still declared by the code", True)

    class Meta:
        db_table = "exception_queue_reason"
        db_table_comment = "Reasons, one row per declaration in the code"
        constraints = [one_of("severity", SEVERITIES, "reason")]


class Case(models.Model):
    """One open question about one document."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    reason = link("exception_queue.ReasonRow", "Reason", db_column="reason_code")
    document = text("inbox, order, fulfilment, shipment, invoice, payout or outbox")
    document_id = big("Row of the document")
    order_id = big("Order that it concerns", null=True)
    line_id = big("Order line that it concerns", null=True)
    channel_id = big("Channel of that order", null=True)
    promised_by = moment("Promise to the customer that it endangers; null where none was given, or everything has left", null=True)
    state = text("open, snoozed or resolved", db_default="open")
    detail = data("The values of the sentence: field, value, fix, and evidence", db_default={})
    fingerprint = text("Hash of the values: the same failure on the same document is the same case")
    value_at_risk_minor = minor("Order total or amount in question", null=True)
    currency = currency("Currency of value_at_risk_minor", null=True)
    opened_at = moment("When it was parked")
    due_at = moment("When it becomes late")
    seen = small("How often the same failure came back", db_default=1)
    retries = small("Looks by itself so far", db_default=0)
    next_check_at = moment("When it looks again by itself", null=True)
    batch_id = big("Batch that parked it", null=True)
    team = text("Team that owns it now")
    assigned_to = text("Person", null=True)
    snoozed_until = moment("Sleeps until", null=True)
    late_at = moment("When it was found late", null=True)
    let_go_at = moment("When its document was sent back to be looked at again; null while nobody has, and once the outcome is known", null=True)
    resolution = text("sent_on, sent_to, accepted, closed or cleared_by_itself", null=True)
    resolved_at = moment("When", null=True)
    resolved_by = text("Who", null=True)
    resolution_note = text("Why, in words", null=True)

    class Meta:
        db_table_comment = "Exceptions: parked documents with owner, clock, context"
        constraints = [
            one_of("state", CASE_STATES, "case"),
            one_of("document", DOCUMENTS, "case"),
            one_of("resolution", RESOLUTIONS, "case"),
            models.UniqueConstraint(fields=["document_id", "document", "reason", "fingerprint"], condition=~Q(state="resolved"), name="case_open_once"),
        ]
        indexes = [
            models.Index(fields=["team", "due_at"], name="case_desk", condition=~Q(state="resolved")),
            models.Index(fields=["next_check_at"], name="case_looks_again", condition=Q(state="open", next_check_at__isnull=False)),
            models.Index(fields=["order_id"], name="case_of_order"),
            models.Index(fields=["document_id", "document"], name="case_let_go", condition=Q(let_go_at__isnull=False) & ~Q(state="resolved")),
            models.Index(fields=["due_at"], name="case_gets_late", condition=Q(state="open", late_at__isnull=True)),
            # Everything that the queue is narrowed, counted and put in order by, so that a look at it reads this index alone.
            models.Index(
                fields=["due_at", "id"],
                name="case_queue",
                condition=~Q(state="resolved"),
                include=[
                    "opened_at",
                    "state",
                    "team",
                    "reason",
                    "assigned_to",
                    "order_id",
                    "channel_id",
                    "value_at_risk_minor",
                    "currency",
                    "promised_by",
                    "seen",
                ],
            ),
            models.Index(
                F("reason"), Left(Coalesce(KT("detail__sku"), KT("detail__value")), CAUSE_CHARS), name="case_same_cause", condition=~Q(state="resolved")
            ),
            models.Index(fields=["resolved_at", "id"], name="case_resolved", condition=Q(state="resolved")),
            models.Index(fields=["opened_at"], name="case_opened_at"),
        ]


class CaseEvent(models.Model):
    """What people and the engine did with a case."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    case = link("exception_queue.Case", "Case", indexed=True)
    at = now("When")
    actor = text("Who")
    event = text(
        "opened, seen_again, gave_up, sent_back, late, assigned, given_back, snoozed, woken, commented, escalated, merged, undone, resolved, reopened, attached, detached"
    )
    detail = data("Values", null=True)

    class Meta:
        db_table = "exception_queue_case_event"
        db_table_comment = "Timeline of each case; append-only"


class Bulk(models.Model):
    """A deed on many cases, done in the background: which were chosen stands when it is asked for."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    actor = text("Who asked for it, with whose permissions it is done")
    action = text("Name of the action")
    parameters = data("Its values, as note, to, until, team", db_default={})
    asked_at = moment("When it was asked for")
    ended_at = moment("When the last case was dealt with; null while it goes on", null=True)
    stopped_at = moment("When somebody stopped it; what was not done by then stays undone", null=True)

    class Meta:
        db_table = "exception_queue_bulk"
        db_table_comment = "Deeds on many cases, done in the background"
        indexes = [models.Index(fields=["id"], name="bulk_going_on", condition=Q(ended_at__isnull=True))]


class BulkRow(models.Model):
    """What became of one case in a bulk deed."""

    pk = models.CompositePrimaryKey("bulk_id", "case_id")
    bulk = joined("exception_queue.Bulk", "Bulk deed")
    case = joined("exception_queue.Case", "Case")
    state = text("todo, done or refused", db_default="todo")
    why = text("Why it was refused", null=True)

    class Meta:
        db_table = "exception_queue_bulk_row"
        db_table_comment = "What became of each case of a bulk deed"
        constraints = [one_of("state", ("todo", "done", "refused"), "bulk_row")]
        indexes = [models.Index(fields=["bulk", "case"], name="bulk_todo", condition=Q(state="todo"))]


class Mention(models.Model):
    """Somebody is named in a comment, and has not looked yet."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    case = link("exception_queue.Case", "Case")
    username = text("User who is named")
    by = text("Who wrote the comment")
    at = moment("When it was written")
    seen_at = moment("When the person who is named had seen it; null before", null=True)

    class Meta:
        db_table = "exception_queue_mention"
        db_table_comment = "People named in comments on cases"
        indexes = [models.Index(fields=["username", "case"], name="mention_unseen", condition=Q(seen_at__isnull=True))]


class Attachment(models.Model):
    """A file that somebody attached to a case."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    case = link("exception_queue.Case", "Case")
    file_name = text("Name of the file, as it was brought")
    media_type = text("image/png, image/jpeg, image/webp, application/pdf or text/plain, by its bytes")
    bytes = models.IntegerField(db_comment="Size in bytes")
    sha256 = text("Digest of the content, hexadecimal")
    content = models.BinaryField(db_comment="The file; null once it is removed", null=True)
    actor = text("Who attached it")
    at = moment("When")
    removed_at = moment("When it was removed; null while it is there", null=True)
    removed_by = text("Who removed it", null=True)

    class Meta:
        db_table = "exception_queue_attachment"
        db_table_comment = "Files attached to cases"
        indexes = [models.Index(fields=["case", "id"], name="attachment_of_case")]


class Handover(models.Model):
    """What a shift leaves to the next one, one version a row; the newest of a team is the one in force."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    team = text("Team that it is for")
    note = text("The words; empty takes the note down")
    actor = text("Who wrote it")
    at = moment("When")

    class Meta:
        db_table = "exception_queue_handover"
        db_table_comment = "Notes from shift to shift, every version"
        indexes = [models.Index(fields=["team", "id"], name="handover_of_team")]


class Wording(models.Model):
    """A text that people use again and again in comments."""

    name = text("What it is called", primary_key=True)
    words = text("The text; {order}, {sku} and {value} stand for those of the case")
    actor = text("Who wrote it last")
    at = moment("When")

    class Meta:
        db_table = "exception_queue_wording"
        db_table_comment = "Texts for comments"

"""What the engine keeps: messages in and out, batches, workers, partners' limits."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from headrace.engine.columns import at_least_zero, big, data, digest, exact, flag, joined, moment, now, one_of, small, text, whole

INBOX_STATES = ("received", "done", "parked")
OUTBOX_STATES = ("todo", "doing", "done", "dead", "dropped")
PARTNER_EVENTS = ("opened", "probe_failed", "closed", "opened_by_hand", "closed_by_hand", "tried_now", "paused", "resumed")
REPLAYED = ("outbox", "inbox")
REPLAY_DEEDS = ("replay", "set_aside")
REPLAY_ROW_STATES = ("todo", "done", "refused")
BREAKER_STATES = ("closed", "open", "half_open")


class Inbox(models.Model):
    """A message as a partner sent it. It is stored before it is understood, and never lost."""

    id = models.BigAutoField(primary_key=True, db_comment="Number of the message, in order of arrival")
    partner = text("Who sent it: the code of a channel, warehouse, carrier or payment gateway")
    kind = text("What it is about: order, shipment, tracking, payment, payout, fulfilment_reply, stock")
    message_key = text("The partner's own key for the document (order id, package id, payout id)")
    content_hash = digest("SHA-256 over the body: same key and same hash is the same message")
    state = text("received, done or parked", db_default="received")
    outcome = text("What became of it: captured, revised, cancelled, duplicate, superseded, out_of_order, applied, ignored", null=True)
    document_id = big("The row that the message made or changed, in the table of its kind", null=True)
    deliveries = small("How often the same content was delivered", db_default=1)
    received_at = now("When it was first stored")
    done_at = moment("When a stage finished with it", null=True)

    class Meta:
        db_table_comment = "Every message from outside, raw first, exactly once per partner, kind, key and content"
        constraints = [
            models.UniqueConstraint(fields=["partner", "kind", "message_key", "content_hash"], name="inbox_same_message_once"),
            one_of("state", INBOX_STATES, "inbox"),
        ]
        indexes = [
            models.Index(fields=["kind", "id"], name="inbox_waiting", condition=Q(state="received")),
            models.Index(fields=["partner", "kind", "id"], name="inbox_parked", condition=Q(state="parked")),
        ]


class InboxBody(models.Model):
    """The raw body, apart from the row that changes state, so that a state change does not rewrite it."""

    inbox = models.OneToOneField(
        Inbox, on_delete=models.PROTECT, primary_key=True, related_name="body", db_constraint=False, db_comment="The message; both are written by one statement"
    )
    body = text("The body exactly as received")
    headers = data("Headers worth keeping (topic, delivery id); never a secret", null=True)

    class Meta:
        db_table = "engine_inbox_body"
        db_table_comment = "Raw bodies of inbox messages; written once, never changed"


class Outbox(models.Model):
    """An effect outside, written in the transaction that decided it and delivered at least once."""

    id = models.BigAutoField(primary_key=True, db_comment="Number; the order of effects on one record")
    partner = text("Who is told: the code of a channel, warehouse, carrier or payment gateway")
    kind = text("What is asked: fulfilment.request, fulfilment.shipped, payment.capture ...")
    record_key = text("Deliveries with the same partner and record key go out in order")
    idempotency_key = text("Sent with every attempt, so that the partner can tell a repeat")
    body = data("What is sent")
    state = text("todo, doing (leased), done, dead (gave up, waits for a person) or dropped (a person decided against it)", db_default="todo")
    attempts = small("Attempts begun", db_default=0)
    run_at = now("Not before this moment")
    lease_until = moment("While doing: when another worker may take it over", null=True)
    last_error = text("What the last failed attempt said", null=True)
    cause = text("Why it gave up, without numbers, names and quotes: dead letters of one cause read alike; null while it has not", null=True)
    created_at = now("When the effect was decided")
    done_at = moment("When the partner accepted it", null=True)
    batch_id = big("The batch that decided it", null=True)

    class Meta:
        db_table_comment = "Effects outside, delivered at least once with an idempotency key, in order per record"
        constraints = [models.UniqueConstraint(fields=["idempotency_key"], name="outbox_effect_once"), one_of("state", OUTBOX_STATES, "outbox")]
        indexes = [
            models.Index(fields=["partner", "run_at", "id"], name="outbox_open", condition=Q(state__in=["todo", "doing"])),
            models.Index(fields=["partner", "record_key", "id"], name="outbox_order_per_record", condition=~Q(state="done")),
            BrinIndex(fields=["created_at"], name="outbox_created_at", pages_per_range=16),
            models.Index(fields=["partner", "cause", "id"], name="outbox_dead_letters", include=["created_at", "kind"], condition=Q(state="dead")),
        ]


class Partner(models.Model):
    """A partner's limits and health: token bucket and breaker."""

    code = text("Code of the channel, warehouse, carrier or gateway", primary_key=True)
    rate_per_s = exact("Tokens that return per second", db_default=50)
    burst = whole("Most tokens at once", db_default=100)
    tokens = exact("Tokens left at tokens_at", db_default=100)
    tokens_at = now("When tokens was counted")
    breaker = text("closed (healthy), open (paused after failures) or half_open (one probe under way)", db_default="closed")
    failures = whole("Failures in a row", db_default=0)
    retry_at = moment("While open: when the next probe may go out", null=True)
    paused = flag("Paused by a person")
    last_error = text("What the last failure said", null=True)
    last_ok_at = moment("Last accepted delivery", null=True)
    last_failed_at = moment("Last delivery that it did not take", null=True)
    connector = text("Name of the general connector that serves it, as in headrace_wms; null is one of its own", null=True)
    address = text("URL that a general connector sends to", null=True)

    class Meta:
        db_table_comment = "Per partner: rate budget and circuit breaker of the outbox"
        constraints = [one_of("breaker", BREAKER_STATES, "partner"), at_least_zero("partner", "burst", "failures")]


class PartnerEvent(models.Model):
    """What happened to the breaker of a partner, by itself or by hand."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    partner = text("Code of the partner")
    at = moment("When")
    event = text("opened, probe_failed, closed, opened_by_hand, closed_by_hand, tried_now, paused or resumed")
    actor = text("Who: a person or program, or engine:outbox where it happened by itself")
    why = text("The cause of a failure, or the reason that a person gave", null=True)

    class Meta:
        db_table = "engine_partner_event"
        db_table_comment = "History of partners' breakers; kept for a year"
        constraints = [one_of("event", PARTNER_EVENTS, "partner_event")]
        indexes = [models.Index(fields=["partner", "-id"], name="event_of_partner")]


class BatchRecord(models.Model):
    """One run of one stage over many documents: what it took, gave and parked."""

    id = models.BigAutoField(primary_key=True, db_comment="Number of the batch; history, moves and entries carry it")
    stage = text("Name of the stage")
    worker = text("Host and process that ran it")
    as_of = moment("The one moment that the batch decided by")
    taken = whole("Documents taken")
    moved = whole("Documents given to the next state")
    parked = whole("Documents parked")
    policies = data("Policy name to version used, so that the decision can be replayed", null=True)
    seconds = exact("Wall time of the batch")
    ended_at = now("When the batch was about to commit")

    class Meta:
        db_table = "engine_batch"
        db_table_comment = "Every committed batch of every stage: moved + parked = taken"
        constraints = [models.CheckConstraint(condition=Q(taken=models.F("moved") + models.F("parked")), name="batch_nothing_vanishes")]
        indexes = [models.Index(fields=["stage", "-id"], name="batch_by_stage"), BrinIndex(fields=["ended_at"], name="batch_ended_at", pages_per_range=16)]


class Worker(models.Model):
    """A worker process that says it is alive."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    name = text("Host and process id")
    stages = text("Stages it runs, comma separated")
    started_at = now("When it started")
    seen_at = now("Last heartbeat")
    stopped_at = moment("When it stopped by itself", null=True)

    class Meta:
        db_table_comment = "Worker processes and their heartbeats"


class StageTrouble(models.Model):
    """A stage that fails by a fault of the program, whatever it takes. The row goes when a batch goes through again."""

    stage = text("Name of the stage", primary_key=True)
    error = text("What the database said")
    since_at = now("When it was first found broken")
    last_at = now("When it last failed")
    times = whole("How often it failed since, by any worker", db_default=1)
    next_at = moment("When the worker that last tried it tries again")

    class Meta:
        db_table = "engine_stage_trouble"
        db_table_comment = "Stages that are broken now: their documents wait, nothing is parked"


class Setback(models.Model):
    """Long work in the background that failed when it was last tried, by a fault of the program. The row goes when a part goes through."""

    pk = models.CompositePrimaryKey("kind", "number")
    kind = text("What work: upload, bulk, replay or chain_check")
    number = big("Its number, in the table of its kind")
    tries = whole("How often in a row it failed", db_default=1)
    error = text("What went wrong: the type and a short text, without numbers, names and quotes")
    first_at = now("When it first failed")
    last_at = now("When it last failed")
    failed_at = moment("When it had failed as often as it may, and stood still until a person has it tried again", null=True)

    class Meta:
        db_table_comment = "Long work in the background that failed when it was last tried"


class Script(models.Model):
    """A .sql file of a room as it last ran in this database; a newer text runs again at the next upgrade."""

    file = text("Room and file, as in values/money.sql", primary_key=True)
    digest = digest("SHA-256 of its text")
    ran_at = now("When it ran")

    class Meta:
        db_table_comment = "Files of functions, guards and storage settings, as they stand in this database"


class Replay(models.Model):
    """Many letters that are sent again, taken again or set aside, in the background."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    actor = text("Who asked for it, with whose permissions it is done")
    document = text("outbox: deliveries that gave up; inbox: messages, from their raw bodies")
    deed = text("replay, or set_aside: never to be sent")
    about = text("Which letters, in words: partner and cause", db_default="")
    note = text("Why they are set aside", null=True)
    asked_at = moment("When it was asked for")
    ended_at = moment("When the last letter was dealt with; null while it goes on", null=True)
    stopped_at = moment("When somebody stopped it; what was not done by then stays as it was", null=True)

    class Meta:
        db_table_comment = "Replays of many dead letters or messages, done in the background"
        constraints = [one_of("document", REPLAYED, "replay"), one_of("deed", REPLAY_DEEDS, "replay")]
        indexes = [models.Index(fields=["id"], name="replay_going_on", condition=Q(ended_at__isnull=True))]


class ReplayRow(models.Model):
    """What became of one letter in a replay."""

    pk = models.CompositePrimaryKey("replay_id", "document_id")
    replay = joined("engine.Replay", "Replay")
    document_id = big("Delivery of the outbox, or message of the inbox")
    state = text("todo, done or refused", db_default="todo")
    why = text("Why it was refused", null=True)

    class Meta:
        db_table = "engine_replay_row"
        db_table_comment = "What became of each letter of a replay"
        constraints = [one_of("state", REPLAY_ROW_STATES, "replay_row")]
        indexes = [models.Index(fields=["replay", "document_id"], name="replay_todo", condition=Q(state="todo"))]

"""Who may do what, by which rules, and the record that nobody can alter unseen."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from headrace.engine.columns import big, data, digest, flag, link, moment, now, one_of, text, whole

POLICY_STATES = ("draft", "active", "retired")
CHECK_PHASES = ("links", "history", "batches", "done")
APPROVAL_STATES = ("asked", "approved", "refused", "lapsed")


class Audit(models.Model):
    """One link of the chain: a deed, or a batch with a digest over its rows."""

    seq = models.BigAutoField(primary_key=True, db_comment="Position in the chain")
    at = moment("When")
    actor = text("Who: user:name, api:key, engine:stage, cli:login")
    deed = text("Name of the action or stage")
    subject = text("What it was done to, as in order:17", null=True)
    batch_id = big("Batch, for stages", null=True)
    detail = data("Parameters, before and after", db_default={})
    rows_digest = digest("SHA-256 over the history rows of the batch", null=True)
    previous_hash = digest("Hash of the link before")
    hash = digest("SHA-256 over this link's content and previous_hash")

    class Meta:
        db_table_comment = "Hash-chained audit; append-only"
        constraints = [models.UniqueConstraint(fields=["previous_hash"], name="audit_chain_has_no_fork")]
        indexes = [
            models.Index(fields=["subject"], name="audit_of_subject", condition=Q(subject__isnull=False)),
            models.Index(fields=["actor", "seq"], name="audit_of_actor"),
            models.Index(fields=["deed", "seq"], name="audit_of_deed"),
            BrinIndex(fields=["at"], name="audit_at", pages_per_range=16),
        ]


class ChainCheck(models.Model):
    """One verification of the audit chain: how far it has come, and what it found."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    actor = text("Who asked for it")
    asked_at = moment("When")
    known_head = text("An earlier head that must still stand in the chain", null=True)
    phase = text("links, history, batches or done", db_default="links")
    checked_seq = big("Last link that was recomputed", db_default=0)
    last_seq = big("Last link there was when it was asked for")
    links = big("How many links there were then")
    head = text("Hash of the last link then, 64 hexadecimal digits: to be kept outside", null=True)
    faults = data("What does not hold: [{seq, what}], the first twenty", db_default=[])
    ended_at = moment("When it had looked at everything; null while it goes on", null=True)

    class Meta:
        db_table = "governance_chain_check"
        db_table_comment = "Verifications of the audit chain, done in the background"
        constraints = [one_of("phase", CHECK_PHASES, "chain_check")]
        indexes = [models.Index(fields=["id"], name="chain_check_going_on", condition=Q(ended_at__isnull=True))]


class Policy(models.Model):
    """A version of what people tune: routing, severities, tolerances, safety stock, limits."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    name = text("Name, as in routing, validation, tolerances")
    version = whole("Version, from 1")
    state = text("draft, active or retired", db_default="draft")
    body = data("The rules themselves")
    note = text("Why it was changed", null=True)
    valid_from = moment("In force from", null=True)
    valid_to = moment("In force until", null=True)
    made_by = text("Who wrote it")
    published_by = text("Who put it in force", null=True)
    made_at = now("When it was written")

    class Meta:
        db_table_comment = "Versioned policies; a batch records the version it used"
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="policy_version_once"),
            models.UniqueConstraint(fields=["name"], condition=Q(state="active"), name="policy_one_active"),
            one_of("state", POLICY_STATES, "policy"),
            models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="policy_in_order"),
        ]


class Role(models.Model):
    """A set of permissions under a name that people use."""

    code = text("Short code: ops_manager, warehouse, finance, cs, integration, auditor, admin", primary_key=True)
    name = text("Name")
    permissions = ArrayField(models.TextField(), db_comment="Permissions, as in exceptions.resolve; * is all", db_default=[])

    class Meta:
        db_table_comment = "Roles"


class RoleGrant(models.Model):
    """A user has a role, possibly only for some entities, nodes or channels."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="role_grants", db_comment="User")
    role = link("governance.Role", "Role")
    entities = ArrayField(models.BigIntegerField(), db_comment="Legal entities; empty is all", db_default=[])
    nodes = ArrayField(models.BigIntegerField(), db_comment="Nodes; empty is all", db_default=[])
    channels = ArrayField(models.BigIntegerField(), db_comment="Channels; empty is all", db_default=[])

    class Meta:
        db_table = "governance_role_grant"
        db_table_comment = "Who has which role, and where"
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="role_grant_once")]


class ApiKey(models.Model):
    """A key of a program; only its hash is kept."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    name = text("What it is for", unique=True)
    prefix = text("First characters, to tell keys apart")
    key_hash = digest("SHA-256 of the key", unique=True)
    scopes = ArrayField(models.TextField(), db_comment="Scopes, as in orders:write", db_default=[])
    channel = link("catalog.Channel", "Only for this channel", null=True)
    is_active = flag("May be used", True)
    made_at = now("When it was made")
    expires_at = moment("When it lapses", null=True)
    used_at = moment("Last use, to the hour", null=True)

    class Meta:
        db_table = "governance_api_key"
        db_table_comment = "API keys, by hash"


class Secret(models.Model):
    """A shared secret of a partner (webhook signing), encrypted with the installation's key."""

    partner = text("Partner code", primary_key=True)
    sealed = digest("Secret, encrypted with the key in HEADRACE_HOME")
    changed_at = now("When it was last set")

    class Meta:
        db_table_comment = "Partners' secrets, sealed"


class Approval(models.Model):
    """A deed that waits for a second person."""

    id = models.BigAutoField(primary_key=True, db_comment="Number")
    deed = text("Name of the action")
    subject = text("What it would be done to")
    parameters = data("With which parameters")
    state = text("asked, approved, refused or lapsed", db_default="asked")
    asked_by = text("Who asked")
    asked_at = now("When")
    answered_by = text("Who answered; never the one who asked", null=True)
    answered_at = moment("When", null=True)
    note = text("Why", null=True)

    class Meta:
        db_table_comment = "Four-eyes approvals"
        constraints = [
            one_of("state", APPROVAL_STATES, "approval"),
            models.CheckConstraint(condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("asked_by")), name="approval_needs_four_eyes"),
        ]

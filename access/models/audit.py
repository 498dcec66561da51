"""Models of the audit trail, its hash chain and its archives."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from access.authz.policy import sites_with_permission
from access.enums import AccessBasis, AuditAction, AuditKind, Permission
from access.models.users import User


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, user: User) -> AuditQuerySet:
        """Entries of the sites where `user` may see the audit trail, and entries without a site."""
        sites = sites_with_permission(user, Permission.SEE_AUDIT)
        if not sites:
            return self.none()
        return self.filter(models.Q(site_id__in=sites) | models.Q(site_id__isnull=True))


class CurrentTransaction(models.Func):
    """Database default: the number of the transaction that writes the row."""

    template = "txid_current()"
    output_field = models.BigIntegerField()
    allowed_default = True


class AuditEntry(models.Model):
    """Who did what to which record, and when.

    It has labels and ids and no foreign keys, because the audit trail outlives the data. Rows are
    only inserted; a database trigger refuses any other change.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("actor_label",)

    at = models.DateTimeField("at")
    actor_id = models.BigIntegerField("actor id", null=True)
    actor_label = models.CharField("who", max_length=200)
    actor_role = models.CharField("role", max_length=200, default="", blank=True)
    kind = models.CharField(
        "kind", max_length=10, choices=AuditKind.as_choices, default=AuditKind.CHANGE
    )
    action = models.CharField("action", max_length=60)
    object_type = models.CharField("kind of record", max_length=60)
    object_id = models.BigIntegerField("record id", null=True)
    patient_id = models.BigIntegerField("patient id", null=True)
    site_id = models.BigIntegerField("site id", null=True)
    origin = models.GenericIPAddressField("address", null=True, blank=True)
    #: Number of the transaction that wrote the entry. A batch of the hash chain takes only entries
    #: of transactions that have all ended.
    transaction_number = models.BigIntegerField(editable=False, db_default=CurrentTransaction())
    detail = models.JSONField("detail", default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        constraints = [
            # Entries without a site are shown to every privacy officer, so entries of patients need
            # a site.
            models.CheckConstraint(
                condition=models.Q(patient_id__isnull=True) | models.Q(site_id__isnull=False),
                name="audit_of_a_patient_has_a_site",
            ),
        ]
        indexes = [
            models.Index(fields=["patient_id", "-at"], name="audit_by_patient"),
            models.Index(fields=["actor_id", "-at"], name="audit_by_actor"),
            models.Index(fields=["site_id", "-at"], name="audit_by_site"),
            models.Index(fields=["-at", "-id"], name="audit_newest_first"),
            models.Index(fields=["kind", "-at", "-id"], name="audit_by_kind"),
            models.Index(fields=["transaction_number", "id"], name="audit_in_sealing_order"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%-d %b %Y, %H:%M} {self.actor_label}: {self.action}"

    @property
    def action_label(self) -> str:
        """The action as pages show it. Entries of older versions show the stored text."""
        known = self.action in AuditAction.values
        return str(AuditAction(self.action).label) if known else self.action

    @property
    def ground_words(self) -> str:
        """Label of the basis on which a record was read; empty for other entries."""
        basis = self.detail.get("ground")
        return str(AccessBasis(basis).label) if basis in AccessBasis.values else ""


class AuditBatch(models.Model):
    """One batch of the hash chain, linked to the batch before it (access/audit/hash_chain.py).

    `leaves` holds 40 bytes for each entry, in order: its id, then the SHA-256 of its content.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    number = models.BigIntegerField("number", primary_key=True)
    sealed_at = models.DateTimeField("created at")
    rows_above_id = models.BigIntegerField("after entry id")
    last_transaction = models.BigIntegerField("last transaction")
    last_id = models.BigIntegerField("id of the last entry")
    count = models.PositiveIntegerField("number of entries")
    leaves = models.BinaryField()
    key_name = models.CharField("key", max_length=16)
    digest = models.BinaryField("seal")

    class Meta:
        db_table = "access_auditseal"
        verbose_name = "audit digest"

    def __str__(self) -> str:
        return f"{self.number}:{bytes(self.digest).hex()}"


class AuditArchive(models.Model):
    """A month of the audit trail that was moved to a file (access/audit/archive.py).

    `ids` is a list of ranges, `[[first, last], ...]`. The HMAC over this row accounts for exactly
    these ids as missing from the database.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    month = models.DateField("month", primary_key=True)
    archived_at = models.DateTimeField("archived at")
    count = models.PositiveIntegerField("number of entries")
    ids = models.JSONField("ids of the entries, as ranges")
    file_name = models.CharField("file", max_length=60)
    file_digest = models.CharField("SHA-256 of the file", max_length=64)
    key_name = models.CharField("key", max_length=16)
    digest = models.BinaryField("seal")

    class Meta:
        verbose_name = "archived month of the audit trail"

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"

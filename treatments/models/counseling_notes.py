"""Models of SUD counseling notes (42 CFR 2.11), which are kept apart from the record.

No role alone allows reading them: only their author may, and a colleague named by the author or
through a separate consent of the patient. A note is never edited; a later note corrects it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from access.actor import Actor
from access.authz.policy import access_date, access_scope
from access.enums import AccessBasis, Permission
from access.models import Site, User
from access.row_tracking import PatientRecord, RowRule
from patients.models import Consent, LinkedQuerySet, Patient
from vault.encrypted_fields import EncryptedTextField


class NoteReaderQuerySet(models.QuerySet["NoteReader"]):
    def visible_to(self, user: Actor) -> Self:
        """Rows in which `user` is the author, the reader, or the one who named the reader."""
        return self.filter(Q(author_id=user.pk) | Q(reader_id=user.pk) | Q(named_by_id=user.pk))

    def on(self, day: date) -> Self:
        """Readers on `day`: not ended, not past the last day, and with an active consent, if any."""
        return self.filter(ended_at__isnull=True, until_date__gte=day).filter(
            Q(consent__isnull=True)
            | Q(consent__ended_at__isnull=True)
            & (Q(consent__expiry_date__isnull=True) | Q(consent__expiry_date__gte=day))
        )


class CounselingNoteQuerySet(LinkedQuerySet["CounselingNote"]):
    seen_with = Permission.SEE_COUNSELING_NOTES
    site_path = "site_id"

    def visible_to(self, user: Actor) -> Self:
        """Notes at the user's sites that the user wrote or is currently named to read."""
        naming = NoteReader.objects.on(access_date()).filter(
            reader_id=user.pk, patient=OuterRef("patient"), author=OuterRef("author")
        )
        return super().visible_to(user).filter(Q(author_id=user.pk) | Exists(naming))


class CounselingNote(PatientRecord):
    """A counselor's note about a session. Rows are only added."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("session_date", "words")
    ORDER: ClassVar[tuple[str, ...]] = ("-session_date", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="counseling_notes")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, related_name="counseling_notes")
    session_date = models.DateField("session date")
    words = EncryptedTextField("note", max_length=20_000)
    amends = models.ForeignKey(
        "self", models.PROTECT, related_name="amendments", null=True, blank=True
    )

    objects = CounselingNoteQuerySet.as_manager()

    class Meta:
        db_table = "treatments_counsellingnote"
        verbose_name = "counseling note"
        constraints = [
            # Target of the foreign key `amends`: a note amends only one by the same author and
            # patient.
            models.UniqueConstraint(
                fields=["id", "patient", "author"], name="note_is_of_its_patient_and_author"
            ),
            models.CheckConstraint(
                condition=Q(amends__isnull=True) | ~Q(amends=F("id")), name="note_amends_another"
            ),
        ]
        indexes = [
            models.Index(
                fields=["patient", "-session_date", "-id"], name="counselling_note_of_patient"
            ),
            models.Index(fields=["author", "patient"], name="counselling_note_of_author"),
            models.Index(fields=["-session_date", "-id"], name="counselling_note_newest"),
        ]

    def __str__(self) -> str:
        return f"Counseling note of {self.session_date:%-d %b %Y}"

    def is_open_to(self, user: Actor) -> bool:
        """Whether `user` is the author or a named reader.

        `access.authz.policy.can` checks the permission in addition.
        """
        return CounselingNote.objects.visible_to(user).filter(pk=self.pk).exists()

    @classmethod
    def row_rule_for(cls, user: Actor) -> RowRule:
        """Allow one's own notes; for others, query once for whom `user` is a named reader."""
        within = access_scope(user, Permission.SEE_COUNSELING_NOTES)

        @cache
        def named() -> frozenset[tuple[int, int]]:
            readers = NoteReader.objects.on(access_date()).filter(reader_id=user.pk)
            return frozenset(readers.values_list("patient_id", "author_id"))

        def rule(row: Mapping[str, Any], site_id: int | None) -> AccessBasis | None:
            if within.ground(site_id, row.get("patient_id")) is None:
                return None
            if row.get("author_id") == user.pk:
                return AccessBasis.AUTHOR
            return (
                AccessBasis.NAMED if (row["patient_id"], row.get("author_id")) in named() else None
            )

        return rule


class NoteReader(PatientRecord):
    """`reader` may read what `author` wrote about one patient, until a day.

    Named by the author, or through a consent of the patient that is for counseling notes only (42
    CFR 2.31(b)). Revoking that consent ends the reading at once.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()
    ORDER: ClassVar[tuple[str, ...]] = ("-id",)

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    reader = models.ForeignKey(User, models.PROTECT, related_name="+")
    named_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    consent = models.ForeignKey(
        Consent, models.PROTECT, related_name="note_readers", null=True, blank=True
    )
    until_date = models.DateField("until")
    ended_at = models.DateTimeField("ended at", null=True, blank=True)

    objects = NoteReaderQuerySet.as_manager()

    class Meta:
        verbose_name = "counseling note reader"
        verbose_name_plural = "counseling note readers"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "author", "reader"],
                condition=Q(ended_at__isnull=True),
                name="note_reader_named_once",
            ),
            models.CheckConstraint(
                condition=~Q(reader=F("author")) & ~Q(reader=F("named_by")),
                name="note_reader_named_by_another",
            ),
            models.CheckConstraint(
                condition=Q(consent__isnull=False) | Q(named_by=F("author")),
                name="note_reader_named_by_author_or_consent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["reader", "patient", "author"],
                condition=Q(ended_at__isnull=True),
                name="note_reader_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reader} until {self.until_date:%-d %b %Y}"

    @classmethod
    def row_rule_for(cls, user: Actor) -> RowRule:
        def rule(row: Mapping[str, Any], _: int | None) -> AccessBasis | None:
            if user.pk in (row.get("author_id"), row.get("named_by_id")):
                return AccessBasis.AUTHOR
            return AccessBasis.NAMED if user.pk == row.get("reader_id") else None

        return rule

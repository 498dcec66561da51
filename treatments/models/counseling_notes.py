"""SUD counselling notes (42 CFR 2.11): kept apart from the record, for their author.

They open to nobody by role alone: to their author, and to a colleague whom the author or a
separate consent of the patient names. A note is never edited: what it got wrong, a later one
says.
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
        """Where `user` is the author, the one who reads, or the one who named them."""
        return self.filter(Q(author_id=user.pk) | Q(reader_id=user.pk) | Q(named_by_id=user.pk))

    def on(self, day: date) -> Self:
        """Open on `day`: not ended, not past its last day, and its consent, if any, in force."""
        return self.filter(ended_at__isnull=True, until_date__gte=day).filter(
            Q(consent__isnull=True)
            | Q(consent__ended_at__isnull=True)
            & (Q(consent__expiry_date__isnull=True) | Q(consent__expiry_date__gte=day))
        )


class CounselingNoteQuerySet(LinkedQuerySet["CounselingNote"]):
    seen_with = Permission.SEE_COUNSELING_NOTES
    site_path = "site_id"

    def visible_to(self, user: Actor) -> Self:
        """Of one's own sites: what one wrote, and what one was named for and still may read."""
        naming = NoteReader.objects.on(access_date()).filter(
            reader_id=user.pk, patient=OuterRef("patient"), author=OuterRef("author")
        )
        return super().visible_to(user).filter(Q(author_id=user.pk) | Exists(naming))


class CounselingNote(PatientRecord):
    """What was said in a session, and what its counsellor made of it. Only ever added."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("session_date", "words")
    ORDER: ClassVar[tuple[str, ...]] = ("-session_date", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="counselling_notes")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, related_name="counselling_notes")
    session_date = models.DateField("session on")
    words = EncryptedTextField("note", max_length=20_000)
    amends = models.ForeignKey(
        "self", models.PROTECT, related_name="amendments", null=True, blank=True
    )

    objects = CounselingNoteQuerySet.as_manager()

    class Meta:
        db_table = "treatments_counsellingnote"
        verbose_name = "counselling note"
        constraints = [
            # What amendments point at: one amends one's own note of the same patient.
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
        return f"Counselling note of {self.session_date:%-d %b %Y}"

    def is_open_to(self, user: Actor) -> bool:
        """Whether the note itself lets `user` in; their rights are asked besides (access/authz/policy.py)."""
        return CounselingNote.objects.visible_to(user).filter(pk=self.pk).exists()

    @classmethod
    def row_rule_for(cls, user: Actor) -> RowRule:
        """One's own at once; for those of others the database is asked, once, who named `user`."""
        within = access_scope(user, Permission.SEE_COUNSELING_NOTES)

        @cache
        def named() -> frozenset[tuple[int, int]]:
            readers = NoteReader.objects.on(access_date()).filter(reader_id=user.pk)
            return frozenset(readers.values_list("patient_id", "author_id"))

        def judge(row: Mapping[str, Any], site_id: int | None) -> AccessBasis | None:
            if within.ground(site_id, row.get("patient_id")) is None:
                return None
            if row.get("author_id") == user.pk:
                return AccessBasis.AUTHOR
            return (
                AccessBasis.NAMED if (row["patient_id"], row.get("author_id")) in named() else None
            )

        return judge


class NoteReader(PatientRecord):
    """`reader` may read what `author` wrote about one patient, until a day.

    Named by the author, or by a consent of the patient for counselling notes and nothing else
    (42 CFR 2.31(b)): revoking that consent closes the notes at once.
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
        verbose_name = "reader of counselling notes"
        verbose_name_plural = "readers of counselling notes"
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
        def judge(row: Mapping[str, Any], _: int | None) -> AccessBasis | None:
            if user.pk in (row.get("author_id"), row.get("named_by_id")):
                return AccessBasis.AUTHOR
            return AccessBasis.NAMED if user.pk == row.get("reader_id") else None

        return judge

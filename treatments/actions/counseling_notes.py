"""Actions on SUD counseling notes and on who else may read them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import can, require_permission
from access.enums import AuditAction, Permission
from access.errors import OwnAccessUnchanged
from access.models import User
from common.errors import InvalidInput
from common.text_input import plain_name
from common.time_zones import day_of, refuse_future_date
from patients.enums import ConsentKind
from patients.models import Consent, Patient
from treatments.errors import AlreadyNamed, NoteNotYours
from treatments.models import CounselingNote, NoteReader

LONGEST_NOTE = 20_000
#: Longest time for which a reader is named; after it they must be named again.
LONGEST = timedelta(days=366)


@transaction.atomic
def write_counseling_note(
    *, patient: Patient, session_date: date, words: str, now: datetime, by: User
) -> CounselingNote:
    """Write a counseling note as its author.

    Orders, diagnoses, tests and progress belong in the record instead (42 CFR 2.11). Raises
    InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.WRITE_COUNSELING_NOTES, on=patient)
    return _write(patient, session_date, words, None, now, by)


@transaction.atomic
def amend_counseling_note(
    *, note: CounselingNote, words: str, now: datetime, by: User
) -> CounselingNote:
    """Correct or complete one's own note with a second note beside it.

    Raises NoteNotYours, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.SEE_COUNSELING_NOTES, on=note)
    if note.author_id != by.pk:
        raise NoteNotYours
    return _write(note.patient, note.session_date, words, note, now, by)


def name_note_reader(
    *, patient: Patient, reader: User, until_date: date, now: datetime, by: User
) -> NoteReader:
    """Let a colleague read one's own notes about this patient until and including a day.

    Raises OwnAccessUnchanged, AlreadyNamed, InvalidInput at `reader` or `until_date`, NotPermitted
    or NotFound.
    """
    require_permission(by, Permission.WRITE_COUNSELING_NOTES, on=patient)
    return _name(patient, by, reader, None, until_date, now, by)


def open_notes_by_consent(
    *, consent: Consent, author: User, reader: User, now: datetime, by: User
) -> NoteReader:
    """Let a reader named in a consent for counseling notes read the notes that `author` wrote.

    For notes whose author has left or names no reader. At least three people take part: the staff
    member who recorded the consent may neither read with it nor open the notes with it. Reading
    ends with the consent. Raises InvalidInput at `consent` or `reader`, AlreadyNamed,
    OwnAccessUnchanged, NotPermitted or NotFound.
    """
    require_permission(by, Permission.OPEN_NOTES_BY_CONSENT, on=consent)
    if consent.recorded_by_id in {reader.pk, by.pk}:
        raise OwnAccessUnchanged(
            "The person who recorded a consent cannot use it to read notes or to give access to them.",
            remedy="Ask the privacy officer or a clinical director who did not record it.",
        )
    today = day_of(now, consent.site.time_zone)
    if consent.kind != ConsentKind.COUNSELING_NOTES:
        raise InvalidInput("This consent is not for counseling notes.", field="consent")
    if consent.ended_at or (consent.expiry_date and consent.expiry_date < today):
        raise InvalidInput("This consent is not active.", field="consent")
    if plain_name(reader.name) not in {plain_name(named) for named in consent.recipients}:
        raise InvalidInput(
            "The consent does not name this person.",
            remedy="Their name in the consent must match their name in this system.",
            field="reader",
        )
    until = min(consent.expiry_date or today + LONGEST, today + LONGEST)
    return _name(consent.patient, author, reader, consent, until, now, by)


@transaction.atomic
def end_note_reading(*, named: NoteReader, now: datetime, by: User) -> None:
    """End a colleague's reading of notes, as the author or as the one who named the reader.

    Raises NoteNotYours.
    """
    if by.pk not in {named.author_id, named.named_by_id}:
        raise NoteNotYours
    # Checked in the database, so that ending it twice at once writes one audit entry.
    if NoteReader.objects.filter(pk=named.pk, ended_at__isnull=True).update(ended_at=now):
        detail = {"reader": named.reader_id, "author": named.author_id}
        record(AuditAction.END_NOTE_READER, on=named, now=now, by=by, detail=detail)


def _write(
    patient: Patient,
    session_date: date,
    words: str,
    amends: CounselingNote | None,
    now: datetime,
    by: User,
) -> CounselingNote:
    refuse_future_date(session_date, zone=patient.site.time_zone, now=now, field="session_date")
    note = CounselingNote.objects.create(
        patient=patient,
        site_id=patient.site_id,
        author=by,
        session_date=session_date,
        words=_note_text(words),
        amends=amends,
        recorded_at=now,
    )
    action = AuditAction.AMEND_COUNSELING_NOTE if amends else AuditAction.WRITE_COUNSELING_NOTE
    record(action, on=note, now=now, by=by, detail={"amends": amends.pk} if amends else None)
    return note


def _note_text(words: str) -> str:
    """Return the text of a note with its paragraphs. Raises InvalidInput."""
    if not words.strip():
        raise InvalidInput("This cannot be empty.", field="words")
    if len(words) > LONGEST_NOTE:
        raise InvalidInput(f"A note can have at most {LONGEST_NOTE:,} characters.", field="words")
    return words.strip()


def _name(
    patient: Patient,
    author: User,
    reader: User,
    consent: Consent | None,
    until_date: date,
    now: datetime,
    by: User,
) -> NoteReader:
    if reader.pk == by.pk:
        raise OwnAccessUnchanged(
            "You cannot give yourself access to notes.", remedy="Ask a colleague."
        )
    if reader.pk == author.pk:
        raise InvalidInput("This person is the author of the notes.", field="reader")
    if not reader.is_active or not can(reader, Permission.SEE_COUNSELING_NOTES, on=patient):
        raise InvalidInput("This person's role cannot read counseling notes.", field="reader")
    today = day_of(now, patient.site.time_zone)
    if not today <= until_date <= today + LONGEST:
        raise InvalidInput("Choose a date between today and one year from now.", field="until_date")
    try:
        with transaction.atomic():
            named = NoteReader.objects.create(
                patient=patient,
                site_id=patient.site_id,
                author=author,
                reader=reader,
                named_by=by,
                consent=consent,
                until_date=until_date,
                recorded_at=now,
            )
            detail = {"reader": reader.pk, "author": author.pk, "until": until_date.isoformat()}
            detail |= {"consent": consent.pk} if consent else {}
            record(AuditAction.NAME_NOTE_READER, on=named, now=now, by=by, detail=detail)
    except IntegrityError as problem:
        raise AlreadyNamed from problem
    return named

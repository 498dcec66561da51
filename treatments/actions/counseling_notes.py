"""The verbs on SUD counselling notes, and on who else may read them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import can, require_permission
from access.enums import Permission
from access.errors import OwnAccessUnchanged
from access.models import User
from common.errors import InvalidInput
from common.text_input import plain_name
from common.time_zones import day_of, refuse_future_date
from patients.enums import ConsentKind
from patients.models import Consent, Patient
from treatments.errors import AlreadyNamed, NoteNotYours
from treatments.models import CounselingNote, NoteReader

#: Nobody is named for longer than this without being named again.
LONGEST_NOTE = 20_000
LONGEST = timedelta(days=366)


@transaction.atomic
def write_counseling_note(
    *, patient: Patient, session_date: date, words: str, now: datetime, by: User
) -> CounselingNote:
    """A note of one's own. Orders, diagnoses, tests and progress belong into the record instead
    (42 CFR 2.11).
    """
    require_permission(by, Permission.WRITE_COUNSELING_NOTES, on=patient)
    return _write(patient, session_date, words, None, now, by)


@transaction.atomic
def amend_counseling_note(
    *, note: CounselingNote, words: str, now: datetime, by: User
) -> CounselingNote:
    """What the note got wrong or left out, as a note of its own beside it. Raises NoteNotYours."""
    require_permission(by, Permission.SEE_COUNSELING_NOTES, on=note)
    if note.author_id != by.pk:
        raise NoteNotYours
    return _write(note.patient, note.session_date, words, note, now, by)


def name_note_reader(
    *, patient: Patient, reader: User, until_date: date, now: datetime, by: User
) -> NoteReader:
    """A colleague may read one's own notes of this patient until that day, included.

    Raises OwnAccessUnchanged, AlreadyNamed, or InvalidInput at `reader` or `until_date`.
    """
    require_permission(by, Permission.WRITE_COUNSELING_NOTES, on=patient)
    return _name(patient, by, reader, None, until_date, now, by)


def open_notes_by_consent(
    *, consent: Consent, author: User, reader: User, now: datetime, by: User
) -> NoteReader:
    """Whom a consent for counselling notes names reads what `author` wrote, as long as it holds.

    For when the author has left, or does not name anybody. Three people at least: who wrote the
    consent down neither reads on it nor decides that it opens the notes. Raises InvalidInput at
    `consent` or `reader`, AlreadyNamed, OwnAccessUnchanged.
    """
    require_permission(by, Permission.OPEN_NOTES_BY_CONSENT, on=consent)
    if consent.recorded_by_id in {reader.pk, by.pk}:
        raise OwnAccessUnchanged(
            "Who recorded a consent neither reads on it nor opens notes with it.",
            remedy="Ask the privacy officer or a director who did not record it.",
        )
    today = day_of(now, consent.site.time_zone)
    if consent.kind != ConsentKind.COUNSELING_NOTES:
        raise InvalidInput("This consent is not one for counselling notes.", field="consent")
    if consent.ended_at or (consent.expiry_date and consent.expiry_date < today):
        raise InvalidInput("This consent is not in force.", field="consent")
    if plain_name(reader.name) not in {plain_name(named) for named in consent.recipients}:
        raise InvalidInput(
            "The consent does not name this person.",
            remedy="It must name them as they are called here.",
            field="reader",
        )
    until = min(consent.expiry_date or today + LONGEST, today + LONGEST)
    return _name(consent.patient, author, reader, consent, until, now, by)


@transaction.atomic
def end_note_reading(*, named: NoteReader, now: datetime, by: User) -> None:
    """From now on they read no more. By the author, or by who recorded the consent."""
    if by.pk not in {named.author_id, named.named_by_id}:
        raise NoteNotYours
    # As the database has it: ended twice at once is ended once.
    if NoteReader.objects.filter(pk=named.pk, ended_at__isnull=True).update(ended_at=now):
        detail = {"reader": named.reader_id, "author": named.author_id}
        record("end reading of counselling notes", on=named, now=now, by=by, detail=detail)


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
        words=_said(words),
        amends=amends,
        recorded_at=now,
    )
    action = "amend counselling note" if amends else "write counselling note"
    record(action, on=note, now=now, by=by, detail={"amends": amends.pk} if amends else None)
    return note


def _said(words: str) -> str:
    """As it was written, paragraphs and all."""
    if not words.strip():
        raise InvalidInput("This cannot be empty.", field="words")
    if len(words) > LONGEST_NOTE:
        raise InvalidInput(f"A note has up to {LONGEST_NOTE:,} characters.", field="words")
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
        raise OwnAccessUnchanged("Nobody opens notes to themselves.", remedy="Ask a colleague.")
    if reader.pk == author.pk:
        raise InvalidInput("They are the author.", field="reader")
    if not reader.is_active or not can(reader, Permission.SEE_COUNSELING_NOTES, on=patient):
        raise InvalidInput("This person's role does not read counselling notes.", field="reader")
    today = day_of(now, patient.site.time_zone)
    if not today <= until_date <= today + LONGEST:
        raise InvalidInput("Choose a day from today to a year from now.", field="until_date")
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
            record("name reader of counselling notes", on=named, now=now, by=by, detail=detail)
    except IntegrityError as problem:
        raise AlreadyNamed from problem
    return named

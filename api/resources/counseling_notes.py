"""/counselling-notes, /note-readers: the caller's notes, notes they may read, and readers."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fields import DayField, Input, NoInput, RowField
from api.framework.resource import Readable, creation, verb
from api.resources.contacts import OfPatient
from treatments.actions.counseling_notes import (
    LONGEST_NOTE,
    amend_counseling_note,
    end_note_reading,
    name_note_reader,
    write_counseling_note,
)
from treatments.models import CounselingNote, NoteReader


class NoteOutput(serializers.ModelSerializer[CounselingNote]):
    class Meta:
        model = CounselingNote
        fields = ("id", "patient", "author", "session_date", "words", "amends", "recorded_at")
        read_only_fields = fields


class NewNote(Input):
    patient = RowField(row_lookups.patients)
    session_date = DayField()
    words = serializers.CharField(max_length=LONGEST_NOTE)


class Amendment(Input):
    words = serializers.CharField(max_length=LONGEST_NOTE)


class CounselingNotes(Readable):
    """SUD counseling notes (42 CFR 2.11).

    Visible to their author, and to readers named by the author or by a consent.
    """

    rights = {
        "list": Permission.SEE_COUNSELING_NOTES,
        "retrieve": Permission.SEE_COUNSELING_NOTES,
        "create": Permission.WRITE_COUNSELING_NOTES,
        "amend": Permission.SEE_COUNSELING_NOTES,
    }
    order = CounselingNote.ORDER
    queryset = CounselingNote.objects.all()
    serializer_class = NoteOutput
    filterset_class = OfPatient

    @creation(takes=NewNote, gives=NoteOutput)
    def create(self, request: Request) -> Response:
        """Write a note of the caller's own."""
        return self.run_action(write_counseling_note, NewNote, code=201)

    @verb("amend", takes=Amendment, gives=NoteOutput, code=201)
    def amend(self, request: Request, pk: int) -> Response:
        """Add a note that amends the caller's own note; the first stays as it was."""
        note = self.get_object()
        return self.run_action(amend_counseling_note, Amendment, code=201, note=note)


class ReaderOutput(serializers.ModelSerializer[NoteReader]):
    class Meta:
        model = NoteReader
        fields = (
            "id",
            "patient",
            "author",
            "reader",
            "consent",
            "until_date",
            "ended_at",
            "recorded_at",
        )
        read_only_fields = fields


class NewReader(Input):
    patient = RowField(row_lookups.patients)
    reader = RowField(row_lookups.note_readers)
    until_date = DayField()


class NoteReaders(Readable):
    """Readers of the caller's notes, and patients whose notes the caller may read."""

    rights = {
        "list": Permission.SEE_COUNSELING_NOTES,
        "retrieve": Permission.SEE_COUNSELING_NOTES,
        "create": Permission.WRITE_COUNSELING_NOTES,
        "end": Permission.SEE_COUNSELING_NOTES,
    }
    order = NoteReader.ORDER
    queryset = NoteReader.objects.all()
    serializer_class = ReaderOutput
    filterset_class = OfPatient

    @creation(takes=NewReader, gives=ReaderOutput)
    def create(self, request: Request) -> Response:
        """Name a colleague who may read the caller's notes on a patient. 409 if named already."""
        return self.run_action(name_note_reader, NewReader, code=201)

    @verb("end", gives=ReaderOutput)
    def end(self, request: Request, pk: int) -> Response:
        """End the reader's access."""
        self.validated(NoInput)
        named: Any = self.get_object()
        end_note_reading(named=named, now=timezone.now(), by=self.staff)
        return self.respond(named)

"""/counselling-notes and /note-readers: one's own notes, those one is named for, and who else reads."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Right
from api import scopes
from api.contacts import OfPatient
from api.fields import DayField, Input, NoInput, RowField
from api.resources import Readable, creation, verb
from treatments import noting
from treatments.models import CounsellingNote, NoteReader


class NoteOutput(serializers.ModelSerializer[CounsellingNote]):
    class Meta:
        model = CounsellingNote
        fields = ("id", "patient", "author", "session_date", "words", "amends", "recorded_at")
        read_only_fields = fields


class NewNote(Input):
    patient = RowField(scopes.patients)
    session_date = DayField()
    words = serializers.CharField(max_length=noting.LONGEST_NOTE)


class Amendment(Input):
    words = serializers.CharField(max_length=noting.LONGEST_NOTE)


class CounsellingNotes(Readable):
    """SUD counselling notes (42 CFR 2.11): open to their author and to whom they or a consent name."""

    rights = {
        "list": Right.SEE_COUNSELLING_NOTES,
        "retrieve": Right.SEE_COUNSELLING_NOTES,
        "create": Right.WRITE_COUNSELLING_NOTES,
        "amend": Right.SEE_COUNSELLING_NOTES,
    }
    order = CounsellingNote.ORDER
    queryset = CounsellingNote.objects.all()
    serializer_class = NoteOutput
    filterset_class = OfPatient

    @creation(takes=NewNote, gives=NoteOutput)
    def create(self, request: Request) -> Response:
        """Write a note of one's own."""
        return self.deed(noting.write_counselling_note, NewNote, code=201)

    @verb("amend", takes=Amendment, gives=NoteOutput, code=201)
    def amend(self, request: Request, pk: int) -> Response:
        """A note beside one's own note; the first stays as it was."""
        note = self.get_object()
        return self.deed(noting.amend_counselling_note, Amendment, code=201, note=note)


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
    patient = RowField(scopes.patients)
    reader = RowField(scopes.note_readers)
    until_date = DayField()


class NoteReaders(Readable):
    """Who else reads one's notes; whose notes one reads."""

    rights = {
        "list": Right.SEE_COUNSELLING_NOTES,
        "retrieve": Right.SEE_COUNSELLING_NOTES,
        "create": Right.WRITE_COUNSELLING_NOTES,
        "end": Right.SEE_COUNSELLING_NOTES,
    }
    order = NoteReader.ORDER
    queryset = NoteReader.objects.all()
    serializer_class = ReaderOutput
    filterset_class = OfPatient

    @creation(takes=NewReader, gives=ReaderOutput)
    def create(self, request: Request) -> Response:
        """Name a colleague who may read one's own notes of a patient. 409 if named already."""
        return self.deed(noting.name_note_reader, NewReader, code=201)

    @verb("end", gives=ReaderOutput)
    def end(self, request: Request, pk: int) -> Response:
        """They read no more."""
        self.entered(NoInput)
        named: Any = self.get_object()
        noting.end_note_reading(named=named, now=timezone.now(), by=self.staff)
        return self.shown(named)

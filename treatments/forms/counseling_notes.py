"""Forms for counseling notes and for who else may read them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from access.forms.fields import colleague_field
from access.models import User
from common.form_fields import day_field
from patients.models import Patient
from treatments.actions.counseling_notes import LONGEST_NOTE
from treatments.queries import note_authors_at, note_readers_at

#: Default time for which a colleague who covers may read the notes.
COVER_DAYS = 30


def _note_field(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Do not write orders, diagnoses, test results or progress here: they belong in the record.",
    )


class NoteForm(forms.Form):
    session_date = day_field("Session date")
    words = _note_field("Note")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("session_date", today)


class AmendForm(forms.Form):
    words = _note_field("Amendment")


class ReaderForm(forms.Form):
    until_date = day_field("Until", help_text="Last day of access. You can end it sooner.")

    def __init__(self, *args: Any, patient: Patient, by: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("until_date", today + timedelta(days=COVER_DAYS))
        self.fields["reader"] = colleague_field("Colleague", note_readers_at([patient.site]), by)
        self.order_fields(["reader", "until_date"])


class ConsentReaderForm(forms.Form):
    def __init__(self, *args: Any, patient: Patient, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        colleagues = note_authors_at(patient.site)
        self.fields["author"] = forms.ModelChoiceField(
            label="Author of the notes", queryset=colleagues, empty_label="Choose…"
        )
        self.fields["reader"] = colleague_field(
            "Reader",
            note_readers_at([patient.site]),
            by,
            help_text="The name in the consent must match their name in this system.",
        )

"""What staff type into the calendar's pages, and patients at the screen of a waiting room."""

from __future__ import annotations

from django import forms

from common.form_fields import DateInput


class KioskEnrollForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=60, help_text="Where it stands: Waiting room, left."
    )


class ArrivalForm(forms.Form):
    """On the screen of a waiting room. Nothing that is typed is remembered there."""

    code = forms.CharField(
        label="Your code",
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    birth_date = forms.DateField(label="Your birth date", widget=DateInput())

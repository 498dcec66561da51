"""Forms of kiosks, for staff and for patients at check-in."""

from __future__ import annotations

from django import forms

from common.form_fields import DateInput


class KioskEnrollForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=60,
        help_text="Where the kiosk is, for example: Waiting room, left.",
    )


class ArrivalForm(forms.Form):
    """Check-in at a kiosk. The browser does not store what is typed."""

    code = forms.CharField(
        label="Your code",
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    birth_date = forms.DateField(label="Your birth date", widget=DateInput())

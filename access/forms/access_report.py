"""Form for the report of accesses to one record."""

from __future__ import annotations

from typing import Any

from django import forms

from common.form_fields import day_field
from common.time_zones import EARLIEST, LATEST, is_supported_date


class AccessReportForm(forms.Form):
    """Finds the patient by record number and is sent by POST, so that no URL names a patient."""

    record_number = forms.CharField(
        label="Record number",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "M-000013"}),
    )
    first = day_field("From")
    last = day_field("To")

    def clean_record_number(self) -> str:
        return str(self.cleaned_data["record_number"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("first", "last"):
            if name in data and not is_supported_date(data[name]):
                self.add_error(name, f"The year must be between {EARLIEST.year} and {LATEST.year}.")
        if not self.errors and data["first"] > data["last"]:
            self.add_error("last", "This date is before the first date.")
        return data

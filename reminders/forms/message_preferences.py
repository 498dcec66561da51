"""Form of message preferences."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms

from common.form_fields import Choice, day_field
from patients.enums import ContactKind
from patients.models import ContactPoint
from reminders.models.message_preferences import LONGEST_ALIAS

#: Time zones of the United States first; any other by its IANA name.
ZONES = (
    ("America/New_York", "Eastern"),
    ("America/Chicago", "Central"),
    ("America/Denver", "Mountain"),
    ("America/Phoenix", "Arizona"),
    ("America/Los_Angeles", "Pacific"),
    ("America/Anchorage", "Alaska"),
    ("Pacific/Honolulu", "Hawaii"),
    ("America/Puerto_Rico", "Puerto Rico"),
)


def zone_choices() -> list[Choice]:
    named = {name for name, _ in ZONES}
    others = [(name, name) for name in sorted(available_timezones() - named) if "/" in name]
    return [("", "Same as the site"), ("United States", list(ZONES)), ("Others", others)]


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class MessagePreferencesForm(forms.Form):
    by_sms = forms.BooleanField(label="Text messages", required=False)
    by_email = forms.BooleanField(label="E-mails", required=False)
    from_time = forms.TimeField(label="Not before", widget=TimeInput())
    until_time = forms.TimeField(
        label="Not after",
        widget=TimeInput(),
        help_text="Between 08:00 and 21:00 in the patient's time zone.",
    )
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices, required=False)
    alias = forms.CharField(
        label="Name in messages",
        max_length=LONGEST_ALIAS,
        required=False,
        help_text="Name used in messages. Leave empty to use no name, which is best on a shared phone.",
    )
    paused_until = day_field(
        "No messages until", required=False, help_text="Messages start again on this day."
    )

    def __init__(self, *args: Any, points: list[ContactPoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, kind, label in (
            ("phone", ContactKind.PHONE, "Send texts to"),
            ("email", ContactKind.EMAIL, "Send e-mails to"),
        ):
            known = [(str(point.pk), point.value) for point in points if point.kind == kind]
            self.fields[field] = forms.ChoiceField(
                label=label,
                choices=[("", "Newest one that allows messages"), *known],
                required=False,
            )
        self._points = {str(point.pk): point for point in points}
        self.order_fields(["by_sms", "phone", "by_email", "email"])

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        for field in ("phone", "email"):
            found[field] = self._points.get(found.get(field, ""))
        return found

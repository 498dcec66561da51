"""Forms for consents and privacy notices; each kind of consent shows only its fields."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from common.form_fields import choose, day_field
from patients.enums import (
    ConsentEnd,
    ConsentKind,
    Expiration,
    Information,
    NoticeMethod,
    Purpose,
    SignatureForm,
    SignedFor,
)
from patients.forms.fields import Filled, OnePerLine, several, text, tick
from patients.models import Consent
from patients.models.consents import REGISTRY_INFORMATION
from patients.notice_texts import TPO_RECIPIENTS

ALONE = (Purpose.LEGAL_PROCEEDINGS, Purpose.MULTIPLE_ENROLLMENT)


STATEMENTS = ("states_loss_of_protection", "states_consequences")


INTERMEDIARY = ("intermediary", "intermediary_participants")


PURPOSE = ("purposes", "purpose_detail")


#: Fields that a kind of consent omits, because they follow from it or do not apply.
NOT_ASKED = {
    ConsentKind.TPO: (*PURPOSE, "to_covered_entity"),
    ConsentKind.SPECIFIC: STATEMENTS,
    ConsentKind.COUNSELING_NOTES: ("information", *STATEMENTS),
    ConsentKind.LEGAL_PROCEEDINGS: (
        *PURPOSE,
        *INTERMEDIARY,
        *STATEMENTS,
        "to_covered_entity",
        "states_hipaa_redisclosure",
    ),
    ConsentKind.REGISTRY: (
        *PURPOSE,
        *INTERMEDIARY,
        *STATEMENTS,
        "to_covered_entity",
        "states_hipaa_redisclosure",
    ),
}


class ConsentForm(Filled):
    """A consent as it was signed, with the elements of 42 CFR 2.31(a)."""

    discloser = text("Who may disclose", 300)
    information = several("What may be disclosed", list(Information))
    information_detail = text(
        "Specific description", 500, help_text="As written on the signed form."
    )
    recipients = OnePerLine(
        label="Recipients",
        help_text="One name or class per line, as on the form.",
    )
    purposes = several("Purposes", [word for word in Purpose if word not in ALONE])
    purpose_detail = text("Description of another purpose", 300, required=False)
    to_covered_entity = tick(
        "A recipient is a covered entity or business associate under HIPAA",
        help_text="A provider or health plan usually is.",
    )
    intermediary = text("Intermediary", 200, required=False)
    intermediary_participants = text("Recipients at the intermediary", 500, required=False)
    expiration = forms.ChoiceField(label="Expires")
    expiry_date = day_field("Expiry date", required=False)
    expiry_event = text("Expiry event", 300, required=False)
    how_to_revoke = text("How to revoke", 500)
    states_hipaa_redisclosure = tick(
        "The form says that HIPAA allows redisclosure, except in proceedings against the patient",
        help_text="Needed if a covered entity receives it for treatment, payment or operations.",
    )
    states_loss_of_protection = tick(
        "The form says that redisclosed records may lose this protection"
    )
    states_consequences = tick("The form says what refusing to sign means")
    signed_by = text("Signed by", 200)
    signed_for = forms.ChoiceField(label="Signer", choices=choose(SignedFor))
    signer_capacity = text("Signer's capacity, if not the patient", 200, required=False)
    signature_form = forms.ChoiceField(label="How it was signed", choices=choose(SignatureForm))
    date_signed = day_field("Date signed")

    def __init__(
        self, *args: Any, kind: ConsentKind, today: date, site: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.keep("kind", kind)
        self.drop(*NOT_ASKED[kind])
        self.kind = kind
        self.initial["discloser"] = f"{site} and its staff"
        self.initial["how_to_revoke"] = "In writing, except where it was already relied on"
        self.initial["date_signed"] = today
        ends = [Expiration.DATE, Expiration.EVENT]
        if kind == ConsentKind.TPO:
            ends = list(Expiration)
            self.initial["recipients"] = TPO_RECIPIENTS
            self.initial["expiration"] = Expiration.END_OF_TREATMENT
        self._offer("expiration", ends)
        if kind == ConsentKind.REGISTRY:
            self._offer("information", REGISTRY_INFORMATION)
        elif "information" in self.fields:
            notes = Information.COUNSELING_NOTES
            self._offer("information", [word for word in Information if word != notes])

    def _offer(self, name: str, words: Sequence[Any]) -> None:
        self.fields[name].choices = [(word.value, word.label) for word in words]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.kind == ConsentKind.COUNSELING_NOTES:
            data["information"] = [Information.COUNSELING_NOTES]
        return data


class EndConsentForm(forms.Form):
    reason = forms.ChoiceField(label="Reason")
    how = text("Explanation", 300, help_text="For example: in a letter handed in today.")

    def __init__(self, *args: Any, consent: Consent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ends = [ConsentEnd.REVOKED, ConsentEnd.FALSE]
        if consent.expiration == Expiration.EVENT:
            ends.insert(1, ConsentEnd.EVENT)
        self.fields["reason"].choices = [(end.value, end.label) for end in ends]  # type: ignore[attr-defined]

    def clean_reason(self) -> ConsentEnd:
        return ConsentEnd(self.cleaned_data["reason"])


class NoticeGivenForm(forms.Form):
    version = text("Notice version", 60)
    given_date = day_field("Given on")
    method = forms.ChoiceField(label="How", choices=choose(NoticeMethod))

    def clean_method(self) -> NoticeMethod:
        return NoticeMethod(self.cleaned_data["method"])

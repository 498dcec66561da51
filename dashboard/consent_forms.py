"""Forms of consents and disclosures. Each kind and ground asks only what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from dashboard.addresses import EARLIEST, LATEST, is_a_clinic_s_day
from dashboard.forms import choose, day_field
from patients.disclosure import ONLY_PURPOSE, ONLY_RECIPIENTS
from patients.enums import (
    Basis,
    ConsentEnd,
    ConsentKind,
    CourtSection,
    EmergencyGround,
    Expiration,
    Information,
    NoticeForm,
    NoticeMethod,
    Purpose,
    RecipientKind,
    RegistryOccasion,
    RestrictionDecision,
    RestrictionEndGround,
    SignatureForm,
    SignedFor,
)
from patients.models import Consent
from patients.models.consent import REGISTRY_INFORMATION, TPO_PURPOSES
from patients.models.disclosing import WITH_CONSENT
from patients.notices import TPO_RECIPIENTS

ALONE = (Purpose.LEGAL_PROCEEDINGS, Purpose.MULTIPLE_ENROLMENT)


def several(label: str, words: Sequence[Any], *, required: bool = True, help_text: str = "") -> Any:
    """Boxes to tick."""
    return forms.MultipleChoiceField(
        label=label,
        choices=[(word.value, word.label) for word in words],
        required=required,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )


def text(label: str, length: int, *, required: bool = True, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=required, help_text=help_text)


def tick(label: str, *, help_text: str = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text)


class ChoiceOf(forms.Form):
    """The first question: which kind, or which ground. The next page asks what that one needs."""

    def __init__(self, *args: Any, name: str, label: str, enum: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[name] = forms.ChoiceField(
            label=label, choices=enum.choices, widget=forms.RadioSelect
        )


class Filled(forms.Form):
    """A second page: what was chosen stays with it, hidden."""

    filled = forms.CharField(widget=forms.HiddenInput, initial="1")

    def keep(self, name: str, value: str) -> None:
        self.fields[name] = forms.CharField(widget=forms.HiddenInput, initial=value)

    def drop(self, *names: str) -> None:
        for name in names:
            del self.fields[name]


LONGEST_LINE = 300


class OnePerLine(forms.CharField):
    """Names or classes, one in each line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, **options)

    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in (super().clean(value) or "").splitlines()]
        if any(len(line) > LONGEST_LINE for line in lines):
            raise forms.ValidationError(f"Each line holds at most {LONGEST_LINE} characters.")
        return [line for line in lines if line]


STATEMENTS = ("states_loss_of_protection", "states_consequences")
INTERMEDIARY = ("intermediary", "intermediary_participants")
PURPOSE = ("purposes", "purpose_detail")
#: What a kind does not need to be asked: it says it itself, or has none of it.
NOT_ASKED = {
    ConsentKind.TPO: (*PURPOSE, "to_covered_entity"),
    ConsentKind.SPECIFIC: STATEMENTS,
    ConsentKind.COUNSELLING_NOTES: ("information", *STATEMENTS),
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
    """A consent as it was signed, element by element (42 CFR 2.31(a))."""

    discloser = text("Who may disclose", 300)
    information = several("What may be disclosed", list(Information))
    information_detail = text(
        "Described specifically", 500, help_text="In the words of the signed form."
    )
    recipients = OnePerLine(
        label="To whom",
        help_text="One name or class in each line, as the form has it.",
    )
    purposes = several("For which purposes", [word for word in Purpose if word not in ALONE])
    purpose_detail = text("The purpose in words, if it is another", 300, required=False)
    to_covered_entity = tick(
        "A recipient is a covered entity or business associate under HIPAA",
        help_text="A provider or health plan usually is.",
    )
    intermediary = text("Through an intermediary: its name", 200, required=False)
    intermediary_participants = text("Who receives it there", 500, required=False)
    expiration = forms.ChoiceField(label="Expires")
    expiry_date = day_field("Last day, if on a date", required=False)
    expiry_event = text("The event, if at an event", 300, required=False)
    how_to_revoke = text("Right to revoke, and how", 500)
    states_hipaa_redisclosure = tick(
        "The form says that HIPAA allows redisclosure, except in proceedings against the patient",
        help_text="Needed if a covered entity receives it for treatment, payment or operations.",
    )
    states_loss_of_protection = tick(
        "The form says that redisclosed records may lose this protection"
    )
    states_consequences = tick("The form says what refusing to sign means")
    signed_by = text("Signed by", 200)
    signed_for = forms.ChoiceField(label="Who that is", choices=choose(SignedFor))
    signer_capacity = text("In which capacity, if not the patient", 200, required=False)
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
            notes = Information.COUNSELLING_NOTES
            self._offer("information", [word for word in Information if word != notes])

    def _offer(self, name: str, words: Sequence[Any]) -> None:
        self.fields[name].choices = [(word.value, word.label) for word in words]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.kind == ConsentKind.COUNSELLING_NOTES:
            data["information"] = [Information.COUNSELLING_NOTES]
        return data


class EndConsentForm(forms.Form):
    reason = forms.ChoiceField(label="Why it ends")
    how = text("How, in words", 300, help_text="For instance: in a letter handed in today.")

    def __init__(self, *args: Any, consent: Consent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ends = [ConsentEnd.REVOKED, ConsentEnd.FALSE]
        if consent.expiration == Expiration.EVENT:
            ends.insert(1, ConsentEnd.EVENT)
        self.fields["reason"].choices = [(end.value, end.label) for end in ends]  # type: ignore[attr-defined]

    def clean_reason(self) -> ConsentEnd:
        return ConsentEnd(self.cleaned_data["reason"])


class NoticeGivenForm(forms.Form):
    version = text("Version of the notice", 60)
    given_date = day_field("Given on")
    method = forms.ChoiceField(label="How", choices=choose(NoticeMethod))

    def clean_method(self) -> NoticeMethod:
        return NoticeMethod(self.cleaned_data["method"])


class RestrictionForm(forms.Form):
    requested_date = day_field("Asked on")
    request = text("What the patient asked", 500)
    information = several(
        "What should not be disclosed",
        list(Information),
        required=False,
        help_text="Nothing ticked: all of the record.",
    )
    purposes = several("For which purposes", TPO_PURPOSES)
    recipient = text("To whom, if to somebody in particular", 300, required=False)
    to_health_plan = tick("To a health plan")
    is_paid_in_full = tick("The service was paid in full, and not by the plan")
    decision = forms.ChoiceField(label="Decision", choices=choose(RestrictionDecision))
    reason = text("Reason", 500)

    def clean_decision(self) -> RestrictionDecision:
        return RestrictionDecision(self.cleaned_data["decision"])


class RestrictionWishForm(forms.Form):
    asked_date = day_field("Asked on")
    request = text("What the patient asks, in their words", 500)


class LiftRestrictionForm(forms.Form):
    ground = forms.ChoiceField(label="How", choices=choose(RestrictionEndGround))
    words = text("What the patient said or wrote", 500)

    def clean_ground(self) -> RestrictionEndGround:
        return RestrictionEndGround(self.cleaned_data["ground"])


#: What each ground needs beside the recipient and what is disclosed.
OWN_FIELDS = {
    Basis.CONSENT: ("named_as", "purpose", "purpose_detail"),
    Basis.REGISTRY: ("distance_miles", "occasion"),
    Basis.EMERGENCY: (
        "medical_person",
        "medical_facility",
        "emergency_nature",
        "emergency_ground",
    ),
    Basis.RESEARCH: ("authority_reference", "agreement_reference"),
    Basis.AUDIT: ("authority_reference", "agreement_reference"),
    Basis.COURT_ORDER: (
        "court_section",
        "order_reference",
        "subpoena_reference",
        "order_information",
        "order_reaches_communications",
    ),
}


class DisclosureForm(Filled):
    """What is about to leave. What the ground asks for beyond the form, the door asks."""

    recipient = text("To whom", 300)
    recipient_kind = forms.ChoiceField(label="Kind of recipient")
    recipient_address = text("Their address", 300)
    named_as = text(
        "As the consent names them, if not by name",
        300,
        required=False,
        help_text="The entry of the consent that they fall under, word for word.",
    )
    information = several(
        "What", list(Information), help_text="Only what the purpose needs (2.13(a))."
    )
    information_detail = text(
        "What, in words", 500, help_text="Which part and of which time; not its content."
    )
    purpose = forms.ChoiceField(label="Purpose", choices=choose(Purpose, empty="Choose…"))
    purpose_detail = text("The purpose in words, if it is another", 300, required=False)
    medical_person = text("Medical personnel who receive it", 200)
    medical_facility = text("Their facility", 200)
    emergency_nature = text("Nature of the emergency", 500)
    emergency_ground = forms.ChoiceField(
        label="Why without consent", choices=choose(EmergencyGround)
    )
    distance_miles = forms.IntegerField(
        label="Miles from here", min_value=0, max_value=9999, help_text="At most 200."
    )
    occasion = forms.ChoiceField(
        label="Occasion", choices=choose(RegistryOccasion, empty="None of these"), required=False
    )
    court_section = forms.ChoiceField(
        label="The order is under", choices=choose(CourtSection, empty="There is no order")
    )
    order_reference = text("Court and number of the order", 200)
    subpoena_reference = text("Subpoena or mandate", 200)
    order_information = several("What the order covers", list(Information))
    order_reaches_communications = tick("The order reaches confidential communications (2.63)")
    authority_reference = text("Their authority, or the approval, with its reference", 300)
    agreement_reference = text("Their written agreement to be bound by part 2", 300)
    notice_form = forms.ChoiceField(label="Notice to go with it", choices=choose(NoticeForm))
    through_record = tick(
        "Sent from this record", help_text="Not by telephone or on paper from elsewhere."
    )

    def __init__(self, *args: Any, basis: Basis, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.basis = basis
        self.keep("basis", basis)
        self.initial["through_record"] = True
        own = OWN_FIELDS[basis]
        self.drop(*{name for names in OWN_FIELDS.values() for name in names} - set(own))
        if basis not in WITH_CONSENT:
            self.drop("notice_form")
        if (
            basis == Basis.COURT_ORDER
        ):  # a subpoena alone is for the door to refuse, with its remedy
            for name in own:
                self.fields[name].required = False
        kinds = [kind for kind in RecipientKind if kind in ONLY_RECIPIENTS.get(basis, {kind})]
        self.fields["recipient_kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.basis in ONLY_PURPOSE:
            data["purpose"] = ONLY_PURPOSE[self.basis]
        return data


class AccountingForm(forms.Form):
    """By record number, in the body: nothing of a patient stands in an address."""

    record_number = forms.CharField(
        label="Record number",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "M-000013"}),
    )
    asked_date = day_field("Asked on", help_text="Three years back from this day.")

    def clean_asked_date(self) -> date:
        day: date = self.cleaned_data["asked_date"]
        if not is_a_clinic_s_day(day):
            raise forms.ValidationError(
                f"The year must lie between {EARLIEST.year} and {LATEST.year}."
            )
        return day

    def clean_record_number(self) -> str:
        return str(self.cleaned_data["record_number"]).strip().upper()

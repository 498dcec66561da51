"""Models of consents and privacy notices (42 CFR 2.22, 2.31).

A consent is never edited: a database trigger allows only its end, once.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from access.enums import Permission
from access.models import Site, User
from access.row_tracking import PatientRecord
from common.choices import TextChoices
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
from patients.models.people import LinkedQuerySet, Patient
from vault.encrypted_fields import EncryptedCharField, EncryptedListField

TPO_PURPOSES = (Purpose.TREATMENT, Purpose.PAYMENT, Purpose.OPERATIONS)
#: All that may be disclosed to a registry, 42 CFR 2.34(a)(2).
REGISTRY_INFORMATION = (Information.IDENTITY, Information.MEDICATION, Information.DATES)


def words_of(enum: type[TextChoices], label: str, **options: Any) -> ArrayField[Any, Any]:
    """Array column with several values of an enum."""
    return ArrayField(
        models.CharField(max_length=30, choices=enum.as_choices), verbose_name=label, **options
    )


def says_something(field: str) -> Q:
    """Condition that a field is not empty; an encrypted column stores only spaces as empty."""
    return ~Q(**{field: ""})


def only(field: str, *values: str) -> Q:
    """Condition that an array has exactly these values, all of them and no others."""
    return Q(**{f"{field}__contains": list(values)}) & Q(**{f"{field}__contained_by": list(values)})


def implies(condition: Q, consequence: Q) -> Q:
    return ~condition | consequence


def check(name: str, condition: Q) -> models.CheckConstraint:
    return models.CheckConstraint(condition=condition, name=name)


class ConsentQuerySet(LinkedQuerySet["Consent"]):
    seen_with = Permission.SEE_CONSENTS
    site_path = "site_id"

    def newest_first(self) -> Self:
        return self.order_by(*Consent.ORDER)


class Consent(PatientRecord):
    """One signed consent with every element of 42 CFR 2.31(a)."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = (
        "discloser",
        "information_detail",
        "recipients",
        "intermediary",
        "intermediary_participants",
        "purpose_detail",
        "expiry_event",
        "signed_by",
        "signer_capacity",
        "date_signed",
        "end_note",
    )
    ORDER: ClassVar[tuple[str, ...]] = ("-date_signed", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consents")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    kind = models.CharField("kind", max_length=20, choices=ConsentKind.as_choices)
    discloser = EncryptedCharField("who may disclose", max_length=300)
    information = words_of(Information, "what may be disclosed")
    information_detail = EncryptedCharField("specific description", max_length=500)
    recipients = EncryptedListField("recipients")
    intermediary = EncryptedCharField("intermediary", max_length=200, blank=True)
    intermediary_participants = EncryptedCharField(
        "recipients at the intermediary", max_length=500, blank=True
    )
    to_covered_entity = models.BooleanField(
        "a recipient is a covered entity or business associate", default=False
    )
    purposes = words_of(Purpose, "purposes")
    purpose_detail = EncryptedCharField("description of the purpose", max_length=300, blank=True)
    how_to_revoke = EncryptedCharField("how to revoke", max_length=500)
    expiration = models.CharField("expires", max_length=20, choices=Expiration.as_choices)
    expiry_date = models.DateField("expiry date", null=True, blank=True)
    expiry_event = EncryptedCharField("event", max_length=300, blank=True)
    states_hipaa_redisclosure = models.BooleanField(
        "says that HIPAA allows redisclosure, except in proceedings against the patient",
        default=False,
    )
    states_loss_of_protection = models.BooleanField(
        "says that redisclosed records may lose this protection", default=False
    )
    states_consequences = models.BooleanField("says what refusing to sign means", default=False)
    is_condition_of_treatment = models.BooleanField("treatment depends on it", default=False)
    signed_by = EncryptedCharField("signed by", max_length=200)
    signed_for = models.CharField(
        "signer", max_length=20, choices=SignedFor.as_choices, default=SignedFor.SELF
    )
    signer_capacity = EncryptedCharField("signer's capacity", max_length=200, blank=True)
    signature_form = models.CharField(
        "how it was signed", max_length=12, choices=SignatureForm.as_choices
    )
    date_signed = models.DateField("date signed")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="consents_recorded")
    ended_at = models.DateTimeField("ended at", null=True, blank=True)
    end_reason = models.CharField(
        "end reason", max_length=10, choices=ConsentEnd.as_choices, blank=True
    )
    end_note = EncryptedCharField("how", max_length=300, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, related_name="consents_ended", null=True, blank=True
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = "consent"
        constraints = [
            # Target of the foreign key of disclosures, so that none can use another patient's
            # consent.
            models.UniqueConstraint(
                fields=["id", "patient", "site"], name="consent_is_of_its_patient"
            ),
            check("consent_known_kind", Q(kind__in=ConsentKind.values)),
            check("consent_names_discloser", says_something("discloser")),
            check(
                "consent_describes_information",
                Q(information__len__gt=0)
                & Q(information__contained_by=Information.values)
                & says_something("information_detail"),
            ),
            check("consent_names_recipients", ~Q(recipients="")),
            check(
                "consent_intermediary_has_participants",
                (says_something("intermediary") & says_something("intermediary_participants"))
                | Q(intermediary="", intermediary_participants=""),
            ),
            check(
                "consent_has_purposes",
                Q(purposes__len__gt=0) & Q(purposes__contained_by=Purpose.values),
            ),
            check(
                "consent_other_purpose_in_words",
                implies(Q(purposes__contains=[Purpose.OTHER]), says_something("purpose_detail")),
            ),
            check("consent_says_how_to_revoke", says_something("how_to_revoke")),
            check(
                "consent_expires_as_it_says",
                Q(expiration=Expiration.DATE, expiry_date__isnull=False, expiry_event="")
                | (
                    Q(expiration=Expiration.EVENT, expiry_date__isnull=True)
                    & says_something("expiry_event")
                )
                | Q(
                    expiration__in=[Expiration.END_OF_TREATMENT, Expiration.NONE],
                    expiry_date__isnull=True,
                    expiry_event="",
                ),
            ),
            check(
                "consent_open_ended_only_for_tpo",
                implies(
                    Q(expiration__in=[Expiration.END_OF_TREATMENT, Expiration.NONE]),
                    Q(kind=ConsentKind.TPO),
                ),
            ),
            check(
                "consent_expires_after_it_is_signed",
                Q(expiry_date__isnull=True) | Q(expiry_date__gte=F("date_signed")),
            ),
            check(
                "consent_has_redisclosure_statement",
                implies(
                    Q(kind=ConsentKind.TPO)
                    | Q(to_covered_entity=True, purposes__overlap=list(TPO_PURPOSES)),
                    Q(states_hipaa_redisclosure=True),
                ),
            ),
            check(
                "consent_has_tpo_statements",
                implies(
                    Q(kind=ConsentKind.TPO),
                    Q(states_loss_of_protection=True, states_consequences=True),
                ),
            ),
            check(
                "consent_tpo_is_for_all_three",
                implies(Q(kind=ConsentKind.TPO), only("purposes", *TPO_PURPOSES)),
            ),
            check(
                "consent_for_notes_is_for_nothing_else",
                Q(kind=ConsentKind.COUNSELING_NOTES)
                & only("information", Information.COUNSELING_NOTES)
                & Q(is_condition_of_treatment=False)
                | ~Q(kind=ConsentKind.COUNSELING_NOTES)
                & ~Q(information__contains=[Information.COUNSELING_NOTES]),
            ),
            check(
                "consent_for_proceedings_is_for_nothing_else",
                Q(kind=ConsentKind.LEGAL_PROCEEDINGS) & only("purposes", Purpose.LEGAL_PROCEEDINGS)
                | ~Q(kind=ConsentKind.LEGAL_PROCEEDINGS)
                & ~Q(purposes__contains=[Purpose.LEGAL_PROCEEDINGS]),
            ),
            check(
                "consent_for_registry_is_for_nothing_else",
                Q(kind=ConsentKind.REGISTRY)
                & only("purposes", Purpose.MULTIPLE_ENROLLMENT)
                & Q(information__contained_by=list(REGISTRY_INFORMATION))
                | ~Q(kind=ConsentKind.REGISTRY)
                & ~Q(purposes__contains=[Purpose.MULTIPLE_ENROLLMENT]),
            ),
            check(
                "consent_is_signed",
                says_something("signed_by")
                & Q(signature_form__in=SignatureForm.values)
                & (
                    Q(signed_for=SignedFor.SELF)
                    | (
                        Q(signed_for__in=[SignedFor.MINOR, SignedFor.REPRESENTATIVE])
                        & says_something("signer_capacity")
                    )
                ),
            ),
            check(
                "consent_ends_for_a_reason",
                Q(ended_at__isnull=True, ended_by__isnull=True, end_reason="", end_note="")
                | (
                    Q(ended_at__isnull=False, ended_by__isnull=False)
                    & Q(end_reason__in=ConsentEnd.values)
                    & says_something("end_note")
                ),
            ),
            check(
                "consent_event_comes_only_if_named",
                implies(Q(end_reason=ConsentEnd.EVENT), Q(expiration=Expiration.EVENT)),
            ),
        ]
        indexes = [
            # Reminders and follow-ups search by it each minute.
            models.Index(
                fields=["expiry_date"],
                condition=Q(ended_at__isnull=True),
                name="consent_expiring",
            ),
            models.Index(fields=["patient", "-date_signed", "-id"], name="consent_of_patient"),
            models.Index(fields=["site", "-date_signed", "-id"], name="consent_newest_at_site"),
            models.Index(fields=["-date_signed", "-id"], name="consent_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, signed {self.date_signed:%-d %b %Y}"


class PrivacyNoticeQuerySet(LinkedQuerySet["PrivacyNotice"]):
    seen_with = Permission.SEE_CONSENTS
    site_path = "site_id"


class PrivacyNotice(PatientRecord):
    """Says that the patient was given the notice of 42 CFR 2.22: which version, when and how."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("given_date",)
    ORDER: ClassVar[tuple[str, ...]] = ("-given_date", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="privacy_notices")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    version = models.CharField("notice version", max_length=60)
    given_date = models.DateField("given on")
    method = models.CharField("how", max_length=12, choices=NoticeMethod.as_choices)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = PrivacyNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "privacy notice"
        constraints = [
            check("privacy_notice_has_a_version", Q(version__regex=r"\S")),
            check("privacy_notice_known_method", Q(method__in=NoticeMethod.values)),
        ]
        indexes = [
            models.Index(fields=["patient", "-given_date", "-id"], name="notice_of_patient"),
            models.Index(fields=["site", "-given_date", "-id"], name="notice_newest_at_site"),
            models.Index(fields=["-given_date", "-id"], name="notice_newest"),
        ]

    def __str__(self) -> str:
        return f"Notice {self.version}, {self.given_date:%-d %b %Y}"

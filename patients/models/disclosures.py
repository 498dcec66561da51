"""Models of disclosures and of requests to restrict them (42 CFR 2.25, 2.26).

Rows are only added.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from access.enums import Permission
from access.models import Site, User
from access.row_tracking import PatientRecord
from common.time_zones import day_bounds
from patients.enums import (
    Basis,
    CourtSection,
    EmergencyGround,
    Information,
    NoticeForm,
    Purpose,
    RecipientKind,
    RegistryOccasion,
    RestrictionDecision,
)
from patients.models.consents import (
    REGISTRY_INFORMATION,
    TPO_PURPOSES,
    Consent,
    check,
    implies,
    says_something,
    words_of,
)
from patients.models.people import LinkedQuerySet, Patient
from patients.notice_texts import NOTICES
from vault.encrypted_fields import EncryptedCharField, EncryptedTextField

WITH_CONSENT = (Basis.CONSENT, Basis.REGISTRY)
FARTHEST_MILES = 200
ACCOUNTED_YEARS = 3


class RestrictionQuerySet(LinkedQuerySet["RestrictionRequest"]):
    seen_with = Permission.SEE_CONSENTS
    site_path = "site_id"

    def agreed(self) -> Self:
        """Restrictions that bind disclosures: agreed to and not lifted since."""
        return self.filter(decision=RestrictionDecision.AGREED, end__isnull=True)


class RestrictionRequest(PatientRecord):
    """A patient's request not to disclose something, with the decision and its reason."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("request", "recipient", "reason")
    ORDER: ClassVar[tuple[str, ...]] = ("-requested_date", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="restriction_requests")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    wish = models.OneToOneField(
        "patients.PendingRestriction",
        models.PROTECT,
        related_name="restriction",
        null=True,
        blank=True,
        verbose_name="original request",
    )
    requested_date = models.DateField("requested on")
    request = EncryptedCharField("request", max_length=500)
    information = words_of(Information, "what should not be disclosed", blank=True, default=list)
    purposes = words_of(Purpose, "purposes")
    to_health_plan = models.BooleanField("to a health plan", default=False)
    recipient = EncryptedCharField("recipient", max_length=300, blank=True)
    is_paid_in_full = models.BooleanField(
        "the service was paid in full, not by the plan", default=False
    )
    decision = models.CharField("decision", max_length=10, choices=RestrictionDecision.as_choices)
    reason = EncryptedCharField("reason", max_length=500)
    decided_at = models.DateTimeField("decided at")
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="restrictions_decided")

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        verbose_name = "restriction request"
        constraints = [
            check("restriction_says_what_was_asked", says_something("request")),
            check("restriction_has_a_reason", says_something("reason")),
            check("restriction_known_decision", Q(decision__in=RestrictionDecision.values)),
            check(
                "restriction_is_of_tpo",
                Q(purposes__len__gt=0) & Q(purposes__contained_by=list(TPO_PURPOSES)),
            ),
            check("restriction_known_information", Q(information__contained_by=Information.values)),
            # 42 CFR 2.26(a)(6): the only request that the clinic must agree to.
            check(
                "restriction_must_be_agreed",
                implies(
                    Q(to_health_plan=True, is_paid_in_full=True)
                    & Q(purposes__contained_by=[Purpose.PAYMENT, Purpose.OPERATIONS]),
                    Q(decision=RestrictionDecision.AGREED),
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["patient", "-requested_date", "-id"], name="restriction_of_patient"
            ),
            models.Index(
                fields=["site", "-requested_date", "-id"], name="restriction_newest_at_site"
            ),
            models.Index(fields=["-requested_date", "-id"], name="restriction_newest"),
        ]

    def __str__(self) -> str:
        return f"Asked {self.requested_date:%-d %b %Y}: {self.get_decision_display().lower()}"


class DisclosureQuerySet(LinkedQuerySet["Disclosure"]):
    seen_with = Permission.SEE_DISCLOSURES
    site_path = "site_id"

    def between(self, first: date, last: date, zone: str) -> Self:
        """Disclosures from `first` to `last`, both included, in the time zone `zone`."""
        begins, ends = day_bounds(first, zone)[0], day_bounds(last, zone)[1]
        return self.filter(disclosed_at__gte=begins, disclosed_at__lt=ends)

    def accounted(self) -> Self:
        """What 42 CFR 2.25 counts: made with consent; for TPO only if through this record."""
        for_tpo = Q(purpose__in=TPO_PURPOSES)
        return self.filter(Q(basis__in=WITH_CONSENT), ~for_tpo | Q(through_record=True))


class Disclosure(PatientRecord):
    """An allowed disclosure (patients/consents/disclosure_policy.py) with the required details."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = (
        "recipient",
        "recipient_address",
        "named_as",
        "information_detail",
        "purpose_detail",
        "scope",
        "medical_person",
        "medical_facility",
        "emergency_nature",
        "order_reference",
        "subpoena_reference",
        "authority_reference",
        "agreement_reference",
    )
    ORDER: ClassVar[tuple[str, ...]] = ("-disclosed_at", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="disclosures")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    basis = models.CharField("basis", max_length=12, choices=Basis.as_choices)
    consent = models.ForeignKey(
        Consent, models.PROTECT, related_name="disclosures", null=True, blank=True
    )
    recipient = EncryptedCharField("recipient", max_length=300)
    recipient_kind = models.CharField(
        "kind of recipient", max_length=20, choices=RecipientKind.as_choices
    )
    recipient_address = EncryptedCharField("address", max_length=300)
    named_as = EncryptedCharField("as named in the consent", max_length=300, blank=True)
    information = words_of(Information, "what")
    information_detail = EncryptedCharField("description of the information", max_length=500)
    purpose = models.CharField("purpose", max_length=20, choices=Purpose.as_choices)
    purpose_detail = EncryptedCharField("description of the purpose", max_length=300, blank=True)
    through_record = models.BooleanField(
        "sent from this record",
        default=True,
        help_text="Not by phone or on paper from elsewhere.",
    )
    disclosed_at = models.DateTimeField("when")
    disclosed_by = models.ForeignKey(User, models.PROTECT, related_name="disclosures_made")
    discloser_name = models.CharField("disclosed by", max_length=200)
    notice_form = models.CharField(
        "notice sent with it", max_length=10, choices=NoticeForm.as_choices, blank=True
    )
    scope = EncryptedTextField("scope of the consent, sent with it", blank=True)
    # 2.51(c), recorded together with the disclosure
    medical_person = EncryptedCharField("medical personnel", max_length=200, blank=True)
    medical_facility = EncryptedCharField("their facility", max_length=200, blank=True)
    emergency_nature = EncryptedCharField("nature of the emergency", max_length=500, blank=True)
    emergency_ground = models.CharField(
        "reason for no consent", max_length=20, choices=EmergencyGround.as_choices, blank=True
    )
    # 2.34
    distance_miles = models.PositiveSmallIntegerField("distance in miles", null=True, blank=True)
    occasion = models.CharField(
        "occasion", max_length=12, choices=RegistryOccasion.as_choices, blank=True
    )
    # 2.61 to 2.67
    court_section = models.CharField(
        "court order under", max_length=4, choices=CourtSection.as_choices, blank=True
    )
    order_reference = EncryptedCharField(
        "court and number of the order", max_length=200, blank=True
    )
    subpoena_reference = EncryptedCharField("subpoena or mandate", max_length=200, blank=True)
    order_information = words_of(Information, "what the order covers", blank=True, default=list)
    order_reaches_communications = models.BooleanField(
        "the order covers confidential communications", default=False
    )
    # 2.52 and 2.53
    authority_reference = EncryptedCharField(
        "authority to audit, or approval of the research", max_length=300, blank=True
    )
    agreement_reference = EncryptedCharField("written agreement", max_length=300, blank=True)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = "disclosure"
        constraints = [
            check("disclosure_known_ground", Q(basis__in=Basis.values)),
            check(
                "disclosure_says_to_whom",
                says_something("recipient")
                & says_something("recipient_address")
                & Q(recipient_kind__in=RecipientKind.values),
            ),
            check(
                "disclosure_says_what",
                Q(information__len__gt=0)
                & Q(information__contained_by=Information.values)
                & says_something("information_detail"),
            ),
            check("disclosure_known_purpose", Q(purpose__in=Purpose.values)),
            check("disclosure_says_by_whom", Q(discloser_name__regex=r"\S")),
            # 2.32: every disclosure made with consent has one of two notices and the scope.
            check(
                "disclosure_with_consent_has_its_notice",
                (
                    Q(basis__in=WITH_CONSENT, consent__isnull=False)
                    & Q(notice_form__in=NoticeForm.values)
                    & says_something("scope")
                )
                | (~Q(basis__in=WITH_CONSENT) & Q(consent__isnull=True, notice_form="", scope="")),
            ),
            check(
                "disclosure_in_emergency_is_documented",
                implies(
                    Q(basis=Basis.EMERGENCY),
                    says_something("medical_person")
                    & says_something("medical_facility")
                    & says_something("emergency_nature")
                    & Q(emergency_ground__in=EmergencyGround.values),
                ),
            ),
            check(
                "disclosure_to_registry_is_near_and_small",
                implies(
                    Q(basis=Basis.REGISTRY),
                    Q(distance_miles__isnull=False, distance_miles__lte=FARTHEST_MILES)
                    & Q(occasion__in=RegistryOccasion.values)
                    & Q(information__contained_by=list(REGISTRY_INFORMATION)),
                ),
            ),
            check(
                "disclosure_to_court_has_order_and_subpoena",
                implies(
                    Q(basis=Basis.COURT_ORDER),
                    Q(court_section__in=CourtSection.values)
                    & ~Q(court_section=CourtSection.UNDERCOVER)
                    & says_something("order_reference")
                    & says_something("subpoena_reference"),
                ),
            ),
            check(
                "disclosure_to_auditor_or_researcher_is_agreed",
                implies(
                    Q(basis__in=[Basis.AUDIT, Basis.RESEARCH]),
                    says_something("authority_reference") & says_something("agreement_reference"),
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-disclosed_at", "-id"], name="disclosure_of_patient"),
            models.Index(fields=["site", "-disclosed_at", "-id"], name="disclosure_newest_at_site"),
            models.Index(fields=["-disclosed_at", "-id"], name="disclosure_newest"),
        ]

    def __str__(self) -> str:
        return f"Disclosure on {self.disclosed_at:%-d %b %Y}"

    @property
    def notice_text(self) -> str:
        """The exact notice that was sent with the disclosure; empty if none is required."""
        return NOTICES[NoticeForm(self.notice_form)] if self.notice_form else ""

"""Models of patients, their contact points and their numbers in other systems."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, ClassVar, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Concat, Upper
from django.db.models.lookups import Exact

from access.actor import Actor
from access.authz.policy import AccessScope, access_scope, caseload, sites_with_permission
from access.enums import AccessBasis, Permission
from access.models import Site
from access.row_tracking import PatientRecord, RowRule
from patients.enums import ContactKind, Sex
from patients.identity import identifier_key, reach_key
from patients.search import Folded, NameKeys, PatientSearch, is_meant, rank_of, read
from vault.encrypted_fields import BlindIndexField, EncryptedCharField, hash_field, keep_together

#: Length of a blind index: a full HMAC-SHA256.
HASH_BYTES = 32

RECORD_NUMBER_SEQUENCE = "patient_record_number"


class NextRecordNumber(models.Func):
    """Next record number from a database sequence, so that no number is given out twice."""

    template = f"('M-' || to_char(nextval('{RECORD_NUMBER_SEQUENCE}'), 'FM9999999000000'))"
    output_field = models.CharField()
    allowed_default = True


Linked = TypeVar("Linked", bound=models.Model)


class PatientQuerySet(models.QuerySet["Patient"]):
    seen_with = Permission.SEE_IDENTITY

    def visible_to(self, user: Actor) -> Self:
        """Patients whose identity is in the access scope of `user`."""
        return self.filter(access_scope(user, self.seen_with).condition("site_id", "pk"))

    def on_caseload_of(self, user: Actor) -> Self:
        """Patients on whose care team `user` is, including care that ended within the grace period."""
        return self.filter(pk__in=caseload(user))

    def with_trail_visible_to(self, user: Actor) -> Self:
        """Patients whose audit entries `user` may see; used to find the entries, not to show names."""
        return self.filter(site_id__in=sites_with_permission(user, Permission.SEE_AUDIT))

    def with_consents_visible_to(self, user: Actor) -> Self:
        """Patients whose consents `user` may see; their identity needs another permission."""
        return self.filter(site_id__in=sites_with_permission(user, Permission.SEE_CONSENTS))

    def with_disclosures_visible_to(self, user: Actor) -> Self:
        """Patients whose disclosures `user` may see; their identity needs another permission."""
        return self.filter(
            access_scope(user, Permission.SEE_DISCLOSURES).condition("site_id", "pk")
        )

    def record_numbers(self) -> dict[int, str]:
        """Record numbers by id, without loading any patient's row."""
        return dict(self.values_list("pk", "record_number"))

    def matching(self, typed: str) -> Self:
        """Patients who match the search text `typed`, with `rank`: the lowest is the best match.

        Every word must be in a name or the record number, or sound like a name, or be similar to
        one. A birth date narrows the result. A complete number or address is also searched among
        contact points and identifiers.
        """
        sought = read(typed)
        found = self.annotate(rank=rank_of(sought.words))
        if sought.birth_date is not None:
            found = found.filter(birth_date=sought.birth_date)
        if sought.number:
            return found.filter(pk__in=self._with_number(sought))
        return found.filter(*map(is_meant, sought.words))

    @staticmethod
    def _with_number(sought: PatientSearch) -> models.QuerySet[Any, Any]:
        """Ids from three queries that each use an index; one OR condition would read every patient."""
        named = Patient.objects.filter(*map(is_meant, sought.words)).values("pk")
        reached = ContactPoint.objects.of_value(sought.number).values("patient_id")
        known_as = Identifier.objects.of_value(sought.number).values("patient_id")
        return named.union(reached, known_as)


class Patient(PatientRecord):
    """A person known to the clinic."""

    PATIENT_ID_FIELD = "id"

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = (
        "record_number",
        "given_name",
        "family_name",
        "preferred_name",
        "search_text",
        "name_keys",
        "birth_date",
        "sex",
        "gender_identity",
        "pronouns",
        "language",
    )
    ORDER: ClassVar[tuple[str, ...]] = ("family_name", "given_name", "id")
    #: Order of search results (PatientQuerySet.matching).
    NEAREST_FIRST: ClassVar[tuple[str, ...]] = ("rank", *ORDER)
    #: Permissions of which one is enough to load the row.
    LOADED_WITH: ClassVar[tuple[Permission, ...]] = (
        Permission.SEE_IDENTITY,
        Permission.SEE_DISCLOSURES,
        Permission.SEE_CONSENTS,
        Permission.SEE_AUDIT,
    )
    #: Columns used only by the database for searching.
    ONLY_SEARCHED: ClassVar[tuple[str, ...]] = ("search_text", "name_keys")

    site = models.ForeignKey(Site, models.PROTECT, related_name="patients")
    record_number = models.CharField(
        "record number",
        max_length=20,
        unique=True,
        editable=False,
        db_default=NextRecordNumber(),
    )
    given_name = models.CharField("given name", max_length=100)
    family_name = models.CharField("family name", max_length=100)
    preferred_name = models.CharField("preferred name", max_length=100, blank=True)
    birth_date = models.DateField("birth date")
    birth_date_is_estimated = models.BooleanField("birth date is estimated", default=False)
    sex = models.CharField("sex", max_length=10, choices=Sex.as_choices, default=Sex.UNKNOWN)
    gender_identity = EncryptedCharField("gender identity", max_length=60, blank=True)
    pronouns = EncryptedCharField("pronouns", max_length=40, blank=True)
    language = models.CharField(
        "language",
        max_length=10,
        default="en",
        help_text="Language code: en, es, …",
    )
    version = models.PositiveIntegerField("version", default=1, editable=False)
    search_text = models.GeneratedField(
        # A space before each word makes "begins a word" a single comparison.
        expression=Folded(
            Concat(
                models.Value(" "),
                "family_name",
                models.Value(" "),
                "given_name",
                models.Value(" "),
                "preferred_name",
                models.Value(" "),
                "record_number",
                output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    name_keys = models.GeneratedField(
        expression=NameKeys(
            Concat(
                "family_name",
                models.Value(" "),
                "given_name",
                models.Value(" "),
                "preferred_name",
                output_field=models.TextField(),
            )
        ),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = "patient"
        constraints = [
            models.CheckConstraint(
                condition=~Q(given_name="") & ~Q(family_name=""), name="patient_has_a_name"
            ),
            models.CheckConstraint(condition=Q(sex__in=Sex.values), name="patient_known_sex"),
            models.CheckConstraint(
                condition=Q(birth_date__gte=date(1900, 1, 1)), name="patient_born_since_1900"
            ),
            # Target of the foreign key of episodes, so that none can be at another site than its
            # patient.
            models.UniqueConstraint(fields=["id", "site"], name="patient_is_at_one_site"),
        ]
        indexes = [
            models.Index(
                fields=["site", "family_name", "given_name", "id"], name="patient_by_name"
            ),
            models.Index(fields=["family_name", "given_name", "id"], name="patient_by_name_all"),
            models.Index(fields=["birth_date"], name="patient_by_birth_date"),
            # The same full name in any case (patients/duplicates.py).
            models.Index(Upper("family_name"), Upper("given_name"), name="patient_by_full_name"),
            GinIndex(OpClass(F("search_text"), "gin_trgm_ops"), name="patient_by_words"),
            GinIndex(fields=["name_keys"], name="patient_by_sound"),
        ]

    def __str__(self) -> str:
        return f"{self.display_name} ({self.record_number})"

    @classmethod
    def row_rule_for(cls, user: Actor) -> RowRule:
        """Allow a row with any permission in LOADED_WITH; some of them show only its number."""

        @cache  # computed only when needed: a user of the whole site needs no caseload
        def within(right: Permission) -> AccessScope:
            return access_scope(user, right)

        def rule(row: Mapping[str, Any], site_id: int | None) -> AccessBasis | None:
            grounds = (within(right).ground(site_id, row["id"]) for right in cls.LOADED_WITH)
            return next((ground for ground in grounds if ground is not None), None)

        return rule

    @property
    def display_name(self) -> str:
        """Family name, then the preferred or given name."""
        return f"{self.family_name}, {self.preferred_name or self.given_name}"

    def age_on(self, day: date) -> int:
        """Age in completed years on `day`."""
        had_birthday = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (not had_birthday)


class LinkedQuerySet(models.QuerySet[Linked]):
    """Rows that belong to a patient; visible if the permission `seen_with` covers the patient."""

    seen_with: ClassVar[Permission] = Permission.SEE_CLINICAL
    site_path: ClassVar[str] = "patient__site_id"
    patient_path: ClassVar[str] = "patient_id"

    def visible_to(self, user: Actor) -> Self:
        within = access_scope(user, self.seen_with)
        return self.filter(within.condition(self.site_path, self.patient_path))


class IdentityQuerySet(LinkedQuerySet[Linked]):
    seen_with = Permission.SEE_IDENTITY


class FoundByValue(IdentityQuerySet[Linked]):
    """Rows whose encrypted value can be found by an exact match of its hash."""

    def of_value(self, value: str) -> Self:
        hashes = hash_field(self.model, "value_hash").hashes(value)
        return self.filter(value_hash__in=hashes)

    def update(self, **values: Any) -> int:
        keep_together(self.model, values)
        return super().update(**values)


def whole_hash(name: str) -> models.CheckConstraint:
    length = models.Func(
        F("value_hash"), function="OCTET_LENGTH", output_field=models.IntegerField()
    )
    return models.CheckConstraint(condition=Exact(length, HASH_BYTES), name=name)


class ClinicalQuerySet(LinkedQuerySet[Linked]):
    seen_with = Permission.SEE_CLINICAL


class Identifier(PatientRecord):
    """A number that another system uses for this patient."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("value",)

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="identifiers")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    system = models.CharField("system", max_length=60)
    value = EncryptedCharField("value", max_length=100)
    value_hash = BlindIndexField(of="value", normal=identifier_key)

    objects = FoundByValue["Identifier"].as_manager()

    class Meta:
        verbose_name = "identifier"
        constraints = [
            # Unique per site only: nobody may learn that another site knows a number (42 CFR
            # 2.13(c)).
            models.UniqueConstraint(
                fields=["site", "system", "value_hash"],
                name="identifier_names_one_person_at_a_site",
            ),
            whole_hash("identifier_has_a_whole_hash"),
        ]
        indexes = [
            models.Index(fields=["value_hash"], name="identifier_by_value"),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.value}"


class ContactPoint(PatientRecord):
    """A phone number or e-mail address of the patient, with what they allow there."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("value",)

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="contact_points")
    kind = models.CharField("kind", max_length=10, choices=ContactKind.as_choices)
    value = EncryptedCharField("number or address", max_length=254)
    value_hash = BlindIndexField(of="value", normal=reach_key)
    may_send_messages = models.BooleanField("messages allowed", default=False)
    may_leave_message = models.BooleanField("may leave a message", default=False)
    is_shared = models.BooleanField("shared with others", default=False)
    is_active = models.BooleanField("in use", default=True)

    objects = FoundByValue["ContactPoint"].as_manager()

    class Meta:
        verbose_name = "contact point"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind", "value_hash"], name="contact_point_listed_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ContactKind.values), name="contact_point_known_kind"
            ),
            whole_hash("contact_point_has_a_whole_hash"),
        ]
        indexes = [models.Index(fields=["value_hash"], name="contact_point_by_value")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"


class EmergencyContact(PatientRecord):
    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("name", "phone", "relationship")

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="emergency_contacts")
    name = EncryptedCharField("name", max_length=200)
    relationship = EncryptedCharField("relationship", max_length=60, blank=True)
    phone = EncryptedCharField("phone", max_length=40)
    knows_of_treatment = models.BooleanField(
        "knows about the treatment",
        default=False,
        help_text="If not, never mention what kind of clinic is calling.",
    )

    objects = IdentityQuerySet["EmergencyContact"].as_manager()

    class Meta:
        verbose_name = "emergency contact"

    def __str__(self) -> str:
        return self.name

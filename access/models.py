"""Sites, staff, the roles they hold at a site, API tokens, and the audit trail."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Greatest, Lower
from django.utils.crypto import salted_hmac

from access.enums import EmergencyReason, ReviewOutcome, Right, Role, TrailKind
from access.policy import Anyone, has_right, reach, sites_with_right


class Site(models.Model):
    """One address of the clinic. Its zone decides what day it is there."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    code = models.SlugField("code", max_length=40, unique=True)
    name = models.CharField("name", max_length=200)
    neutral_name = models.CharField(
        "name used in messages",
        max_length=60,
        help_text="Says nothing about what kind of clinic this is; patients' phones are shared.",
    )
    phone = models.CharField("phone", max_length=40, blank=True)
    address = models.CharField("address", max_length=300, blank=True)
    time_zone = models.CharField("time zone", max_length=64, default="America/New_York")

    class Meta:
        verbose_name = "site"

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody on the staff, or a named service account that background work acts as.

    There is no superuser: rights come from roles at sites and from nowhere else.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("email", "name")

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField("name", max_length=200)
    is_active = models.BooleanField("may sign in", default=True)
    must_change_password = models.BooleanField("must choose a new password", default=False)
    is_service = models.BooleanField("service account", default=False, editable=False)
    created_at = models.DateTimeField("created at", editable=False)
    #: Raised to end every session there is (see `_get_session_auth_hash`).
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = "staff account"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="staff_account_one_per_email"),
        ]

    def __str__(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session is good for one password and one epoch; Django compares at every request."""
        return salted_hmac(
            "access.models.User.session",
            f"{self.session_epoch}:{self.password}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    # What the Django admin asks of a user; it goes through the same rights as everything else.
    @property
    def is_staff(self) -> bool:
        return self.is_active and not self.is_service

    @property
    def is_superuser(self) -> bool:
        return False

    def has_perm(self, permission: str, on: Any = None) -> bool:
        return has_right(self, permission)

    def has_perms(self, permissions: list[str], on: Any = None) -> bool:
        return all(has_right(self, permission) for permission in permissions)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class StaffSession(models.Model):
    """Somebody signed in at one browser. The session itself is Django's, and so is its end."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("browser", "origin")

    user = models.ForeignKey(User, models.CASCADE, related_name="staff_sessions")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    began_at = models.DateTimeField("signed in at")
    origin = models.GenericIPAddressField("from which address", null=True, blank=True)
    browser = models.CharField("browser", max_length=60, blank=True)

    class Meta:
        verbose_name = "session"

    def __str__(self) -> str:
        return f"{self.user}, {self.began_at:%Y-%m-%d %H:%M}"


class CareTeamQuerySet(models.QuerySet["CareTeamPlace"]):
    def visible_to(self, user: Anyone) -> CareTeamQuerySet:
        """Places on the care teams of patients whose identity `user` may see."""
        return self.filter(reach(user, Right.SEE_IDENTITY).condition("site_id", "patient_id"))

    def on(self, day: date) -> CareTeamQuerySet:
        """Held on `day`: neither ended by somebody nor past the planned end."""
        return self.filter(ended_at__isnull=True, planned_end_date__gte=day)

    def end_with_care(self, day: date) -> int:
        """Care ended on `day`: no planned end lies later."""
        return self.on(day).update(planned_end_date=Greatest("since_date", models.Value(day)))


class EmergencyQuerySet(models.QuerySet["EmergencyAccess"]):
    def visible_to(self, user: Anyone) -> EmergencyQuerySet:
        """Of the sites whose emergencies `user` reviews, and one's own."""
        at_sites = models.Q(site_id__in=sites_with_right(user, Right.REVIEW_EMERGENCIES))
        return self.filter(at_sites | models.Q(user_id=user.pk))

    def to_review(self) -> EmergencyQuerySet:
        return self.filter(reviewed_at__isnull=True)


class RoleAssignment(models.Model):
    """`user` is `role` at `site`."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    user = models.ForeignKey(User, models.CASCADE, related_name="role_assignments")
    site = models.ForeignKey(Site, models.PROTECT, related_name="role_assignments")
    role = models.CharField("role", max_length=30, choices=Role.choices)
    granted_at = models.DateTimeField("granted at", editable=False)

    class Meta:
        verbose_name = "role at a site"
        verbose_name_plural = "roles at sites"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "site", "role"], name="role_assignment_held_once"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="role_assignment_known_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} at {self.site}"


class CareTeamPlace(models.Model):
    """`user` cares for one patient until a planned end.

    An id and no foreign key: this floor knows no patients. The floor above ties it to its patient
    in the database (patients/migrations/0005_care_team_is_of_a_patient.py).
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    user = models.ForeignKey(User, models.PROTECT, related_name="care_team_places")
    patient_id = models.BigIntegerField("patient id")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    chosen_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    since_date = models.DateField("since")
    planned_end_date = models.DateField("planned end")
    ended_at = models.DateTimeField("ended at", null=True, blank=True)

    objects = CareTeamQuerySet.as_manager()

    class Meta:
        verbose_name = "place on a care team"
        verbose_name_plural = "places on care teams"
        constraints = [
            models.UniqueConstraint(
                fields=["patient_id", "user"],
                condition=models.Q(ended_at__isnull=True),
                name="care_team_place_held_once",
            ),
            models.CheckConstraint(
                condition=models.Q(planned_end_date__gte=models.F("since_date")),
                name="care_team_place_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~models.Q(chosen_by=models.F("user")),
                name="care_team_place_given_by_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "planned_end_date"],
                condition=models.Q(ended_at__isnull=True),
                name="care_team_caseload",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} until {self.planned_end_date}"


class EmergencyAccess(models.Model):
    """One record opened in an emergency ("break-glass"): who, why, until when, and its review."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("words", "review_words")
    ORDER: ClassVar[tuple[str, ...]] = ("-opened_at", "-id")

    user = models.ForeignKey(User, models.PROTECT, related_name="emergency_accesses")
    patient_id = models.BigIntegerField("patient id")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    reason = models.CharField("reason", max_length=20, choices=EmergencyReason.choices)
    words = models.CharField("what happened", max_length=500)
    opened_at = models.DateTimeField("opened at")
    ends_at = models.DateTimeField("open until")
    outcome = models.CharField(
        "review", max_length=20, choices=ReviewOutcome.choices, blank=True, default=""
    )
    review_words = models.CharField("what the review found", max_length=500, blank=True, default="")
    reviewed_at = models.DateTimeField("reviewed at", null=True, blank=True)
    reviewed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="reviewed_emergencies"
    )

    objects = EmergencyQuerySet.as_manager()

    class Meta:
        verbose_name = "emergency access"
        verbose_name_plural = "emergency accesses"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gte=models.F("opened_at")),
                name="emergency_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(reason__in=EmergencyReason.values) & ~models.Q(words=""),
                name="emergency_has_a_reason_in_words",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    outcome="",
                    review_words="",
                    reviewed_at__isnull=True,
                    reviewed_by__isnull=True,
                )
                | (
                    models.Q(
                        outcome__in=ReviewOutcome.values,
                        reviewed_at__isnull=False,
                        reviewed_by__isnull=False,
                    )
                    & ~models.Q(review_words="")
                ),
                name="emergency_review_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by__isnull=True)
                | ~models.Q(reviewed_by=models.F("user")),
                name="emergency_reviewed_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "ends_at"], name="emergency_open"),
            models.Index(fields=["site", "-opened_at", "-id"], name="emergency_newest_at_site"),
            models.Index(
                fields=["site"],
                condition=models.Q(reviewed_at__isnull=True),
                name="emergency_to_review",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.opened_at:%Y-%m-%d %H:%M}"


class ApiToken(models.Model):
    """A key for another system. Only its hash is kept; it can never do more than its owner."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField("what it is for", max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField("expires at")
    revoked_at = models.DateTimeField("revoked at", null=True, blank=True)

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, user: User) -> AuditQuerySet:
        """Entries of the sites where `user` may see the trail, and those of no site."""
        sites = sites_with_right(user, Right.SEE_AUDIT)
        if not sites:
            return self.none()
        return self.filter(models.Q(site_id__in=sites) | models.Q(site_id__isnull=True))


class CurrentTransaction(models.Func):
    """The number of the transaction that writes the row, drawn by the database."""

    template = "txid_current()"
    output_field = models.BigIntegerField()
    allowed_default = True


class AuditEntry(models.Model):
    """Who did what to what, when. Labels and ids, no foreign keys: the trail outlives the data.

    Rows are only ever inserted; a database trigger refuses anything else.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("actor_label",)

    at = models.DateTimeField("at")
    actor_id = models.BigIntegerField("actor id", null=True)
    actor_label = models.CharField("who", max_length=200)
    actor_role = models.CharField("in which role", max_length=200, default="", blank=True)
    kind = models.CharField(
        "kind", max_length=10, choices=TrailKind.choices, default=TrailKind.CHANGE
    )
    action = models.CharField("action", max_length=60)
    object_type = models.CharField("kind of record", max_length=60)
    object_id = models.BigIntegerField("record id", null=True)
    patient_id = models.BigIntegerField("patient id", null=True)
    site_id = models.BigIntegerField("site id", null=True)
    origin = models.GenericIPAddressField("from which address", null=True, blank=True)
    #: Which transaction wrote it: a seal takes only rows of transactions that have all ended.
    transaction_number = models.BigIntegerField(editable=False, db_default=CurrentTransaction())
    detail = models.JSONField("detail", default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        constraints = [
            # Rows without a site are shown to every privacy officer; those of patients never are.
            models.CheckConstraint(
                condition=models.Q(patient_id__isnull=True) | models.Q(site_id__isnull=False),
                name="audit_of_a_patient_has_a_site",
            ),
        ]
        indexes = [
            models.Index(fields=["patient_id", "-at"], name="audit_by_patient"),
            models.Index(fields=["actor_id", "-at"], name="audit_by_actor"),
            models.Index(fields=["site_id", "-at"], name="audit_by_site"),
            models.Index(fields=["-at", "-id"], name="audit_newest_first"),
            models.Index(fields=["kind", "-at", "-id"], name="audit_by_kind"),
            models.Index(fields=["transaction_number", "id"], name="audit_in_sealing_order"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label}: {self.action}"


class AuditSeal(models.Model):
    """A closed stretch of the trail, chained to the one before (access/sealing.py).

    `leaves` holds 40 bytes for each row, in order: its id, then the SHA-256 of its content.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    number = models.BigIntegerField("number", primary_key=True)
    sealed_at = models.DateTimeField("sealed at")
    rows_above_id = models.BigIntegerField("only rows above this id")
    last_transaction = models.BigIntegerField("last transaction in it")
    last_id = models.BigIntegerField("id of its last row")
    count = models.PositiveIntegerField("rows in it")
    leaves = models.BinaryField()
    key_name = models.CharField("which key", max_length=16)
    digest = models.BinaryField("seal")

    class Meta:
        verbose_name = "audit seal"

    def __str__(self) -> str:
        return f"{self.number}:{bytes(self.digest).hex()}"

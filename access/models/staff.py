"""Sites, staff, the roles they hold at a site, where they are signed in, and keys for programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from access.enums import Right, Role
from access.policy import Scope, has_right


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

    #: Until then a sign-in by password alone may set up a second factor; empty: not begun.
    factor_grace_ends_at = models.DateTimeField(null=True, editable=False)

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


#: A token's last use is written at most this often, so that a busy program waits for no lock.
USE_NOTED_EVERY = timedelta(minutes=1)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def good_at(self, now: datetime) -> ApiTokenQuerySet:
        """Neither revoked nor expired, of an account that may sign in."""
        alive = self.filter(revoked_at__isnull=True, expires_at__gt=now)
        return alive.filter(user__is_active=True)

    def note_use(self, token: ApiToken, *, now: datetime, origin: str | None) -> None:
        """When and from where it was last used, to the minute."""
        due = now - USE_NOTED_EVERY
        if token.last_used_at is None or token.last_used_at <= due:
            stale = models.Q(last_used_at__isnull=True) | models.Q(last_used_at__lte=due)
            self.filter(stale, pk=token.pk).update(last_used_at=now, last_used_from=origin)


class ApiToken(models.Model):
    """A key for another system. Only its hash is kept; it can never do more than its owner, nor
    more than the rights and sites that it was given (access/policy.py)."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("last_used_from",)

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField("what it is for", max_length=100)
    rights = ArrayField(models.CharField(max_length=40), verbose_name="rights", default=list)
    #: Ids and no table of their own: a token of a site that is gone reaches nothing there.
    sites = ArrayField(models.BigIntegerField(), verbose_name="sites", default=list)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField("expires at")
    revoked_at = models.DateTimeField("revoked at", null=True, blank=True)
    last_used_at = models.DateTimeField("last used at", null=True, blank=True)
    last_used_from = models.GenericIPAddressField("last used from", null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=False)
                | (models.Q(rights__len__gt=0) & models.Q(sites__len__gt=0)),
                name="api_token_has_a_scope",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=False)
                | models.Q(expires_at__lte=models.F("created_at") + timedelta(days=366)),
                name="api_token_ends_within_a_year",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def scope(self) -> Scope:
        """A right that the clinic's program no longer knows is no right."""
        known = frozenset(right for right in Right if right.name.lower() in self.rights)
        return Scope(self.pk, known, frozenset(self.sites))

"""Models for sites, staff accounts and the roles that staff hold at sites."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from access.authz.policy import has_permission


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A staff account, or a named service account that background work acts as.

    There is no superuser: permissions come only from roles at sites.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("email", "name")

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField("name", max_length=200)
    is_active = models.BooleanField("active", default=True)
    must_change_password = models.BooleanField("must change password", default=False)
    is_service = models.BooleanField("service account", default=False, editable=False)
    created_at = models.DateTimeField("created at", editable=False)
    #: Increased to end all sessions of the account (see `_get_session_auth_hash`).
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    #: Until then, a sign-in by password alone may set up a second factor; empty if not started.
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
        """Bind sessions to one password and one epoch; Django compares this at every request."""
        return salted_hmac(
            "access.models.User.session",
            f"{self.session_epoch}:{self.password}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    # The Django admin calls these; they use the same permissions as everything else.
    @property
    def is_staff(self) -> bool:
        return self.is_active and not self.is_service

    @property
    def is_superuser(self) -> bool:
        return False

    def has_perm(self, permission: str, on: Any = None) -> bool:
        return has_permission(self, permission)

    def has_perms(self, permissions: list[str], on: Any = None) -> bool:
        return all(has_permission(self, permission) for permission in permissions)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

"""Models for sites, staff accounts and the roles that staff hold at sites."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from access.enums import Role
from access.models.sites import Site
from access.models.users import User


class RoleAssignment(models.Model):
    """`user` has the role `role` at `site`."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    user = models.ForeignKey(User, models.CASCADE, related_name="role_assignments")
    site = models.ForeignKey(Site, models.PROTECT, related_name="role_assignments")
    role = models.CharField("role", max_length=30, choices=Role.as_choices)
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

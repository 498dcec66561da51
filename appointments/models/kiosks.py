"""Doors without a session: a practitioner's calendar feed, and the check-in device of a waiting room.

Each is opened by a secret that is shown once; only its keyed hash is kept, and it can be revoked.
"""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models

from access.actor import Actor
from access.authz.policy import sites_with_permission
from access.enums import Permission
from access.models import Site, User


class KioskQuerySet(models.QuerySet["KioskDevice"]):
    def visible_to(self, user: Actor) -> Self:
        return self.filter(site_id__in=sites_with_permission(user, Permission.SET_CALENDAR))


class KioskDevice(models.Model):
    """A screen in the waiting room where patients say that they are there."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    site = models.ForeignKey(Site, models.PROTECT, related_name="kiosks")
    name = models.CharField("name", max_length=60)
    digest = models.CharField("keyed hash of the secret", max_length=64, unique=True)
    enrolled_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    enrolled_at = models.DateTimeField("enrolled")
    #: Until then the secret is that of the link, and after it that of the screen's cookie.
    opened_at = models.DateTimeField("link used", null=True, blank=True)
    revoked_at = models.DateTimeField("revoked", null=True, blank=True)
    last_used_at = models.DateTimeField("last used", null=True, blank=True)

    objects = KioskQuerySet.as_manager()

    class Meta:
        verbose_name = "check-in device"
        indexes = [models.Index(fields=["site", "id"], name="kiosk_at_site")]

    def __str__(self) -> str:
        return self.name

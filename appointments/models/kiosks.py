"""Model of kiosks, the check-in devices of waiting rooms.

A kiosk is opened by a secret that is shown once; only its keyed hash is stored, and it can be
revoked.
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
    """A device in the waiting room at which patients check in."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    site = models.ForeignKey(Site, models.PROTECT, related_name="kiosks")
    name = models.CharField("name", max_length=60)
    digest = models.CharField("keyed hash of the secret", max_length=64, unique=True)
    enrolled_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    enrolled_at = models.DateTimeField("enrolled")
    #: Before this moment `digest` is of the link's secret, after it of the secret in the kiosk's
    #: cookie.
    opened_at = models.DateTimeField("link used", null=True, blank=True)
    revoked_at = models.DateTimeField("revoked", null=True, blank=True)
    last_used_at = models.DateTimeField("last used", null=True, blank=True)

    objects = KioskQuerySet.as_manager()

    class Meta:
        verbose_name = "check-in kiosk"
        indexes = [models.Index(fields=["site", "id"], name="kiosk_at_site")]

    def __str__(self) -> str:
        return self.name

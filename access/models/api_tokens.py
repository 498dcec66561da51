"""Sites, staff, the roles they hold at a site, where they are signed in, and keys for programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from access.authz.policy import TokenScope
from access.enums import Permission
from access.models.staff import User

#: A token's last use is written at most this often, so that a busy program waits for no lock.
USE_NOTED_EVERY = timedelta(minutes=1)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def good_at(self, now: datetime) -> ApiTokenQuerySet:
        """Neither revoked nor expired, of an account that may sign in."""
        alive = self.filter(revoked_at__isnull=True, expires_at__gt=now)
        return alive.filter(user__is_active=True)

    def record_use(self, token: ApiToken, *, now: datetime, origin: str | None) -> None:
        """When and from where it was last used, to the minute."""
        due = now - USE_NOTED_EVERY
        if token.last_used_at is None or token.last_used_at <= due:
            stale = models.Q(last_used_at__isnull=True) | models.Q(last_used_at__lte=due)
            self.filter(stale, pk=token.pk).update(last_used_at=now, last_used_from=origin)


class ApiToken(models.Model):
    """A key for another system. Only its hash is kept; it can never do more than its owner, nor
    more than the rights and sites that it was given (access/authz/policy.py)."""

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

    def scope(self) -> TokenScope:
        """A right that the clinic's program no longer knows is no right."""
        known = frozenset(right for right in Permission if right.name.lower() in self.rights)
        return TokenScope(self.pk, known, frozenset(self.sites))

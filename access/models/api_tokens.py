"""Model for API tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from access.authz.policy import TokenScope
from access.enums import Permission
from access.models.users import User

#: The last use of a token is written at most this often, so that a busy client waits for no lock.
USE_NOTED_EVERY = timedelta(minutes=1)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def good_at(self, now: datetime) -> ApiTokenQuerySet:
        """Tokens that are neither revoked nor expired and whose owner may sign in."""
        alive = self.filter(revoked_at__isnull=True, expires_at__gt=now)
        return alive.filter(user__is_active=True)

    def record_use(self, token: ApiToken, *, now: datetime, origin: str | None) -> None:
        """Store time and address of the last use, at most once per USE_NOTED_EVERY."""
        due = now - USE_NOTED_EVERY
        if token.last_used_at is None or token.last_used_at <= due:
            stale = models.Q(last_used_at__isnull=True) | models.Q(last_used_at__lte=due)
            self.filter(stale, pk=token.pk).update(last_used_at=now, last_used_from=origin)


class ApiToken(models.Model):
    """A token with which another system uses the API; only its hash is stored.

    It can never do more than its owner, nor more than its permissions and sites allow
    (access/authz/policy.py).
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("last_used_from",)

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField("purpose", max_length=100)
    rights = ArrayField(models.CharField(max_length=40), verbose_name="permissions", default=list)
    #: Ids without a table of their own: a site that no longer exists gives the token nothing.
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
        """The scope of the token; unknown names of permissions are ignored."""
        known = frozenset(right for right in Permission if right.name.lower() in self.rights)
        return TokenScope(self.pk, known, frozenset(self.sites))

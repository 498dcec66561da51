"""The verbs on keys for programs: issue one's own, revoke one's own or a colleague's."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from access.audit.record import record
from access.authz.policy import has_permission, sites_with_any_role
from access.authz.roles import NEVER_BY_TOKEN
from access.enums import Permission
from access.models import ApiToken, Site, User
from access.staff_scope import require_over_some
from common.errors import InvalidInput, NotFound
from common.text_input import required_words

#: Whoever still needs it then, issues another: nobody remembers a key of three years ago.
LONGEST = timedelta(days=366)


@transaction.atomic
def issue_api_token(
    *,
    name: str,
    rights: Iterable[Permission],
    sites: Iterable[Site],
    expires_at: datetime,
    now: datetime,
    by: User,
) -> tuple[ApiToken, str]:
    """A token for one's own account, for `rights` of one's own at `sites` where one works.

    The secret is returned once and never kept. Raises InvalidInput.
    """
    if not now < expires_at <= now + LONGEST:
        raise InvalidInput(
            "A token ends after now and within a year.", field="expires_at", remedy="Choose a day."
        )
    wanted, places = frozenset(rights), sorted(site.pk for site in sites)
    if not wanted or not all(may_be_given(by, right) for right in wanted):
        raise InvalidInput("Choose rights that you hold and a token may have.", field="rights")
    if not places or not set(places) <= sites_with_any_role(by):
        raise InvalidInput("Choose sites where you work.", field="sites")
    secret = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=by,
        name=required_words(name, "name"),
        digest=digest_of(secret),
        rights=sorted(right.name.lower() for right in wanted),
        sites=places,
        created_at=now,
        expires_at=expires_at,
    )
    detail = {"name": token.name, "rights": token.rights, "sites": places}
    record("issue API token", on=token, now=now, by=by, detail=detail)
    return token, secret


@transaction.atomic
def revoke_api_token(*, token: ApiToken, now: datetime, by: User) -> None:
    """One's own token, at once and for good."""
    if token.user_id != by.pk:
        raise NotFound
    _revoke(token, now, by)


@transaction.atomic
def revoke_staff_token(*, token: ApiToken, now: datetime, by: User) -> None:
    """A colleague's, by who manages staff at one of the colleague's sites. Nobody makes one for others."""
    require_over_some(token.user, by)
    _revoke(token, now, by)


def digest_of(secret: str) -> str:
    """Tokens are long and random, so a plain hash is enough and look-up stays one index read."""
    return hashlib.sha256(secret.encode()).hexdigest()


def may_be_given(user: User, right: Permission) -> bool:
    return right not in NEVER_BY_TOKEN and has_permission(user, right)


def _revoke(token: ApiToken, now: datetime, by: User) -> None:
    """Twice changes nothing: the first moment stays."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        detail = {"name": token.name, "owner": token.user_id}
        record("revoke API token", on=token, now=now, by=by, detail=detail)
    token.refresh_from_db(fields=["revoked_at"])

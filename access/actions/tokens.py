"""Actions on API tokens: issue one's own, revoke one's own or a colleague's."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from access.audit.record import record
from access.authz.policy import has_permission, sites_with_any_role
from access.authz.roles import NEVER_BY_TOKEN
from access.enums import AuditAction, Permission
from access.models import ApiToken, Site, User
from access.staff_scope import require_over_some
from common.errors import InvalidInput, NotFound
from common.text_input import required_words

#: Longest life of a token. It must be replaced then, so that no forgotten token works for years.
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
    """Issue a token for one's own account, with some of one's own permissions and sites.

    The secret is returned once and never stored. Raises InvalidInput.
    """
    if not now < expires_at <= now + LONGEST:
        raise InvalidInput(
            "A token must expire between tomorrow and one year from now.",
            field="expires_at",
            remedy="Choose a date.",
        )
    wanted, places = frozenset(rights), sorted(site.pk for site in sites)
    if not wanted or not all(may_be_given(by, right) for right in wanted):
        raise InvalidInput(
            "Choose permissions that you have and that a token may have.", field="rights"
        )
    if not places or not set(places) <= sites_with_any_role(by):
        raise InvalidInput("Choose sites where you have a role.", field="sites")
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
    record(AuditAction.ISSUE_API_TOKEN, on=token, now=now, by=by, detail=detail)
    return token, secret


@transaction.atomic
def revoke_api_token(*, token: ApiToken, now: datetime, by: User) -> None:
    """Revoke one's own token at once and permanently.

    Raises NotFound if it belongs to another user.
    """
    if token.user_id != by.pk:
        raise NotFound
    _revoke(token, now, by)


@transaction.atomic
def revoke_staff_token(*, token: ApiToken, now: datetime, by: User) -> None:
    """Revoke a colleague's token; `by` must manage staff at one of the colleague's sites.

    There is no action that issues a token for another user. Raises NotPermitted or
    OwnAccessUnchanged.
    """
    require_over_some(token.user, by)
    _revoke(token, now, by)


def digest_of(secret: str) -> str:
    """Return the SHA-256 digest of a token.

    Tokens are long and random, so a plain hash is enough, and a lookup stays one index read.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def may_be_given(user: User, right: Permission) -> bool:
    """Whether `user` may give the permission `right` to an API token."""
    return right not in NEVER_BY_TOKEN and has_permission(user, right)


def _revoke(token: ApiToken, now: datetime, by: User) -> None:
    """Revoke the token; the first time of revocation stays if it is called again."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        detail = {"name": token.name, "owner": token.user_id}
        record(AuditAction.REVOKE_API_TOKEN, on=token, now=now, by=by, detail=detail)
    token.refresh_from_db(fields=["revoked_at"])

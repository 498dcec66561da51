"""Authentication by bearer token. Sessions use the framework's own class."""

from __future__ import annotations

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from access.actions.tokens import digest_of
from access.audit.record import current_origin
from access.authz.policy import limit_to_token
from access.models import ApiToken, User

#: Tokens have 43 characters; nothing longer than this is hashed.
LONGEST_SECRET = 200


class TokenAuthentication(BaseAuthentication):
    """Authenticate with `Authorization: Bearer <secret>`, in one indexed query.

    A token never does more than its owner, nor more than the permissions and sites that it was
    given. The error is the same for unknown, expired and revoked tokens and for disabled owners.
    """

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword.lower().encode():
            return None
        if len(words) != 2 or len(words[1]) > LONGEST_SECRET:
            raise _refused()
        now = timezone.now()
        token = (
            ApiToken.objects.good_at(now)
            .select_related("user")
            .filter(digest=digest_of(words[1].decode("latin-1")))
            .first()
        )
        if token is None:
            raise _refused()
        limit_to_token(token.user, token.scope())
        ApiToken.objects.record_use(token, now=now, origin=current_origin())
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{self.keyword} realm="Mainstay API"'


def _refused() -> AuthenticationFailed:
    return AuthenticationFailed(
        "This token is not valid. Issue a new one while signed in.", code="token_not_valid"
    )

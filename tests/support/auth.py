"""What a session has proven, without going through the pages that ask."""

import time
from datetime import datetime

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from access.actions.tokens import issue_api_token, may_be_given
from access.auth.reauthentication import PROVEN, SHOWN
from access.auth.second_factor import PERIOD
from access.authz.policy import sites_with_any_role
from access.enums import Permission
from access.models import ApiToken, Site, User


def prove(client: Client, *, second_factor: bool = False) -> Client:
    """The session of `client` has proven itself just now, and perhaps shown a second factor."""
    session = client.session
    session[PROVEN] = int(time.time())
    if second_factor:
        session[SHOWN] = True
    session.save()
    return client


def code_of(secret: str, *, steps: int = 0) -> str:
    """What an authenticator app with `secret` shows now, or some half minutes later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD + steps)))


def give_app(user: User) -> str:
    """`user` has an authenticator app; its secret."""
    secret: str = generate_totp_secret()
    data = {"secret": get_adapter().encrypt(secret), "last_step": -1}
    Authenticator.objects.create(user_id=user.pk, type="totp", data=data)
    return secret


def token_for(
    user: User, *, name: str = "lab", expires_at: datetime, now: datetime
) -> tuple[ApiToken, str]:
    """A token of everything that `user` may give one, and its secret."""
    return issue_api_token(
        name=name,
        rights=[right for right in Permission if may_be_given(user, right)],
        sites=Site.objects.filter(pk__in=sites_with_any_role(user)),
        expires_at=expires_at,
        now=now,
        by=user,
    )

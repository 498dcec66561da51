"""Authentication backend for e-mail address and password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from access.models import User


class StaffBackend(BaseBackend):
    """Authenticates active staff accounts.

    An unknown account gets the same answer as a wrong password, after nearly the same time.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if not username or not password:
            return None
        user = User.objects.filter(email__iexact=username, is_service=False).first()
        if user is None:
            User().set_password(password)  # take as long as checking a password would
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True, is_service=False).first()

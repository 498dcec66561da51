"""Signing in with e-mail and password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from access.models import User


class StaffBackend(BaseBackend):
    """Same answer, and nearly the same time, for an unknown account and a wrong password."""

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
            User().set_password(password)  # spend the time that checking would have taken
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True, is_service=False).first()

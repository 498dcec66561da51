"""Model for e-mail notices to staff about their own accounts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from access.enums import NoticeKind
from access.models.users import User


class AccountNotice(models.Model):
    """A change of an account that its owner must be told of by e-mail, in case it was not them."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    kind = models.CharField("about", max_length=20, choices=NoticeKind.as_choices)
    noted_at = models.DateTimeField("happened at")
    told_at = models.DateTimeField("e-mail sent at", null=True, editable=False)

    class Meta:
        verbose_name = "account notice"
        verbose_name_plural = "account notices"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=NoticeKind.values), name="account_notice_known_kind"
            ),
        ]
        indexes = [
            models.Index(
                fields=["noted_at"],
                condition=models.Q(told_at__isnull=True),
                name="account_notice_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

"""Forms for passwords, staff accounts and roles. They check format; actions check the rules."""

from __future__ import annotations

from typing import Any

from django import forms

from access.authz.policy import sites_with_permission
from access.enums import Permission, Role
from access.models import Site, User
from common.form_fields import choose


class OwnPasswordForm(forms.Form):
    old_password = forms.CharField(
        label="Current password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label="New password",
        strip=False,
        help_text="At least 15 characters. A sentence works well. No digits or symbols are required.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class StaffAccountForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200)
    email = forms.EmailField(label="E-mail")
    password = forms.CharField(
        label="First password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 15 characters. They choose their own at the first sign-in.",
    )


class GrantRoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=choose(Role))

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managed = sites_with_permission(by, Permission.MANAGE_USERS)
        self.fields["site"] = forms.ModelChoiceField(
            label="Site",
            queryset=Site.objects.filter(pk__in=managed).order_by("name"),
            empty_label=None,
        )

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])

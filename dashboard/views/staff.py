"""Staff accounts and roles."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access import actions
from access.enums import Right
from access.factors import having_factors
from access.gate import needs, needs_fresh_proof, open_to_staff
from access.models import RoleAssignment, User
from access.proving import reset_second_factor
from access.roles import DESCRIPTIONS
from dashboard import forms as typed
from dashboard.deeds import deed_button, form_page, staff_user


@needs(Right.MANAGE_USERS)
def staff(request: HttpRequest) -> HttpResponse:
    people = (
        User.objects.filter(is_service=False)
        .prefetch_related("role_assignments__site")
        .order_by("name", "id")
    )
    return render(
        request,
        "dashboard/staff.html",
        {
            "people": people,
            "with_factor": having_factors(people),
            "roles": [(role.label, words) for role, words in DESCRIPTIONS.items()],
        },
    )


@needs(Right.MANAGE_USERS)
def add_staff(request: HttpRequest) -> HttpResponseBase:
    user = staff_user(request)
    return form_page(
        request,
        typed.StaffAccountForm(request.POST or None),
        lambda data: actions.create_staff_account(now=timezone.now(), by=user, **data),
        title="New staff account",
        button="Create the account",
        done="Account created. Next: give it a role.",
        back=reverse("dashboard:staff"),
    )


@needs_fresh_proof
@needs(Right.MANAGE_USERS)
def grant(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    person = get_object_or_404(User, pk=pk, is_service=False)
    return form_page(
        request,
        typed.GrantRoleForm(request.POST or None, by=user),
        lambda data: actions.grant_role(user=person, now=timezone.now(), by=user, **data),
        title=f"Give {person.name} a role",
        button="Give the role",
        done="Role given.",
        back=reverse("dashboard:staff"),
    )


@needs(Right.MANAGE_USERS)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    held = get_object_or_404(RoleAssignment.objects.select_related("user", "site"), pk=pk)
    return deed_button(
        request,
        lambda: actions.withdraw_role(assignment=held, now=timezone.now(), by=user),
        done="Role withdrawn.",
        back=reverse("dashboard:staff"),
    )


@needs(Right.MANAGE_USERS)
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Disable an account that may sign in; enable one that may not."""
    user = staff_user(request)
    person = get_object_or_404(User, pk=pk, is_service=False)
    return deed_button(
        request,
        lambda: actions.set_account_active(
            user=person, active=not person.is_active, now=timezone.now(), by=user
        ),
        done="Account changed.",
        back=reverse("dashboard:staff"),
    )


@needs_fresh_proof
@needs(Right.MANAGE_USERS)
@require_POST
def new_password(request: HttpRequest, pk: int) -> HttpResponse:
    """The password is on this answer's page and nowhere else: not in a message, not in a log."""
    person = get_object_or_404(User, pk=pk, is_service=False)
    password = actions.reset_password(user=person, now=timezone.now(), by=staff_user(request))
    context = {"person": person, "password": password}
    return render(request, "dashboard/new_password.html", context)


@needs_fresh_proof
@needs(Right.MANAGE_USERS)
@require_POST
def reset_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """For a lost telephone; the person's next sign-in sets up another."""
    user = staff_user(request)
    person = get_object_or_404(User, pk=pk, is_service=False)
    return deed_button(
        request,
        lambda: reset_second_factor(user=person, now=timezone.now(), by=user),
        done=f"{person.name} has no second factor now, is signed out everywhere, and sets up another at the next sign-in.",
        back=reverse("dashboard:staff"),
    )


@open_to_staff
def no_role(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard/no_role.html")

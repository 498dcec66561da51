"""Staff accounts and roles."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from access.actions import roles
from access.actions.accounts import create_staff_account, set_account_active
from access.actions.passwords import reset_password
from access.actions.second_factor import reset_second_factor
from access.auth.second_factor import having_factors
from access.authz.roles import DESCRIPTIONS
from access.decorators import open_to_staff, requires, requires_reauthentication
from access.enums import Permission
from access.forms.accounts import GrantRoleForm, StaffAccountForm
from access.models import RoleAssignment, RoleProposal, User
from access.role_approval import proposals_before
from dashboard.http.form_views import action_button, form_page, staff_user


@requires(Permission.MANAGE_USERS)
def staff(request: HttpRequest) -> HttpResponse:
    people = (
        User.objects.filter(is_service=False)
        .prefetch_related(
            "role_assignments__site",
            Prefetch("role_proposals", RoleProposal.objects.waiting().select_related("site")),
        )
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


@requires(Permission.MANAGE_USERS)
def add_staff(request: HttpRequest) -> HttpResponseBase:
    user = staff_user(request)
    return form_page(
        request,
        StaffAccountForm(request.POST or None),
        lambda data: create_staff_account(now=timezone.now(), by=user, **data),
        title="New staff account",
        button="Create account",
        done="Account created. Next: grant a role.",
        back=reverse("dashboard:staff"),
    )


@requires_reauthentication
@requires(Permission.MANAGE_USERS)
def grant(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    person = get_object_or_404(User, pk=pk, is_service=False)
    return form_page(
        request,
        GrantRoleForm(request.POST or None, by=user),
        lambda data: roles.grant_role(user=person, now=timezone.now(), by=user, **data),
        title=f"Grant role to {person.name}",
        button="Grant role",
        done="Role granted. It takes effect after a second person confirms it.",
        back=reverse("dashboard:staff"),
    )


@requires(Permission.MANAGE_USERS)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    held = get_object_or_404(RoleAssignment.objects.select_related("user", "site"), pk=pk)
    return action_button(
        request,
        lambda: roles.withdraw_role(assignment=held, now=timezone.now(), by=user),
        done="Role withdrawn.",
        back=reverse("dashboard:staff"),
    )


@requires(Permission.MANAGE_USERS)
@require_POST
def withdraw_proposal(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    waiting = get_object_or_404(RoleProposal.objects.select_related("user", "site"), pk=pk)
    return action_button(
        request,
        lambda: roles.withdraw_proposal(proposal=waiting, now=timezone.now(), by=user),
        done="Role withdrawn before it was confirmed.",
        back=reverse("dashboard:staff"),
    )


@requires(Permission.CONFIRM_ROLES)
@require_GET
def roles_to_confirm(request: HttpRequest) -> HttpResponse:
    """Roles that wait for a second person, who has to speak with the staff member first."""
    rows = proposals_before(staff_user(request)).select_related("user", "site", "proposed_by")
    rows = rows.order_by("proposed_at", "pk")
    context = {
        "rows": rows,
        "with_factor": having_factors(row.user for row in rows),
        "needs_factor": settings.SECOND_FACTOR_REQUIRED,
    }
    return render(request, "dashboard/roles_to_confirm.html", context)


@requires_reauthentication
@requires(Permission.CONFIRM_ROLES)
@require_POST
def confirm_role(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    proposal = get_object_or_404(_to_decide(user), pk=pk)
    return action_button(
        request,
        lambda: roles.confirm_role(proposal=proposal, now=timezone.now(), by=user),
        done="Role confirmed. It takes effect at the next sign-in.",
        back=reverse("dashboard:roles_to_confirm"),
    )


@requires(Permission.CONFIRM_ROLES)
@require_POST
def refuse_role(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    proposal = get_object_or_404(_to_decide(user), pk=pk)
    return action_button(
        request,
        lambda: roles.refuse_role(proposal=proposal, now=timezone.now(), by=user),
        done="Role refused. Speak with the administrator who granted it.",
        back=reverse("dashboard:roles_to_confirm"),
    )


def _to_decide(user: User) -> QuerySet[RoleProposal]:
    return proposals_before(user).select_related("user", "site")


@requires_reauthentication
@requires(Permission.MANAGE_USERS)
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Disable an active account; enable a disabled one."""
    user = staff_user(request)
    person = get_object_or_404(User, pk=pk, is_service=False)
    return action_button(
        request,
        lambda: set_account_active(
            user=person, active=not person.is_active, now=timezone.now(), by=user
        ),
        done="Account changed. If it was enabled again, a second person must confirm its roles.",
        back=reverse("dashboard:staff"),
    )


@requires_reauthentication
@requires(Permission.MANAGE_USERS)
@require_POST
def new_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a new password on this response only: not in a message, not in a log."""
    person = get_object_or_404(User, pk=pk, is_service=False)
    password = reset_password(user=person, now=timezone.now(), by=staff_user(request))
    context = {"person": person, "password": password}
    return render(request, "dashboard/new_password.html", context)


@requires_reauthentication
@requires(Permission.MANAGE_USERS)
@require_POST
def reset_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove the second factors of a staff member, who sets up another at the next sign-in."""
    user = staff_user(request)
    person = get_object_or_404(User, pk=pk, is_service=False)
    return action_button(
        request,
        lambda: reset_second_factor(user=person, now=timezone.now(), by=user),
        done=f"Second factor reset. {person.name} was signed out everywhere and must set up a new one at the next sign-in.",
        back=reverse("dashboard:staff"),
    )


@open_to_staff
def no_role(request: HttpRequest) -> HttpResponse:
    waiting = staff_user(request).role_proposals.waiting().select_related("site")
    return render(request, "dashboard/no_role.html", {"waiting": waiting})

"""Pages that run one action from one form.

A refused form is shown again with what was typed, and the refusal stands at its field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from access.models import User
from common.errors import DomainError, NotFound, NotPermitted
from patients.errors import DeficientConsent

Result = TypeVar("Result")


def staff_user(request: HttpRequest) -> User:
    """The signed-in staff member. The permission middleware has already refused everybody else."""
    if not isinstance(request.user, User):
        raise NotPermitted
    return request.user


def attempt(
    form: BaseForm,
    action: Callable[[dict[str, Any]], Result],
    *,
    pass_on: tuple[type[DomainError], ...] = (),
) -> Result | None:
    """Run `action` on the cleaned data; a refusal becomes the form's error. None if refused.

    Refusals in `pass_on` are raised: the page shows more than a message for them. NotPermitted and
    NotFound are raised, too.
    """
    if not form.is_valid():
        return None
    try:
        return action(form.cleaned_data)
    except DomainError as problem:
        if isinstance(problem, (NotPermitted, NotFound, *pass_on)):
            raise
        add_problem(form, problem)
        return None


def add_problem(form: BaseForm, problem: DomainError) -> None:
    """Add a refusal at its field; each missing element of a consent goes to its own field."""
    if isinstance(problem, DeficientConsent):
        for name, words in problem.missing.items():
            if name in form.fields:
                form.add_error(name, f"Missing: {words}.")
        form.add_error(None, f"{problem.message} {problem.remedy}")
        return
    field = problem.field if problem.field in form.fields else None
    form.add_error(field, f"{problem.message} {problem.remedy}".strip())


def form_page(
    request: HttpRequest,
    form: BaseForm,
    action: Callable[[dict[str, Any]], object],
    *,
    title: str,
    button: str,
    done: str,
    back: str,
    template: str = "dashboard/form.html",
    **context: object,
) -> HttpResponseBase:
    """Show a page with one form, or run its action.

    `done` is the message after success; `back` is the address to go to then.
    """
    if request.method == "POST" and attempt(form, action) is not None:
        messages.success(request, done)
        return redirect(back)
    values = {"form": form, "title": title, "button": button, "back": back, **context}
    return render(request, template, values, status=422 if form.errors else 200)


def action_button(
    request: HttpRequest, action: Callable[[], object], *, done: str, back: str
) -> HttpResponse:
    """Run a button's action, show `done` or the refusal as a message, and redirect to `back`."""
    try:
        action()
    except (NotPermitted, NotFound):
        raise
    except DomainError as problem:
        messages.error(request, f"{problem.message} {problem.remedy}".strip())
    else:
        messages.success(request, done)
    return redirect(back)

"""From a form to one action and back: what was typed is never lost, a refusal stands at its field."""

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
    """The person signed in; the gate has already refused everybody else."""
    if not isinstance(request.user, User):
        raise NotPermitted
    return request.user


def attempt(
    form: BaseForm,
    deed: Callable[[dict[str, Any]], Result],
    *,
    pass_on: tuple[type[DomainError], ...] = (),
) -> Result | None:
    """Run `deed` on the cleaned data; a refusal becomes the form's error. None if refused.

    Refusals in `pass_on` are raised: the page has more to show than a sentence.
    """
    if not form.is_valid():
        return None
    try:
        return deed(form.cleaned_data)
    except DomainError as problem:
        if isinstance(problem, (NotPermitted, NotFound, *pass_on)):
            raise
        add_problem(form, problem)
        return None


def add_problem(form: BaseForm, problem: DomainError) -> None:
    """At its field. What is missing from a consent is said at the field of each element."""
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
    deed: Callable[[dict[str, Any]], object],
    *,
    title: str,
    button: str,
    done: str,
    back: str,
    template: str = "dashboard/form.html",
    **context: object,
) -> HttpResponseBase:
    """The whole life of a page with one form. `done` is said afterwards; `back` is where it leads."""
    if request.method == "POST" and attempt(form, deed) is not None:
        messages.success(request, done)
        return redirect(back)
    values = {"form": form, "title": title, "button": button, "back": back, **context}
    return render(request, template, values, status=422 if form.errors else 200)


def action_button(
    request: HttpRequest, deed: Callable[[], object], *, done: str, back: str
) -> HttpResponse:
    """A button without a form: do it, say so, go back. A refusal is said instead."""
    try:
        deed()
    except (NotPermitted, NotFound):
        raise
    except DomainError as problem:
        messages.error(request, f"{problem.message} {problem.remedy}".strip())
    else:
        messages.success(request, done)
    return redirect(back)

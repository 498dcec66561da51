"""Message templates and reminder rules, for administrators. Shows no patient data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.decorators import requires
from access.enums import Permission
from access.models import Site
from appointments.models import AppointmentType
from dashboard.http.form_views import attempt, form_page, staff_user
from reminders.actions.message_templates import write_message_text
from reminders.actions.reminder_rules import set_reminder_rule
from reminders.enums import Channel, Language, Step, Subject, TemplateKind
from reminders.forms.message_templates import MessageTextForm, WhichTextForm
from reminders.forms.reminder_rules import ReminderRuleForm
from reminders.message_rendering import Letter, TooLong, compose
from reminders.message_templates import (
    PLACEHOLDERS,
    BannedWording,
    Length,
    Wording,
    WrongText,
    length_of,
    refuse_too_long,
    shipped,
    wording,
)
from reminders.reminder_rules import rules as all_rules
from reminders.subjects import SUBJECTS

#: Sample time for previews: a Wednesday in September takes the most letters.
SAMPLE_AT = datetime(2026, 9, 23, 15, 0, tzinfo=UTC)
FIRST = {"kind": TemplateKind.VISIT, "language": Language.EN, "channel": Channel.SMS}


# --- message templates ---------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownText:
    """One message template as it is used now."""

    kind: TemplateKind
    language: Language
    channel: Channel
    text: str
    is_own: bool
    address: str


@dataclass(frozen=True)
class Preview:
    """What a patient would read, or every reason why the template is refused."""

    text: str = ""
    length: Length | None = None
    reasons: tuple[str, ...] = ()


@requires(Permission.SET_UP_REMINDERS)
def texts(request: HttpRequest) -> HttpResponse:
    used = wording()
    shown = [
        _shown(used, kind, language, channel)
        for kind in TemplateKind
        for language in Language
        for channel in Channel
    ]
    return render(request, "dashboard/message_templates.html", {"texts": shown})


def _shown(used: Wording, kind: TemplateKind, language: Language, channel: Channel) -> ShownText:
    which = QueryDict(mutable=True)
    which.update({"kind": kind, "language": language, "channel": channel})
    own = (kind, language, channel) in used.own
    text = used.of(kind, language, channel)
    address = f"{reverse('dashboard:write_message_text')}?{which.urlencode()}"
    return ShownText(kind, language, channel, text, own, address)


@requires(Permission.SET_UP_REMINDERS)
def write_text(request: HttpRequest) -> HttpResponseBase:
    user = staff_user(request)
    which = WhichTextForm(request.POST or request.GET)
    named = dict(which.cleaned_data) if which.is_valid() else dict(FIRST)
    now_used = wording().of(**named)
    form = MessageTextForm(request.POST or None, initial={**named, "text": now_used})
    kind, language, channel = (
        TemplateKind(named["kind"]),
        Language(named["language"]),
        Channel(named["channel"]),
    )
    typed = request.POST.get("text", now_used)
    return form_page(
        request,
        form,
        lambda data: write_message_text(now=timezone.now(), by=user, **data),
        title=f"{kind.label}: {language.label}, {channel.label.lower()}",
        button="Save",
        done="Saved. It is used for all messages from now on.",
        back=reverse("dashboard:message_texts"),
        template="dashboard/message_template.html",
        shipped=shipped(kind, language),
        placeholders=sorted(PLACEHOLDERS[kind]),
        preview=preview_of(kind, language, channel, typed),
    )


@requires(Permission.SET_UP_REMINDERS)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Preview while typing: the message, its length, and the reasons against it."""
    form = MessageTextForm(request.POST)
    found = Preview(reasons=("Choose a message template first.",))
    if form.is_valid():
        data = form.cleaned_data
        found = preview_of(data["kind"], data["language"], data["channel"], data["text"])
    return render(request, "dashboard/parts/message_preview.html", {"preview": found})


def preview_of(kind: TemplateKind, language: Language, channel: Channel, text: str) -> Preview:
    text = " ".join(text.split()) or shipped(kind, language)
    try:
        length = length_of(kind, language, channel, text)
        refuse_too_long(language, channel, text)
        letter = Letter(kind, _a_site(), language, channel, SAMPLE_AT, alias="Maria", by_text=True)
        words = compose(letter, Wording({(kind, language, channel): text}))
    except WrongText as problem:
        return Preview(reasons=tuple(problem.reasons))
    except BannedWording as problem:
        return Preview(reasons=(str(problem),))
    except TooLong:
        return Preview(
            reasons=(
                "The message does not fit in one text message, even without the clinic's name. Shorten it.",
            )
        )
    return Preview(words, length)


def _a_site() -> Site:
    return Site.objects.order_by("pk").first() or Site(neutral_name="Front desk", phone="555-0100")


# --- reminder rules ------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownRule:
    """One reminder step as it is used now, and the form that changes it."""

    step: Step
    form: ReminderRuleForm
    is_sent: bool


@dataclass(frozen=True)
class ShownRules:
    title: str
    rules: list[ShownRule]


@requires(Permission.SET_UP_REMINDERS)
def rules(request: HttpRequest) -> HttpResponseBase:
    user = staff_user(request)
    if request.method == "POST":
        form = ReminderRuleForm(request.POST)
        if attempt(form, lambda data: set_reminder_rule(now=timezone.now(), by=user, **data)):
            messages.success(request, "Saved. It takes effect within a minute.")
            return redirect("dashboard:message_rules")
        refused: ReminderRuleForm | None = form
    else:
        refused = None
    context = {"groups": _groups(), "refused": refused}
    status = 422 if refused else 200
    return render(
        request, "dashboard/message_rules.html", {**context, "form": refused}, status=status
    )


def _groups() -> list[ShownRules]:
    kinds = [ShownRules(kind.label, _rules_of(kind, None)) for kind in Subject]
    own = [
        ShownRules(f"Appointment: {type.name}", _rules_of(Subject.APPOINTMENT, type))
        for type in AppointmentType.objects.filter(is_active=True).order_by("name")
    ]
    return [*kinds, *own]


def _rules_of(kind: Subject, type: AppointmentType | None) -> list[ShownRule]:
    chosen, found = all_rules(), []
    for step in SUBJECTS[kind].offered_steps:
        channels = chosen.channels_of(kind, step, type.pk if type else None)
        initial = {
            "subject_kind": kind,
            "step": step,
            "appointment_type": type.pk if type else None,
            "is_active": bool(channels),
            "by_sms": Channel.SMS in channels or not channels,
            "by_email": Channel.EMAIL in channels or not channels,
        }
        prefix_free = ReminderRuleForm(
            initial=initial, auto_id=f"id_%s_{kind}_{step}_{type.pk if type else 0}"
        )
        found.append(ShownRule(step, prefix_free, bool(channels)))
    return found

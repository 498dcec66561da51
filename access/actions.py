"""The verbs on staff accounts. Each checks the right, changes rows and writes the audit row."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX as NO_PASSWORD
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from access.audit import record
from access.authority import require_over, require_over_some
from access.enums import EmergencyReason, NoticeKind, ReviewOutcome, Right, Role, TrailKind
from access.errors import (
    AccountExists,
    AlreadyOpen,
    AlreadyReviewed,
    OwnAccessUnchanged,
    WeakPassword,
    WrongPassword,
)
from access.factors import has_factor
from access.models import (
    CareTeamPlace,
    EmergencyAccess,
    RoleAssignment,
    Site,
    StaffSession,
    User,
)
from access.policy import forget_roles, open_emergencies, require, roles_at
from access.roles import SEEING_PATIENTS
from access.second_person import note_for_owner, put_back_roles
from access.sessions import end_all_sessions, remove_sessions, revoke_all_tokens
from common.days import day_of
from common.discretion import telling_word
from common.errors import Conflict, InvalidInput, NotFound
from common.words import required_words

SERVICE_DOMAIN = "service.invalid"


def service_account(name: str, *, now: datetime) -> User:
    """The named account that background work acts as. It has no password and no roles."""
    user, _ = User.objects.get_or_create(
        email=f"{name}@{SERVICE_DOMAIN}",
        defaults={"name": name, "is_service": True, "created_at": now, "password": NO_PASSWORD},
    )
    return user


def create_staff_account(*, email: str, name: str, password: str, now: datetime, by: User) -> User:
    """A new account without any role. Raises WeakPassword or AccountExists.

    Whoever made the account knows its password, so its owner chooses another before anything else.
    """
    require(by, Right.MANAGE_USERS)
    user = User(email=email.strip().lower(), name=name.strip(), created_at=now)
    if not user.name:
        raise InvalidInput("A staff account needs a name.", field="name")
    _set_password(user, password)
    user.must_change_password = True
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            record("create staff account", on=user, now=now, by=by)
    except IntegrityError as problem:
        raise AccountExists(field="email") from problem
    return user


@transaction.atomic
def set_account_active(*, user: User, active: bool, now: datetime, by: User) -> None:
    """Whether `user` may sign in. Every session and token of the account ends.

    Enabled again, who sits there is for a second person to say: the roles wait, and the owner hears
    of it. Disabling only narrows, so managing staff at one of the sites is enough for it.
    """
    if active:
        require_over(user, by)
    else:
        require_over_some(user, by)
    if user.is_active == active:
        return
    user.is_active = active
    user.save(update_fields=["is_active"])
    end_all_sessions(user)
    detail = {"tokens revoked": revoke_all_tokens(user, now=now)}
    if active:
        detail |= put_back_roles(user, now=now, by=by)
        note_for_owner(user, NoticeKind.ENABLED, now=now)
    words = "enable account" if active else "disable account"
    record(words, on=user, now=now, by=by, detail=detail)


@transaction.atomic
def add_to_care_team(
    *, patient: Any, user: User, planned_end_date: date, now: datetime, by: User
) -> CareTeamPlace:
    """`user` cares for `patient` until the planned end; said again, until the new one.

    Chosen by somebody else: nobody widens their own access. Raises OwnAccessUnchanged or
    InvalidInput. `patient` is a row with an id and a site.
    """
    require(by, Right.ASSIGN_CARE_TEAM, on=patient)
    if user.pk == by.pk:
        raise OwnAccessUnchanged(
            "Nobody puts themselves on a care team.", remedy="Ask a colleague who chooses teams."
        )
    if not {Role(role) for role in roles_at(user, patient.site_id)} & SEEING_PATIENTS:
        raise InvalidInput("This person does not see patients at this site.", field="user")
    today = day_of(now, patient.site.time_zone)
    if planned_end_date < today:
        raise InvalidInput("The planned end lies in the past.", field="planned_end_date")
    place, _ = CareTeamPlace.objects.update_or_create(
        patient_id=patient.pk,
        user=user,
        ended_at=None,
        defaults={"planned_end_date": planned_end_date},
        create_defaults={
            "site_id": patient.site_id,
            "chosen_by": by,
            "since_date": today,
            "planned_end_date": planned_end_date,
        },
    )
    detail = {"member": user.pk, "until": planned_end_date.isoformat()}
    record("put on care team", on=place, now=now, by=by, detail=detail)
    return place


@transaction.atomic
def take_off_care_team(*, place: CareTeamPlace, now: datetime, by: User) -> None:
    """Ends at once, without the days of grace that a planned end has."""
    require(by, Right.ASSIGN_CARE_TEAM, on=place)
    ended = CareTeamPlace.objects.filter(pk=place.pk, ended_at__isnull=True).update(ended_at=now)
    if not ended:
        raise Conflict
    record("take off care team", on=place, now=now, by=by, detail={"member": place.user_id})


@transaction.atomic
def open_in_emergency(
    *,
    patient: Any,
    reason: EmergencyReason,
    words: str,
    password: str,
    now: datetime,
    by: User,
) -> EmergencyAccess:
    """One record, for reading, for EMERGENCY_ACCESS_HOURS; the privacy officer sees it at once.

    `password` proves that the person who signed in still sits there. Raises WrongPassword,
    InvalidInput or AlreadyOpen (45 CFR 164.312(a)(2)(ii)).
    """
    require(by, Right.OPEN_IN_EMERGENCY)
    if not by.check_password(password):
        raise WrongPassword(field="password")
    if open_emergencies(by).get(patient.pk):
        raise AlreadyOpen
    opened = EmergencyAccess.objects.create(
        user=by,
        patient_id=patient.pk,
        site_id=patient.site_id,
        reason=reason,
        words=required_words(words, "words"),
        opened_at=now,
        ends_at=now + timedelta(hours=settings.EMERGENCY_ACCESS_HOURS),
    )
    record("open in emergency", on=opened, now=now, by=by, detail={"reason": reason})
    forget_roles(by)
    return opened


@transaction.atomic
def end_emergency(*, opened: EmergencyAccess, now: datetime, by: User) -> None:
    """One's own, before its hours are over."""
    if opened.user_id != by.pk:
        raise NotFound
    ended = EmergencyAccess.objects.filter(pk=opened.pk, ends_at__gt=now).update(ends_at=now)
    if ended:
        record("end emergency access", on=opened, now=now, by=by)
        forget_roles(by)


@transaction.atomic
def review_emergency(
    *, opened: EmergencyAccess, outcome: ReviewOutcome, words: str, now: datetime, by: User
) -> None:
    """What a look at it afterwards found, once, by somebody else. Raises AlreadyReviewed."""
    require(by, Right.REVIEW_EMERGENCIES, on=opened)
    if opened.user_id == by.pk:
        raise OwnAccessUnchanged(
            "Nobody reviews what they opened themselves.", remedy="Ask another privacy officer."
        )
    reviewed = EmergencyAccess.objects.filter(pk=opened.pk, reviewed_at__isnull=True).update(
        outcome=outcome,
        review_words=required_words(words, "words"),
        reviewed_at=now,
        reviewed_by=by,
    )
    if not reviewed:
        raise AlreadyReviewed
    record("review emergency access", on=opened, now=now, by=by, detail={"outcome": outcome})


@transaction.atomic
def begin_clinic(
    *, email: str, name: str, site: Mapping[str, str], now: datetime
) -> tuple[User, str]:
    """The first site and its administrator, with a password for one sign-in. Once.

    Afterwards accounts are made by accounts. Raises AccountExists when there is one already.
    """
    if User.objects.filter(is_service=False).exists():
        raise AccountExists(
            "This clinic has staff accounts already.", remedy="Ask its administrator for one."
        )
    _refuse_telling_name(site)
    by = service_account("set-up", now=now)
    password = secrets.token_urlsafe(15)
    user = User(
        email=email.strip().lower(), name=name.strip(), created_at=now, must_change_password=True
    )
    user.set_password(password)
    user.save(force_insert=True)
    place = Site.objects.create(**site)
    RoleAssignment.objects.create(
        user=user, site=place, role=Role.SYSTEM_ADMINISTRATOR, granted_at=now
    )
    record("begin clinic", on=place, now=now, by=by)
    record("create staff account", on=user, now=now, by=by)
    return user, password


@transaction.atomic
def set_up_site(*, code: str, details: Mapping[str, str], now: datetime, by: User) -> Site:
    """Make the site `code`, or change its name, phone, address, zone or neutral name.

    Who makes a site administers it, so that somebody can give roles there.
    """
    require(by, Right.SET_UP)
    _refuse_telling_name(details)
    site = Site.objects.select_for_update().filter(code=code).first()
    if site is not None:
        require(by, Right.SET_UP, on=_At(site.pk))
        changed = sorted(name for name in details if getattr(site, name) != details[name])
        if changed:
            Site.objects.filter(pk=site.pk).update(**{name: details[name] for name in changed})
            record("change site", on=site, now=now, by=by, detail={"fields": changed})
        return Site.objects.get(pk=site.pk)
    site = Site.objects.create(code=code, **details)
    RoleAssignment.objects.create(
        user=by, site=site, role=Role.SYSTEM_ADMINISTRATOR, granted_at=now
    )
    forget_roles(by)
    record("make site", on=site, now=now, by=by)
    return site


@transaction.atomic
def change_own_password(*, old_password: str, new_password: str, now: datetime, by: User) -> None:
    """One's own, with the old one. Raises WrongPassword or WeakPassword. Other sessions end."""
    if not by.check_password(old_password):
        raise WrongPassword(field="old_password")
    if old_password == new_password:
        raise WeakPassword("The new password is the old one.", field="new_password")
    _set_password(by, new_password, field="new_password")
    by.must_change_password = False
    by.save(update_fields=["password", "must_change_password"])
    record("change own password", on=by, kind=TrailKind.SIGN_IN, now=now, by=by)


@transaction.atomic
def reset_password(*, user: User, now: datetime, by: User) -> str:
    """A password for one sign-in, shown once; all sessions of `user` end, and `user` hears of it.

    Without a second factor of their own, whoever knows it could be them: their roles wait for a
    second person again.
    """
    require_over(user, by)
    password = secrets.token_urlsafe(15)
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    detail = {"tokens revoked": revoke_all_tokens(user, now=now)}
    if not has_factor(user):
        detail |= put_back_roles(user, now=now, by=by)
    note_for_owner(user, NoticeKind.PASSWORD_RESET, now=now)
    record("reset password", on=user, kind=TrailKind.SIGN_IN, now=now, by=by, detail=detail)
    return password


@transaction.atomic
def note_sign_in(*, succeeded: bool, shown: str = "password", now: datetime, by: User) -> None:
    """Log-ins are part of the trail; `shown` says by what somebody proved who they are."""
    if succeeded:
        by.last_login = now
        by.save(update_fields=["last_login"])
    action = "sign in" if succeeded else "failed sign-in"
    detail = {"with": shown} if succeeded else {}
    record(action, on=by, kind=TrailKind.SIGN_IN, now=now, by=by, detail=detail)


@transaction.atomic
def note_unknown_sign_in(*, account: str, now: datetime, by: User) -> None:
    """Somebody tried an e-mail that is no account: `account` stands for it (access/attempts.py).

    Never the address itself: it may be somebody's password, typed into the wrong field.
    """
    detail = {"account": account}
    record("failed sign-in", on=by, kind=TrailKind.SIGN_IN, now=now, by=by, detail=detail)


@transaction.atomic
def note_sign_out(*, now: datetime, by: User) -> None:
    record("sign out", on=by, kind=TrailKind.SIGN_IN, now=now, by=by)


@transaction.atomic
def end_session(*, session: StaffSession, now: datetime, by: User) -> None:
    """One of one's own, at another screen perhaps."""
    if session.user_id != by.pk:
        raise NotFound
    record("end session", on=session, kind=TrailKind.SIGN_IN, now=now, by=by)
    remove_sessions([session])


@transaction.atomic
def sign_out_elsewhere(*, keep: str, now: datetime, by: User) -> int:
    """All of one's own sessions but the one with the key `keep`; returns how many."""
    others = list(by.staff_sessions.exclude(session_key=keep))
    remove_sessions(others)
    record("sign out elsewhere", on=by, kind=TrailKind.SIGN_IN, now=now, by=by)
    return len(others)


@dataclass(frozen=True)
class _At:
    """A place to ask a right for."""

    site_id: int


def _set_password(user: User, password: str, field: str = "password") -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise WeakPassword(" ".join(problem.messages), field=field) from problem
    user.set_password(password)


def _refuse_telling_name(details: Mapping[str, str]) -> None:
    """The neutral name stands on patients' screens; found here, not at the first reminder."""
    word = telling_word(details.get("neutral_name", ""))
    if word:
        raise InvalidInput(
            f"The name used in messages must not say “{word}”: a patient's phone may be read by others.",
            field="neutral_name",
        )

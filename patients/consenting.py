"""The verbs on consents, restrictions and what leaves the clinic (42 CFR part 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from access.audit import record
from access.enums import Right, TrailKind
from access.models import User
from access.policy import require
from common.errors import InvalidInput
from common.words import required_words
from patients.disclosure import Asked, Known, Refusal, decide
from patients.enums import (
    ConsentEnd,
    ConsentKind,
    Expiration,
    NoticeForm,
    NoticeMethod,
    Purpose,
)
from patients.errors import (
    ConsentEnded,
    DeficientConsent,
    DisclosureRefused,
)
from patients.models import (
    Consent,
    Disclosure,
    Episode,
    Patient,
    PrivacyNotice,
    RestrictionRequest,
)
from patients.models.consent import TPO_PURPOSES
from patients.notices import TPO_RECIPIENTS
from patients.papers import lock, refuse_future, tidy
from patients.queries import IN_AN_EMERGENCY, grounds_open_to, information_open_to
from patients.refusals import WORDS
from patients.scope import scope_of
from patients.validity import Stay, missing_elements

#: What `record_consent` takes; the elements of 42 CFR 2.31(a).
CONSENT_FIELDS = (
    "kind",
    "discloser",
    "information",
    "information_detail",
    "recipients",
    "intermediary",
    "intermediary_participants",
    "to_covered_entity",
    "purposes",
    "purpose_detail",
    "how_to_revoke",
    "expiration",
    "expiry_date",
    "expiry_event",
    "states_hipaa_redisclosure",
    "states_loss_of_protection",
    "states_consequences",
    "is_condition_of_treatment",
    "signed_by",
    "signed_for",
    "signer_capacity",
    "signature_form",
    "date_signed",
)
#: What kinds of consent are for by their nature, so that nobody needs to type it.
PURPOSES_OF_KIND = {
    ConsentKind.TPO: TPO_PURPOSES,
    ConsentKind.LEGAL_PROCEEDINGS: (Purpose.LEGAL_PROCEEDINGS,),
    ConsentKind.REGISTRY: (Purpose.MULTIPLE_ENROLMENT,),
}


def record_consent(
    *, patient: Patient, consent: Mapping[str, Any], now: datetime, by: User
) -> Consent:
    """A signed consent. `consent` holds CONSENT_FIELDS (42 CFR 2.31(a)).

    Raises DeficientConsent, which names each element that is missing.
    """
    require(by, Right.RECORD_CONSENTS, on=patient)
    row = Consent(
        patient=patient,
        site_id=patient.site_id,
        recorded_by=by,
        recorded_at=now,
        **_consent_values(consent),
    )
    missing = missing_elements(row)
    if missing:
        raise DeficientConsent(missing)
    refuse_future(row.date_signed, patient, now, "date_signed")
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            record("record consent", on=row, now=now, by=by, detail={"kind": row.kind})
    except IntegrityError as problem:  # the table knows more than `missing_elements`: say so
        raise DeficientConsent({"kind": "something that its kind asks for (2.31)"}) from problem
    return row


def _consent_values(consent: Mapping[str, Any]) -> dict[str, Any]:
    """Tidied, with what the kind itself says filled in."""
    values = {name: tidy(consent[name]) for name in CONSENT_FIELDS if name in consent}
    kind = values.get("kind", "")
    if kind in PURPOSES_OF_KIND and not values.get("purposes"):
        values["purposes"] = list(PURPOSES_OF_KIND[kind])
    if kind == ConsentKind.TPO and not values.get("recipients"):
        values["recipients"] = [TPO_RECIPIENTS]
    for name in ("information", "purposes", "recipients"):
        values.setdefault(name, [])
    if values.get("expiration") != Expiration.DATE:
        values["expiry_date"] = None
    if values.get("expiration") != Expiration.EVENT:
        values["expiry_event"] = ""
    return values


@transaction.atomic
def end_consent(
    *, consent: Consent, reason: ConsentEnd, how: str, now: datetime, by: User
) -> Consent:
    """Revoked, its event has come, or found false: from now on nothing leaves on it (2.31(a)(6), (c)).

    `how` says in which way the patient revoked, or what was found. Once only: ConsentEnded.
    """
    require(by, Right.RECORD_CONSENTS, on=consent)
    lock(consent.patient)
    if reason == ConsentEnd.EVENT and consent.expiration != Expiration.EVENT:
        raise InvalidInput("This consent names no event at which it ends.", field="reason")
    ended = Consent.objects.filter(pk=consent.pk, ended_at__isnull=True).update(
        ended_at=now, end_reason=reason, end_note=required_words(how, "how"), ended_by=by
    )
    if not ended:
        raise ConsentEnded
    record("end consent", on=consent, now=now, by=by, detail={"reason": reason})
    consent.refresh_from_db()
    return consent


@transaction.atomic
def record_privacy_notice(
    *,
    patient: Patient,
    version: str,
    given_date: date,
    method: NoticeMethod,
    now: datetime,
    by: User,
) -> PrivacyNotice:
    """That the patient was given the notice of 42 CFR 2.22, in which version and how."""
    require(by, Right.RECORD_CONSENTS, on=patient)
    refuse_future(given_date, patient, now, "given_date")
    row = PrivacyNotice.objects.create(
        patient=patient,
        site_id=patient.site_id,
        version=required_words(version, "version"),
        given_date=given_date,
        method=method,
        recorded_by=by,
        recorded_at=now,
    )
    record("record privacy notice", on=row, now=now, by=by)
    return row


#: What `disclose` takes beside the notice; the grounds' own fields are needed by their ground only.
ASKED_FIELDS = tuple(Asked.__dataclass_fields__)
SETS = ("information", "order_information")


def disclose(
    *, patient: Patient, disclosure: Mapping[str, Any], now: datetime, by: User
) -> Disclosure:
    """The one door out. `disclosure` holds ASKED_FIELDS, `recipient_address`,
    `information_detail`, and may hold `notice_form` and `through_record`. Who has opened the record
    in an emergency tells those who treat that emergency, and nobody else (42 CFR 2.51).

    Writes the disclosure with what had to be recorded, or the refusal. Raises DisclosureRefused.
    """
    grounds = grounds_open_to(by, patient)
    if disclosure["basis"] not in grounds:
        require(by, Right.DISCLOSE, on=patient)
    if grounds == IN_AN_EMERGENCY:
        _refuse_unseen(patient, disclosure["information"], by)
    asked, how = _asked(disclosure), _how(disclosure)
    with transaction.atomic():
        lock(patient)
        decision = decide(asked=asked, known=_known(patient), now=now)
        if decision.refusal is None:
            return _let_out(patient, asked, how, decision.consent, now, by)
        _record_refusal(patient, asked, decision.refusal, now, by)
    # Outside, so that the refusal is written and stays, whoever catches this.
    message, remedy = WORDS[decision.refusal]
    raise DisclosureRefused(decision.refusal, message, remedy=remedy)


def _refuse_unseen(patient: Patient, information: Iterable[str], by: User) -> None:
    """Who opened a record tells what it shows them, and never of counselling notes."""
    if set(information) <= information_open_to(by, patient):
        return
    raise InvalidInput(
        "You can tell only what the opened record shows you, and nothing of counselling notes.",
        field="information",
    )


def _asked(disclosure: Mapping[str, Any]) -> Asked:
    values = {name: tidy(disclosure[name]) for name in ASKED_FIELDS if name in disclosure}
    return Asked(**{**values, **{name: frozenset(values.get(name, ())) for name in SETS}})


def _how(disclosure: Mapping[str, Any]) -> dict[str, Any]:
    """What is written of it beside what the door asks."""
    return {
        "recipient_address": required_words(disclosure["recipient_address"], "recipient_address"),
        "information_detail": required_words(
            disclosure["information_detail"], "information_detail"
        ),
        "through_record": disclosure.get("through_record", True),
        "notice_form": disclosure.get("notice_form") or NoticeForm.SHORT,
    }


def _let_out(
    patient: Patient,
    asked: Asked,
    how: Mapping[str, Any],
    consent: Consent | None,
    now: datetime,
    by: User,
) -> Disclosure:
    """2.32: with what is disclosed with consent go the notice and the consent's scope."""
    with_it = {"consent": consent, "scope": scope_of(consent)} if consent else {"notice_form": ""}
    row = Disclosure.objects.create(
        patient=patient,
        site_id=patient.site_id,
        disclosed_at=now,
        disclosed_by=by,
        discloser_name=by.name,
        recorded_at=now,
        **{**how, **_asked_values(asked), **with_it},
    )
    record("disclose", on=row, now=now, by=by, detail={"basis": asked.basis})
    return row


def _known(patient: Patient) -> Known:
    stays: list[Stay] = [
        (episode.admission_date, episode.discharge_date)
        for episode in Episode.objects.filter(patient=patient)
    ]
    return Known(
        consents=list(Consent.objects.filter(patient=patient).newest_first()),
        restrictions=list(RestrictionRequest.objects.filter(patient=patient).agreed()),
        stays=stays,
        zone=patient.site.time_zone,
    )


def _asked_values(asked: Asked) -> dict[str, Any]:
    """As columns: sets in the order of their list of words."""
    values = {name: getattr(asked, name) for name in ASKED_FIELDS}
    return {**values, **{name: sorted(values[name]) for name in SETS}}


def _record_refusal(
    patient: Patient, asked: Asked, refusal: Refusal, now: datetime, by: User
) -> None:
    record(
        "refused disclosure",
        on=patient,
        kind=TrailKind.REFUSAL,
        now=now,
        by=by,
        detail={"basis": asked.basis, "reason": refusal},
    )

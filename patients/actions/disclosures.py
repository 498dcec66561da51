"""The verbs on consents, restrictions and what leaves the clinic (42 CFR part 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditKind, Permission
from access.models import User
from common.errors import InvalidInput
from common.text_input import required_words
from patients.consents.common import clean_text, lock
from patients.consents.disclosure_policy import (
    DisclosureContext,
    DisclosureRequest,
    Refusal,
    decide_disclosure,
)
from patients.consents.refusal_messages import WORDS
from patients.consents.summary import scope_of
from patients.consents.validity import Stay
from patients.enums import (
    NoticeForm,
)
from patients.errors import (
    DisclosureRefused,
)
from patients.models import (
    Consent,
    Disclosure,
    Episode,
    Patient,
    RestrictionRequest,
)
from patients.queries import IN_AN_EMERGENCY, bases_open_to, information_open_to

#: What `disclose` takes beside the notice; the grounds' own fields are needed by their ground only.
ASKED_FIELDS = tuple(DisclosureRequest.__dataclass_fields__)


SETS = ("information", "order_information")


def disclose(
    *, patient: Patient, disclosure: Mapping[str, Any], now: datetime, by: User
) -> Disclosure:
    """The one door out. `disclosure` holds ASKED_FIELDS, `recipient_address`,
    `information_detail`, and may hold `notice_form` and `through_record`. Who has opened the record
    in an emergency tells those who treat that emergency, and nobody else (42 CFR 2.51).

    Writes the disclosure with what had to be recorded, or the refusal. Raises DisclosureRefused.
    """
    grounds = bases_open_to(by, patient)
    if disclosure["basis"] not in grounds:
        require_permission(by, Permission.DISCLOSE, on=patient)
    if grounds == IN_AN_EMERGENCY:
        _refuse_hidden_rows(patient, disclosure["information"], by)
    asked, how = _asked(disclosure), _how(disclosure)
    with transaction.atomic():
        lock(patient)
        decision = decide_disclosure(asked=asked, known=_known(patient), now=now)
        if decision.refusal is None:
            return _write_disclosure(patient, asked, how, decision.consent, now, by)
        _record_refusal(patient, asked, decision.refusal, now, by)
    # Outside, so that the refusal is written and stays, whoever catches this.
    message, remedy = WORDS[decision.refusal]
    raise DisclosureRefused(decision.refusal, message, remedy=remedy)


def _refuse_hidden_rows(patient: Patient, information: Iterable[str], by: User) -> None:
    """Who opened a record tells what it shows them, and never of counselling notes."""
    if set(information) <= information_open_to(by, patient):
        return
    raise InvalidInput(
        "You can tell only what the opened record shows you, and nothing of counselling notes.",
        field="information",
    )


def _asked(disclosure: Mapping[str, Any]) -> DisclosureRequest:
    values = {name: clean_text(disclosure[name]) for name in ASKED_FIELDS if name in disclosure}
    return DisclosureRequest(
        **{**values, **{name: frozenset(values.get(name, ())) for name in SETS}}
    )


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


def _write_disclosure(
    patient: Patient,
    asked: DisclosureRequest,
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


def _known(patient: Patient) -> DisclosureContext:
    stays: list[Stay] = [
        (episode.admission_date, episode.discharge_date)
        for episode in Episode.objects.filter(patient=patient)
    ]
    return DisclosureContext(
        consents=list(Consent.objects.filter(patient=patient).newest_first()),
        restrictions=list(RestrictionRequest.objects.filter(patient=patient).agreed()),
        stays=stays,
        zone=patient.site.time_zone,
    )


def _asked_values(asked: DisclosureRequest) -> dict[str, Any]:
    """As columns: sets in the order of their list of words."""
    values = {name: getattr(asked, name) for name in ASKED_FIELDS}
    return {**values, **{name: sorted(values[name]) for name in SETS}}


def _record_refusal(
    patient: Patient, asked: DisclosureRequest, refusal: Refusal, now: datetime, by: User
) -> None:
    record(
        "refused disclosure",
        on=patient,
        kind=AuditKind.REFUSAL,
        now=now,
        by=by,
        detail={"basis": asked.basis, "reason": refusal},
    )

"""A patient's consents as pages show them, each with its status today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from access.authz.policy import can
from access.enums import Permission
from access.models import User
from patients.consents.summary import end_words, purpose_words, words
from patients.consents.validity import Stay, state_of
from patients.enums import ConsentState, Information
from patients.models import Consent, Episode, Patient

TONES = {ConsentState.IN_FORCE: "good", ConsentState.NOT_SIGNED_YET: "warn"}


@dataclass(frozen=True)
class ShownConsent:
    row: Consent
    state: ConsentState
    tone: str
    what: str
    purpose: str
    ends: str

    @property
    def is_in_force(self) -> bool:
        return self.state == ConsentState.IN_FORCE


def stays_of(episodes: Iterable[Episode]) -> list[Stay]:
    return [(episode.admission_date, episode.discharge_date) for episode in episodes]


def shown(
    rows: Iterable[Consent], *, stays: Sequence[Stay], patient: Patient, now: datetime
) -> list[ShownConsent]:
    return [_shown(row, stays, patient.site.time_zone, now) for row in rows]


def _shown(row: Consent, stays: Sequence[Stay], zone: str, now: datetime) -> ShownConsent:
    state = state_of(row, stays=stays, zone=zone, now=now)
    return ShownConsent(
        row=row,
        state=state,
        tone=TONES.get(state, ""),
        what=words(Information, row.information),
        purpose=purpose_words(row),
        ends=end_words(row),
    )


def called(patient: Patient, user: User) -> str:
    """The patient's name if `user` may see it, else the record number."""
    return (
        patient.display_name if can(user, Permission.SEE_IDENTITY, on=patient) else number(patient)
    )


def number(patient: Patient) -> str:
    return f"Record {patient.record_number}"

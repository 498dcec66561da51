"""What a synthetic patient signed at admission: the privacy notice and one TPO consent."""

from exchange.demo.people import Person
from exchange.demo.records import Chart, moment
from exchange.demo.treatment_course import Stay
from patients.enums import (
    ConsentKind,
    Expiration,
    Information,
    NoticeMethod,
    SignatureForm,
    SignedFor,
)
from patients.models import Consent, PrivacyNotice
from patients.models.consents import TPO_PURPOSES
from patients.notice_texts import TPO_RECIPIENTS

ALL_BUT_NOTES = [word.value for word in Information if word != Information.COUNSELING_NOTES]


def add_consents(*, chart: Chart, stay: Stay, person: Person) -> None:
    of = {
        "patient_id": chart.patient_id,
        "site_id": chart.place.site.pk,
        "recorded_by_id": chart.managers[0],
        "recorded_at": moment(stay.start, hour=9, minute=30),
    }
    chart.batch.add_leaf(
        PrivacyNotice,
        version="2026-02",
        given_date=stay.start,
        method=NoticeMethod.PAPER,
        **of,
    )
    chart.batch.add_leaf(
        Consent,
        kind=ConsentKind.TPO,
        discloser=f"{chart.place.site.name} and its staff",
        information=ALL_BUT_NOTES,
        information_detail="All of my record but counseling notes",
        recipients=[TPO_RECIPIENTS],
        purposes=list(TPO_PURPOSES),
        how_to_revoke="In writing to the front desk, except where it was already relied on",
        expiration=Expiration.END_OF_TREATMENT,
        states_hipaa_redisclosure=True,
        states_loss_of_protection=True,
        states_consequences=True,
        signed_by=f"{person.given_name} {person.family_name}",
        signed_for=SignedFor.SELF,
        signature_form=SignatureForm.PAPER,
        date_signed=stay.start,
        **of,
    )

"""Naloxone kits and planned drug tests of synthetic patients."""

from datetime import date, datetime, timedelta
from random import Random

from access.enums import Role
from dispensary.enums import NaloxoneAnswer, NaloxoneProduct
from dispensary.models.naloxone import NaloxoneOffer
from exchange.demo.clinic import Place
from exchange.demo.people import draw
from exchange.demo.records import Chart, moment
from exchange.demo.treatment_course import Stay
from patients.models import Patient
from treatments.models import PlannedTest

GIVEN, DECLINED, FORGOTTEN = "given", "declined", "forgotten"
OFTEN = {GIVEN: 75, DECLINED: 10, FORGOTTEN: 15}
PRODUCTS = {NaloxoneProduct.NASAL_4_MG: 85, NaloxoneProduct.NASAL_3_MG: 15}
#: Days until a nasal spray expires when it is given.
KEEPS = (400, 1000)
#: Days from today on which a test is planned, and whether it was drawn at random.
TESTS = ((0, True), (0, False), (1, False), (9, True))


def add_naloxone(*, chart: Chart, stay: Stay) -> None:
    """Add a kit, or that it was declined; drawn separately, so that other draws stay the same."""
    random = Random(chart.patient_id)
    answer = draw(random, OFTEN)
    if answer == FORGOTTEN:
        return
    kit: dict[str, object] = {}
    if answer == GIVEN:
        kit = {
            "product": draw(random, PRODUCTS),
            "number": 1,
            "expires_date": stay.start + timedelta(days=random.randrange(*KEEPS)),
        }
    chart.batch.add_leaf(
        NaloxoneOffer,
        patient_id=chart.patient_id,
        site_id=chart.place.site.pk,
        answer=NaloxoneAnswer.GIVEN if answer == GIVEN else NaloxoneAnswer.DECLINED,
        offered_date=stay.start,
        offered_by_id=chart.nurses[0],
        recorded_at=moment(stay.start, hour=11),
        **kit,
    )


def add_planned_tests(*, place: Place, people: list[Patient], today: date, now: datetime) -> None:
    """Plan tests today, tomorrow, and a random one later."""
    PlannedTest.objects.bulk_create(
        PlannedTest(
            patient=patient,
            site=place.site,
            due_date=today + timedelta(days=ahead),
            is_random=is_random,
            planned_by=place.staff[Role.NURSE][0],
            recorded_at=now,
        )
        for patient, (ahead, is_random) in zip(people, TESTS, strict=False)
    )

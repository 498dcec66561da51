"""Privacy officers are told by e-mail, of everything, and nothing of whom."""

from datetime import timedelta

import pytest
import time_machine

from access.actions.emergency_access import open_in_emergency, review_emergency
from access.enums import EmergencyReason, ReviewOutcome, Role
from access.models import EmergencyAccess, RoleAssignment
from access.staff_emails import send_staff_emails
from tests.support.world import NOW, PASSWORD, give_role, make_user


@pytest.fixture(autouse=True)
def _with_mail(settings):
    settings.STAFF_MAIL = True


@pytest.fixture
def opened(world):
    make_user("Officer there", Role.PRIVACY_OFFICER, world.there)
    return open_in_emergency(
        patient=world.other_patient,
        reason=EmergencyReason.OVERDOSE,
        words="Found unconscious.",
        password=PASSWORD,
        now=NOW,
        by=world.nurse,
    )


def test_the_officers_of_the_site_are_told_once(opened, mailoutbox):
    assert send_staff_emails(now=NOW) == 1
    assert send_staff_emails(now=NOW) == 0
    (letter,) = mailoutbox
    assert letter.to == ["officer-there@example.org"]


def test_the_letter_names_nobody(world, opened, mailoutbox):
    send_staff_emails(now=NOW)
    text = f"{mailoutbox[0].subject} {mailoutbox[0].body}"
    patient = world.other_patient
    for word in (patient.family_name, patient.record_number, world.nurse.name, "unconscious"):
        assert word not in text


def test_what_could_not_be_sent_is_tried_again(opened, mailoutbox, monkeypatch):
    def refused(self, **_):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr("access.staff_emails.EmailMessage.send", refused)
        assert send_staff_emails(now=NOW) == 0
    assert EmergencyAccess.objects.get().told_at is None
    assert send_staff_emails(now=NOW) == 1
    assert len(mailoutbox) == 1


def test_who_dies_while_telling_leaves_it_to_the_next(opened, mailoutbox, monkeypatch):
    def killed(self, **_):
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr("access.staff_emails.EmailMessage.send", killed)
        with pytest.raises(SystemExit):
            send_staff_emails(now=NOW)
    assert send_staff_emails(now=NOW) == 1
    assert len(mailoutbox) == 1


def test_without_mail_the_page_alone_tells(opened, mailoutbox, settings):
    settings.STAFF_MAIL = False
    assert send_staff_emails(now=NOW) == 0
    assert not mailoutbox


def test_a_site_without_an_officer_tells_those_of_another(world, mailoutbox):
    open_in_emergency(
        patient=world.other_patient,
        reason=EmergencyReason.OVERDOSE,
        words="Found unconscious.",
        password=PASSWORD,
        now=NOW,
        by=world.nurse,
    )
    send_staff_emails(now=NOW)
    assert mailoutbox[0].to == ["privacy-officer@example.org"]


def test_without_any_officer_the_site_s_director_is_told(world, opened, mailoutbox):
    RoleAssignment.objects.filter(role=Role.PRIVACY_OFFICER).delete()
    send_staff_emails(now=NOW)
    assert mailoutbox[0].to == [world.stranger.email]


def test_several_in_a_day_are_the_director_s_affair_too(world, opened, mailoutbox):
    for hours, words in ((30, "once"), (1, "twice"), (2, "three times"), (3, "four times")):
        EmergencyAccess.objects.create(
            user=world.nurse,
            patient_id=world.other_patient.pk,
            site=world.there,
            reason=EmergencyReason.OVERDOSE,
            words=words,
            opened_at=NOW - timedelta(hours=hours),
            ends_at=NOW - timedelta(hours=hours),
        )
    send_staff_emails(now=NOW)
    told = [(letter.subject.split()[0], sorted(letter.to)) for letter in mailoutbox]
    officer, director = "officer-there@example.org", world.stranger.email
    assert told == [
        ("A", [officer]),  # thirty hours ago
        ("A", [officer]),
        ("A", [officer]),
        ("One", [officer, director]),
        ("One", [officer, director]),
    ]


def test_nobody_to_tell_leaves_it_to_whoever_comes(world, opened, mailoutbox):
    RoleAssignment.objects.filter(role__in=[Role.PRIVACY_OFFICER, Role.CLINICAL_DIRECTOR]).delete()
    assert send_staff_emails(now=NOW) == 0
    give_role(world.prescriber, Role.PRIVACY_OFFICER, world.there)
    assert send_staff_emails(now=NOW) == 1


def test_an_overdue_review_is_asked_for_again_and_again(world, opened, mailoutbox):
    days = [0, 2, 4, 5, 7, 8]
    sent = [send_staff_emails(now=NOW + timedelta(days=day, hours=1)) for day in days]
    assert sent == [1, 0, 1, 0, 1, 0]
    assert mailoutbox[1].subject.endswith("waiting for review")
    give_role(world.privacy_officer, Role.PRIVACY_OFFICER, world.there)
    review_emergency(
        opened=opened,
        outcome=ReviewOutcome.JUSTIFIED,
        words="Ambulance came.",
        now=NOW,
        by=world.privacy_officer,
    )
    assert send_staff_emails(now=NOW + timedelta(days=20)) == 0


def test_the_page_marks_what_is_overdue_and_who_opens_many(world, opened, sign_in):
    give_role(world.privacy_officer, Role.PRIVACY_OFFICER, world.there)
    client = sign_in(world.privacy_officer)
    with time_machine.travel(NOW + timedelta(days=1)):
        page = client.get("/emergencies").content.decode()
        assert "overdue" not in page
        assert "within 24 hours" not in page
    EmergencyAccess.objects.bulk_create(
        EmergencyAccess(
            user=world.nurse,
            patient_id=world.other_patient.pk,
            site=world.there,
            reason=EmergencyReason.OVERDOSE,
            words="Again.",
            opened_at=NOW,
            ends_at=NOW,
        )
        for _ in range(2)
    )
    with time_machine.travel(NOW + timedelta(days=4)):
        client = sign_in(world.privacy_officer)
        page = client.get("/emergencies").content.decode()
    assert page.count("overdue") == 3
    assert page.count("3 within 24 hours") == 3

"""Privacy officers are told by e-mail, of everything, and nothing of whom."""

import pytest

from access.actions import open_in_emergency
from access.enums import EmergencyReason, Role
from access.models import EmergencyAccess
from access.telling import tell_privacy_officers
from tests.world import NOW, PASSWORD, make_user


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
    assert tell_privacy_officers(now=NOW) == 1
    assert tell_privacy_officers(now=NOW) == 0
    (letter,) = mailoutbox
    assert letter.to == ["officer-there@example.org"]


def test_the_letter_names_nobody(world, opened, mailoutbox):
    tell_privacy_officers(now=NOW)
    text = f"{mailoutbox[0].subject} {mailoutbox[0].body}"
    patient = world.other_patient
    for word in (patient.family_name, patient.record_number, world.nurse.name, "unconscious"):
        assert word not in text


def test_what_could_not_be_sent_is_tried_again(opened, mailoutbox, monkeypatch):
    def refused(self, **_):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr("access.telling.EmailMessage.send", refused)
        assert tell_privacy_officers(now=NOW) == 0
    assert EmergencyAccess.objects.get().told_at is None
    assert tell_privacy_officers(now=NOW) == 1
    assert len(mailoutbox) == 1


def test_who_dies_while_telling_leaves_it_to_the_next(opened, mailoutbox, monkeypatch):
    def killed(self, **_):
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr("access.telling.EmailMessage.send", killed)
        with pytest.raises(SystemExit):
            tell_privacy_officers(now=NOW)
    assert tell_privacy_officers(now=NOW) == 1
    assert len(mailoutbox) == 1


def test_without_mail_the_page_alone_tells(opened, mailoutbox, settings):
    settings.STAFF_MAIL = False
    assert tell_privacy_officers(now=NOW) == 0
    assert not mailoutbox

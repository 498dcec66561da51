"""Who sent somebody and why they left is clinical: told where SEE_CLINICAL reaches, at every face."""

from __future__ import annotations

import pytest
from django.test import Client

from access.models import AuditEntry
from patients.actions.admissions import admit
from patients.enums import DischargeReason, ReferralSource
from patients.models import Episode
from tests.api.callers import Caller
from tests.support.world import NOW, TODAY, World, make_user
from treatments.actions.discharge import discharge_from_care

LABELS = (str(ReferralSource.COURT.label), str(DischargeReason.INCARCERATED.label))
CODES = (ReferralSource.COURT.value, DischargeReason.INCARCERATED.value)
#: What both are called, by face: words that stand nowhere else in what is read here.
WORDS = {"page": LABELS[1:], "admin": LABELS, "API": CODES}


@pytest.fixture
def ended(world: World) -> Episode:
    episode = admit(
        patient=world.patient,
        program=world.program,
        admission_date=TODAY,
        referral_source=ReferralSource.COURT,
        now=NOW,
        by=world.prescriber,
    )
    return discharge_from_care(
        episode=episode,
        discharge_date=TODAY,
        reason=DischargeReason.INCARCERATED,
        now=NOW,
        by=world.prescriber,
    )


def read(user, episode: Episode) -> dict[str, str]:
    """By face: all that it says of the patient and of the episode."""
    browser = Client()
    browser.force_login(user)
    addresses = {
        "page": [f"/patients/{episode.patient_id}", "/patients"],
        "admin": ["/admin/patients/episode/", f"/admin/patients/episode/{episode.pk}/change/"],
        "API": ["/api/v1/episodes", f"/api/v1/episodes/{episode.pk}"],
    }
    return {
        face: "".join(browser.get(path).content.decode() for path in paths)
        for face, paths in addresses.items()
    }


def test_who_sees_the_clinical_record_is_told(world: World, ended: Episode):
    said = read(world.prescriber, ended)
    for face, words in WORDS.items():
        assert not [word for word in words if word not in said[face]], face


@pytest.mark.parametrize("who", ["front_desk", "counselor"])
def test_who_does_not_is_told_that_it_ended_and_when(world: World, ended: Episode, who: str):
    """The counselor is of the site, and not on this patient's care team."""
    user = getattr(world, who)
    if who == "counselor":
        user = make_user("Not on the team", user.role_assignments.get().role, world.here)
    said = read(user, ended)
    for face, text in said.items():
        assert not [word for word in (*LABELS, *WORDS[face]) if word in text], face
    assert "Discharged from" in said["page"]
    one = Caller(user).get(f"episodes/{ended.pk}").json()
    assert one["discharge_date"] == TODAY.isoformat()
    assert (one["referral_source"], one["discharge_reason"]) == (None, None)


def test_an_open_episode_has_no_reason_which_is_told_too(world: World):
    episode = world.admit()
    one = Caller(world.prescriber).get(f"episodes/{episode.pk}").json()
    assert (one["referral_source"], one["discharge_reason"]) == ("unknown", "")


def test_what_is_not_told_is_not_lost_when_the_row_is_saved(world: World, ended: Episode):
    row = Episode.objects.visible_to(world.front_desk).get(pk=ended.pk)
    row.save()
    assert Episode.objects.get(pk=ended.pk).discharge_reason == DischargeReason.INCARCERATED


def test_the_trail_does_not_say_why(world: World, ended: Episode):
    """The privacy officer reads it, and sees nothing clinical."""
    assert AuditEntry.objects.get(action="discharge").detail == {}

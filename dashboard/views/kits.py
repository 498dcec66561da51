"""Naloxone kits: given, or offered and declined."""

from __future__ import annotations

from access.enums import Right
from dashboard.care_forms import DeclinedKitForm, KitForm
from dashboard.views.patients import adding
from dispensary import equipping

give_kit = adding(
    Right.RECORD_CLINICAL,
    KitForm,
    equipping.give_naloxone_kit,
    title="Give a naloxone kit",
    button="Record the kit",
    done="Recorded.",
    day="given_date",
)
decline_kit = adding(
    Right.RECORD_CLINICAL,
    DeclinedKitForm,
    equipping.note_naloxone_declined,
    title="Naloxone offered and declined",
    button="Record",
    done="Recorded.",
    day="declined_date",
)

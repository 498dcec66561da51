"""Naloxone kits: given, or offered and declined."""

from __future__ import annotations

from access.enums import Permission
from dashboard.views.patients import adding
from dispensary.actions.naloxone import give_naloxone_kit, record_naloxone_declined
from dispensary.forms.naloxone import DeclinedKitForm, KitForm

give_kit = adding(
    Permission.RECORD_CLINICAL,
    KitForm,
    give_naloxone_kit,
    title="Give naloxone kit",
    button="Save",
    done="Saved.",
    day="given_date",
)
decline_kit = adding(
    Permission.RECORD_CLINICAL,
    DeclinedKitForm,
    record_naloxone_declined,
    title="Naloxone declined",
    button="Save",
    done="Saved.",
    day="declined_date",
)

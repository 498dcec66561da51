"""/naloxone-offers: naloxone kits that were given, or offered and declined."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fields import DayField, Input, RowField, WordField, optional_text_of
from api.framework.resource import Readable, creation, verb_of_all
from api.resources.contacts import OfPatient
from api.resources.reference_lists import OfSite
from dispensary.actions.naloxone import MOST_KITS, give_naloxone_kit, record_naloxone_declined
from dispensary.enums import NaloxoneProduct
from dispensary.models.naloxone import NaloxoneOffer


class NaloxoneOfferOutput(serializers.ModelSerializer[NaloxoneOffer]):
    """`product`, `number`, `expires_date` and `lot` are those of a kit that was given."""

    class Meta:
        model = NaloxoneOffer
        fields = (
            "id",
            "patient",
            "site",
            "answer",
            "offered_date",
            "offered_by",
            "product",
            "number",
            "expires_date",
            "lot",
            "recorded_at",
        )
        read_only_fields = fields


class NewKit(Input):
    patient = RowField(row_lookups.patients)
    product = WordField(NaloxoneProduct)
    number = serializers.IntegerField(min_value=1, max_value=MOST_KITS, required=False)
    given_date = DayField()
    expires_date = DayField()
    lot = optional_text_of(NaloxoneOffer, "lot")


class DeclinedKit(Input):
    patient = RowField(row_lookups.patients)
    declined_date = DayField()


class NaloxoneFilters(OfPatient, OfSite):
    """By patient, or by site."""


class NaloxoneOffers(Readable):
    """Naloxone kits, newest first."""

    rights = {
        "list": Permission.SEE_CLINICAL,
        "retrieve": Permission.SEE_CLINICAL,
        "create": Permission.RECORD_CLINICAL,
        "declined": Permission.RECORD_CLINICAL,
    }
    queryset = NaloxoneOffer.objects.all()
    serializer_class = NaloxoneOfferOutput
    filterset_class = NaloxoneFilters
    order = NaloxoneOffer.ORDER

    @creation(takes=NewKit, gives=NaloxoneOfferOutput)
    def create(self, request: Request) -> Response:
        """Record a kit that was given."""
        return self.run_action(give_naloxone_kit, NewKit, code=201)

    @verb_of_all("declined", takes=DeclinedKit, gives=NaloxoneOfferOutput)
    def declined(self, request: Request) -> Response:
        """Record that a kit was offered and declined."""
        return self.run_action(record_naloxone_declined, DeclinedKit, code=201)

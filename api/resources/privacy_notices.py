"""/privacy-notices: records that the notice of privacy practices was given (42 CFR 2.22)."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fields import (
    DayField,
    Input,
    RowField,
    WordField,
    text_of,
)
from api.framework.resource import Readable, creation
from api.resources.consents import RIGHTS
from api.resources.contacts import OfPatient
from patients.actions.privacy_notices import record_privacy_notice
from patients.enums import (
    NoticeMethod,
)
from patients.models import (
    PrivacyNotice,
)


class PrivacyNoticeOutput(serializers.ModelSerializer[PrivacyNotice]):
    class Meta:
        model = PrivacyNotice
        fields = ("id", "patient", "version", "given_date", "method", "recorded_by", "recorded_at")
        read_only_fields = fields


class NewPrivacyNotice(Input):
    patient = RowField(row_lookups.patients)
    version = text_of(PrivacyNotice, "version")
    given_date = DayField()
    method = WordField(NoticeMethod)


class PrivacyNotices(Readable):
    """Records that the notice of 42 CFR 2.22 was given: version, day, method."""

    rights = {**RIGHTS, "create": Permission.RECORD_CONSENTS}
    queryset = PrivacyNotice.objects.all()
    serializer_class = PrivacyNoticeOutput
    filterset_class = OfPatient
    order = PrivacyNotice.ORDER

    @creation(takes=NewPrivacyNotice, gives=PrivacyNoticeOutput)
    def create(self, request: Request) -> Response:
        """Record that the notice was given."""
        return self.run_action(record_privacy_notice, NewPrivacyNotice, code=201)

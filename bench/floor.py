"""The floor: the same fifty rows by the framework alone. No session, no rights, no paging.

Runs only by its own settings; the product has no such address.
"""

from django.urls import path
from rest_framework.generics import ListAPIView

from api.resources.patients import PatientOutput
from patients.models import Patient


class BarePatients(ListAPIView[Patient]):
    """The first page of the patient list, for whoever asks."""

    queryset = Patient.objects.defer(*Patient.ONLY_SEARCHED).order_by(*Patient.ORDER)[:50]
    serializer_class = PatientOutput


urlpatterns = [path("floor", BarePatients.as_view()), path("healthz", BarePatients.as_view())]

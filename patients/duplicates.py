"""Search for records that may be the same person, shown before a new record is created.

Staff decide; nothing is merged automatically.
"""

from datetime import date

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q, Value
from django.db.models.functions import Concat, Lower

from access.actor import Actor
from patients.models import Patient

#: Names with this trigram similarity (0 to 1) and the same birth date are probably one person.
ALIKE = 0.35


def probable_duplicates(
    *, given_name: str, family_name: str, birth_date: date, user: Actor
) -> list[Patient]:
    """List up to five visible patients with the same full name, or similar name and birth date.

    A birth date with day and month swapped counts as the same.
    """
    name = f"{family_name} {given_name}".lower().strip()
    born = Q(birth_date=birth_date)
    if birth_date.day <= 12:
        born |= Q(birth_date=birth_date.replace(month=birth_date.day, day=birth_date.month))
    likeness = TrigramSimilarity(Lower(Concat("family_name", Value(" "), "given_name")), name)
    found = (
        Patient.objects.visible_to(user)
        .annotate(likeness=likeness)
        .filter(
            (born & Q(likeness__gte=ALIKE))
            | Q(family_name__iexact=family_name.strip(), given_name__iexact=given_name.strip())
        )
    )
    return list(found.order_by("-likeness", "id")[:5])

"""Dose limits for orders, in milligrams of the named product per interval.

The limits are federal and label values; a licensed medical director approves them before use
(docs/clinical.md). The source is given with each value.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from treatments.enums import Medication, Product
from treatments.errors import DoseNeedsReason, DoseNotSafe, OrdersContradict


@dataclass(frozen=True)
class Limits:
    """Limits of one product; if `only` is set, no other doses exist."""

    medication: Medication
    form: str
    interval_days: int
    highest_first_dose: Decimal | None = None
    reason_above: Decimal | None = None
    never_above: Decimal | None = None
    only: tuple[Decimal, ...] = ()
    covers_days: int = 1
    #: Shortest and longest interval in days that an order may have.
    intervals: tuple[int, int] = (1, 1)
    #: Minimum number of days after the previous dose. Two values: after the first dose of the
    #: product, and after every later one.
    earliest: tuple[int, int] = (1, 1)
    #: Whether the patient may take it home; injections are given by staff.
    goes_home: bool = True


def _mg(*values: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(value) for value in values)


LIMITS: Mapping[Product, Limits] = {
    # Label: first single dose 20-30 mg. No legal maximum; above 120 mg review. Typing errors (1000
    # for 100) are stopped at 300 mg, a clinic default and not a rule of law.
    Product.METHADONE_ORAL: Limits(
        Medication.METHADONE,
        "oral solution",
        1,
        highest_first_dose=Decimal(30),
        reason_above=Decimal(120),
        never_above=Decimal(300),
    ),
    # The label has no maximum (FDA, 27 Dec 2024): above 24 mg a reason, above 32 mg medical review.
    # First dose 2-4 mg, day-one total 8 mg by label.
    Product.BUPRENORPHINE_SL: Limits(
        Medication.BUPRENORPHINE,
        "sublingual tablet",
        1,
        highest_first_dose=Decimal(8),
        reason_above=Decimal(24),
        never_above=Decimal(64),
        intervals=(1, 3),
    ),
    Product.BUPRENORPHINE_NALOXONE_FILM: Limits(
        Medication.BUPRENORPHINE,
        "film",
        1,
        highest_first_dose=Decimal(8),
        reason_above=Decimal(24),
        never_above=Decimal(64),
        intervals=(1, 3),
    ),
    Product.BUPRENORPHINE_NALOXONE_TABLET: Limits(
        Medication.BUPRENORPHINE,
        "sublingual tablet",
        1,
        highest_first_dose=Decimal(8),
        reason_above=Decimal(24),
        never_above=Decimal(64),
        intervals=(1, 3),
    ),
    Product.ZUBSOLV: Limits(
        Medication.BUPRENORPHINE,
        "Zubsolv tablet",
        1,
        highest_first_dose=Decimal("5.7"),
        reason_above=Decimal("17.2"),
        never_above=Decimal("45.6"),
        intervals=(1, 3),
    ),
    # 300, 300, then 100 (300 where needed). The second at the earliest one week after the first;
    # after that at least 26 days apart (label, 02/2025).
    Product.SUBLOCADE: Limits(
        Medication.BUPRENORPHINE,
        "injection",
        28,
        only=_mg("100", "300"),
        covers_days=28,
        intervals=(26, 42),
        earliest=(7, 26),
        goes_home=False,
    ),
    # Weekly, 2 days earlier or later. While a new patient is titrated, further doses in the same
    # week are possible from the next day on (label, not checked again).
    Product.BRIXADI_WEEKLY: Limits(
        Medication.BUPRENORPHINE,
        "injection",
        7,
        only=_mg("8", "16", "24", "32"),
        covers_days=7,
        intervals=(5, 9),
        earliest=(1, 5),
        goes_home=False,
    ),
    # Monthly, one week earlier or later.
    Product.BRIXADI_MONTHLY: Limits(
        Medication.BUPRENORPHINE,
        "injection",
        28,
        only=_mg("64", "96", "128"),
        covers_days=28,
        intervals=(21, 35),
        earliest=(21, 21),
        goes_home=False,
    ),
    # Every 4 weeks or monthly (label); at least 26 days apart is a clinic default.
    Product.NALTREXONE_INJECTION: Limits(
        Medication.NALTREXONE,
        "injection",
        28,
        only=_mg("380"),
        covers_days=28,
        intervals=(26, 35),
        earliest=(26, 26),
        goes_home=False,
    ),
    Product.NALTREXONE_ORAL: Limits(
        Medication.NALTREXONE,
        "tablet",
        1,
        highest_first_dose=Decimal(50),
        never_above=Decimal(150),
        intervals=(1, 3),
    ),
}


#: Products that staff give at intervals with a window.
INJECTIONS = tuple(product for product, limits in LIMITS.items() if not limits.goes_home)

#: Largest amount that a dose record may have, in mg. It is above every limit here, because a
#: mistake is recorded as it happened, and low enough to stop typing errors.
MOST_RECORDED_MG = Decimal(1000)


def medication_of(product: str) -> Medication:
    return LIMITS[Product(product)].medication


def check_together(*, ordered: Iterable[str], elsewhere: Iterable[str] = ()) -> None:
    """Refuse products that one patient must not be ordered at the same time.

    `ordered` are the products of one plan; `elsewhere` those of active plans in the patient's other
    programs. Raises OrdersContradict.
    """
    times = Counter(ordered)
    for product, count in times.items():
        if count > 1:
            raise OrdersContradict(f"The plan has {count} orders for {Product(product).label}.")
    _check_antagonist(times, "Remove one of the two, then sign.")
    _check_antagonist(
        {*times, *elsewhere}, "One of the two orders is in another program: end that order first."
    )


def _check_antagonist(products: Collection[str], remedy: str) -> None:
    """Naltrexone is contraindicated for patients who take opioids (its label)."""
    antagonists = [one for one in products if medication_of(one) == Medication.NALTREXONE]
    agonists = [one for one in products if medication_of(one) != Medication.NALTREXONE]
    if antagonists and agonists:
        raise OrdersContradict(
            f"{Product(antagonists[0]).label} cannot be ordered together with"
            f" {Product(agonists[0]).label}: this causes immediate withdrawal.",
            remedy=remedy,
        )


def check_interval(*, product: str, interval_days: int | None) -> int:
    """Return the interval of an order in days; the product's own if None.

    Raises DoseNotSafe if the product does not allow it.
    """
    limits = LIMITS[Product(product)]
    if interval_days is None:
        return limits.interval_days
    least, most = limits.intervals
    if not least <= interval_days <= most:
        allowed = "daily" if most == 1 else f"every {least} to {most} days"
        raise DoseNotSafe(
            f"{Product(product).label} is given {allowed}, not every {interval_days} days.",
            field="interval_days",
        )
    return interval_days


def check_dose(
    *, product: str, dose_mg: Decimal, reason: str = "", first_dose: bool = False
) -> None:
    """Refuse a dose that the product does not allow.

    Raises DoseNotSafe, or DoseNeedsReason if a documented rationale allows it (42 CFR
    8.12(h)(3)(ii), (h)(4)).
    """
    limits = LIMITS[Product(product)]
    if dose_mg <= 0:
        raise DoseNotSafe("The dose must be more than 0 mg.", field="dose_mg")
    if limits.only and dose_mg not in limits.only:
        allowed = ", ".join(f"{dose.normalize():f}" for dose in limits.only)
        raise DoseNotSafe(
            f"{Product(product).label} is available only as {allowed} mg.", field="dose_mg"
        )
    if limits.never_above is not None and dose_mg > limits.never_above:
        raise DoseNotSafe(
            f"{dose_mg:f} mg is above {limits.never_above:f} mg, the maximum in this clinic's settings.",
            remedy="Check the decimal point and the unit.",
            field="dose_mg",
        )
    _check_unusual(limits, dose_mg, reason, first_dose)


def _check_unusual(limits: Limits, dose_mg: Decimal, reason: str, first_dose: bool) -> None:
    first = limits.highest_first_dose if first_dose else None
    for bound, words in (
        (first, "is more than the label's first dose of"),
        (limits.reason_above, "is above the dose that needs review,"),
    ):
        if bound is not None and dose_mg > bound and not reason.strip():
            raise DoseNeedsReason(f"{dose_mg:f} mg {words} {bound:f} mg.", field="dose_reason")

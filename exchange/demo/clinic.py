"""The demonstration clinic: sites, programs, visit types, rooms, staff and log-ins."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from random import Random

from django.conf import settings
from django.contrib.auth.hashers import make_password

from access.actions.accounts import SERVICE_DOMAIN
from access.enums import Role
from access.models import RoleAssignment, Site, User
from appointments.enums import VisitMode
from appointments.models import Appointment, AppointmentType, Room
from exchange.demo.people import FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES
from patients.models import Program
from treatments.enums import Arm

#: For the demonstration only, and the same for everybody: it is printed by `make run`.
PASSWORD = "demonstration-only-pass"  # noqa: S105 - documented, and refused in production # nosec B105
#: The account that seeding acts as. It also marks a database that printed passwords may open
#: (clinic/demo_mode.py).
SEEDER = "demonstration-seed"
SEEDED_BY = f"{SEEDER}@{SERVICE_DOMAIN}"
UNUSABLE = "!"
PATIENTS_PER_SITE = 2500
SMALLEST_CLINIC = 2
SITE_NAMES = (("harbor-street", "Harbor Street"), ("mill-road", "Mill Road"))
#: The installation's time zone, so that the demonstration's day is the reader's day.
ZONE = settings.TIME_ZONE

LOG_INS: Mapping[Role, tuple[str, str]] = {
    Role.PRESCRIBER: ("prescriber@example.org", "Dr. Amara Osei"),
    Role.NURSE: ("nurse@example.org", "Teresa Lindqvist"),
    Role.COUNSELOR: ("counselor@example.org", "Marcus Bell"),
    Role.CASE_MANAGER: ("case-manager@example.org", "Lucia Fernandes"),
    Role.FRONT_DESK: ("front-desk@example.org", "Joan Whitaker"),
    Role.CLINICAL_DIRECTOR: ("director@example.org", "Dr. Helen Sato"),
    Role.PRIVACY_OFFICER: ("privacy@example.org", "Samuel Greene"),
    Role.SYSTEM_ADMINISTRATOR: ("administrator@example.org", "Priya Nair"),
}
PROGRAMS = {
    "otp": "Opioid treatment program",
    "office-based": "Office-based treatment",
    "outpatient": "Outpatient counseling",
}
# code: name, minutes, arm
VISITS: Mapping[str, tuple[str, int, str]] = {
    "intake": ("Intake", 60, ""),
    "medical": ("Medical visit", 30, Arm.MEDICATION),
    "injection": ("Injection", 15, Arm.MEDICATION),
    "counselling": ("Counseling", 45, Arm.BEHAVIORAL),
    "case-management": ("Case management", 30, Arm.BEHAVIORAL),
}
BY_PHONE_OR_VIDEO = {"counselling", "case-management"}
#: How many patients one practitioner has at a site.
CASELOADS = {Role.PRESCRIBER: 120, Role.NURSE: 100, Role.COUNSELOR: 40, Role.CASE_MANAGER: 80}
#: Groups: the kind of visit with its seats, and the room that has them.
GROUP, GROUP_NAME, GROUP_SEATS, GROUP_ROOM = "group", "Evening group", 10, "Group room"


@dataclass(kw_only=True)
class Place:
    """One site with what appointments and plans there need."""

    site: Site
    programs: Mapping[str, Program]
    types: Mapping[str, AppointmentType]
    group_room: Room
    staff: dict[Role, list[User]] = field(default_factory=dict)
    #: Each practitioner has a room: two appointments cannot be in one room at one time.
    rooms: dict[int, Room] = field(default_factory=dict)
    codes: Iterator[int] = field(default_factory=count)

    def check_in_code(self) -> str:
        """Return six digits that no other appointment of this site has."""
        return f"{next(self.codes) * 7919 % 1_000_000:06}"

    def colleagues(self, *, role: Role, random: Random) -> list[int]:
        """Return ids of the practitioners in `role`, in the order in which this patient sees them."""
        people = [user.pk for user in self.staff[role]]
        first = random.randrange(len(people))
        return people[first:] + people[:first]


def is_real_clinic() -> bool:
    """Whether the database has accounts that seeding did not create."""
    people = User.objects.filter(is_service=False).exists()
    return people and not User.objects.filter(email=SEEDED_BY).exists()


def open_clinic(*, patients: int, random: Random, now: datetime) -> list[Place]:
    """Create (or find again) sites for this many patients, with staff."""
    places = [_open_site(code=code, name=name) for code, name in _site_names(patients)]
    named = hire_log_ins(sites=[place.site for place in places], now=now)
    for place in places:
        share = -(-patients // len(places))
        for role, caseload in CASELOADS.items():
            place.staff[role] = [named[role]] if place is places[0] else []
            place.staff[role] += _hire_more(
                place=place, role=role, count=-(-share // caseload), random=random, now=now
            )
        place.rooms = _rooms(place)
    return places


def _rooms(place: Place) -> dict[int, Room]:
    people = [user for users in place.staff.values() for user in users]
    return {
        user.pk: Room.objects.get_or_create(site=place.site, name=f"Room {number}")[0]
        for number, user in enumerate(people, start=1)
    }


def hire_log_ins(*, sites: Iterable[Site], now: datetime) -> dict[Role, User]:
    """Create the printed log-ins, each in its role at all of `sites`."""
    password = make_password(PASSWORD)  # hashing is slow on purpose, so it is done once
    return {
        role: _hire(email=email, name=name, role=role, sites=sites, now=now, password=password)
        for role, (email, name) in LOG_INS.items()
    }


def _site_names(patients: int) -> Iterator[tuple[str, str]]:
    yield from SITE_NAMES
    for number in range(SMALLEST_CLINIC, -(-patients // PATIENTS_PER_SITE)):
        yield f"site-{number + 1}", f"Site {number + 1}"


def _open_site(*, code: str, name: str) -> Place:
    site, _ = Site.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "neutral_name": name,
            "phone": "+1 617 555 0100",
            "address": f"1 {name}, Springfield",
            "time_zone": ZONE,
        },
    )
    return Place(
        site=site,
        codes=count(Appointment.objects.filter(site=site).count()),
        programs={
            code: Program.objects.get_or_create(site=site, code=code, defaults={"name": name})[0]
            for code, name in PROGRAMS.items()
        },
        types={code: _visit_type(code) for code in VISITS} | {GROUP: _group_type()},
        group_room=Room.objects.get_or_create(
            site=site, name=GROUP_ROOM, defaults={"capacity": GROUP_SEATS}
        )[0],
    )


def _visit_type(code: str) -> AppointmentType:
    name, minutes, arm = VISITS[code]
    modes = [VisitMode.IN_PERSON]
    if code in BY_PHONE_OR_VIDEO:
        modes += [VisitMode.PHONE, VisitMode.VIDEO]
    kind, _ = AppointmentType.objects.get_or_create(
        code=code, defaults={"name": name, "minutes": minutes, "arm": arm, "modes": modes}
    )
    return kind


def _group_type() -> AppointmentType:
    kind, _ = AppointmentType.objects.get_or_create(
        code=GROUP,
        defaults={
            "name": GROUP_NAME,
            "minutes": 60,
            "capacity": GROUP_SEATS,
            "arm": Arm.BEHAVIORAL,
            "modes": [VisitMode.IN_PERSON, VisitMode.VIDEO],
        },
    )
    return kind


def _hire(
    *, email: str, name: str, role: Role, sites: Iterable[Site], now: datetime, password: str
) -> User:
    """Create a staff member. `password` is a hash, or one that nothing matches."""
    user, _ = User.objects.get_or_create(
        email=email,
        defaults={"name": name, "created_at": now, "password": password},
    )
    for site in sites:
        RoleAssignment.objects.get_or_create(
            user=user, site=site, role=role, defaults={"granted_at": now}
        )
    return user


def _hire_more(
    *, place: Place, role: Role, count: int, random: Random, now: datetime
) -> list[User]:
    names = [
        f"{random.choice(FEMALE_NAMES + MALE_NAMES)} {random.choice(FAMILY_NAMES)}"
        for _ in range(count)
    ]
    return [
        _hire(
            email=f"{role}-{number}.{place.site.code}@example.org".replace("_", "-"),
            name=f"Dr. {name}" if role is Role.PRESCRIBER else name,
            role=role,
            sites=[place.site],
            now=now,
            password=UNUSABLE,
        )
        for number, name in enumerate(names, start=1)
    ]

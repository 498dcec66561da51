"""Synthetic people: names from lists, ages, contact details. Nobody here exists.

Phone numbers are from the block reserved for fiction (555-0100 to 555-0199) and e-mail addresses
from a domain reserved for examples (RFC 2606), so no message can reach anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from patients.enums import ReferralSource, Sex

_FEMALE = (
    "Abena Adriana Aisha Alejandra Alice Alma Amara Amelia Ana Angela Anjali Anneliese Ayesha "
    "Beatriz Bernice Bich Brigid Camila Carmen Cecilia Chandra Chiara Claire Comfort Dalia Delia "
    "Destiny Dolores Edith Elena Elisabeth Esther Fatima Fernanda Frances Gabriela Giulia Grace "
    "Hanna Hazel Helen Ifeoma Imani Ingrid Irina Isabel Jasmine Joan Joy Juana Kavita Keisha "
    "Latoya Leila Linda Lucia Mai Maja Margaret Marisol Mei Mercy Miriam Nadia Naomi Nia Noor "
    "Olga Olivia Paloma Patience Phuong Priya Rachel Rania Rosa Ruth Sakura Salome Shanice Sofia "
    "Soledad Svetlana Tamika Teresa Thandi Valeria Wanda Xiomara Yara Yolanda Yuki Zahra Zofia"
)
_MALE = (
    "Aaron Abdul Ahmed Alejandro Amir Andre Andrei Anthony Arjun Arturo Babak Benjamin Bilal Bruno "
    "Carlos Chidi Christopher Clarence Curtis Daniel Darnell David Demetrius Diego Dmitri Dwayne "
    "Edgar Eduardo Elijah Emeka Enrique Ezra Farid Felipe Francis Gabriel George Giorgio Gustavo "
    "Hamza Harold Hector Hiroshi Hugo Ibrahim Isaac Ivan Jamal James Javier Jerome Joaquin John "
    "Jorge Joseph Juan Kamal Kenji Kevin Kofi Kwame Lamar Leon Luis Malik Manuel Marcus Mateo "
    "Maurice Miguel Minh Mohammed Nathan Nikolai Omar Oscar Pablo Patrick Pedro Peter Quang Rafael "
    "Rashid Raymond Reggie Ricardo Rohan Samuel Santiago Sean Tariq Terrence Thomas Tomasz Tyrone "
    "Victor Vikram Walter Wei William Yusuf Zoltan"
)
_FAMILY = (
    "Abara Abbott Acosta Adeyemi Aguilar Ahmadi Alvarez Amari Anders Aquino Archer Asante Baker "
    "Balogun Banerjee Barros Bautista Becker Begay Bello Bennett Bianchi Blackwood Bose Boyle "
    "Brennan Brooks Bui Burke Cabrera Calloway Campos Cardoso Carver Castillo Chaudhry Chen Cho "
    "Clarke Cohen Coleman Cordova Cruz Dang Delgado Demir Desai Diallo Diaz Dominguez Doyle Dubois "
    "Duran Eaton Eriksen Espinoza Farah Farouk Fischer Fitzgerald Flores Fontaine Foster Fuentes "
    "Gallagher Garcia Gebre Ghosh Gibson Gomez Gordon Greene Guerrero Gupta Haddad Hall Hansen "
    "Harper Hassan Hayes Herrera Hoang Holloway Huang Hughes Hussain Ibarra Ito Ivanova Jackson "
    "Jansen Jensen Jimenez Johnson Kaur Kelly Khan Kim Kowalski Kruger Kumar Lam Larsen Lee Levin "
    "Lewis Lopez Lozano Lynch Mahmoud Malone Marin Martin Mbeki Medina Mehta Mendoza Meyer Mora "
    "Morales Moreau Mukherjee Murphy Nakamura Navarro Nguyen Nowak Nunez Obi Ochoa Okafor Olsen "
    "Ortega Osei Owens Pacheco Park Patel Pereira Perez Petrov Pham Pierce Popov Quinn Quispe "
    "Rahman Ramirez Reyes Rhodes Rivera Robinson Romano Rosen Ross Ruiz Saleh Salazar Santos Sato "
    "Schmidt Sesay Shah Silva Singh Sokolov Soto Stein Suarez Sullivan Tanaka Taylor Tesfaye "
    "Thompson Torres Tran Tucker Turner Umar Valdez Vargas Vasquez Vega Villanueva Vo Walker Wang "
    "Washington Weber White Williams Wilson Wong Wright Yamada Yang Yilmaz Young Zamora Zhang"
)
FEMALE_NAMES = _FEMALE.split()
MALE_NAMES = _MALE.split()
FAMILY_NAMES = _FAMILY.split()

# Share of admissions, after the sources that opioid treatment programs report (TEDS PSOURCE).
REFERRALS = {
    ReferralSource.SELF: 52,
    ReferralSource.TREATMENT_PROVIDER: 14,
    ReferralSource.HEALTH_CARE: 14,
    ReferralSource.COURT: 10,
    ReferralSource.COMMUNITY: 8,
    ReferralSource.EMPLOYER: 2,
}
LANGUAGES = {"en": 84, "es": 12, "pt": 2, "vi": 1, "ru": 1}
SHORT_NAMES = ("Ace", "Bea", "Cat", "Dee", "Jo", "Kit", "Lou", "Max", "Ray", "Sunny", "Toni", "Val")
FEMALE_SHARE = 0.36
PREFERRED_SHARE = 0.12
TEXTS_ALLOWED_SHARE = 0.78
RELATIVE_KNOWS_SHARE = 0.6
STATED_DIFFERENT_SHARE = 0.02
STATED_SHARE = 0.3
AREA_CODES = ("617", "508", "413", "978")
FICTIONAL_NUMBERS = 100

Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A synthetic person before registration."""

    given_name: str
    family_name: str
    preferred_name: str
    birth_date: date
    sex: Sex
    gender_identity: str
    pronouns: str
    language: str
    phone: str
    email: str
    texts_allowed: bool
    referral: ReferralSource
    relative: str
    relative_phone: str
    relative_knows: bool


def draw(random: Random, weights: Mapping[Choice, int]) -> Choice:
    """Draw one key with the probability of its weight."""
    return random.choices(tuple(weights), tuple(weights.values()))[0]


def invent_person(*, random: Random, today: date) -> Person:
    """Invent a person of 18 to 75 years; most are between 25 and 45."""
    sex = Sex.FEMALE if random.random() < FEMALE_SHARE else Sex.MALE
    given = random.choice(FEMALE_NAMES if sex is Sex.FEMALE else MALE_NAMES)
    family = random.choice(FAMILY_NAMES)
    identity, pronouns = _gender(random=random, sex=sex)
    return Person(
        given_name=given,
        family_name=family,
        preferred_name=random.choice(SHORT_NAMES) if random.random() < PREFERRED_SHARE else "",
        birth_date=_birth_date(random=random, today=today),
        sex=sex,
        gender_identity=identity,
        pronouns=pronouns,
        language=draw(random, LANGUAGES),
        phone=_phone(random),
        email=f"{given}.{family}{random.randrange(1000)}@example.org".lower(),
        texts_allowed=random.random() < TEXTS_ALLOWED_SHARE,
        referral=draw(random, REFERRALS),
        relative=f"{random.choice(FEMALE_NAMES + MALE_NAMES)} {family}",
        relative_phone=_phone(random),
        relative_knows=random.random() < RELATIVE_KNOWS_SHARE,
    )


def _gender(*, random: Random, sex: Sex) -> tuple[str, str]:
    """Return gender identity and pronouns where stated; most records leave both empty."""
    chance = random.random()
    if chance < STATED_DIFFERENT_SHARE:
        return random.choice((("Non-binary", "they/them"), ("Transgender", "")))
    if chance < STATED_SHARE:
        return ("Woman", "she/her") if sex is Sex.FEMALE else ("Man", "he/him")
    return "", ""


def _birth_date(*, random: Random, today: date) -> date:
    age = min(max(random.gauss(38, 11), 18.1), 75.0)
    return today - timedelta(days=int(age * 365.25))


def _phone(random: Random) -> str:
    return f"+1{random.choice(AREA_CODES)}55501{random.randrange(FICTIONAL_NUMBERS):02d}"

"""What must not be read on a patient's phone: the treatment, and what kind of clinic this is.

Somebody else may hold the phone (42 CFR 2.13(c)). The list can only refuse what it knows; it errs on
the side of refusing.
"""

import re
import unicodedata

#: Beginnings of words that tell, in English and Spanish, written without accents. Those of six letters
#: and more are found inside longer words, too ("riversidemethadone").
TELLING_STEMS = (
    "abstin",
    "addict",
    "adicc",
    "adict",
    "agonist",
    "antagonist",
    "brixadi",
    "bupreno",
    "desintox",
    "detox",
    "dose",
    "dosis",
    "dosing",
    "droga",
    "drug",
    "fentan",
    "heroin",
    "lofexid",
    "lucemyra",
    "metado",
    "methado",
    "naloxon",
    "naltrex",
    "narcan",
    "narcot",
    "opiace",
    "opiat",
    "opioid",
    "orina",
    "overdos",
    "recaid",
    "recover",
    "recuper",
    "rehab",
    "relaps",
    "sober",
    "sobri",
    "sobredos",
    "sublocad",
    "suboxon",
    "substance",
    "subutex",
    "sustancia",
    "toxic",
    "tratamiento",
    "treatment",
    "urine",
    "vivitrol",
    "withdraw",
    "zubsolv",
)
#: Short names that tell only when they stand alone.
TELLING_WORDS = ("mat", "moud", "otp", "oud")
INSIDE_FROM = 6


def telling_word(text: str) -> str | None:
    """The first word of `text` that tells what must not be told; None if there is none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words: list[str] = re.findall("[a-z]+", plain)
    for word in words:
        if word in TELLING_WORDS or any(_holds(word, stem) for stem in TELLING_STEMS):
            return word
    return None


def _holds(word: str, stem: str) -> bool:
    return word.startswith(stem) or (len(stem) >= INSIDE_FROM and stem in word)

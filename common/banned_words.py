"""What must not be read on a patient's phone: the treatment, and what kind of clinic this is.

Somebody else may hold the phone (42 CFR 2.13(c)). The list can only refuse what it knows; it errs on
the side of refusing.
"""

import re
import unicodedata

#: Beginnings of words that tell, in English and Spanish, written without accents. Those of six letters
#: and more are found inside longer words, too ("riversidemethadone").
BANNED_STEMS = tuple(
    """
    abstin addict adicc adict agonist alcohol antagonist bottle brixadi bupreno consej counsel
    dependen desintox detox dose dosing dosis droga drug fentan frasco heroin inject inyecc
    jeringa lofexid lucemyra medicac medicam medicat metado methado naloxon naltrex narcan
    narcot needle opiace opiat opioid orina overdos pastilla prueba psicol psiqui psych recaid
    recover recuper rehab relaps sober sobredos sobri sublocad suboxon substance subutex
    sustancia syringe terap therap toxic tratamiento treatment urine vivitrol withdraw zubsolv
    """.split()  # noqa: SIM905 - read as prose
)
#: Short names that tell only when they stand alone.
BANNED_WORDS = tuple(
    "bup bupe lab labs mat meth moud otp oud subs test tests testing ua uds".split()  # noqa: SIM905 - read as prose
)
INSIDE_FROM = 6
#: What stands for a letter in a word that is to slip through.
LOOK_ALIKE = str.maketrans("01345$", "oieass")


def banned_word(text: str) -> str | None:
    """The first word of `text` that tells what must not be told; None if there is none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words: list[str] = re.findall("[a-z]+", plain)
    # As "opi0id" is read. Numbers alone stay numbers.
    mixed = re.findall(r"[0-9$]*[a-z][a-z0-9$]*", plain)
    words += [word.translate(LOOK_ALIKE) for word in mixed]
    for word in words:
        if word in BANNED_WORDS or any(_holds(word, stem) for stem in BANNED_STEMS):
            return word
    return None


def _holds(word: str, stem: str) -> bool:
    return word.startswith(stem) or (len(stem) >= INSIDE_FROM and stem in word)

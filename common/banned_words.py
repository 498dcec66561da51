"""Words that a message to a patient must not contain, because they reveal the treatment.

Somebody else may read the phone (42 CFR 2.13(c)). The list can refuse only words that it has; it
rather refuses too many.
"""

import re
import unicodedata

#: Beginnings of banned words in English and Spanish, without accents. Those of six letters and more
#: are found inside longer words, too ("riversidemethadone").
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
#: Short words that are banned only as whole words.
BANNED_WORDS = tuple(
    "bup bupe lab labs mat meth moud otp oud subs test tests testing ua uds".split()  # noqa: SIM905 - read as prose
)
INSIDE_FROM = 6
#: Characters used in place of letters to get around the list.
LOOK_ALIKE = str.maketrans("01345$", "oieass")


def banned_word(text: str) -> str | None:
    """The first banned word in `text`, or None."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words: list[str] = re.findall("[a-z]+", plain)
    # Such as "opi0id". Plain numbers stay numbers.
    mixed = re.findall(r"[0-9$]*[a-z][a-z0-9$]*", plain)
    words += [word.translate(LOOK_ALIKE) for word in mixed]
    for word in words:
        if word in BANNED_WORDS or any(_contains_stem(word, stem) for stem in BANNED_STEMS):
            return word
    return None


def _contains_stem(word: str, stem: str) -> bool:
    return word.startswith(stem) or (len(stem) >= INSIDE_FROM and stem in word)

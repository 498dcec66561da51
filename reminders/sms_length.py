"""Length of a text in SMS segments, and the letters that an SMS can hold.

One segment holds 160 letters of the GSM 7-bit alphabet, or 70 UTF-16 units if a single letter is
not in that alphabet (3GPP TS 23.038). Each further segment costs, and may arrive as a separate
message.
"""

import unicodedata

_PLAIN = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\n\r"
)
_ESCAPED = frozenset("^{}\\[~]|€\f")
_LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "•": "-",
        "·": "-",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
        "œ": "oe",
    }
)
LONGEST, LONGEST_UNICODE = 160, 70
#: In a text of several segments each one gives up some space for its number.
_PART, _PART_UNICODE = 153, 67


def gsm_length(text: str) -> int | None:
    """Return the GSM length of `text`, or None if a letter is not in the GSM alphabet.

    Some letters count as two.
    """
    if set(text) - _PLAIN - _ESCAPED:
        return None
    return len(text) + sum(letter in _ESCAPED for letter in text)


def segments(text: str) -> int:
    """Return the number of SMS segments that `text` needs."""
    length, longest, part = gsm_length(text), LONGEST, _PART
    if length is None:
        length, longest, part = len(text.encode("utf-16-be")) // 2, LONGEST_UNICODE, _PART_UNICODE
    return 1 if length <= longest else -(-length // part)


def in_gsm_letters(text: str) -> str:
    """Return `text` on one line in the GSM alphabet.

    Accents that the alphabet lacks are dropped, and so are letters that resemble none in it.
    """
    return " ".join("".join(map(_in_gsm, text.translate(_LOOK_ALIKES))).split())


def _in_gsm(letter: str) -> str:
    if letter in _PLAIN or letter in _ESCAPED:
        return letter
    bare = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in bare if part in _PLAIN or part in _ESCAPED)

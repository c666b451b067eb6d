"""How many SMS parts a text takes, and where it is cut (3GPP TS 23.038 and 23.040; rules S2, S6)."""

import re
from itertools import groupby

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM = _BASIC | _EXTENSION


def is_gsm(text: str) -> bool:
    """Whether a text is sent in the plain alphabet, at seven bits a character."""
    return _GSM.issuperset(text)


def plain_alone(text: str) -> str:
    """What of a text can be sent in the plain alphabet; dots stand for the rest."""
    runs = groupby(text, lambda character: character in _GSM)
    return re.sub(
        r"\.{3}(?: ?\.{3})+", "...", "".join("".join(run) if plain else "..." for plain, run in runs)
    )


def _limits(text: str) -> tuple[int, int]:
    """Units that fit one part alone, and each of several parts."""
    return (160, 153) if is_gsm(text) else (70, 67)


def _weights(text: str) -> list[int]:
    """Units of each character: an extension character is escaped in GSM-7, a rare one is a pair in UCS-2."""
    if is_gsm(text):
        return [2 if character in _EXTENSION else 1 for character in text]
    return [2 if character > "\uffff" else 1 for character in text]


def units(text: str) -> int:
    """Length in what the network counts: septets where the whole text is GSM-7, UTF-16 code units
    otherwise."""
    return sum(_weights(text))


def room_in(text: str, parts: int) -> int:
    """Units that so many parts have room for, in the alphabet that this text needs."""
    alone, joined = _limits(text)
    return alone if parts == 1 else parts * joined


def split_parts(text: str) -> list[str]:
    """The parts a text is sent in; together they are the text. No pair or escaped character is cut in two."""
    alone, joined = _limits(text)
    weights = _weights(text)
    if sum(weights) <= alone:
        return [text] if text else []
    parts, begin, filled = [], 0, 0
    for place, weight in enumerate(weights):
        if filled + weight > joined:
            parts.append(text[begin:place])
            begin, filled = place, 0
        filled += weight
    return [*parts, text[begin:]]


def count_parts(text: str) -> int:
    """How many parts a text is sent and paid in; none for an empty text."""
    return len(split_parts(text))

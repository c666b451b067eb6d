"""A PIN that nothing waits for, too late, once more or from a colleague's phone: nobody reads it, it is kept nowhere (T5).

Whose phone it is does not matter: what figures alone mean nobody could tell, and they may be what signs for an SO. Where more
is told beside it, the figures are struck out and the rest is heard (S1).
"""

from __future__ import annotations

import re

from channels.answers import spelled_digits
from channels.dialogues import Dialogue
from channels.models import Secrecy
from channels.texts import STRUCK, count_words, fold
from service.organizations import messages

LONGEST_ALONE = 16
"""Characters of a text that can be a PIN and nothing else."""

LEAST_BESIDE = 5
"""Chinese characters or English words beside a PIN; who says fewer tells nothing more."""

_LIKELY = re.compile(r"密[码碼]|口令|[pｐ][iｉ][nｎ]|password|passcode", re.IGNORECASE)
_NAME = r"(?:密码|口令|(?<![a-z])(?:pin|password|passcode)(?![a-z]))"
_LINK = r"(?:[\s:=\"'“”「」(]|是|为|就|应该|改|设|换|成|的|了|不对|错|号码?|is|was|code|number|changed|set|to|not|wrong){0,6}+"
_COUNTED = r"(?!\s?[年月元块万千百户人斤亩])"
_FIGURES = rf"(?<![0-9])(?:[0-9](?:[\s._·-]{{0,2}}[0-9]){{3,11}}+(?![0-9]){_COUNTED}|[0-9]{{4,9}}(?![0-9]){_COUNTED})"
_NAMED = re.compile(
    rf"{_NAME}{_LINK}(?![0-9]{{10}})(?P<behind>{_FIGURES})"
    rf"|(?P<before>{_FIGURES})\s?(?:就是|是|为|is|was|=)\s?(?:我们?的?|my|our|the|登记|报价|\s){{0,4}}{_NAME}"
)
_OTHERS = re.compile(rf"(?<![0-9])[0-9](?:\s?[0-9]){{3,5}}+(?!\s?[0-9]){_COUNTED}")
_ALONE = re.compile(r"[0-9]{4,6}[.。!]?")


def may_be_pin(text: str) -> bool:
    """Whether a text consists of what a PIN consists of, in any digits, or names one and tells nothing more."""
    if len(text) <= LONGEST_ALONE and _ALONE.fullmatch("".join(spelled_digits(text).split())):
        return True
    if not _LIKELY.search(text):
        return False
    beside, named = _NAMED.subn("", spelled_digits(text))
    return bool(named) and count_words(beside) < LEAST_BESIDE


def strike_out(text: str) -> str | None:
    """A text without the figures of the PIN it names, nor others that could be it; ``None`` where it names none."""
    if not _LIKELY.search(text) or not _NAMED.search(spelled := spelled_digits(text)):
        return None
    written = [at for at, one in enumerate(text) for _ in fold(one)]
    spans = [match.span("behind" if match["behind"] else "before") for match in _NAMED.finditer(spelled)]
    spans += [match.span() for match in _OTHERS.finditer(spelled)]
    pieces, done = [], 0
    for begin, end in sorted(spans):
        if written[begin] >= done:
            pieces += [text[done : written[begin]], STRUCK]
        done = max(done, written[end - 1] + 1)
    return "".join([*pieces, text[done:]])


STRAY_PIN = Dialogue(
    "stray_pin",
    None,
    lambda talk: messages.pin_not_asked(),
    secrecy=Secrecy.SEALED,
    takes=may_be_pin,
    strikes=strike_out,
)

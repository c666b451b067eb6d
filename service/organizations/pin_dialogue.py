"""A PIN that nothing waits for, too late, once more or from a colleague's phone: nobody reads it, it is kept nowhere (T5).

Whose phone it is does not matter: what figures alone mean nobody could tell, and they may be what signs for an SO.
"""

from __future__ import annotations

import re

from channels.dialogues import Dialogue
from channels.models import Secrecy
from channels.texts import count_words, fold
from service.organizations import messages

ALONE = re.compile(r"[0-9]{4,6}[.。!]?")
NAMED = re.compile(
    r"(?:密码|口令|(?<![a-z])pin(?: code)?)\s?(?:是|为|is)?\s?:?\s?[0-9](?:\s?[0-9]){3,5}(?!\s?[0-9年月])"
)

MOST_BESIDE = 10
"""Chinese characters or English words; who says more beside a PIN tells of something, and is heard (H1, S1)."""


def may_be_pin(text: str) -> bool:
    """Whether a text consists of what a PIN consists of, or names one and says little beside."""
    folded = fold(text)
    if ALONE.fullmatch("".join(folded.split())):
        return True
    named = NAMED.search(folded)
    return named is not None and count_words(NAMED.sub("", folded)) <= MOST_BESIDE


STRAY_PIN = Dialogue(
    "stray_pin", None, lambda talk: messages.pin_not_asked(), secrecy=Secrecy.SEALED, takes=may_be_pin
)

"""A PIN that nothing waits for, sent when it was too late or once more: nobody reads it, and it is kept nowhere (T5)."""

from __future__ import annotations

import re

from channels.dialogues import Dialogue, Talk
from channels.messages import Said
from channels.models import Secrecy
from channels.sayings import NOT_UNDERSTOOD
from channels.texts import fold
from service.organizations import messages
from service.organizations.queries import find_spoken_for

PIN = re.compile(r"(?:(?:我的?|我们的?|报价|my)?(?:密码|口令|pin)(?:是|为|is)?[:：]?)?[0-9]{4,6}[.。!]?")


def may_be_pin(text: str) -> bool:
    """Whether a text consists of what a PIN consists of, perhaps named as one."""
    return bool(PIN.fullmatch("".join(fold(text).split())))


def begin(talk: Talk) -> Said:
    """Tell who speaks for an SO that it was not asked for; of anybody else it is no PIN, and a person reads it."""
    if find_spoken_for(by=talk.by) is not None:
        return talk.end(messages.pin_not_asked())
    talk.for_a_person = True
    return talk.end(NOT_UNDERSTOOD(reference=""))


STRAY_PIN = Dialogue(
    "stray_pin",
    None,
    lambda talk: messages.pin_not_asked(),
    begin=begin,
    secrecy=Secrecy.SEALED,
    takes=may_be_pin,
)

"""Linking a phone, from WeChat or from another phone: who sends nothing but a phone number is asked about it (T5)."""

from __future__ import annotations

import re
from typing import Any

from channels.answers import Unclear, parse_yes_no
from channels.dialogues import Dialogue, Step, Talk
from channels.messages import Said
from channels.models import Secrecy
from channels.sayings import LEFT
from channels.texts import fold
from service.conversations import messages
from service.conversations.linking import DIGITS, repeat_code, send_code
from tenants.privacy import mask_address

PHONE = re.compile(
    r"(?:绑定|关联|link)?(?:我的?|my)?(?:手机|电话|phone|mobile|number)?(?:号码?|number)?(?:是|为|is)?:?"
    r"(?P<phone>(?:\+?86|0086)?1[3-9][0-9]{9})"
)
GAPS = re.compile(r"[\s\-_,.。，:：]")
SURE, CODE = "sure", "code"


def phone_in(text: str) -> str | None:
    """The Chinese mobile number that a text consists of, perhaps named as one; ``None`` for any other text."""
    found = PHONE.fullmatch(GAPS.sub("", fold(text)))
    return f"+86{found['phone'][-11:]}" if found else None


def parse_code(text: str) -> str:
    """A code as it was sent, however it is spaced; refuses what has not six digits."""
    digits = GAPS.sub("", fold(text))
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        raise Unclear("code_unclear", "482913")
    return digits


def begin(talk: Talk) -> Said | None:
    """Remember which phone it is."""
    talk.answers["phone"] = phone_in(talk.text) or ""
    return None


def ask_whether_sure(talk: Talk) -> Said:
    """Name the phone before anything is sent to it."""
    return messages.ASK_LINK(phone=mask_address(talk.answers["phone"]))


def keep_sure(talk: Talk, sure: bool) -> Any:
    """Send the code to who says yes."""
    if sure:
        send_code(talk.answers["phone"], by=talk.by)
    return sure


def ask_code(talk: Talk) -> Said:
    """Ask for the code that the phone got."""
    return messages.ASK_CODE(phone=mask_address(talk.answers["phone"]))


def finish(talk: Talk) -> Said:
    """Link the phone, or say how often the code may still be tried."""
    if not talk.answers[SURE]:
        return LEFT()
    tried = repeat_code(talk.answers[CODE], by=talk.by)
    if tried.linked:
        return messages.LINKED(phone=mask_address(talk.answers["phone"]))
    return talk.again(CODE, messages.CODE_WRONG(left=tried.left)) if tried.left else messages.CODE_OVER()


LINK_PHONE = Dialogue(
    "link_phone",
    None,
    finish,
    (
        Step(SURE, ask_whether_sure, parse_yes_no, messages.LINK_UNCLEAR, keep=keep_sure, confirms=True),
        Step(
            CODE,
            ask_code,
            parse_code,
            messages.CODE_UNCLEAR,
            skip=lambda talk: talk.answers.get(SURE) is False,
        ),
    ),
    begin=begin,
    secrecy=Secrecy.SEALED,
    takes=lambda text: phone_in(text) is not None,
)
"""Sealed: neither the number nor the code is for anybody to read at the desk."""

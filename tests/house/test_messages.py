"""Every message is short: two SMS parts in either language, with the longest that it will plausibly carry (S2, S6)."""

from __future__ import annotations

from datetime import date
from string import Formatter
from typing import Any

import pytest

from channels.messages import MESSAGES, SHANGHAI, InEach, Message, Said
from channels.parts import count_parts
from service.procurement.dialogue import LISTED
from service.rooms import ROOMS
from tests.conftest import NOON

MOMENT = NOON.replace(month=11, day=28, tzinfo=SHANGHAI)
DAY = date(2026, 11, 28)
OFFICE = InEach("云岭省清河哈尼族彝族自治县乡村振兴局", "Qinghe County Rural Revitalization Bureau")
NAME = InEach("清河县石板乡青苗社会工作与妇女儿童服务中心", "Qingmiao Social Work Service Centre of Qinghe")
TITLE = InEach(
    "青山乡石板等四村脱贫监测户核桃苗发放和栽种示范", "Walnut seedlings and planting in four villages"
)
SENTENCE = InEach(
    "走访核实后，已请施工方在本周五以前补齐三十株苗木",
    "We looked into it: thirty trees will be brought by Friday",
)
WORD = InEach("等待采购人审查", "waits for the legal review")
LINK = f"https://qiao.yunling.example/f/{'x' * 43}"[:60]
AMOUNT = "99,999,999.99"

LONGEST: dict[str, Any] = {
    "amount": AMOUNT,
    "answer": SENTENCE,
    "bids": 12,
    "call": 1234,
    "calls": InEach(
        "；".join([f"1234 {TITLE.zh[:8]}… 11月28日"] * LISTED),
        "; ".join([f"1234 {TITLE.en[:30]} 2026-11-28"] * LISTED),
    ),
    "code": "91530000MA6K00000X",
    "contract": "2026-0123",
    "day": DAY,
    "deadline": MOMENT,
    "digest": "3f9a77c10b2e4d5f",
    "due": MOMENT,
    "ends": DAY,
    "fee": AMOUNT,
    "ground": WORD,
    "hotline": "0871-55501100",
    "left": 4,
    "link": LINK,
    "lot": 1234,
    "lots": "1234, 1235, 1236",
    "milestone": TITLE,
    "milestones": InEach(
        "; ".join(f"{place} {TITLE.zh}" for place in (1, 2, 3)),
        "; ".join(f"{place} {TITLE.en}" for place in (1, 2, 3)),
    ),
    "name": NAME,
    "names": InEach("清河哈尼族彝族自治县、兰溪县、石鼓县", "Qinghe, Lanxi, Shigu"),
    "number": 1234,
    "numbers": "1234, 1235, 1236",
    "offers": SENTENCE,
    "office": OFFICE,
    "open": InEach(
        "；".join([f"1234 {TITLE.zh[:15]}"] * LISTED), "; ".join([f"1234 {TITLE.en[:30]}"] * LISTED)
    ),
    "outcome": WORD,
    "package": TITLE,
    "people": 120,
    "phone": "138****0011",
    "place": 3,
    "price": AMOUNT,
    "provider": NAME,
    "purchaser": OFFICE,
    "purpose": WORD,
    "question": SENTENCE,
    "reason": SENTENCE,
    "receipt": "2345678904",
    "rectify_by": DAY,
    "reference": "2345678904",
    "reviewers": InEach("李明、欧阳建国", "Li Ming, Ouyang Jianguo"),
    "starts": DAY,
    "state": WORD,
    "title": TITLE,
    "total": 12,
    "triage": MOMENT,
    "until": MOMENT,
    "url": LINK,
    "what": SENTENCE,
    "where": "138****0011",
    "why": WORD,
    "word": InEach("评价", "EVALUATE"),
    "words": SENTENCE,
}
"""The longest plausible value of each parameter, by its name."""

NOT_PLAIN = {
    "channels.ask_language": "offers the other language by its own name",
    "channels.name_language": "offers the other language by its own name",
}
"""English messages that are not written in the plain alphabet alone, and why."""

MAY_TAKE_MORE: dict[str, str] = {}
"""Messages that may take more parts, and why."""


def spoken() -> list[str]:
    """The messages of the product, not those that tests make."""
    assert ROOMS
    return sorted(key for key in MESSAGES if not key.startswith("tests."))


def parameters(message: Message) -> set[str]:
    """The names in braces."""
    return {name for _text, name, _spec, _conversion in Formatter().parse(message.text) if name}


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("key", spoken())
def test_a_message_takes_two_parts_at_most(key: str, locale: str) -> None:
    message = MESSAGES[key]
    text = Said(message, {name: LONGEST[name] for name in parameters(message)}).words(locale)
    assert count_parts(text) <= 2 or key in MAY_TAKE_MORE, f"{len(text)}: {text}"


@pytest.mark.parametrize("key", spoken())
def test_an_english_message_stays_in_the_plain_alphabet(key: str) -> None:
    """One curly quote more than halves what fits into a part."""
    assert MESSAGES[key].text.isascii() or key in NOT_PLAIN, MESSAGES[key].text

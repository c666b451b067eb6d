"""What selection and contracts say by message fits into two parts, however long the names are (S2)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from string import Formatter
from typing import Any

import pytest
from flask import Flask

from channels.messages import InEach, Message, in_each
from channels.parts import count_parts
from service.contracts import messages as contract_messages
from service.procurement import selection_messages
from service.procurement.rules import ExclusionGround
from service.procurement.selection import in_both
from service.procurement.selection_rules import Settled
from service.procurement.selection_schemas import TOLD, WANTED

NAME = in_both("石板村和上寨村贫困户养羊与蓄水池管护及妇女小组培训" * 2, "Goats, ponds and training, " * 3)
REASON = InEach("村" * TOLD, "x" * TOLD)
LONGEST: dict[str, Any] = {
    "purchaser": InEach("黔东南州扶贫办", "Qiandongnan Prefecture Office"),
    "package": NAME,
    "lot": 101,
    "call": 12,
    "title": NAME,
    "what": InEach("缺" * WANTED, "x" * WANTED),
    "link": "https://qiao.example.org/f/" + "x" * 22,
    "reason": InEach(f" {REASON.zh}", f" {REASON.en}"),
    "provider": NAME,
    "fee": Decimal("999999.99"),
    "amount": Decimal("9999999.99"),
    "reviewers": InEach("欧阳建国、司马秀英", "Ouyang Jianguo, Sima Xiuying"),
    "until": datetime(2026, 12, 31, 10, tzinfo=UTC),
    "hotline": "0871-12345678",
    "number": "QINGHE-2026-001",
    "starts": date(2026, 12, 31),
    "ends": date(2026, 12, 31),
    "due": date(2026, 12, 31),
}
SAID = [
    said
    for room in (selection_messages, contract_messages)
    for said in vars(room).values()
    if isinstance(said, Message)
]


def longest(app: Flask) -> dict[str, Any]:
    """Parameters as long as they get."""
    with app.app_context():
        grounds = [in_each(ground.label) for ground in ExclusionGround]
        whys = [in_each(settled.label) for settled in Settled]
    return {**LONGEST, "ground": the_longest(grounds), "why": the_longest(whys)}


def the_longest(words: list[InEach]) -> InEach:
    """The longest in each language."""
    return InEach(max((one.zh for one in words), key=len), max((one.en for one in words), key=len))


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.key)
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_s2_a_message_has_at_most_two_parts(application: Flask, said: Message, locale: str) -> None:
    names = {name for _text, name, _spec, _conversion in Formatter().parse(said.text) if name}
    words = said(**{name: longest(application)[name] for name in names}).words(locale)
    assert count_parts(words) <= 2, (len(words), words)


def test_s2_a_short_name_stays_whole() -> None:
    assert in_both("养羊", None) == InEach("养羊", "养羊")

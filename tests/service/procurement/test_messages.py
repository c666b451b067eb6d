"""What step 5 says by message fits into two parts, however long the names are (S2)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from string import Formatter
from typing import Any

import pytest

from channels.messages import InEach, Message
from channels.parts import count_parts
from service.procurement import messages

LONGEST: dict[str, Any] = {
    "office": InEach("黔东南苗族侗族自治州扶贫办", "Poverty Alleviation Office of Qiandongnan Prefecture"),
    "title": InEach("石" * 40, "Goats for poor households " * 3),
    "lots": "101, 102, 103",
    "number": 101,
    "deadline": datetime(2026, 12, 31, 10, tzinfo=UTC),
    "bids": 12,
    "price": Decimal("99999999.99"),
    "digest": "0123456789abcdef",
    "receipt": "2345678904",
    "open": InEach("101 石板村和上寨三十户贫困户养羊；" * 4, "101 Goats for poor households and h; " * 4),
    "total": 12,
    "calls": InEach(
        "；".join(["101 石板村和上寨三十 12月31日"] * 4),
        "; ".join(["101 Goats for poor households and 2026-12-31"] * 4),
    ),
    "until": datetime(2026, 12, 28, 10, tzinfo=UTC),
    "url": "https://qiao.example.org/f/" + "x" * 22,
}
SAID = [said for said in vars(messages).values() if isinstance(said, Message)]


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.key)
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_s2_a_message_has_at_most_two_parts(said: Message, locale: str) -> None:
    names = {name for _text, name, _spec, _conversion in Formatter().parse(said.text) if name}
    assert count_parts(said(**{name: LONGEST[name] for name in names}).words(locale)) <= 2


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.key)
def test_c5_no_message_before_the_opening_repeats_a_price(said: Message) -> None:
    assert ("{price}" in said.text) == (said is messages.BIDS_OPENED)

"""What step 5 says by message before the opening never repeats a price (C5), and names lots in one way."""

from __future__ import annotations

from typing import Any

import pytest

from channels.messages import Message, Said
from service.procurement import messages, question_messages, reminder_messages
from tests.conftest import NOON

SAID = [said for said in vars(messages).values() if isinstance(said, Message)]
NAMING_LOTS = [
    said
    for module in (messages, question_messages, reminder_messages)
    for said in vars(module).values()
    if isinstance(said, Message) and "{lots}" in said.text
]


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.key)
def test_c5_no_message_before_the_opening_repeats_a_price(said: Message) -> None:
    assert ("{price}" in said.text) == (said is messages.BIDS_OPENED)


@pytest.mark.parametrize("said", NAMING_LOTS, ids=lambda said: said.key)
def test_every_message_names_the_lots_of_a_call_in_the_same_way(said: Message) -> None:
    carried: dict[str, Any] = dict.fromkeys(("office", "title", "question", "answer", "reason"), "某")
    carried |= {"number": 3, "until": NOON, "deadline": NOON, "lots": messages.in_words([3, 4])}
    chinese = Said(said, carried).words("zh")
    assert "3号、4号" in chinese
    assert "4号号" not in chinese
    assert "编号" not in chinese
    assert "no. 3, 4" in Said(said, carried).words("en")

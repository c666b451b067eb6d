"""What step 5 says by message before the opening never repeats a price (C5)."""

from __future__ import annotations

import pytest

from channels.messages import Message
from service.procurement import messages

SAID = [said for said in vars(messages).values() if isinstance(said, Message)]


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.key)
def test_c5_no_message_before_the_opening_repeats_a_price(said: Message) -> None:
    assert ("{price}" in said.text) == (said is messages.BIDS_OPENED)

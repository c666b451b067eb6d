"""Whatever people text: no exception, no silence, no loss; and what they meant is what they get (S1, S2, H1)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import count

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from channels.models import InboundMessage
from channels.words import Word
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tests.channels.utterances import UTTERANCES
from tests.conftest import Clock, Office, Phone
from tests.service.procurement.stages import PIN, published_call, three_bidders

MakePhone = Callable[[str, Office], Phone]

PATHS = {
    "nothing open": (),
    "register": (
        "登记",
        "山里人合作社",
        "一起修水渠",
        "修水利",
        "清河县",
        "2019-05-03",
        "民政局",
        "没有",
        "12",
        "没有",
        "没有",
        "1",
        "修水窖",
        "杨大山，社长",
        "1",
    ),
    "complain": ("投诉", "水池漏水", "1"),
    "complaint in one text": ("投诉 水池漏水没人管",),
    "status": ("进度",),
    "up": ("上报",),
    "offered as a complaint": ("村里的路修了一半就没人管了",),
    "evaluate": ("评价",),
    "received": ("收到",),
    "progress": ("进展",),
    "ask": ("提问", "1"),
    "support": ("求助",),
    "idea": ("建议", "修一条路"),
    "language": ("语言",),
    "bid": ("报价", "1", "18000"),
    "bid at once": ("报价 1 一万八",),
}
"""How each dialogue is entered, text by text."""

PLACES = [
    (name, steps) for name, path in PATHS.items() for steps in range(len(path) + 1) if steps or not path
]
TEXTS = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="0123456789０１２一二三是否没有有 ,.元万", max_size=12),
    st.sampled_from(
        [
            "1",
            "2",
            "9",
            "abc",
            "18000",
            "取消",
            "返回",
            "帮助",
            "\x00",
            "😀" * 40,
            "字" * 5000,
            "STOP 12345",
            PIN,
        ]
    ),
)


@query(Permission.CHANNEL_READ)
def kept(*, by: Actor) -> tuple[int, int]:
    """How many messages the office keeps, and how many of them failed."""
    rows = select(func.count(InboundMessage.id), func.count(InboundMessage.failure)).where(
        InboundMessage.tenant_id == by.tenant_id
    )
    total, failed = db.session.execute(rows).one()
    return total, failed


def sendable(text: str) -> str:
    """What can travel in a form."""
    return text.encode("utf-8", "ignore").decode()


def test_any_text_at_any_step_is_kept_and_answered_without_an_exception(
    app: Flask, phone: MakePhone, county: Office
) -> None:
    bidders = three_bidders(county, phone)
    published_call(county, bidders)
    numbers = count(13_700_000_000)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(place=st.sampled_from(PLACES), text=TEXTS)
    def sweep(place: tuple[str, int], text: str) -> None:
        name, steps = place
        handset = phone(bidders[0].number if name.startswith("bid") else f"+86{next(numbers)}", county)
        before, _failed = kept(by=county.system)
        texts = [*PATHS[name][:steps], sendable(text), "取消"]
        replies = [handset.says(one) for one in texts]
        assert all(replies), list(zip(texts, replies, strict=True))
        total, failed = kept(by=county.system)
        assert total == before + len(texts)
        assert failed == 0, texts

    sweep()


ANSWERED_BY: dict[Word | None, str] = {
    Word.REGISTER: r"全称|宗旨|full name|purpose|Its purpose",
    Word.CALLS: r"项目|报价|open|Nothing|现在没有",
    Word.BID: r"登记|签署|密码|报价|PIN|register|speaks? for|signatory",
    Word.ASK: r"现在没有|Nothing is open|没有.*号|no number",
    Word.COMPLAIN: r"编号 ?\d{10}|[Rr]eference \d{10}|说说|own words|什么问题",
    Word.STATUS: r"编号|reference|查不到|digits",
    Word.UP: r"编号|reference|digits",
    Word.EVALUATE: r"评价|evaluation|名册|register|invited",
    Word.RECEIVED: r"签署|登记|speaks? for|signatory|拨款|transfer|不客气|You are welcome",
    Word.PROGRESS: r"签署|登记|speaks? for|signatory|合同",
    Word.SUPPORT: r"\d{10}|签署|登记|speaks? for|signatory|a person reads it",
    Word.IDEA: r"建议已收到|Suggestion [0-9]+ is kept|建议做什么|What should be done",
    Word.CANCEL: r"没有办到一半|Nothing is under way",
    Word.BACK: r"没有办到一半|Nothing is under way",
    Word.LANG: r"中文|English",
    Word.HELP: r"清河县扶贫办|Qinghe",
    Word.STOP: r"群发|broadcasts",
    Word.START: r"已恢复|notices",
    None: r"投诉|complaint|没看明白|did not understand|谢谢|不客气|关联|清河县|Qinghe",
}
"""What the specific answer to each word must speak of."""


def test_real_utterances_get_the_answer_a_person_would_give(phone: MakePhone, county: Office) -> None:
    missed = []
    for text, word, _argument in UTTERANCES:
        reply = phone(f"+86138{random.Random(text).randrange(10**8):08}", county).says(text)
        answer, _newline, privacy = reply.rpartition("\n")
        assert "加密" in privacy or "encrypted" in privacy
        if not re.search(ANSWERED_BY[word], answer):
            missed.append((text, word, reply))
    assert len(UTTERANCES) >= 80
    assert missed == []


@pytest.mark.parametrize("amount", ["18,000元", "１８０００", "1.8万", "一万八"])
def test_an_amount_is_understood_however_it_is_written(
    phone: MakePhone, county: Office, clock: Clock, amount: str
) -> None:
    bidders = three_bidders(county, phone)
    published_call(county, bidders)
    handset = phone(bidders[0].number, county)
    handset.says("报价 1 abc")
    assert "18000" in handset.says("abc")
    assert "密码" in handset.says(amount)
    assert "回执" in handset.says(PIN)

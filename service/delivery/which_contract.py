"""Which of its contracts an SO texts about: the one whose number came along, its only one, or the one it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from channels.answers import Unclear, take_number
from channels.dialogues import Step, Talk
from channels.messages import InEach, Listed, Said, shortened
from channels.texts import fold
from service.delivery import messages, queries, rules
from service.organizations.queries import as_signatory

KeepWords = Callable[[Talk, str], str]

MOST_NAMED = 4
"""How many contracts have room in one question with their names."""

_OF_THE_WORK = re.compile(r"\W*第?\s?[\d零〇一二两三四五六七八九十]+\s?[批期笔]")


def contract_named(text: str) -> tuple[int | None, str]:
    """The number of a contract that a text begins with, if any, and its words: "第一批苗木栽完了" names none."""
    if _OF_THE_WORK.match(fold(text)):
        return None, text
    try:
        return take_number(text)
    except Unclear:
        return None, text


def note_contract(talk: Talk, named: int | None) -> None:
    """Know the contract, or leave it to be asked for. Refuses at once whoever has none (``no_contract``)."""
    numbers = _numbers(talk)
    if named is not None or len(numbers) <= 1:
        talk.answers["lot"] = rules.only_contract(numbers, named)


def asked_by_number(keep_words: KeepWords) -> Step:
    """The question which contract is meant. Words that came before it or come with the number are kept at once."""

    def keep(talk: Talk, answer: list[Any]) -> int:
        number, rest = answer
        lot = rules.only_contract(_numbers(talk), number)
        talk.answers["lot"] = lot
        if words := talk.answers.get("told") or rest:
            talk.answers["words"] = keep_words(talk, words)
            talk.answers.pop("told", None)
        return lot

    return Step("lot", _ask, _parse, messages.ASK_CONTRACT_AGAIN, keep=keep)


def _parse(text: str) -> list[Any]:
    number, rest = contract_named(text)
    if number is None:
        raise Unclear("number", "3")
    return [number, rest]


def _ask(talk: Talk) -> Said:
    named = queries.own_contract_names(by=as_signatory(by=talk.by)[0])
    room = len(named) <= MOST_NAMED
    return messages.ASK_CONTRACT(
        contracts=Listed(
            tuple(
                InEach(f"{number} {shortened(zh, 14)}", f"{number} {shortened(en, 30)}")
                if room
                else InEach(f"{number}", f"{number}")
                for number, zh, en in named
            )
        )
    )


def _numbers(talk: Talk) -> list[int]:
    return list(queries.own_contracts(by=as_signatory(by=talk.by)[0]))

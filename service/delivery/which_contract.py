"""Which of its contracts an SO texts about: the one whose number came along, its only one, or the one it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from channels.answers import take_number
from channels.dialogues import Step, Talk
from channels.messages import InEach, Said
from service.delivery import messages, queries, rules
from service.organizations.queries import as_signatory

KeepWords = Callable[[Talk, str], str]


def note_contract(talk: Talk, named: int | None) -> None:
    """Know the contract, or that it has to be asked for. Refuses at once whoever has none (``no_contract``)."""
    numbers = _numbers(talk)
    if named is None and len(numbers) > 1:
        talk.answers["several"] = numbers
    else:
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

    return Step("lot", _ask, lambda text: list(take_number(text)), messages.ASK_CONTRACT_AGAIN, keep=keep)


def _ask(talk: Talk) -> Said:
    numbers = [str(number) for number in talk.answers["several"]]
    return messages.ASK_CONTRACT(numbers=InEach("、".join(numbers), ", ".join(numbers)))


def _numbers(talk: Talk) -> list[int]:
    return list(queries.own_contracts(by=as_signatory(by=talk.by)[0]))

"""An SO by text: 收到 RECEIVED confirms a transfer (M1), 进展 PROGRESS reports on a contract (M3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from channels import sayings
from channels.answers import Unclear, asks_back, parse_integer, take_number
from channels.dialogues import Dialogue, Step, Talk
from channels.messages import InEach, Listed, Said, from_plain, to_plain
from channels.texts import normalise
from channels.words import Word
from service.delivery import messages, queries, workflow
from service.delivery.models import Milestone
from service.delivery.which_contract import asked_by_number, contract_named, note_contract
from service.organizations.queries import as_signatory, find_spoken_for
from tenants.actors import Actor
from tenants.workdays import local_day

MOST_MILESTONES = 3
"""How many milestones are named in one question at most."""


def begin_received(talk: Talk) -> Said | None:
    """Confirm the transfer whose number came along, or the only one that waits; a villager only says "got it"."""
    if not talk.argument and find_spoken_for(by=talk.by) is None:
        return talk.end(sayings.WELCOME())
    by = _signatory(talk)
    try:
        number, _rest = take_number(talk.argument)
    except Unclear:
        waiting = queries.list_unconfirmed(by=by)
        if not waiting:
            return talk.end(messages.NOTHING_WAITS())
        if len(waiting) > 1:
            talk.answers["waiting"] = ", ".join(str(transfer.number) for transfer in waiting)
            return None
        number = waiting[0].number
    return talk.end(_confirm(number, by))


def finish_received(talk: Talk) -> Said:
    """Confirm the transfer whose number was given."""
    return _confirm(talk.answers["number"], _signatory(talk))


def begin_progress(talk: Talk) -> Said | None:
    """Keep the report that came along; the words alone are enough where the SO has one contract. Who only sends the word and
    speaks for no SO may want to know how a matter of their own stands."""
    if not talk.argument and find_spoken_for(by=talk.by) is None:
        return talk.end(messages.NO_CONTRACT_HERE())
    lot, words = contract_named(talk.argument)
    note_contract(talk, lot)
    if not words or asks_back(words):
        return None
    if "lot" in talk.answers:
        talk.answers["words"] = keep_words(talk, words)
    else:
        talk.answers["told"] = words
    return None


def keep_words(talk: Talk, words: str) -> str:
    """Keep the report at once; nothing of it stays in the dialogue."""
    _report(talk, words, talk.answers.get("lot"), _signatory(talk))
    return "kept"


def keep_picture(talk: Talk) -> Said | None:
    """A picture goes with the report; alone it is the report where the SO's contract is clear (M3)."""
    assert talk.pictures is not None
    if "report" in talk.answers:
        talk.pictures.go_with(queries.find_own_report(UUID(talk.answers["report"]), by=_signatory(talk)))
        return messages.PICTURE_KEPT()
    if not talk.text:
        _report(
            talk, messages.PICTURE_ALONE().words(talk.by.locale), talk.answers.get("lot"), _signatory(talk)
        )
    return None


def say_left(talk: Talk) -> Said:
    """The report stays, whatever was not answered; ``0``, for no milestone, leaves too."""
    if "report" not in talk.answers:
        return sayings.LEFT()
    return messages.REPORTED(contract=talk.answers["contract"])


def finish_progress(talk: Talk) -> Said:
    """Thank, and keep the milestone that was reached."""
    position = talk.answers.get("milestone")
    if not position:
        return messages.REPORTED(contract=talk.answers["contract"])
    report = queries.find_own_report(UUID(talk.answers["report"]), by=_signatory(talk))
    still_open = queries.list_open_milestones(report.contract_id, by=_signatory(talk))
    if position not in {one.position for one in still_open}:
        return talk.again("milestone", messages.ASK_MILESTONE_AGAIN())
    milestone = workflow.report_milestone(report.id, position, by=_signatory(talk))
    return messages.REACHED(milestone=milestone.title)


def parse_words(text: str) -> str:
    """Words of one's own."""
    if not normalise(text) or asks_back(text):
        raise Unclear("words", "")
    return text


def _confirm(number: int, by: Actor) -> Said:
    transfer = workflow.confirm_transfer(number, by=by)
    return messages.CONFIRMED(amount=transfer.amount, day=local_day(by.now))


def _report(talk: Talk, words: str, lot: int | None, by: Actor) -> None:
    report = workflow.report_progress(words, lot=lot, by=by)
    if talk.pictures is not None:
        talk.pictures.go_with(report)
    milestones = queries.list_open_milestones(report.contract_id, by=by)
    talk.answers |= {
        "words": "kept",
        "report": str(report.id),
        "contract": queries.contract_number(report.contract_id, by=by),
        "milestones": _named(milestones[:MOST_MILESTONES]),
    }


def _named(milestones: Sequence[Milestone]) -> dict[str, Any] | None:
    if not milestones:
        return None
    named = [f"{one.position} {one.title}" for one in milestones]
    return to_plain({"milestones": Listed(tuple(InEach(name, name) for name in named))})


def _signatory(talk: Talk) -> Actor:
    return as_signatory(by=talk.by)[0]


RECEIVED = Dialogue(
    "received",
    Word.RECEIVED,
    finish_received,
    (
        Step(
            "number",
            lambda talk: messages.ASK_NUMBER(numbers=talk.answers["waiting"]),
            lambda text: parse_integer(text, 1),
            messages.ASK_NUMBER_AGAIN,
        ),
    ),
    begin=begin_received,
)
PROGRESS = Dialogue(
    "progress",
    Word.PROGRESS,
    finish_progress,
    (
        asked_by_number(keep_words),
        Step(
            "words",
            messages.ASK_PROGRESS,
            parse_words,
            messages.PROGRESS_UNCLEAR,
            keep=keep_words,
            unclear_asks=True,
        ),
        Step(
            "milestone",
            lambda talk: messages.ASK_MILESTONE(**from_plain(talk.answers["milestones"])),
            lambda text: parse_integer(text, 0, 99),
            messages.ASK_MILESTONE_AGAIN,
            skip=lambda talk: not talk.answers.get("milestones"),
        ),
    ),
    begin=begin_progress,
    left=say_left,
    picture=keep_picture,
)

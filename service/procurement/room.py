"""Step 5 as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from service.procurement import queries, questions
from service.procurement.api import bp as api
from service.procurement.dialogue import BID, CALLS
from service.procurement.forms import FORM as APPLICATION_FORM
from service.procurement.messages import REFUSALS
from service.procurement.offered import OFFER
from service.procurement.question_api import bp as question_api
from service.procurement.question_dialogue import ASK
from service.procurement.question_forms import FORM as QUESTION_FORM
from service.procurement.question_messages import REFUSALS as QUESTION_REFUSALS
from service.procurement.question_views import bp as question_pages
from service.procurement.reminders import REMINDERS
from service.procurement.rules import CallState
from service.procurement.selection_api import bp as selection_api
from service.procurement.selection_forms import FORM as REVISION_FORM
from service.procurement.selection_messages import REFUSALS as SELECTION_REFUSALS
from service.procurement.selection_queries import LotFile, list_to_decide
from service.procurement.selection_rules import has_free_hands
from service.procurement.selection_views import bp as selection_pages
from service.procurement.views import bp as pages
from service.room import Count, Link, Room, Waiting
from tenants.actors import Actor
from tenants.permissions import Permission


def counts(by: Actor) -> list[Count]:
    """Calls in each state."""
    if not by.may(Permission.CALL_READ):
        return []
    numbers = queries.count_calls(by=by)
    return [Count(state.label, numbers[state], url_for("procurement.index")) for state in CallState]


def waiting(by: Actor) -> list[Waiting]:
    """Questions that wait, bids to be opened, screened and reviewed, and results that wait for approval."""
    asked = _to_answer(by) if by.may(Permission.CALL_ANSWER) else []
    opening = _to_open(by) if by.may(Permission.BID_OPEN) else []
    return asked + opening + (_to_decide(by) if by.may(Permission.CALL_READ) else [])


def _to_answer(by: Actor) -> list[Waiting]:
    return [
        Waiting(
            ngettext(
                "Call %(number)d: %(num)d question waits for an answer",
                "Call %(number)d: %(num)d questions wait for an answer",
                asked,
                number=call.number,
            ),
            url_for("procurement.show", call_id=call.id) + "#questions",
            call.deadline,
        )
        for call, asked in questions.list_unanswered(by=by)
    ]


def _to_decide(by: Actor) -> list[Waiting]:
    waiting = []
    for undecided in list_to_decide(by=by):
        call = undecided.call
        url = url_for("selection.show", call_id=call.id)
        if call.state is CallState.OPENED:
            if by.may(Permission.RESULT_SELECT):
                text = _("Call %(number)d: screen, review and select", number=call.number)
                waiting.append(Waiting(text, url))
            elif number := _to_review(undecided.lots, by):
                text = ngettext(
                    "Call %(call)d: %(num)d bid waits for your review",
                    "Call %(call)d: %(num)d bids wait for your review",
                    number,
                    call=call.number,
                )
                waiting.append(Waiting(text, url))
            continue
        blocked = undecided.in_standstill(by.now) or any(hold.blocks for hold in undecided.holds)
        approves = by.may(Permission.RESULT_APPROVE) and has_free_hands(by.id, undecided.involved)
        if approves and not blocked:
            text = _("Call %(number)d: the result waits for approval", number=call.number)
            waiting.append(Waiting(text, url))
    return waiting


def _to_review(lots: list[LotFile], by: Actor) -> int:
    """How many bids wait for an expert; who approves the result is not asked, for a reviewer may not (T4)."""
    if not by.may(Permission.BID_REVIEW) or by.may(Permission.RESULT_APPROVE):
        return 0
    return sum(file.awaiting(by.id) for file in lots)


def _to_open(by: Actor) -> list[Waiting]:
    return [
        Waiting(
            _("Call %(number)d: a second officer opens the bids", number=call.number)
            if agreed
            else _("Call %(number)d: past its deadline, two officers open the bids", number=call.number),
            url_for("procurement.show", call_id=call.id),
            call.deadline,
        )
        for call, agreed in queries.list_to_open(by=by)
    ]


ROOM = Room(
    label=_l("Procure"),
    step=5,
    objective=_l("From a public call to an approved result"),
    pages=(pages, question_pages, selection_pages),
    api=(api, question_api, selection_api),
    links=(Link(_l("Calls"), "procurement.index", Permission.CALL_READ),),
    refusals={**REFUSALS, **QUESTION_REFUSALS, **SELECTION_REFUSALS},
    counts=counts,
    waiting=waiting,
    dialogues=(CALLS, ASK, BID, OFFER),
    forms=(APPLICATION_FORM, REVISION_FORM, QUESTION_FORM),
    reminders=REMINDERS,
)

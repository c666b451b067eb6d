"""Step 6 as the house sees it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from service.delivery import queries, support
from service.delivery.api import bp as api
from service.delivery.dialogue import PROGRESS, RECEIVED
from service.delivery.jobs import sweep_offices
from service.delivery.messages import REFUSALS
from service.delivery.reminders import REMINDERS
from service.delivery.rules import TransferState, is_for_finance
from service.delivery.support_api import bp as support_api
from service.delivery.support_dialogue import SUPPORT
from service.delivery.support_messages import REFUSALS as SUPPORT_REFUSALS
from service.delivery.support_views import bp as support_pages
from service.delivery.views import bp as pages
from service.room import Count, Link, Room, Waiting
from service.worker import Scheduled
from tenants.actors import Actor
from tenants.permissions import Permission
from tenants.workdays import end_of_day


def counts(by: Actor) -> list[Count]:
    """Transfers in each state."""
    if not by.may(Permission.TRANSFER_READ):
        return []
    numbers = queries.count_transfers(by=by)
    return [Count(state.label, numbers[state], url_for("delivery.index")) for state in TransferState]


def waiting(by: Actor) -> list[Waiting]:
    """Requests for support that the actor is to answer, and payments that are late or due soon."""
    return [*_to_answer(by), *_to_pay(by)]


def _to_answer(by: Actor) -> list[Waiting]:
    if not by.may(Permission.SUPPORT_ANSWER):
        return []
    return [
        Waiting(
            _("Request for support %(reference)s: %(kind)s", reference=one.reference, kind=one.kind.label),
            url_for("support.show", request_id=one.id),
            one.due_at,
        )
        for one in support.list_open(by=by)
        if by.may(Permission.TRANSFER_WRITE if is_for_finance(one.kind) else Permission.CONTRACT_WRITE)
    ]


def _to_pay(by: Actor) -> list[Waiting]:
    if not by.may(Permission.TRANSFER_WRITE):
        return []
    return [
        Waiting(
            _("Transfer %(number)d: %(purpose)s", number=transfer.number, purpose=transfer.purpose),
            url_for("delivery.make", contract_id=transfer.contract_id, transfer_id=transfer.id),
            end_of_day(transfer.due_on),
        )
        for transfer in queries.list_due_transfers(by=by)
    ]


ROOM = Room(
    label=_l("Support and monitor"),
    step=6,
    objective=_l("Funds on time, and the work known as it goes"),
    pages=(pages, support_pages),
    api=(api, support_api),
    links=(Link(_l("Transfers and progress"), "delivery.index", Permission.TRANSFER_READ),),
    refusals={**REFUSALS, **SUPPORT_REFUSALS},
    counts=counts,
    waiting=waiting,
    dialogues=(RECEIVED, PROGRESS, SUPPORT),
    reminders=REMINDERS,
    jobs=(Scheduled(sweep_offices, "transactional", every=900),),
)

"""Rules of step 5: calls, sealed bids, screening, review, result and approval, contract (C1-C16)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled
from tenants.states import Moves


class CallState(Labelled):
    """From draft to contract (step 5)."""

    DRAFT = "draft", _l("Draft")
    PUBLISHED = "published", _l("Open for bids"), "good"
    OPENED = "opened", _l("Bids opened")
    RESULT_PUBLISHED = "result_published", _l("Result public, may be challenged"), "warn"
    APPROVED = "approved", _l("Approved"), "good"
    UNSUCCESSFUL = "unsuccessful", _l("Without a winner"), "bad"


CALL_MOVES: Moves = {
    "publish": ((CallState.DRAFT,), CallState.PUBLISHED),
    "open": ((CallState.PUBLISHED,), CallState.OPENED),
    "publish_result": ((CallState.OPENED,), CallState.RESULT_PUBLISHED),
    "approve": ((CallState.RESULT_PUBLISHED,), CallState.APPROVED),
    "return": ((CallState.RESULT_PUBLISHED,), CallState.OPENED),
    "fail": ((CallState.OPENED,), CallState.UNSUCCESSFUL),
}


class BidState(Labelled):
    """From a sealed text to its result."""

    SEALED = "sealed", _l("Sealed")
    SUPERSEDED = "superseded", _l("Replaced by a later one")
    WITHDRAWN = "withdrawn", _l("Withdrawn")
    OPENED = "opened", _l("Opened")
    EXCLUDED = "excluded", _l("Excluded at screening"), "warn"
    QUALIFIED = "qualified", _l("Passed screening"), "good"
    SELECTED = "selected", _l("Selected"), "good"
    UNSUCCESSFUL = "unsuccessful", _l("Not selected")


BID_MOVES: Moves = {
    "supersede": ((BidState.SEALED,), BidState.SUPERSEDED),
    "withdraw": ((BidState.SEALED,), BidState.WITHDRAWN),
    "open": ((BidState.SEALED,), BidState.OPENED),
    "exclude": ((BidState.OPENED, BidState.QUALIFIED), BidState.EXCLUDED),
    "qualify": ((BidState.OPENED, BidState.EXCLUDED), BidState.QUALIFIED),
    "select": ((BidState.QUALIFIED, BidState.UNSUCCESSFUL), BidState.SELECTED),
    "pass_over": ((BidState.QUALIFIED, BidState.SELECTED), BidState.UNSUCCESSFUL),
}


class ExclusionGround(Labelled):
    """The only grounds of initial screening (C6); not local and imperfect paperwork are none."""

    SCOPE_NOT_ACCEPTED = "scope_not_accepted", _l("Does not understand or accept the scope of work")
    DISQUALIFIED = "disqualified", _l("Not qualified: no legal status, no team or a bad record")
    DOCUMENTS = "documents", _l("Documents still unqualified after a request for revision")
    EXPERIENCE = "experience", _l("The task needs experience the record does not show yet")


class HoldReason(Labelled):
    """Why a call's approval is held; the content stays with whoever placed it (H8)."""

    COMPLAINT = "complaint", _l("A complaint about the call is open")


class ContractState(Labelled):
    """From the award to the end of the work."""

    AWAITING_PLAN = "awaiting_plan", _l("Waiting for the implementation plan"), "warn"
    DRAFTED = "drafted", _l("Drafted")
    REVIEWED = "reviewed", _l("Legally reviewed")
    SIGNED = "signed", _l("In force"), "good"
    CLOSED = "closed", _l("Closed")


CONTRACT_MOVES: Moves = {
    "draw_up": ((ContractState.AWAITING_PLAN, ContractState.DRAFTED), ContractState.DRAFTED),
    "review": ((ContractState.DRAFTED,), ContractState.REVIEWED),
    "sign": ((ContractState.REVIEWED,), ContractState.SIGNED),
    "close": ((ContractState.SIGNED,), ContractState.CLOSED),
}

"""Rules of step 5.6: what a contract says, who may hold it, and how it comes into force (C12)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled
from tenants.states import Moves


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

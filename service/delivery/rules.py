"""Rules of step 6: transfers, progress and support (M1-M6)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled
from tenants.states import Moves


class TransferState(Labelled):
    """Due, made by finance, and confirmed by the SO (M1)."""

    SCHEDULED = "scheduled", _l("Scheduled")
    MADE = "made", _l("Transferred, not yet confirmed"), "warn"
    CONFIRMED = "confirmed", _l("Received"), "good"


TRANSFER_MOVES: Moves = {
    "make": ((TransferState.SCHEDULED,), TransferState.MADE),
    "confirm": ((TransferState.MADE,), TransferState.CONFIRMED),
}


class MilestoneState(Labelled):
    """Whether a milestone of the contract was reached (M3)."""

    PLANNED = "planned", _l("Planned")
    REPORTED = "reported", _l("Reported by the SO"), "good"


MILESTONE_MOVES: Moves = {"report": ((MilestoneState.PLANNED,), MilestoneState.REPORTED)}

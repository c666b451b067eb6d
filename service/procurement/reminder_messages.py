"""Step 5's reminders in words."""

from __future__ import annotations

from channels.messages import N_, Message
from channels.models import Lane

QUESTIONS_CLOSE = Message(
    "procurement.questions_close",
    N_(
        "{office}: questions about no. {lots} ({title}) are taken until {until}. Reply ASK {number} and your question."
    ),
    gives=("title", "office"),
    reminder=True,
)
DOCUMENTS_WANTED = Message(
    "procurement.documents_wanted",
    N_(
        "{office}: no. {number}: your documents are still to be completed. Please use the link we sent you; questions? Call us."
    ),
    gives=("office",),
    reminder=True,
)
BIDS_CLOSE = Message(
    "procurement.bids_close",
    N_("{office}: bids for no. {lots} ({title}) close on {deadline}. To bid, reply BID {number}."),
    gives=("title", "office"),
    reminder=True,
)
BIDS_TO_CONFIRM = Message(
    "procurement.bids_to_confirm",
    N_(
        "{office}: no. {lots} ({title}) has changed. Your bid counts only if BID {number} CONFIRM comes by {deadline}."
    ),
    Lane.REPLY,
    gives=("title", "office"),
    reminder=True,
)
"""Also on the last day, when it leaves at once, as answers do."""

BID_WAITS = Message(
    "procurement.bid_waits",
    N_(
        "{office}: what you began with BID {number} is not finished and does not count; a bid handed in before stays as it is. "
        "Bids close {deadline}. Answer the last question, or text BID {number} to begin anew; 0 leaves."
    ),
    gives=("office",),
    reminder=True,
)
BIDS_CLOSE_TODAY = Message(
    "procurement.bids_close_today",
    N_(
        "{office}: today is the last day for no. {lots} ({title}), until {deadline}. To bid, reply BID {number}."
    ),
    Lane.REPLY,
    gives=("title", "office"),
    reminder=True,
)
"""On the last day it leaves at once, as answers do."""

"""Rules of step 7: self-check, acceptance, participatory evaluation and closure (E1-E6)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled
from tenants.states import Moves


class Gender(Labelled):
    """For disaggregated answers (E4)."""

    WOMAN = "woman", _l("Woman")
    MAN = "man", _l("Man")


class QuestionKind(Labelled):
    """How a question is answered by message (E4)."""

    SCALE = "scale", _l("1 to 5")
    YES_NO = "yes_no", _l("Yes or no")
    WORDS = "words", _l("Own words")


class RoundState(Labelled):
    """Whether an evaluation still takes answers."""

    OPEN = "open", _l("Taking answers"), "good"
    CLOSED = "closed", _l("Closed")


ROUND_MOVES: Moves = {"close": ((RoundState.OPEN,), RoundState.CLOSED)}


class Outcome(Labelled):
    """What an acceptance group decides (E2)."""

    ACCEPTED = "accepted", _l("Accepted"), "good"
    RECTIFY = "rectify", _l("To be put right by a date"), "warn"
    REFUSED = "refused", _l("Refused"), "bad"

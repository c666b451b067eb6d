"""Talking with a machine in the provider's own response: the same words, and the same answer, over and over (S1)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from channels.pacing import ALIKE_WITHIN

MOST_REPLIES_ALIKE = 40
"""How often the same words get the same answer within ``ALIKE_WITHIN``, where nothing else is said between. Somebody in
distress who sends one word again and again is answered each time; a machine that answers our answers goes on beyond that."""

MOST_SENDERS = 10_000
"""Senders whose last words a process keeps in mind; beyond that it begins anew, which stops a loop a little later."""


class Repetition:
    """How often in a row each sender has said the same and was told the same, as far as this process saw.

    What was said is kept as a number that tells nothing of it, and only in memory: a loop is fast, and a process that
    begins anew finds it again.
    """

    def __init__(self) -> None:
        self._runs: dict[UUID, tuple[int, int, datetime]] = {}

    def times(self, sender: UUID, words: str, answer: str, now: datetime) -> int:
        """How often it was, this time included. ``answer``: the message's name, for the same one may carry another reference."""
        said = hash((words, answer))
        before, times, since = self._runs.get(sender, (0, 0, now))
        if before != said or now - since > ALIKE_WITHIN:
            times, since = 0, now
            if len(self._runs) >= MOST_SENDERS:
                self._runs.clear()
        self._runs[sender] = said, times + 1, since
        return times + 1

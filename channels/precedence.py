"""Who may have a text when several could use it: one table, carried out by the engine (rules S4, S5)."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from channels.words import Spoken, Word


class Claim(StrEnum):
    """What may claim a text when a dialogue is open."""

    STOP = "stop"
    HELP = "help"
    LEAVE = "leave"
    LANGUAGE = "language"
    AGAIN = "again"
    COMPLAINT = "complaint"
    ANSWER = "answer"
    WORD = "word"
    GUARD = "guard"
    CATCH_ALL = "catch_all"


PRECEDENCE = (
    Claim.STOP,
    Claim.HELP,
    Claim.LEAVE,
    Claim.LANGUAGE,
    Claim.AGAIN,
    Claim.COMPLAINT,
    Claim.ANSWER,
    Claim.WORD,
    Claim.GUARD,
    Claim.CATCH_ALL,
)

_CLAIM_OF_WORD = {
    Word.STOP: Claim.STOP,
    Word.HELP: Claim.HELP,
    Word.CANCEL: Claim.LEAVE,
    Word.BACK: Claim.LEAVE,
    Word.LANG: Claim.LANGUAGE,
    Word.COMPLAIN: Claim.COMPLAINT,
}


def precedence(
    spoken: Spoken, has_open_prompt: bool, prompt_is_confirmation: bool, asks_again: bool = False
) -> tuple[Claim, ...]:
    """Who may have this text, to be tried in this order (rules S4, S5).

    An answer that its prompt does not understand goes on to the next claim; when none is left the prompt asks
    again. A prompt for words of one's own does not understand what is plainly another command
    (``channels/commands.py``). A language named by itself is never an answer: it is spoken from then on, and the question asked
    again. Nor is the bare word of the dialogue under way, where that word goes on with it (``asks_again``).
    A confirmation is never left by another command, only by leaving, and by a complaint, which may interrupt
    anything. What nobody may read (a bid in words nobody foresaw, C5) is kept from whoever reads the rest. The catch-all (a
    free text offered as a complaint) speaks only when nothing is open.
    """
    return _claims(spoken.word, has_open_prompt, prompt_is_confirmation, asks_again)


@cache
def _claims(
    word: Word | None, has_open_prompt: bool, prompt_is_confirmation: bool, asks_again: bool
) -> tuple[Claim, ...]:
    claimed = {_CLAIM_OF_WORD.get(word, Claim.WORD) if word else Claim.GUARD}
    if has_open_prompt:
        claimed.add(Claim.ANSWER)
        if prompt_is_confirmation:
            claimed.discard(Claim.WORD)
        elif asks_again:
            claimed.add(Claim.AGAIN)
    elif not word:
        claimed.add(Claim.CATCH_ALL)
    return tuple(claim for claim in PRECEDENCE if claim in claimed)

"""What a number that serves many counties says to whom it does not know yet: it asks for the county (S8)."""

from __future__ import annotations

from channels import sayings
from channels.engine import Engine
from channels.messages import InEach
from channels.models import Secrecy
from channels.registry import ChannelInfo
from channels.turns import Situation, Turn
from channels.words import Word, recognise

EXAMPLES = 3
"""How many counties the question names as examples."""


def ask_county(engine: Engine, now: Situation, channel: ChannelInfo) -> Turn:
    """Keep the text for the office that owns the number and ask which county it is for.

    The few words that mean no county have their answer from the engine. A text may be a complaint: until it is sorted
    only the complaint desk reads it (H4), and what may be a bid or a PIN nobody (C5, T5). The pictures of whom several counties
    have in their books wait unseen, for the county alone can tell who is bidding.
    """
    word = recognise(now.text).word
    if now.standing is not None or word in (Word.STOP, Word.START, Word.LANG):
        return engine.turn(now)
    question = sayings.ASK_COUNTY(names=_examples(channel))
    if word is Word.HELP:
        return Turn(sayings.in_brief(now.help()).followed_by(question), None)
    if now.pictures is not None and now.pictures.guarded:
        now.pictures.stay()
        return Turn(question, None, Secrecy.SEALED, attention=True)
    if engine.is_for_nobody(now.text):
        return Turn(question, None, Secrecy.SEALED, attention=True)
    return Turn(question, None, Secrecy.CASE, attention=True, struck=engine.strike_out(now.text))


def _examples(channel: ChannelInfo) -> InEach:
    counties = [place for place in channel.places if not place.above][:EXAMPLES]
    return InEach("、".join(place.zh for place in counties), ", ".join(place.en for place in counties))

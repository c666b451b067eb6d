"""What becomes of a picture that somebody shows: the dialogue under way takes it, else a person looks at it (S4, C5, H4)."""

from __future__ import annotations

from channels import sayings
from channels.engine import Engine, Situation, Standing, Turn
from channels.gateways import Inbound
from channels.messages import Said
from channels.models import Secrecy
from channels.pictures import Pictures
from channels.registry import ChannelInfo

REFERRING = (sayings.NOT_UNDERSTOOD, sayings.PERSON_READS, sayings.PICTURE_WAITS, sayings.PICTURE_BESIDE)
"""What names the reference under which a message waits for a person."""


def pictures_in(channel: ChannelInfo, inbound: Inbound) -> Pictures | None:
    """The pictures and documents of a message; sounds and films are none."""
    media = tuple(one for one in inbound.media if one.is_picture and one.url)
    lifted = list(inbound.brought)
    return Pictures(channel.tenant_id, channel.id, media, lifted) if media or lifted else None


def look(engine: Engine, now: Situation) -> Turn:
    """What comes of a message that is more than words. Words are understood as ever; beside them, or without any, the
    conversation under way may take the pictures, and asks its question again.

    What nobody took waits for a person as secret as its message; what a sealed dialogue has no use for is not kept, for it may
    show a price.
    """
    if now.pictures is None:
        return engine.turn(now) if now.text else Turn(sayings.MEDIA(), now.standing)
    if now.text:
        turn = engine.turn(now)
        _beside_words(engine, now, turn)
    else:
        turn = _without_words(engine, now)
    if not now.pictures.taken and turn.secrecy is not Secrecy.SEALED:
        turn.attention = True
    return turn


def _beside_words(engine: Engine, now: Situation, turn: Turn) -> None:
    assert now.pictures is not None
    if not now.pictures.taken and turn.standing is not None and turn.standing.name in engine.by_name:
        said, refused = engine.show(now, turn.standing)
        if said is not None and not refused:
            turn.said = said.followed_by(turn.said)
    if not now.pictures.taken and not turn.attention:
        turn.said = _left_over(turn.secrecy).followed_by(turn.said)


def _without_words(engine: Engine, now: Situation) -> Turn:
    assert now.pictures is not None
    standing = _known(engine, now.standing)
    if standing is None:
        return Turn(sayings.PICTURE_WAITS(reference=""), None, Secrecy.CASE)
    said, refused = engine.show(now, standing)
    if not now.pictures.taken and not refused:
        said = _left_over(engine.by_name[standing.name].secrecy)
    return engine.go_on(now, standing, said)


def _known(engine: Engine, standing: Standing | None) -> Standing | None:
    return standing if standing is not None and standing.name in engine.by_name else None


def _left_over(secrecy: Secrecy) -> Said:
    sealed = secrecy is Secrecy.SEALED
    return sayings.PICTURE_NOT_HERE() if sealed else sayings.PICTURE_BESIDE(reference="")

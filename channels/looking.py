"""What becomes of a picture that somebody shows: the dialogue under way takes it, else a person looks at it (S4, C5, H4)."""

from __future__ import annotations

import structlog

from channels import sayings
from channels.dialogues import Talk
from channels.engine import Engine
from channels.gateways import Inbound
from channels.messages import Said
from channels.models import Secrecy
from channels.pictures import Pictures
from channels.registry import ChannelInfo
from channels.texts import count_words, normalise
from channels.turns import Situation, Standing, Turn
from channels.words import recognise

log = structlog.get_logger()

MOST_BESIDE = 4
"""Chinese characters or English words that only go with a picture ("请查收", "see attached")."""

REFERRING = (sayings.NOT_UNDERSTOOD, sayings.PERSON_READS, sayings.PICTURE_WAITS, sayings.PICTURE_BESIDE)
"""What names the reference under which a message waits for a person."""


def pictures_in(channel: ChannelInfo, inbound: Inbound) -> Pictures | None:
    """The pictures and documents of a message; sounds and films are none."""
    media = tuple(one for one in inbound.media if one.is_picture and one.url)
    lifted = list(inbound.brought)
    if not media and not lifted:
        return None
    return Pictures(channel.tenant_id, channel.id, media, lifted, guarded=inbound.guarded)


def look(engine: Engine, now: Situation) -> Turn:
    """What comes of a message that is more than words. Words are understood as ever; beside them, or without any, the
    conversation under way may take the pictures, and asks its question again.

    What nobody took waits for a person as secret as its message. What may show a price nobody looks at, and it is kept nowhere:
    what a sealed dialogue has no use for, and what comes from somebody who may be bidding (C5).
    """
    if now.pictures is None:
        return engine.turn(now) if now.text else Turn(sayings.MEDIA(), now.standing)
    standing = _known(engine, now.standing)
    if standing is None and _says_no_more_than_a_bid(engine, now) and _may_show_a_bid(engine, now):
        return _unseen(engine, now)
    turn = _beside_words(engine, now) if now.text else _without_words(engine, now, standing)
    if not now.pictures.taken and not now.pictures.unseen:
        now.pictures.unseen = _may_show_a_bid(engine, now)
        turn.attention = turn.attention or not now.pictures.unseen
    return turn


def secrecy_unhandled(engine: Engine, talk: Talk, standing: Standing | None) -> Secrecy:
    """Who may read a message whose handling failed. Nobody, where it may be a bid by its words or by who shows a picture, and
    where that cannot be found out: its sender is asked to send it again (C5)."""
    secrecy = engine.secrecy_of(talk.text, standing)
    if secrecy is Secrecy.SEALED or (talk.pictures is not None and talk.pictures.guarded):
        return Secrecy.SEALED
    try:
        guard = engine.guard
        if guard is not None and guard.guards is not None and guard.guards(talk, False):
            return Secrecy.SEALED
        if guard is not None and guard.guards_pictures is not None and talk.pictures is not None:
            return Secrecy.SEALED if guard.guards_pictures(talk) else secrecy
    except Exception:
        log.exception("guard_failed")
        return Secrecy.SEALED
    return secrecy


def _beside_words(engine: Engine, now: Situation) -> Turn:
    assert now.pictures is not None
    turn = engine.turn(now)
    if not now.pictures.taken and turn.standing is not None and turn.standing.name in engine.by_name:
        said, refused = engine.show(now, turn.standing)
        if said is not None and not refused:
            turn.said = said.followed_by(turn.said)
    if not now.pictures.taken:
        left_over = _left_over(engine, now, turn.secrecy)
        if now.pictures.unseen or not turn.attention:
            turn.said = left_over.followed_by(turn.said)
    return turn


def _without_words(engine: Engine, now: Situation, standing: Standing | None) -> Turn:
    assert now.pictures is not None
    if standing is None:
        return Turn(sayings.PICTURE_WAITS(reference=""), None, Secrecy.CASE)
    said, refused = engine.show(now, standing)
    if not now.pictures.taken and not refused:
        said = _left_over(engine, now, engine.by_name[standing.name].secrecy)
    return engine.go_on(now, standing, said)


def _known(engine: Engine, standing: Standing | None) -> Standing | None:
    return standing if standing is not None and standing.name in engine.by_name else None


def _left_over(engine: Engine, now: Situation, secrecy: Secrecy) -> Said:
    assert now.pictures is not None
    now.pictures.unseen = secrecy is Secrecy.SEALED or _may_show_a_bid(engine, now)
    return sayings.PICTURE_NOT_HERE() if now.pictures.unseen else sayings.PICTURE_BESIDE(reference="")


def _says_no_more_than_a_bid(engine: Engine, now: Situation) -> bool:
    """Whether the words beside a picture only go with it, or may name a price; any others are heard without the picture (H1)."""
    if recognise(now.text).word is not None:
        return False
    guards = engine.guard.guards if engine.guard else None
    return count_words(normalise(now.text)) <= MOST_BESIDE or bool(guards and guards(_shown(now), False))


def _may_show_a_bid(engine: Engine, now: Situation) -> bool:
    guards = engine.guard.guards_pictures if engine.guard else None
    return bool(guards and guards(_shown(now)))


def _unseen(engine: Engine, now: Situation) -> Turn:
    assert now.pictures is not None
    assert engine.guard is not None
    now.pictures.unseen = True
    return Turn(engine.guard.finish(_shown(now)), None, Secrecy.SEALED, keep_text=False)


def _shown(now: Situation) -> Talk:
    return Talk(now.by, now.text, now.raw, "", inbound_id=now.inbound_id, pictures=now.pictures)

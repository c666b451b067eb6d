"""What goes into the engine with one text, and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from channels.messages import Said
from channels.models import Secrecy
from channels.pictures import Pictures
from tenants.actors import Actor


@dataclass
class Standing:
    """Where a conversation stands: the dialogue, the step that waits for an answer, and the answers so far.

    ``brought``: the row of the person's other address that it was begun at.
    """

    name: str
    step: str
    answers: dict[str, Any]
    path: list[str] = field(default_factory=list)
    misses: int = 0
    moved_at: datetime | None = None
    brought: UUID | None = None


@dataclass
class Turn:
    """What came of one text. ``said`` is never empty; ``attention``: a person must look at it; ``struck``: what of it is kept,
    where it held what nobody may read."""

    said: Said
    standing: Standing | None
    secrecy: Secrecy = Secrecy.OPEN
    keep_text: bool = True
    attention: bool = False
    park: Standing | None = None
    take_up: str | None = None
    locale: str | None = None
    consent: bool | None = None
    absorbed: list[UUID] = field(default_factory=list)
    to_the_day: bool = False
    struck: str | None = None


class Situation(NamedTuple):
    """All the engine knows when a text comes: who sent it, where the conversation stood, what lies aside.

    ``chosen``: a word from a menu or a QR code, which answers no question.
    ``elsewhere``: finds what the person has begun at another address, by the name of the dialogue; asked for only where a word
    would begin it anew.
    """

    by: Actor
    text: str
    raw: str
    standing: Standing | None
    parked: Mapping[str, Standing]
    help: Callable[[], Said]
    inbound_id: UUID
    pictures: Pictures | None = None
    chosen: bool = False
    elsewhere: Callable[[str], Standing | None] = lambda name: None

"""Small declared dialogues: steps with a prompt and a parser, and what happens at the end.

A room writes its dialogues as data and lists them in its ``room.py``; the engine in ``channels/engine.py`` runs them. What a
step understands is kept as plain JSON under the contact's own key until the dialogue ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from marshmallow import Schema
from marshmallow.fields import Field

from channels.messages import Message, Said
from channels.models import Secrecy
from channels.pictures import Pictures
from channels.sayings import PERSON_READS
from channels.words import Word
from tenants.actors import Actor


@dataclass
class Talk:
    """What a dialogue knows while it handles one text.

    ``by`` is the sender as an actor; ``text`` the cleaned text and ``raw`` exactly what came; ``argument`` what followed
    the word; ``answers`` what was understood so far, JSON only; ``pictures`` what else came with the text. ``to_the_day``: of
    when this text came only the day is kept.
    """

    by: Actor
    text: str
    raw: str
    argument: str
    answers: dict[str, Any] = field(default_factory=dict)
    inbound_id: UUID | None = None
    pictures: Pictures | None = None
    ended: bool = False
    back_to: str | None = None
    absorbed: list[UUID] = field(default_factory=list)
    for_a_person: bool = False
    to_the_day: bool = False

    def end(self, said: Said) -> Said:
        """End the dialogue here with these words."""
        self.ended = True
        return said

    def hand_over(self) -> Said:
        """End the dialogue here: a person will read this text, at the complaint desk until it is known whose it is."""
        self.for_a_person = True
        return self.end(PERSON_READS(reference=""))

    def again(self, step: str, said: Said) -> Said:
        """Do not end yet: say this and wait at ``step`` once more."""
        self.back_to = step
        return said

    def absorb(self, inbound_id: UUID) -> None:
        """The content of an earlier message now lives in a case: it need no longer wait for a person here."""
        self.absorbed.append(inbound_id)


Ask = Callable[[Talk], Said]
Parser = Callable[[str], Any]


@dataclass(frozen=True)
class Step:
    """One question. ``parse`` raises ``Unclear`` or ``ValidationError``; then ``unclear`` is said and it is asked again.

    ``keep`` turns what was understood into what may be stored (a price is sealed before it is kept); ``skip`` leaves the
    question out. At a step that ``confirms`` only the offered answers and the few words that always work are understood.
    ``unclear_asks``: ``unclear`` is a whole question, after which the first one need not follow. ``stands``: what its answer
    has done is not taken back by stepping back, which goes no further than behind it. ``noted``: what is told instead of an
    answer is said to be noted, so a person reads it.
    """

    name: str
    ask: Message | Ask
    parse: Parser
    unclear: Message
    keep: Callable[[Talk, Any], Any] | None = None
    skip: Callable[[Talk], bool] | None = None
    confirms: bool = False
    unclear_asks: bool = False
    stands: bool = False
    noted: bool = False

    def question(self, talk: Talk) -> Said:
        """What to ask."""
        return self.ask() if isinstance(self.ask, Message) else self.ask(talk)


@dataclass(frozen=True)
class Dialogue:
    """A conversation about one thing. ``begin`` may fill in answers from ``talk.argument``, say something first, or end it.

    ``finish`` calls the room's command and says what came of it. ``catch_all``: takes a free sentence that matches no word.
    ``left`` says to who leaves it what stays done, where that is not nothing. ``takes``: a text that no word claims while
    nothing is open, and that is this dialogue's own, before the free sentence. ``picture`` takes what is shown in the course of
    it, as the answer to the step that waits or beside it, and says thanks; without it a person looks, or nobody if it is sealed.
    ``goes_on``: its bare word, sent again on the way, asks what waits for an answer instead of beginning anew.
    ``follows``: what was begun at one address is gone on with from another that a code has proved to be the same person's; a
    complaint stays where it was written (H3).
    ``guards``: whether a text that no word claims is one that nobody may read, and is answered by this dialogue wherever free
    words would be kept; asked with the talk, and with whether only a plain one counts. ``guarded``: what is said in its free
    words is looked at so as well, for it is read by others. ``guards_pictures``: whether a picture that no conversation under way
    takes is one that nobody may look at; this dialogue answers it too. ``strikes``: a text without what nobody may read in it,
    where it tells of more than that; ``None`` for any other.
    """

    name: str
    word: Word | None
    finish: Ask
    steps: tuple[Step, ...] = ()
    begin: Callable[[Talk], Said | None] | None = None
    secrecy: Secrecy = Secrecy.OPEN
    catch_all: bool = False
    left: Ask | None = None
    takes: Callable[[str], bool] | None = None
    picture: Callable[[Talk], Said | None] | None = None
    goes_on: bool = False
    follows: bool = False
    guards: Callable[[Talk, bool], bool] | None = None
    guards_pictures: Callable[[Talk], bool] | None = None
    guarded: bool = False
    strikes: Callable[[str], str | None] | None = None

    def step(self, name: str) -> Step:
        """The step with this name."""
        return next(step for step in self.steps if step.name == name)

    def next_step(self, talk: Talk) -> Step | None:
        """The first step that is neither answered nor left out; ``None`` at the end."""
        for step in self.steps:
            if step.name not in talk.answers and not (step.skip and step.skip(talk)):
                return step
        return None


@cache
def _fields_of(schema: type[Schema]) -> dict[str, Field]:
    return schema().fields


def answer_of(schema: type[Schema], name: str, parse: Parser | None = None) -> Parser:
    """A parser that understands a text with ``parse`` and checks it with a room's schema; returns plain JSON."""

    def understand(text: str) -> Any:
        value = parse(text) if parse else text
        known = _fields_of(schema)[name]
        checked = known.deserialize(value)
        return known.serialize(name, {name: checked})

    return understand

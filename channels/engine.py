"""The dialogue engine: one text in, one answer out, and where the conversation stands afterwards.

Who may have a text is decided by the one table in ``channels/precedence.py``; the engine only carries it out. It touches no
database row itself: ``channels/senders.py`` reads the sender before, ``channels/inbox.py`` writes the outcome after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from marshmallow import ValidationError

from channels import sayings
from channels.answers import Unclear, parse_choice
from channels.commands import WORDS_IN_EACH, says_only_a_command
from channels.dialogues import Dialogue, Step, Talk
from channels.messages import InEach, Said
from channels.models import Secrecy
from channels.offers import may_be_bid
from channels.precedence import Claim, precedence
from channels.texts import count_words, fold
from channels.turns import Situation, Standing, Turn
from channels.words import Spoken, Word, is_thanks, recognise
from tenants.gate import undoable
from tenants.refusals import Refusal

PATIENCE = 3
"""Misunderstandings at one step until a person is asked to look."""

SENTENCE = 4
"""So many words tell something of their own, where more may be told beside a question."""

LANGUAGE = "language"
LANGUAGES = {
    "zh": ("中文", "汉语", "普通话", "chinese", "zhongwen", "zh"),
    "en": ("英文", "英语", "english", "yingwen", "en"),
}


class Engine:
    """The dialogues of the house and the words that open them."""

    def __init__(self, dialogues: Sequence[Dialogue], explain: Callable[[Refusal], InEach]) -> None:
        """``explain`` puts a refusal into words, in each language."""
        self.by_name = {dialogue.name: dialogue for dialogue in dialogues}
        self.by_word = {dialogue.word: dialogue for dialogue in dialogues if dialogue.word}
        self.catch_all = next((dialogue for dialogue in dialogues if dialogue.catch_all), None)
        self.guard = next((dialogue for dialogue in dialogues if dialogue.guards), None)
        self.strikes = next((dialogue.strikes for dialogue in dialogues if dialogue.strikes), None)
        self.explain = explain

    def turn(self, now: Situation) -> Turn:
        """Give the text to the first claim that can use it (anchoring S4, S5 in the table of precedence).

        A reply may name a complaint or a bid that is under way beside the text's own matter; it is then as secret (H4, C5).
        """
        before, struck = now.standing, self.strike_out(now.text)
        if struck is not None and not self._waits_for_pin(now):
            turn = self._first_claim(now._replace(text=struck, raw=struck))
            turn.said, turn.struck = turn.said.followed_by(sayings.PIN_STRUCK()), struck
        else:
            turn = self._first_claim(now)
        beside = {
            self.by_name[one.name].secrecy
            for one in (before, turn.standing, turn.park)
            if one is not None and one.name in self.by_name
        }
        if turn.secrecy is Secrecy.OPEN and Secrecy.CASE in beside:
            turn.secrecy = Secrecy.CASE
        elif turn.secrecy is Secrecy.OPEN and Secrecy.SEALED in beside and not turn.attention:
            turn.secrecy = Secrecy.SEALED
        return turn

    def _first_claim(self, now: Situation) -> Turn:
        spoken = recognise(now.text)
        standing = now.standing if now.standing and now.standing.name in self.by_name else None
        step = self.by_name[standing.name].step(standing.step) if standing else None
        if standing is None and is_thanks(now.text):
            return Turn(sayings.WELCOME(), None, Secrecy.CASE)
        again = standing is not None and self._means_to_go_on(spoken, standing)
        for claim in precedence(spoken, standing is not None, bool(step and step.confirms), again):
            if claim is Claim.ANSWER and now.chosen:
                continue
            turn = self._carry_out(claim, spoken, standing, step, now)
            if turn is not None:
                return self._with_aside(turn, now) if claim is Claim.CATCH_ALL else turn
        if standing is not None and step is not None:
            if is_thanks(now.text):
                return Turn(
                    sayings.NO_HURRY(), standing, self.by_name[standing.name].secrecy, keep_text=False
                )
            return self._ask_again(standing, step, now)
        turn = Turn(sayings.NOT_UNDERSTOOD(reference=""), None, Secrecy.CASE, attention=True)
        return self._with_aside(turn, now)

    def _with_aside(self, turn: Turn, now: Situation) -> Turn:
        """Where nothing was under way a free text may be an answer that comes too late: say how to go on (S4)."""
        aside = [
            one for one in now.parked.values() if one.name in self.by_name and self.by_name[one.name].word
        ]
        if aside:
            latest = max(aside, key=lambda one: (one.moved_at is not None, one.moved_at))
            turn.said = turn.said.followed_by(sayings.LIES_ASIDE(word=self._name_of(latest)))
        return turn

    def show(self, now: Situation, standing: Standing) -> tuple[Said | None, bool]:
        """Hand the pictures that came to the conversation under way; what it says, and whether it refused them."""
        dialogue = self.by_name[standing.name]
        return (
            self._guarded(dialogue.picture, self._talk(now, standing)) if dialogue.picture else (None, False)
        )

    def go_on(self, now: Situation, standing: Standing, said: Said | None) -> Turn:
        """Say something and ask what is asked next: the same again, unless the step that waited is answered by now."""
        dialogue = self.by_name[standing.name]
        answered = standing.step in standing.answers
        path = [*standing.path, standing.step] if answered else standing.path
        return self._go_on(dialogue, self._talk(now, standing), path, said)

    def is_for_nobody(self, text: str) -> bool:
        """Whether a text shows by itself that no person may read it: it may be a bid, or a PIN (C5, T5)."""
        sealed = (one.takes for one in self.by_name.values() if one.secrecy is Secrecy.SEALED)
        return may_be_bid(text) or any(takes(text) for takes in sealed if takes)

    def strike_out(self, text: str) -> str | None:
        """A text without the PIN that it names beside what else it tells; ``None`` where it names none (T5)."""
        return self.strikes(text) if self.strikes else None

    def secrecy_of(self, text: str, standing: Standing | None) -> Secrecy:
        """Who may read a text whose handling failed: as strict as the dialogue it was meant for."""
        if self.is_for_nobody(text):
            return Secrecy.SEALED
        spoken = recognise(text)
        meant = self.by_word.get(spoken.word) if spoken.word else None
        begun = self.by_name.get(standing.name) if standing else None
        wishes = {dialogue.secrecy for dialogue in (meant, begun) if dialogue}
        if Secrecy.SEALED in wishes:
            return Secrecy.SEALED
        return Secrecy.OPEN if wishes == {Secrecy.OPEN} else Secrecy.CASE

    def _carry_out(
        self, claim: Claim, spoken: Spoken, standing: Standing | None, step: Step | None, now: Situation
    ) -> Turn | None:
        if claim is Claim.STOP:
            return Turn(sayings.STOPPED(), standing, consent=False)
        if claim is Claim.HELP:
            if step is None:
                return Turn(now.help(), standing)
            return Turn(
                sayings.within(now.help()).followed_by(step.question(self._talk(now, standing))), standing
            )
        if claim is Claim.LEAVE:
            return self._leave(spoken, standing, now)
        if claim is Claim.LANGUAGE:
            return self._language(spoken.argument, standing, now)
        if claim is Claim.AGAIN and standing is not None and step is not None:
            question = step.question(self._talk(now, standing))
            said = sayings.RESUMED().followed_by(question)
            return Turn(said, standing, self.by_name[standing.name].secrecy)
        if claim is Claim.ANSWER and standing is not None and step is not None:
            return self._answer(standing, step, spoken, now)
        if claim in (Claim.COMPLAINT, Claim.WORD) and spoken.word is not None:
            if claim is Claim.COMPLAINT and standing is not None and self._answers_itself(spoken, standing):
                return None
            return self._word(spoken, standing, now)
        if claim is Claim.GUARD:
            sealed = standing is not None and self.by_name[standing.name].secrecy is Secrecy.SEALED
            return None if sealed else self._kept_apart(now, standing, plainly=False)
        if claim is Claim.CATCH_ALL and spoken.argument:
            takers = (one for one in self.by_name.values() if one.takes and one.takes(now.text))
            dialogue = next(takers, self.catch_all)
            return self._begin(dialogue, spoken.argument, None, now) if dialogue else None
        return None

    def _waits_for_pin(self, now: Situation) -> bool:
        """Whether what is under way may ask for a PIN, or nobody reads the text at all: then it is taken whole (T5)."""
        under_way = self.by_name.get(now.standing.name) if now.standing else None
        return self.is_for_nobody(now.text) or (under_way is not None and under_way.secrecy is Secrecy.SEALED)

    def _answers_itself(self, spoken: Spoken, standing: Standing) -> bool:
        """Within the complaint's own dialogue the word is part of what is told, and alone says yes to what was offered as one."""
        dialogue = self.by_name[standing.name]
        return dialogue.word is spoken.word or (dialogue.catch_all and not spoken.argument)

    def _means_to_go_on(self, spoken: Spoken, standing: Standing) -> bool:
        """Whoever comes back after days sends the word once more, and must not lose what was told before."""
        dialogue = self.by_name[standing.name]
        return dialogue.goes_on and spoken.word is dialogue.word and not spoken.argument

    def _is_a_command(self, spoken: Spoken, standing: Standing, now: Situation) -> bool:
        """Whether free words are a command by themselves; "评价 5" within the evaluation is still its answer."""
        dialogue = self.by_name[standing.name]
        own = spoken.word is dialogue.word and dialogue.goes_on
        return not own and says_only_a_command(now.text, spoken)

    def _kept_apart(self, now: Situation, standing: Standing | None, *, plainly: bool) -> Turn | None:
        """Tell who sends what nobody may read how to say it; the text is kept nowhere, the conversation goes on (C5)."""
        talk = self._talk(now, None)
        if self.guard is None or not self.guard.guards or not self.guard.guards(talk, plainly):
            return None
        said, _refused = self._guarded(self.guard.finish, talk)
        return Turn(said or sayings.LEFT(), standing, Secrecy.SEALED, keep_text=False)

    def _leave(self, spoken: Spoken, standing: Standing | None, now: Situation) -> Turn:
        if standing is None:
            return Turn(sayings.NOTHING_OPEN(), None)
        dialogue = self.by_name[standing.name]
        if spoken.word is Word.CANCEL:
            return Turn(dialogue.left(self._talk(now, standing)) if dialogue.left else sayings.LEFT(), None)
        if not standing.path or dialogue.step(standing.path[-1]).stands:
            question = dialogue.step(standing.step).question(self._talk(now, standing))
            return Turn(sayings.FIRST_STEP().followed_by(question), standing, dialogue.secrecy)
        before = standing.path.pop()
        standing.answers.pop(before, None)
        standing.step, standing.misses = before, 0
        question = dialogue.step(before).question(self._talk(now, standing))
        return Turn(question, standing, dialogue.secrecy)

    def _word(self, spoken: Spoken, standing: Standing | None, now: Situation) -> Turn:
        word, argument = spoken
        assert word is not None
        if word is Word.START:
            return Turn(sayings.STARTED(), standing, consent=True)
        dialogue = self.by_word.get(word)
        if dialogue is None:
            return Turn(sayings.NOT_HERE(), standing, attention=bool(argument))
        if dialogue.guarded and argument and (apart := self._kept_apart(now, standing, plainly=True)):
            return apart
        if dialogue.name in now.parked and not argument:
            return self._take_up(dialogue, now.parked[dialogue.name], standing, now)
        if dialogue.follows and not argument and (standing is None or standing.name != dialogue.name):
            begun = now.elsewhere(dialogue.name)
            if begun is not None:
                return self._take_up(dialogue, begun, standing, now)
        return self._begin(dialogue, argument, standing, now)

    def _language(self, argument: str, standing: Standing | None, now: Situation) -> Turn:
        """Within a dialogue the language is asked for by its name, for a number would answer the dialogue."""
        within = standing if standing is not None and standing.name != LANGUAGE else None
        try:
            chosen = parse_choice(argument, LANGUAGES)
        except Unclear:
            if within is not None:
                return Turn(sayings.NAME_LANGUAGE(), within)
            return Turn(sayings.ASK_LANGUAGE(), Standing(LANGUAGE, LANGUAGE, {}))
        if within is None:
            return Turn(sayings.LANGUAGE_SET(), None, locale=chosen)
        question = self.by_name[within.name].step(within.step).question(self._talk(now, within))
        return Turn(sayings.LANGUAGE_SET().followed_by(question), within, locale=chosen)

    def _take_up(
        self, dialogue: Dialogue, parked: Standing, standing: Standing | None, now: Situation
    ) -> Turn:
        question = dialogue.step(parked.step).question(self._talk(now, parked))
        said = sayings.RESUMED().followed_by(question)
        return Turn(
            said,
            parked,
            dialogue.secrecy,
            take_up=dialogue.name,
            park=self._worth_keeping(standing, dialogue),
        )

    def _begin(self, dialogue: Dialogue, argument: str, standing: Standing | None, now: Situation) -> Turn:
        talk = Talk(now.by, now.text, now.raw, argument, inbound_id=now.inbound_id, pictures=now.pictures)
        said, refused = self._guarded(dialogue.begin, talk) if dialogue.begin else (None, False)
        park = self._worth_keeping(standing, dialogue)
        if refused or talk.ended:
            turn = Turn(said or sayings.LEFT(), standing, dialogue.secrecy)
        else:
            turn = self._go_on(dialogue, talk, [], said)
            turn.park = park
        turn.keep_text = dialogue.secrecy is Secrecy.OPEN
        turn.attention = talk.for_a_person or (dialogue.catch_all and now.inbound_id not in talk.absorbed)
        if talk.for_a_person:
            turn.secrecy = Secrecy.CASE
        turn.absorbed = talk.absorbed
        turn.to_the_day = talk.to_the_day
        if turn.park is not None:
            turn.said = turn.said.followed_by(sayings.PARKED(word=self._name_of(turn.park)))
        return turn

    def _answer(self, standing: Standing, step: Step, spoken: Spoken, now: Situation) -> Turn | None:
        dialogue = self.by_name[standing.name]
        talk = self._talk(now, standing)
        try:
            value = step.parse(now.text)
        except (Unclear, ValidationError):
            return None
        if dialogue.name == LANGUAGE:
            return Turn(sayings.LANGUAGE_SET(), None, locale=value)
        if value == now.text.strip() and (is_thanks(now.text) or self._is_a_command(spoken, standing, now)):
            # Words of one's own that only thank, or are another command, do not answer.
            return None
        if dialogue.guarded and (apart := self._kept_apart(now, standing, plainly=True)):
            return apart
        refused: Said | None = None
        if step.keep is not None:
            value, refused = self._kept(step, talk, value)
        if refused is not None:
            turn = Turn(refused, standing, dialogue.secrecy)
        else:
            talk.answers[step.name] = value
            turn = self._go_on(dialogue, talk, [*standing.path, step.name], None)
        turn.keep_text = dialogue.secrecy is Secrecy.OPEN
        turn.absorbed = talk.absorbed
        turn.to_the_day = talk.to_the_day
        return turn

    def _go_on(self, dialogue: Dialogue, talk: Talk, path: list[str], first: Said | None) -> Turn:
        following = dialogue.next_step(talk)
        if following is None:
            said, _refused = self._guarded(dialogue.finish, talk)
            said = said or sayings.LEFT()
            if talk.back_to is None:
                return Turn(first.followed_by(said) if first else said, None, dialogue.secrecy)
            talk.answers.pop(talk.back_to, None)
            path = [name for name in path if name != talk.back_to]
            return Turn(said, Standing(dialogue.name, talk.back_to, talk.answers, path), dialogue.secrecy)
        question = following.question(talk)
        said = first.followed_by(question) if first else question
        return Turn(said, Standing(dialogue.name, following.name, talk.answers, path), dialogue.secrecy)

    def _ask_again(self, standing: Standing, step: Step, now: Situation) -> Turn:
        dialogue = self.by_name[standing.name]
        standing.misses += 1
        told = step.noted and count_words(fold(now.text)) >= SENTENCE
        lost = (standing.misses >= PATIENCE or told) and dialogue.secrecy is not Secrecy.SEALED
        said = step.unclear()
        if standing.misses > 1 and not step.unclear_asks:
            # Whoever comes back after days may not remember what was asked.
            question = step.question(self._talk(now, standing))
            if all(link.message is not step.unclear for link in question.links):
                said = said.followed_by(question)
        return Turn(
            said,
            standing,
            dialogue.secrecy,
            keep_text=dialogue.secrecy is not Secrecy.SEALED,
            attention=lost,
        )

    def _guarded(self, act: Callable[[Talk], Said | None], talk: Talk) -> tuple[Said | None, bool]:
        """Run what calls commands; a refusal undoes what it had begun and is said kindly."""
        try:
            with undoable():
                return act(talk), False
        except Refusal as refusal:
            if talk.pictures is not None:
                talk.pictures.release()
            return sayings.REFUSED(words=self.explain(refusal)), True

    def _kept(self, step: Step, talk: Talk, value: Any) -> tuple[Any, Said | None]:
        assert step.keep is not None
        try:
            return step.keep(talk, value), None
        except Refusal as refusal:
            return None, sayings.REFUSED(words=self.explain(refusal))

    def _worth_keeping(self, standing: Standing | None, instead: Dialogue) -> Standing | None:
        if standing is None or standing.name == instead.name or not standing.answers:
            return None
        return standing if self.by_name[standing.name].word else None

    def _name_of(self, parked: Standing) -> InEach:
        word = self.by_name[parked.name].word
        assert word is not None
        return WORDS_IN_EACH[word]

    def _talk(self, now: Situation, standing: Standing | None) -> Talk:
        answers = standing.answers if standing else {}
        return Talk(now.by, now.text, now.raw, "", answers, inbound_id=now.inbound_id, pictures=now.pictures)


def language_dialogue() -> Dialogue:
    """The question that 语言 LANG asks; the engine itself keeps the answer."""
    step = Step(
        LANGUAGE, sayings.ASK_LANGUAGE, lambda text: parse_choice(text, LANGUAGES), sayings.ASK_LANGUAGE
    )
    return Dialogue(LANGUAGE, None, lambda talk: sayings.LANGUAGE_SET(), (step,))

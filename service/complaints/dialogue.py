"""The hotline by text: complain, ask where it stands, take it up, say whether it is solved (H1-H6).

The first words already make the case. What is asked afterwards may stay unanswered: leaving loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from channels import sayings
from channels.answers import Unclear, parse_reference
from channels.dialogues import Dialogue, Step, Talk
from channels.messages import MESSAGES, Message, Said, from_plain, in_each, to_plain
from channels.models import Secrecy
from channels.words import Word
from service.complaints import following, messages
from service.complaints.anonymity import choose_identity
from service.complaints.filing import Filed, file_complaint, tell_about
from service.complaints.following import Progress
from service.complaints.pictures import add_pictures
from service.complaints.references import standing_elsewhere
from service.complaints.rules import OPEN_STATES, About, ComplaintState, Identity, points_at_office
from service.complaints.understanding import (
    ABOUT_OPTIONS,
    IDENTITY_OPTIONS,
    begins_unsolved,
    choice_or_more,
    parse_rating,
    parse_verdict,
    parse_words,
    reference_in,
    verdict_in,
    wished_identity,
)
from tenants.refusals import Refusal
from tenants.workdays import local_day


def begin_complaint(talk: Talk) -> Said | None:
    """Make a case of what followed the word; with the reference of one's own case, add to that.

    Who may know the number, where it was said with the word, is not asked again (H3).
    """
    if wished := wished_identity(talk.text):
        talk.answers["wished"] = wished.value
    try:
        words = parse_words(talk.argument)
    except Unclear:
        return None
    if added := added_to_own(talk):
        return talk.end(added)
    file_words(talk, words)
    return None


def keep_picture(talk: Talk) -> Said | None:
    """A picture belongs to the case; without a word before it, it makes one. What waits to be one takes it along (H1)."""
    if "waiting" in talk.answers:
        if str(talk.inbound_id) != talk.answers["waiting"]["inbound"]:
            talk.answers["waiting"].setdefault("shown", []).append(str(talk.inbound_id))
        return None
    if "reference" in talk.answers:
        show(talk, talk.answers["reference"])
        return messages.PICTURE_ADDED(reference=talk.answers["reference"])
    if "text" not in talk.answers and talk.text == "":
        file_words(talk, messages.PICTURE_ALONE().words(talk.by.locale))
    return None


def keep_status_picture(talk: Talk) -> Said | None:
    """A picture beside the question about a case belongs to that case (H6)."""
    return keep_picture(talk) if "reference" in talk.answers else None


def keep_text(talk: Talk, text: str) -> str:
    """The first words make the case, later ones add to it; nothing of them stays in the dialogue."""
    if "reference" in talk.answers:
        _say_more(talk, text)
    else:
        file_words(talk, text)
    return "kept"


def keep_about(talk: Talk, answer: dict[str, str]) -> str:
    """Classify the case at once; what is about the office leaves the county there and then (H4)."""
    if "more" in answer:
        _say_more(talk, answer["more"])
    else:
        classify(talk, About(answer["chosen"]))
    if "wished" in talk.answers:
        # Not with the first text: the reply to that gives the reference, and is kept under the number for repeats.
        talk.answers["identity"] = _be_known(talk, Identity(talk.answers["wished"]))
    return answer.get("chosen", "more")


def keep_identity(talk: Talk, answer: dict[str, str]) -> str:
    """Let the complainant be known as chosen (H3)."""
    if "more" in answer:
        _say_more(talk, answer["more"])
        return "more"
    return _be_known(talk, Identity(answer["chosen"]))


def finish_complaint(talk: Talk) -> Said:
    """Say how the complainant is known now."""
    known = {"named": messages.KEPT_NAMED, "anonymous": messages.KEPT_ANONYMOUS}
    return with_news(talk, known.get(talk.answers["identity"], messages.KEPT_CONFIDENTIAL)())


def say_left(talk: Talk) -> Said:
    """What was said before leaving stays: the case as it was given, or the words for the desk to read."""
    if "reference" in talk.answers:
        return messages.LEFT()
    return messages.NOT_FILED() if "waiting" in talk.answers else sayings.LEFT()


def begin_status(talk: Talk) -> Said | None:
    """Tell where a case stands: the one whose reference followed, else the sender's newest."""
    reference = _case_meant(talk)
    if reference is None:
        return _misread(talk)
    said = _look_up(talk, reference)
    return said if "until" in talk.answers else talk.end(said)


def keep_reference(talk: Talk, reference: str) -> str:
    """Look the case up at once, so that a wrong reference is asked again."""
    _announce(talk, _look_up(talk, reference))
    return reference


def ask_solved(talk: Talk) -> Said:
    """Ask whether the answered case is solved, and say until when it can be opened again."""
    return with_news(talk, messages.ASK_SOLVED(**from_plain(talk.answers["until"])))


def keep_verdict(talk: Talk, solved: bool) -> bool:
    """Close the case, or open it again, with what a sentence says beside that it is not solved (H5, H6)."""
    settle(talk, solved)
    if not solved and verdict_in(talk.text) is None and begins_unsolved(talk.text):
        add(talk, talk.answers["reference"], talk.text, talk.raw, messages.REOPENED_AND_ABOVE)
    return solved


def keep_rating(talk: Talk, rating: int | None) -> int | None:
    """Keep what the complainant thinks of the handling (H6), or open the case again that was called solved by mistake (H5)."""
    if rating is None:
        keep_verdict(talk, False)
    else:
        leave_no_moment(talk, talk.answers["reference"])
        following.rate(talk.answers["reference"], rating, by=talk.by)
    return rating


def finish_status(talk: Talk) -> Said:
    """Say what has not been said yet, or thank."""
    return news_of(talk) or messages.RATED()


def begin_up(talk: Talk) -> Said | None:
    """Take a case up: the one whose reference followed, else the sender's newest that waits for an answer."""
    reference = _case_meant(talk, OPEN_STATES)
    return talk.end(_taken_up(reference, talk)) if reference else _misread(talk)


def finish_up(talk: Talk) -> Said:
    """Take up the case whose reference was given."""
    return _taken_up(talk.answers["reference"], talk)


def added_to_own(talk: Talk) -> Said | None:
    """Add the words to one's own case where they name it by its reference (H6)."""
    try:
        reference = parse_reference(talk.argument)
        following.look_up(reference, by=talk.by)
    except (Unclear, Refusal):
        return None
    show(talk, add(talk, reference, talk.argument, talk.raw))
    return news_of(talk) or messages.ADDED(reference=reference)


def file_words(talk: Talk, text: str, raw: str | None = None) -> None:
    filed = file_complaint(text, raw=raw or talk.raw, contact_id=talk.by.id, by=talk.by)
    talk.answers |= {
        "text": "kept",
        "reference": filed.reference,
        "above": filed.above,
        "about": filed.about.value,
    }
    if filed.about is About.UNKNOWN:
        talk.answers.pop("about")
    show(talk, filed.reference)
    _announce(talk, _receipt(filed))


def _receipt(filed: Filed) -> Said:
    due = local_day(filed.resolution_due)
    if filed.above:
        return messages.RECEIVED_ABOVE(reference=filed.reference, due=due)
    return messages.RECEIVED(reference=filed.reference, triage=local_day(filed.triage_due), due=due)


def _be_known(talk: Talk, identity: Identity) -> str:
    choose_identity(talk.answers["reference"], identity, by=talk.by)
    talk.to_the_day = identity is Identity.ANONYMOUS
    return identity.value


def _say_more(talk: Talk, text: str) -> None:
    """What is said more while the case is new; words that may be about the office take the whole of it above (H4)."""
    _announce(talk, messages.ADDED(reference=talk.answers["reference"]))
    if points_at_office(text):
        classify(talk, About.OFFICE)
    show(talk, add(talk, talk.answers["reference"], text, talk.raw))


def classify(talk: Talk, about: About, *, receipt: bool = False) -> None:
    """Say what a new case is about; that it goes above so is told, in the ``receipt`` itself where none was given yet (H4)."""
    filed = tell_about(talk.answers["reference"], about, by=talk.by)
    if filed.above and not talk.answers["above"]:
        talk.answers["above"] = True
        due = local_day(filed.resolution_due)
        _announce(talk, _receipt(filed) if receipt else messages.NOW_ABOVE(due=due))


def add(talk: Talk, reference: str, text: str, raw: str | None, apart: Message = messages.ADDED_ABOVE) -> str:
    """Add words to one's case (H6); the reference of the case that has them now, ``apart`` saying so where it is another (H4)."""
    leave_no_moment(talk, reference)
    filed = following.add_to(reference, text, raw=raw, by=talk.by)
    if filed is None:
        return reference
    _announce(talk, apart(reference=reference, other=filed.reference, due=local_day(filed.resolution_due)))
    return filed.reference


def leave_no_moment(talk: Talk, reference: str) -> None:
    """Of a text that does something to an anonymous case only the day is kept: no moment leads from one to the other (H3)."""
    talk.to_the_day = talk.to_the_day or following.is_anonymous(reference, by=talk.by)


def show(talk: Talk, reference: str) -> None:
    if talk.pictures is not None and not talk.pictures.taken:
        add_pictures(reference, talk.pictures, by=talk.by)


def _look_up(talk: Talk, reference: str) -> Said:
    """Where the case stands, or what else has this reference; it is kept, and until when the case can be opened again."""
    if said := standing_elsewhere(reference, by=talk.by):
        talk.answers["reference"] = reference
        return said
    progress = following.look_up(reference, by=talk.by)
    talk.answers["reference"] = reference
    if progress.state is ComplaintState.RESOLVED and progress.reopen_until is not None:
        talk.answers["until"] = to_plain({"until": progress.reopen_until})
    return _standing_of(progress)


def settle(talk: Talk, solved: bool) -> None:
    reference = talk.answers["reference"]
    leave_no_moment(talk, reference)
    due = following.say_whether_solved(reference, solved, by=talk.by)
    _announce(
        talk,
        messages.THANKS(reference=reference) if solved else messages.REOPENED(reference=reference, due=due),
    )


def _taken_up(reference: str, talk: Talk) -> Said:
    leave_no_moment(talk, reference)
    filed = following.take_up(reference, by=talk.by)
    return messages.TAKEN_UP(reference=reference, office=filed.office, due=local_day(filed.resolution_due))


def _standing_of(progress: Progress) -> Said:
    known = {"reference": progress.reference, "office": progress.office}
    if progress.state in OPEN_STATES:
        said = STANDING[progress.overdue, progress.may_go_up]
        return said(**known, state=in_each(progress.state.label), due=progress.due)
    said = messages.ANSWERED if progress.state is ComplaintState.RESOLVED else messages.ENDED
    return said(**known, day=progress.answered_on, outcome=progress.outcome, answer=progress.answer or "")


def _announce(talk: Talk, said: Said) -> None:
    """Keep what is to be said before the next question."""
    talk.answers["news"] = {"message": said.message.key, "parameters": to_plain(said.parameters)}


def news_of(talk: Talk) -> Said | None:
    """What was to be said before the next question, once."""
    kept = talk.answers.pop("news", None)
    return None if kept is None else MESSAGES[kept["message"]](**from_plain(kept["parameters"]))


def with_news(talk: Talk, said: Said) -> Said:
    news = news_of(talk)
    return said if news is None else news.followed_by(said)


def _asking(message: Message) -> Callable[[Talk], Said]:
    """A question, behind the news since the last one."""
    return lambda talk: with_news(talk, message())


def _case_meant(talk: Talk, states: tuple[ComplaintState, ...] = tuple(ComplaintState)) -> str | None:
    """The case whose reference followed, else the sender's newest; a number misread names none, and is asked for."""
    if reference := reference_in(talk.argument):
        return reference
    if _gives_figures(talk):
        return None
    return following.newest_reference(states, by=talk.by)


def _gives_figures(talk: Talk) -> bool:
    return any(sign.isdigit() for sign in talk.argument)


def _misread(talk: Talk) -> Said | None:
    return messages.REFERENCE_WRONG() if _gives_figures(talk) else None


def _not_solved(talk: Talk) -> bool:
    return talk.answers.get("solved") is not True


STANDING = {
    (False, True): messages.OPEN,
    (False, False): messages.OPEN_AT_THE_TOP,
    (True, True): messages.OVERDUE,
    (True, False): messages.OVERDUE_AT_THE_TOP,
}
"""How an open case stands: whether it is late, and whether there is a higher authority left (H6)."""

TEXT = Step("text", messages.ASK_TEXT, parse_words, messages.ASK_TEXT, keep=keep_text)
ABOUT = Step(
    "about", _asking(messages.ASK_ABOUT), choice_or_more(ABOUT_OPTIONS), messages.ASK_ABOUT, keep=keep_about
)
IDENTITY = Step(
    "identity",
    _asking(messages.ASK_IDENTITY),
    choice_or_more(IDENTITY_OPTIONS),
    messages.ASK_IDENTITY,
    keep=keep_identity,
)
REFERENCE = Step("reference", messages.ASK_REFERENCE, parse_reference, messages.REFERENCE_UNCLEAR)
SOLVED = Step(
    "solved",
    ask_solved,
    parse_verdict,
    messages.ASK_SOLVED_AGAIN,
    keep=keep_verdict,
    skip=lambda talk: "until" not in talk.answers,
)
RATING = Step(
    "rating",
    _asking(messages.ASK_RATING),
    parse_rating,
    messages.ASK_RATING,
    keep=keep_rating,
    skip=_not_solved,
)
COMPLAIN = Dialogue(
    "complain",
    Word.COMPLAIN,
    finish_complaint,
    (TEXT, ABOUT, IDENTITY),
    begin=begin_complaint,
    secrecy=Secrecy.CASE,
    left=say_left,
    picture=keep_picture,
)
STATUS = Dialogue(
    "status",
    Word.STATUS,
    finish_status,
    (replace(REFERENCE, keep=keep_reference), SOLVED, RATING),
    begin=begin_status,
    secrecy=Secrecy.CASE,
    picture=keep_status_picture,
)
UP = Dialogue("up", Word.UP, finish_up, (REFERENCE,), begin=begin_up, secrecy=Secrecy.CASE)

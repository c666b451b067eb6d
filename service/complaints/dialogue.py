"""The hotline by text: complain, ask where it stands, take it up, say whether it is solved (H1-H6).

The first words already make the case. What is asked afterwards may stay unanswered: leaving loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from channels import sayings
from channels.answers import Unclear, parse_reference, parse_yes_no
from channels.dialogues import Dialogue, Step, Talk
from channels.messages import MESSAGES, Message, Said, from_plain, in_each, to_plain
from channels.models import Secrecy
from channels.words import Word, recognise
from service.complaints import following, messages
from service.complaints.anonymity import choose_identity
from service.complaints.filing import Filed, file_complaint, tell_about
from service.complaints.following import Progress
from service.complaints.pictures import add_pictures, move_pictures
from service.complaints.references import standing_elsewhere
from service.complaints.rules import OPEN_STATES, About, ComplaintState, Identity
from service.complaints.understanding import (
    ABOUT_OPTIONS,
    IDENTITY_OPTIONS,
    answer_or_reference,
    begins_unsolved,
    choice_or_more,
    parse_offer,
    parse_rating,
    parse_verdict,
    parse_words,
    reference_in,
    says_something,
    verdict_in,
)
from tenants.refusals import Refusal
from tenants.workdays import local_day


def begin_complaint(talk: Talk) -> Said | None:
    """Make a case of what followed the word; with the reference of one's own case, add to that."""
    if not talk.argument:
        return None
    if added := _added_to_own(talk):
        return talk.end(added)
    _file(talk, talk.argument)
    return None


def keep_picture(talk: Talk) -> Said | None:
    """A picture belongs to the case; without a word before it, it makes one. What waits to be one takes it along (H1)."""
    if "waiting" in talk.answers:
        if str(talk.inbound_id) != talk.answers["waiting"]["inbound"]:
            talk.answers["waiting"].setdefault("shown", []).append(str(talk.inbound_id))
        return None
    if "reference" in talk.answers:
        _show(talk, talk.answers["reference"])
        return messages.PICTURE_ADDED(reference=talk.answers["reference"])
    if "text" not in talk.answers and talk.text == "":
        _file(talk, messages.PICTURE_ALONE().words(talk.by.locale))
    return None


def keep_status_picture(talk: Talk) -> Said | None:
    """A picture beside the question about a case belongs to that case (H6)."""
    return keep_picture(talk) if "reference" in talk.answers else None


def keep_text(talk: Talk, text: str) -> str:
    """The first words make the case, later ones add to it; nothing of them stays in the dialogue."""
    if "reference" in talk.answers:
        _add(talk, text)
    else:
        _file(talk, text)
    return "kept"


def keep_about(talk: Talk, answer: dict[str, str]) -> str:
    """Classify the case at once; what is about the office leaves the county there and then (H4)."""
    if "more" in answer:
        _add(talk, answer["more"])
        return "more"
    filed = tell_about(talk.answers["reference"], About(answer["chosen"]), by=talk.by)
    if filed.above and not talk.answers["above"]:
        talk.answers["above"] = True
        _announce(talk, messages.NOW_ABOVE(due=local_day(filed.resolution_due)))
    return answer["chosen"]


def keep_identity(talk: Talk, answer: dict[str, str]) -> str:
    """Let the complainant be known as chosen (H3)."""
    if "more" in answer:
        _add(talk, answer["more"])
        return "more"
    chosen = Identity(answer["chosen"])
    choose_identity(talk.answers["reference"], chosen, by=talk.by)
    talk.to_the_day = chosen is Identity.ANONYMOUS
    return answer["chosen"]


def finish_complaint(talk: Talk) -> Said:
    """Say how the complainant is known now."""
    known = {"named": messages.KEPT_NAMED, "anonymous": messages.KEPT_ANONYMOUS}
    return _with_news(talk, known.get(talk.answers["identity"], messages.KEPT_CONFIDENTIAL)())


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
    talk.answers["reference"] = reference
    said = _look_up(talk)
    return said if "until" in talk.answers else talk.end(said)


def keep_reference(talk: Talk, reference: str) -> str:
    """Look the case up at once, so that a wrong reference is asked again."""
    talk.answers["reference"] = reference
    _announce(talk, _look_up(talk))
    return reference


def ask_solved(talk: Talk) -> Said:
    """Ask whether the answered case is solved, and say until when it can be opened again."""
    return _with_news(talk, messages.ASK_SOLVED(**from_plain(talk.answers["until"])))


def keep_verdict(talk: Talk, solved: bool) -> bool:
    """Close the case, or open it again (H5)."""
    _settle(talk, solved)
    return solved


def keep_rating(talk: Talk, rating: int) -> int:
    """Keep what the complainant thinks of the handling (H6)."""
    following.rate(talk.answers["reference"], rating, by=talk.by)
    return rating


def finish_status(talk: Talk) -> Said:
    """Say what has not been said yet, or thank."""
    return _news(talk) or messages.RATED()


def begin_up(talk: Talk) -> Said | None:
    """Take a case up: the one whose reference followed, else the sender's newest that waits for an answer."""
    reference = _case_meant(talk, OPEN_STATES)
    return talk.end(_taken_up(reference, talk)) if reference else _misread(talk)


def finish_up(talk: Talk) -> Said:
    """Take up the case whose reference was given."""
    return _taken_up(talk.answers["reference"], talk)


def ask_belongs(talk: Talk) -> Said:
    """Ask whether the words belong to the case that is still open, before a new one is offered."""
    return messages.ASK_BELONGS(reference=talk.answers["open"])


def keep_belongs(talk: Talk, answer: bool | str) -> str:
    """Add what waits to the open case, or to the one just named; on no it is offered as a new one (H6)."""
    if not answer:
        return "no"
    _add_waiting(talk, talk.answers["open"] if answer is True else str(answer))
    return "yes"


def begin_offer(talk: Talk) -> Said | None:
    """A free sentence is offered as a complaint, unless it names one's own case (H1, H6); a bare 1 or 2 may answer "is it
    solved?" (H5).
    """
    verdict, more = verdict_in(talk.argument), False
    if verdict is None and begins_unsolved(talk.argument) and reference_in(talk.argument) is None:
        verdict, more = False, True
    reference = (
        None if verdict is None else following.newest_reference((ComplaintState.RESOLVED,), by=talk.by)
    )
    if verdict is not None and reference is not None:
        talk.answers |= {"offer": "verdict", "reference": reference, "solved": verdict}
        _settle(talk, verdict)
        if more:
            following.add_to(reference, talk.argument, raw=talk.raw, by=talk.by)
            _show(talk, reference)
        if talk.inbound_id is not None:
            talk.absorb(talk.inbound_id)
        return None
    if not says_something(talk.argument):
        return talk.end(sayings.NOT_UNDERSTOOD(reference=""))
    if added := _added_to_own(talk):
        if talk.inbound_id is not None:
            talk.absorb(talk.inbound_id)
        return talk.end(added)
    talk.answers["waiting"] = {"text": talk.argument, "raw": talk.raw, "inbound": str(talk.inbound_id)}
    if still_open := following.newest_reference(OPEN_STATES, by=talk.by):
        talk.answers["open"] = still_open
    return None


def keep_offer(talk: Talk, wanted: bool | str) -> str:
    """On yes the waiting text becomes a case and waits no longer, on no someone at the desk will read it; with the reference of
    one's own case it is added there (H6)."""
    if "waiting" not in talk.answers:
        # Whoever comes back to this question has made a case of it already, and that stands.
        return "yes"
    if isinstance(wanted, str):
        _add_waiting(talk, wanted)
        return "added"
    if not wanted:
        del talk.answers["waiting"]
        return "no"
    waiting = talk.answers["waiting"]
    _file(talk, waiting["text"], waiting["raw"])
    _bring_along(talk, talk.answers["reference"])
    return "yes"


def finish_offer(talk: Talk) -> Said:
    """The end of whichever way the free sentence took."""
    offer = talk.answers.get("offer")
    if offer == "no":
        return messages.NOT_FILED()
    if offer == "yes":
        return finish_complaint(talk)
    return finish_status(talk) if offer == "verdict" else messages.ADDED(reference=talk.answers["reference"])


def _added_to_own(talk: Talk) -> Said | None:
    """Add the words to one's own case where they name it by its reference (H6)."""
    try:
        reference = parse_reference(talk.argument)
        following.look_up(reference, by=talk.by)
    except (Unclear, Refusal):
        return None
    following.add_to(reference, talk.argument, raw=talk.raw, by=talk.by)
    _show(talk, reference)
    return messages.ADDED(reference=reference)


def _add_waiting(talk: Talk, named: str) -> None:
    """Add the text that waits to one's own case, and what was said since; refuses a reference that is none of one's own."""
    reference, waiting = parse_reference(named), talk.answers["waiting"]
    following.add_to(reference, waiting["text"], raw=waiting["raw"], by=talk.by)
    if says_something(named):
        following.add_to(reference, named, raw=talk.raw, by=talk.by)
    talk.answers["reference"] = reference
    _bring_along(talk, reference)
    _show(talk, reference)


def _bring_along(talk: Talk, reference: str) -> None:
    """What was said and shown while the offer stood goes to the case as well; nothing of it waits any longer."""
    waiting = talk.answers.pop("waiting")
    moved = dict.fromkeys(UUID(one) for one in (waiting["inbound"], *waiting.get("shown", ())))
    move_pictures(list(moved), reference, by=talk.by)
    for inbound_id, text in following.said_since(UUID(waiting["inbound"]), by=talk.by):
        if says_something(text) and recognise(text).word is None:
            following.add_to(reference, text, by=talk.by)
            moved[inbound_id] = None
    for inbound_id in moved:
        talk.absorb(inbound_id)


def _file(talk: Talk, text: str, raw: str | None = None) -> None:
    filed = file_complaint(text, raw=raw or talk.raw, contact_id=talk.by.id, by=talk.by)
    talk.answers |= {
        "text": "kept",
        "reference": filed.reference,
        "above": filed.above,
        "about": filed.about.value,
    }
    if filed.about is About.UNKNOWN:
        talk.answers.pop("about")
    _show(talk, filed.reference)
    _announce(talk, _receipt(filed))


def _receipt(filed: Filed) -> Said:
    due = local_day(filed.resolution_due)
    if filed.above:
        return messages.RECEIVED_ABOVE(reference=filed.reference, due=due)
    return messages.RECEIVED(reference=filed.reference, triage=local_day(filed.triage_due), due=due)


def _add(talk: Talk, text: str) -> None:
    following.add_to(talk.answers["reference"], text, raw=talk.raw, by=talk.by)
    _show(talk, talk.answers["reference"])
    _announce(talk, messages.ADDED(reference=talk.answers["reference"]))


def _show(talk: Talk, reference: str) -> None:
    if talk.pictures is not None and not talk.pictures.taken:
        add_pictures(reference, talk.pictures, by=talk.by)


def _look_up(talk: Talk) -> Said:
    """Where the case stands, or what else has this reference; until when it can be opened again is kept."""
    if said := standing_elsewhere(talk.answers["reference"], by=talk.by):
        return said
    progress = following.look_up(talk.answers["reference"], by=talk.by)
    if progress.state is ComplaintState.RESOLVED and progress.reopen_until is not None:
        talk.answers["until"] = to_plain({"until": progress.reopen_until})
    return _standing_of(progress)


def _settle(talk: Talk, solved: bool) -> None:
    reference = talk.answers["reference"]
    due = following.say_whether_solved(reference, solved, by=talk.by)
    _announce(
        talk,
        messages.THANKS(reference=reference) if solved else messages.REOPENED(reference=reference, due=due),
    )


def _taken_up(reference: str, talk: Talk) -> Said:
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


def _news(talk: Talk) -> Said | None:
    kept = talk.answers.pop("news", None)
    return None if kept is None else MESSAGES[kept["message"]](**from_plain(kept["parameters"]))


def _with_news(talk: Talk, said: Said) -> Said:
    news = _news(talk)
    return said if news is None else news.followed_by(said)


def _asking(message: Message) -> Callable[[Talk], Said]:
    """A question, behind the news since the last one."""
    return lambda talk: _with_news(talk, message())


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


def _is_no_complaint(talk: Talk) -> bool:
    return talk.answers.get("offer") != "yes"


def _is_added(talk: Talk) -> bool:
    return talk.answers.get("belongs") == "yes"


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
BELONGS = Step(
    "belongs",
    ask_belongs,
    answer_or_reference(parse_yes_no),
    messages.BELONGS_AGAIN,
    keep=keep_belongs,
    skip=lambda talk: "open" not in talk.answers,
)
OFFER = Step(
    "offer",
    messages.OFFER,
    answer_or_reference(parse_offer),
    messages.OFFER_AGAIN,
    keep=keep_offer,
    skip=_is_added,
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
OFFERED = Dialogue(
    "offered",
    None,
    finish_offer,
    (BELONGS, OFFER, replace(ABOUT, skip=_is_no_complaint), replace(IDENTITY, skip=_is_no_complaint), RATING),
    begin=begin_offer,
    secrecy=Secrecy.CASE,
    catch_all=True,
    left=say_left,
    picture=keep_picture,
)
DIALOGUES = (COMPLAIN, STATUS, UP, OFFERED)

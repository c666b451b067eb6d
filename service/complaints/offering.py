"""A free sentence at the hotline: it may belong to one's open case, be a complaint, or say whether one is solved (H1, H5, H6)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from channels import sayings
from channels.answers import parse_reference, parse_yes_no
from channels.dialogues import Dialogue, Step, Talk
from channels.messages import Message, Said
from channels.models import Secrecy
from channels.words import recognise
from service.complaints import following, messages
from service.complaints.dialogue import (
    ABOUT,
    IDENTITY,
    RATING,
    add,
    added_to_own,
    classify,
    file_words,
    finish_complaint,
    finish_status,
    keep_picture,
    news_of,
    say_left,
    settle,
    show,
)
from service.complaints.pictures import move_pictures
from service.complaints.rules import OPEN_STATES, About, ComplaintState, points_at_office
from service.complaints.understanding import (
    answer_or_reference,
    begins_unsolved,
    parse_offer,
    reference_in,
    says_something,
    says_unsolved,
    verdict_in,
)


def ask_belongs(talk: Talk) -> Said:
    """Ask whether the words belong to the case that is still open, before a new one is offered."""
    return messages.ASK_BELONGS(reference=talk.answers["open"])


def keep_belongs(talk: Talk, answer: bool | str) -> str:
    """Add what waits to the open case, or to the one just named; on no it is offered as a new one (H6)."""
    return _keep_with(talk, talk.answers["open"], answer)


def ask_reopen(talk: Talk) -> Said:
    """Ask whether the words mean that the answered case is not solved, before anything is opened again."""
    return messages.ASK_REOPEN(reference=talk.answers["judged"])


def keep_reopen(talk: Talk, answer: bool | str) -> str:
    """Open the answered case again and add what waits to it (H5); another one just named is only added to."""
    if answer is True:
        talk.answers["reference"] = talk.answers["judged"]
        settle(talk, False)
        talk.answers["offer"] = "verdict"
    return _keep_with(talk, talk.answers["judged"], answer)


def _case_judged(talk: Talk, solved: bool) -> str | None:
    """The answered case that a verdict is about; words that it is not solved may also mean one that was closed, while it can
    still be opened again and no other is under way; a mere figure never does (H5).
    """
    answered = following.newest_reference((ComplaintState.RESOLVED,), by=talk.by)
    if answered or solved or not any(sign.isalpha() for sign in talk.argument):
        return answered
    if following.newest_reference(OPEN_STATES, by=talk.by):
        return None
    closed = following.newest_reference((ComplaintState.CLOSED,), by=talk.by)
    return closed if closed and following.look_up(closed, by=talk.by).reopen_until else None


def _may_say_unsolved(text: str) -> bool:
    """Whether a sentence may tell of a case that it is not solved; what is against the office is a complaint of its own (H4)."""
    return begins_unsolved(text) and reference_in(text) is None and not points_at_office(text)


def _answers_plainly(talk: Talk, reference: str) -> bool:
    """Whether a sentence answers what was asked about the answered case: its first clause does, and no other case is meant."""
    return (
        says_unsolved(talk.argument)
        and following.look_up(reference, by=talk.by).state is ComplaintState.RESOLVED
        and following.newest_reference(OPEN_STATES, by=talk.by) is None
    )


def begin_offer(talk: Talk) -> Said | None:
    """A free sentence is offered as a complaint, unless it names one's own case (H1, H6); a bare 1 or 2 may answer "is it
    solved?" (H5).
    """
    verdict, judged = verdict_in(talk.argument), None
    more = verdict is None and _may_say_unsolved(talk.argument)
    if more or verdict is not None:
        judged = _case_judged(talk, verdict is True)
    if judged is not None and (not more or _answers_plainly(talk, judged)):
        talk.answers |= {"offer": "verdict", "reference": judged, "solved": verdict is True}
        settle(talk, verdict is True)
        if more:
            show(talk, add(talk, judged, talk.argument, talk.raw, messages.REOPENED_AND_ABOVE))
        if talk.inbound_id is not None:
            talk.absorb(talk.inbound_id)
        return None
    if not says_something(talk.argument):
        return talk.end(sayings.NOT_UNDERSTOOD(reference=""))
    if added := added_to_own(talk):
        if talk.inbound_id is not None:
            talk.absorb(talk.inbound_id)
        return talk.end(added)
    talk.answers["waiting"] = {"text": talk.argument, "raw": talk.raw, "inbound": str(talk.inbound_id)}
    if judged is not None:
        talk.answers["judged"] = judged
    if still_open := following.newest_reference(OPEN_STATES, by=talk.by):
        talk.answers["open"] = still_open
    return None


def keep_offer(talk: Talk, wanted: bool | str) -> str:
    """On yes the waiting text becomes a case and waits no longer, on no someone at the desk will read it; with the reference of
    one's own case it is added there (H6)."""
    if isinstance(wanted, str):
        _add_waiting(talk, wanted)
        return "added"
    if not wanted:
        del talk.answers["waiting"]
        return "no"
    waiting = talk.answers["waiting"]
    file_words(talk, waiting["text"], waiting["raw"])
    if any(points_at_office(text) for _inbound_id, text in _said_since(talk)):
        classify(talk, About.OFFICE, receipt=True)
    _bring_along(talk, talk.answers["reference"])
    return "yes"


def finish_offer(talk: Talk) -> Said:
    """The end of whichever way the free sentence took."""
    offer = talk.answers.get("offer")
    if offer == "no":
        return messages.NOT_FILED()
    if offer == "yes":
        return finish_complaint(talk)
    if offer == "verdict":
        return finish_status(talk)
    return news_of(talk) or messages.ADDED(reference=talk.answers["reference"])


def _keep_with(talk: Talk, asked_about: str, answer: bool | str) -> str:
    if not answer:
        return "no"
    _add_waiting(talk, asked_about if answer is True else str(answer))
    return "yes"


def _add_waiting(talk: Talk, named: str) -> None:
    """Add the text that waits to one's own case, and what was said since; refuses a reference that is none of one's own."""
    reference, waiting = parse_reference(named), talk.answers["waiting"]
    talk.answers["reference"] = reference
    apart = messages.REOPENED_AND_ABOVE if talk.answers.get("offer") == "verdict" else messages.ADDED_ABOVE
    reference = add(talk, reference, waiting["text"], waiting["raw"], apart)
    if says_something(named):
        reference = add(talk, reference, named, talk.raw, apart)
    _bring_along(talk, reference, apart)
    show(talk, reference)


def _bring_along(talk: Talk, reference: str, apart: Message = messages.ADDED_ABOVE) -> None:
    """What was said and shown while the offer stood goes to the case as well; nothing of it waits any longer."""
    later = _said_since(talk)
    waiting = talk.answers.pop("waiting")
    moved = dict.fromkeys(UUID(one) for one in (waiting["inbound"], *waiting.get("shown", ())))
    move_pictures(list(moved), reference, by=talk.by)
    for inbound_id, text in later:
        reference = add(talk, reference, text, None, apart)
        moved[inbound_id] = None
    for inbound_id in moved:
        talk.absorb(inbound_id)


def _said_since(talk: Talk) -> list[tuple[UUID, str]]:
    """What was said while the offer stood, and is no command."""
    later = following.said_since(UUID(talk.answers["waiting"]["inbound"]), by=talk.by)
    return [(one, text) for one, text in later if says_something(text) and recognise(text).word is None]


def _is_no_complaint(talk: Talk) -> bool:
    return talk.answers.get("offer") != "yes"


def _is_added(talk: Talk) -> bool:
    return "yes" in (talk.answers.get("reopen"), talk.answers.get("belongs"))


REOPEN = Step(
    "reopen",
    ask_reopen,
    answer_or_reference(parse_yes_no),
    messages.REOPEN_AGAIN,
    keep=keep_reopen,
    unclear_asks=True,
    noted=True,
    skip=lambda talk: "judged" not in talk.answers,
)
BELONGS = Step(
    "belongs",
    ask_belongs,
    answer_or_reference(parse_yes_no),
    messages.BELONGS_AGAIN,
    keep=keep_belongs,
    unclear_asks=True,
    noted=True,
    skip=lambda talk: "open" not in talk.answers or _is_added(talk),
)
OFFER = Step(
    "offer",
    messages.OFFER,
    answer_or_reference(parse_offer),
    messages.OFFER_AGAIN,
    keep=keep_offer,
    skip=_is_added,
    unclear_asks=True,
    noted=True,
    stands=True,
)

OFFERED = Dialogue(
    "offered",
    None,
    finish_offer,
    (
        REOPEN,
        BELONGS,
        OFFER,
        replace(ABOUT, skip=_is_no_complaint),
        replace(IDENTITY, skip=_is_no_complaint),
        RATING,
    ),
    begin=begin_offer,
    secrecy=Secrecy.CASE,
    catch_all=True,
    left=say_left,
    picture=keep_picture,
)

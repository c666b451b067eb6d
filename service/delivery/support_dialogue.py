"""求助 SUPPORT: an SO asks for support on its contract (M2).

The first words are kept at once; what is asked afterwards may stay unanswered.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from marshmallow import ValidationError

from channels import sayings
from channels.answers import Unclear, asks_back, parse_choice
from channels.dialogues import Dialogue, Step, Talk, answer_of
from channels.messages import Said
from channels.texts import normalise
from channels.words import Word
from service.delivery import support
from service.delivery import support_messages as messages
from service.delivery.rules import SupportKind
from service.delivery.schemas import SupportTextSchema
from service.delivery.which_contract import asked_by_number, contract_named, note_contract
from service.organizations.queries import as_signatory, find_spoken_for
from tenants.workdays import local_day

ITS_WORDS = answer_of(SupportTextSchema, "text")

KINDS = {
    SupportKind.COORDINATION.value: ("乡镇或村", "乡镇", "村里", "协调", "township", "village"),
    SupportKind.TECHNICAL.value: ("技术服务", "技术", "technical", "technical services"),
    SupportKind.FINANCE.value: ("财务税务", "财务", "税务", "发票", "finance", "tax"),
    SupportKind.TRUST.value: ("信任问题", "信任", "关系", "trust"),
    SupportKind.OTHER.value: ("其他", "别的", "something else", "other"),
}
"""What the short question offers, in its order."""


def begin(talk: Talk) -> Said | None:
    """Keep what followed the word; who speaks for no SO and cries for help is read by a person (S1)."""
    if find_spoken_for(by=talk.by) is None:
        return talk.hand_over() if talk.argument else talk.end(messages.WHAT_IS_WRONG())
    lot, words = contract_named(talk.argument)
    note_contract(talk, lot)
    with suppress(Unclear, ValidationError):
        wanted = parse_words(words)
        if "lot" in talk.answers:
            talk.answers["words"] = keep_words(talk, wanted)
        else:
            talk.answers["told"] = wanted
    return None


def parse_words(text: str) -> str:
    """What is needed, in own words."""
    if asks_back(text) or not any(sign.isalpha() for sign in normalise(text)):
        raise Unclear("words", "")
    words: str = ITS_WORDS(text)
    return words


def keep_words(talk: Talk, words: str) -> str:
    """Keep the request at once; nothing of it stays in the dialogue."""
    by = as_signatory(by=talk.by)[0]
    request = support.ask_support(words, lot=talk.answers.get("lot"), by=by)
    talk.answers |= {
        "reference": request.reference,
        "contract": support.contract_of(request, by=by),
        "due": local_day(request.due_at).isoformat(),
        "new": True,
    }
    return "kept"


def ask_kind(talk: Talk) -> Said:
    """Say once the reference and by when it is answered, then ask the one short question."""
    if not talk.answers.pop("new", False):
        return messages.ASK_KIND()
    known = {name: talk.answers[name] for name in ("reference", "contract")}
    taken = messages.SUPPORT_TAKEN(**known, due=date.fromisoformat(talk.answers["due"]))
    return taken.followed_by(messages.ASK_KIND())


def finish(talk: Talk) -> Said:
    """Keep what it is about."""
    reference = talk.answers["reference"]
    support.sort_request(reference, SupportKind(talk.answers["kind"]), by=as_signatory(by=talk.by)[0])
    return messages.SUPPORT_SORTED(reference=reference)


def say_left(talk: Talk) -> Said:
    """The request stays, whatever was not answered."""
    if "reference" not in talk.answers:
        return sayings.LEFT()
    return messages.SUPPORT_STAYS(reference=talk.answers["reference"])


SUPPORT = Dialogue(
    "support",
    Word.SUPPORT,
    finish,
    (
        asked_by_number(keep_words),
        Step(
            "words",
            messages.ASK_SUPPORT,
            parse_words,
            messages.SUPPORT_UNCLEAR,
            keep=keep_words,
            unclear_asks=True,
        ),
        Step("kind", ask_kind, lambda text: parse_choice(text, KINDS), messages.ASK_KIND),
    ),
    begin=begin,
    left=say_left,
)

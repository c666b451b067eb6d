"""Every message is short: two SMS parts in either language, with the longest that it will plausibly carry (S2, S6).

What the engine puts together out of several messages is put together here by the engine itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from string import Formatter
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask_babel import force_locale

from channels import sayings
from channels.answers import Unclear
from channels.commands import WORDS_IN_EACH
from channels.dialogues import Dialogue, Step
from channels.engine import Engine, language_dialogue
from channels.fitting import require_whole
from channels.messages import CATALOGUES, MESSAGES, SHANGHAI, InEach, Listed, Message, Said, wording
from channels.models import Lane, Secrecy
from channels.parts import count_parts
from channels.turns import Situation, Standing
from channels.words import Word
from service.complaints.schemas import ResolveSchema
from service.conversations.schemas import ReplySchema
from service.delivery.schemas import SupportAnswerSchema
from service.evaluation.rules import MOST_QUESTIONS, QuestionKind
from service.identification.schemas import SetAsideSchema
from service.procurement.messages import in_words, one_of
from service.procurement.schemas import AmendSchema, CancelSchema, QuestionAnswerSchema, QuestionRefusalSchema
from service.refusals import gathered
from service.rooms import ROOMS
from tenants.actors import Actor
from tenants.refusals import RuleBroken
from tests.conftest import NOON

MOMENT = NOON.replace(month=11, day=28, tzinfo=SHANGHAI)
DAY = date(2026, 11, 28)
OFFICE = InEach(
    "清河哈尼族彝族自治县人民政府扶贫开发领导小组办公室",
    "Yunling Provincial Leading Group Office of Poverty Alleviation and Development",
)
NAME = InEach("清河县石板乡青苗社会工作与妇女儿童服务中心", "Qingmiao Social Work Service Centre of Qinghe")
TITLE = InEach(
    "青山乡石板等四村脱贫监测户核桃苗发放和栽种示范", "Walnut seedlings and planting in four villages"
)
SENTENCE = InEach(
    "走访核实后，已请施工方在本周五以前补齐三十株苗木",
    "We looked into it: thirty trees will be brought by Friday",
)
WORD = InEach("等待采购人审查", "waits for the legal review")
LINK = f"https://qiao.yunling.example/f/{'x' * 22}"
AMOUNT = Decimal("99999999.99")
LOTS = Listed((InEach(f"1234 {TITLE.zh[:14]}…", f"1234 {TITLE.en[:27]}..."),) * 4)
DATED = Listed(
    (InEach(f"1234 {TITLE.zh[:13]}… 11月28日", f"1234 {TITLE.en[:27]}... 2026-11-28"),) * 4,
)


def parameters(text: str) -> set[str]:
    """The names in braces."""
    return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name}


LONGEST: dict[str, Any] = {
    "amount": AMOUNT,
    "answer": SENTENCE,
    "bids": 12,
    "call": 1234,
    "calls": DATED,
    "code": "91530000MA6K00000X",
    "contracts": LOTS,
    "contract": "QINGHE-2026-0123",
    "day": DAY,
    "deadline": MOMENT,
    "digest": "3f9a77c10b2e4d5f",
    "due": DAY,
    "ends": DAY,
    "ends_on": DAY,
    "fee": AMOUNT,
    "ground": WORD,
    "hotline": "0871-55501100",
    "left": 4,
    "link": LINK,
    "lot": 1234,
    "lots": in_words(range(1234, 1254)),
    "milestone": TITLE,
    "milestones": Listed(tuple(InEach(f"{place} {TITLE.zh}", f"{place} {TITLE.en}") for place in (1, 2, 3))),
    "name": NAME,
    "names": InEach("清河哈尼族彝族自治县、兰溪县、石鼓县", "Qinghe, Lanxi, Shigu"),
    "number": 1234,
    "numbers": "1234, 1235, 1236",
    "offers": SENTENCE,
    "office": OFFICE,
    "open": LOTS,
    "outcome": WORD,
    "package": TITLE,
    "people": 120,
    "phone": "138****0011",
    "place": 3,
    "price": AMOUNT,
    "provider": NAME,
    "purchaser": InEach("清河哈尼族彝族自治县乡村振兴局", "Qinghe County Rural Revitalization Bureau"),
    "purpose": WORD,
    "question": InEach(
        "修好以后，你们家吃水是不是比以前方便？" * 6, "Is it easier to get water now than before? " * 6
    ),
    "reason": SENTENCE,
    "receipt": "2345678904",
    "rectify_by": DAY,
    "reference": "2345678904",
    "other": "2345678904",
    "reviewers": InEach("李明、欧阳建国", "Li Ming, Ouyang Jianguo"),
    "starts": DAY,
    "starts_on": DAY,
    "state": WORD,
    "title": TITLE,
    "total": 12,
    "triage": DAY,
    "until": MOMENT,
    "url": LINK,
    "what": InEach("请补充施工人员名单和每个人的分工，并写明雨季怎样保证在限期以前完工", SENTENCE.en),
    "where": "138****0011",
    "why": WORD,
    "word": InEach("评价", "EVALUATE"),
    "words": SENTENCE,
}
"""The longest plausible value of each parameter, by its name; those of ``DATES`` are days there and moments elsewhere."""

QUESTION = InEach(
    "这条路修好以后，你们家和邻居下地干活、送娃娃上学、去乡上赶场卖菜，是不是都比从前方便多了，也安全多了",
    "Since the road has been mended, do you and your neighbours get to your fields and to market more easily and safely?",
)
"""The longest that goes into one part."""
OUTCOME = InEach("未查实", "Not confirmed")
ELSEWHERE: dict[tuple[str, str], Any] = {
    ("broadcasts.listed", "place"): InEach(
        "清河县石板彝族苗族乡上寨村", "Shangzhai village, Shiban township, Qinghe"
    ),
    ("complaints.answered", "outcome"): OUTCOME,
    ("complaints.ended", "outcome"): OUTCOME,
    ("complaints.resolved", "outcome"): OUTCOME,
    ("complaints.resolved", "until"): DAY,
    ("complaints.ask_solved", "until"): DAY,
    **{
        (f"evaluation.question_{kind.value}", name): value
        for kind in QuestionKind
        for name, value in (("place", MOST_QUESTIONS), ("number", MOST_QUESTIONS), ("question", QUESTION))
    },
    **{
        (said.key, "number"): one_of([1234, 1235])
        for said in MESSAGES.values()
        if said.key.startswith("procurement.") and {"lots", "number"} <= parameters(said.text)
    },
    ("organizations.ask_change", "state"): InEach("已表示兴趣", "Registered its interest"),
}
"""The same where one message means something else by the name, or says less."""

NO_ENGLISH = {
    *(
        "answer",
        "calls",
        "contracts",
        "milestone",
        "milestones",
        "name",
        "offers",
        "open",
        "package",
        "provider",
        "purpose",
    ),
    *("question", "reason", "reviewers", "title", "what", "words"),
}
"""What is written by people of the county, so that a reader of English may find it in Chinese."""

NOT_PLAIN = {
    "channels.ask_language": "offers the other language by its own name",
    "channels.name_language": "offers the other language by its own name",
}
"""English messages that are not written in the plain alphabet alone, and why."""

LONGER = {
    "broadcasts.words": 8,
    "procurement.question_answered": 4,
}
"""The messages that may take more than two parts. A broadcast: its text, parts and cost are seen and approved before it is
sent. An answer to a question on a call: all bidders get the same words, which bind, and so may not be cut."""

READERS = ("zh", "en", "en of a county that writes no English")


def spoken() -> list[str]:
    """The messages of the product, not those that tests make."""
    assert ROOMS
    return sorted(key for key in MESSAGES if not key.startswith("tests."))


def chinese_alone(value: Any) -> Any:
    """The same, where nobody has written it in English."""
    if isinstance(value, Listed):
        return Listed(tuple(chinese_alone(entry) for entry in value.entries))
    return InEach(value.zh, value.zh)


def longest(key: str, reader: str) -> Said:
    """A message with the longest it carries; what may be cut is longer than could ever fit."""
    message = MESSAGES[key]
    carried = {}
    for name in parameters(message.text):
        value = ELSEWHERE.get((key, name), LONGEST[name])
        if name in message.gives and isinstance(value, InEach):
            value = InEach(value.zh * 8, f"{value.en} " * 8)
        carried[name] = chinese_alone(value) if name in NO_ENGLISH and len(reader) > 2 else value
    return Said(message, carried)


def assert_fits(said: Said, reader: str, within: Message | None = None) -> None:
    """Whether a text takes no more parts than its message may."""
    words = said.words(reader[:2], within)
    assert count_parts(words) <= said.message.parts, f"{len(words)}: {words}"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("key", spoken())
def test_s2_a_message_takes_no_more_parts_than_it_may(key: str, reader: str) -> None:
    assert_fits(longest(key, reader), reader)


def test_s2_only_these_may_take_more_than_two_parts_and_none_of_them_is_an_answer() -> None:
    assert {key: MESSAGES[key].parts for key in spoken() if MESSAGES[key].parts > 2} == LONGER
    assert [key for key in LONGER if MESSAGES[key].lane is Lane.REPLY] == []


@pytest.mark.parametrize("locale", CATALOGUES)
@pytest.mark.parametrize("key", spoken())
def test_m17_s6_no_wording_holds_an_address_of_the_web_or_is_longer_than_carriers_take(
    key: str, locale: str
) -> None:
    """What leads somewhere is a form made for one person: carriers hold back any other link."""
    assert not re.search(r"://|www\.|\.(?:com|cn|org|net)\b", wording(MESSAGES[key], locale))
    assert MESSAGES[key].parts <= 8


@pytest.mark.parametrize("key", spoken())
def test_an_english_message_stays_in_the_plain_alphabet(key: str) -> None:
    """One curly quote more than halves what fits into a part."""
    assert MESSAGES[key].text.isascii() or key in NOT_PLAIN, MESSAGES[key].text


OFFICERS_WORDS = {
    "complaints.resolved": (ResolveSchema, "answer"),
    "conversations.answer": (ReplySchema, "words"),
    "delivery.support_answered": (SupportAnswerSchema, "answer"),
    "identification.idea_set_aside": (SetAsideSchema, "reason"),
    "procurement.call_amended": (AmendSchema, "reason"),
    "procurement.call_cancelled": (CancelSchema, "reason"),
    "procurement.question_answered": (QuestionAnswerSchema, "answer"),
    "procurement.question_declined": (QuestionRefusalSchema, "reason"),
}
"""The messages whose words an officer writes, and where; too many are refused there."""


@pytest.mark.parametrize("key", OFFICERS_WORDS)
def test_s2_as_many_characters_as_the_form_promises_an_officer_go_out_whole(key: str) -> None:
    schema, name = OFFICERS_WORDS[key]
    promised = int(re.findall("[0-9]+", str(schema().fields[name].metadata["hint"]))[0])
    whole = replace_words(longest(key, "zh"), "石" * promised)
    require_whole(whole, "zh")
    assert MESSAGES[key].keeps == (name,)
    with pytest.raises(RuleBroken, match="words_too_long") as refused:
        require_whole(replace_words(whole, "石" * 250), "zh")
    assert promised <= refused.value.facts["most"] < promised + 40
    require_whole(replace_words(whole, "石" * refused.value.facts["most"]), "zh")


def replace_words(said: Said, words: str) -> Said:
    """The same message with other words of the officer's."""
    return replace(said, parameters=said.parameters | dict.fromkeys(said.message.keeps, words))


# Refusals, as they are said to phones


REFUSALS = gathered(*(room.refusals for room in ROOMS))
FACTS: dict[str, Any] = {}


def refused(code: str) -> Said:
    """A refusal with the longest facts, as the engine says it."""
    words = {}
    for locale, name in CATALOGUES.items():
        with force_locale(name):
            template = str(REFUSALS[code])
        facts = {fact: said_as(fact, locale) for fact in parameters(template)}
        words[locale] = template.format(**facts)
    return sayings.REFUSED(words=InEach(words["zh"], words["en"]))


def said_as(fact: str, locale: str) -> str:
    """The longest plausible value of a refusal's fact."""
    value = LONGEST.get(fact, 1234)
    if isinstance(value, InEach):
        return value.en if locale == "en" else value.zh
    return "2026-11-28 10:00" if fact in ("until", "starts_on", "ends_on") else str(value)


@pytest.mark.parametrize("locale", CATALOGUES)
@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_s2_a_refusal_takes_two_parts_at_most(application: Flask, code: str, locale: str) -> None:
    with application.app_context():
        assert_fits(refused(code), locale)


# What the engine puts together


DIALOGUES = [dialogue for room in ROOMS for dialogue in room.dialogues]
REGISTERING = "organizations."
ASKED: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    ("ask", "lot"): (("procurement.ask_which",),),
    ("ask", "words"): (("procurement.ask_words",),),
    ("bid", "lot"): (("procurement.ask_lot",),),
    ("bid", "unchanged"): (("procurement.ask_unchanged",),),
    ("bid", "price"): (("procurement.ask_price",),),
    ("bid", "pin"): (
        ("procurement.ask_pin",),
        ("procurement.ask_pin_for_form",),
        ("procurement.ask_pin_to_withdraw",),
        ("procurement.ask_pin_to_confirm",),
    ),
    ("complain", "about"): (("complaints.ask_about",),),
    ("complain", "identity"): (("complaints.ask_identity",),),
    ("offered", "reopen"): (("complaints.ask_reopen",),),
    ("offered", "belongs"): (("complaints.ask_belongs",),),
    ("offered", "about"): (("complaints.ask_about",),),
    ("offered", "identity"): (("complaints.ask_identity",),),
    ("offered", "rating"): (("complaints.ask_rating",),),
    ("status", "rating"): (("complaints.ask_rating",),),
    ("status", "solved"): (("complaints.ask_solved",),),
    ("idea", "field"): (("identification.ask_field",),),
    ("progress", "lot"): (("delivery.ask_contract",),),
    ("support", "lot"): (("delivery.ask_contract",),),
    ("progress", "milestone"): (("delivery.ask_milestone",),),
    ("link_phone", "sure"): (("conversations.ask_link",),),
    ("link_phone", "code"): (("conversations.ask_code",),),
    ("received", "number"): (("delivery.ask_number",),),
    ("register", "change"): (("organizations.ask_change",),),
    ("register", "confirm"): (("organizations.ask_confirm",),),
    ("register", "copy"): (("organizations.ask_copy",),),
    ("support", "kind"): (("delivery.ask_kind",),),
    ("evaluate", "0_scale"): (("evaluation.question_scale",),),
    ("evaluate", "0_yes_no"): (("evaluation.question_yes_no",),),
    ("evaluate", "0_words"): (("evaluation.question_words",),),
}
"""What a step asks whose question depends on the answers so far."""

NEWS: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    **{
        (name, "about"): tuple(
            (news, "complaints.ask_about")
            for news in (
                "complaints.received",
                "complaints.received_above",
                "complaints.now_above",
                "complaints.added",
            )
        )
        for name in ("complain", "offered")
    },
    **{
        (name, "identity"): tuple(
            (news, "complaints.ask_identity")
            for news in (
                "complaints.received",
                "complaints.received_above",
                "complaints.now_above",
                "complaints.added",
            )
        )
        for name in ("complain", "offered")
    },
    **{
        ("evaluate", f"0_{kind.value}"): (
            ("evaluation.again", f"evaluation.question_{kind.value}"),
            ("evaluation.about", f"evaluation.question_{kind.value}"),
        )
        for kind in QuestionKind
    },
    ("idea", "field"): (("identification.idea_taken", "identification.ask_field"),),
    ("support", "kind"): (("delivery.support_taken", "delivery.ask_kind"),),
    ("status", "solved"): (("complaints.answered", "complaints.ask_solved"),),
    ("status", "rating"): (("complaints.thanks", "complaints.ask_rating"),),
    ("offered", "rating"): (("complaints.thanks", "complaints.ask_rating"),),
}
"""What is said once before a question."""


def questions(dialogue: Dialogue, step: Step) -> tuple[tuple[str, ...], ...]:
    """The messages that a step may ask with, each a chain."""
    if isinstance(step.ask, Message):
        return ((step.ask.key,),)
    name = re.sub("^[0-9]+_", "0_", step.name)
    return ASKED[dialogue.name, name]


def chain(keys: tuple[str, ...], reader: str) -> Said:
    """Messages one after the other, each with the longest it carries."""
    first, *rest = (longest(key, reader) for key in keys)
    for one in rest:
        first = first.followed_by(one)
    return first


STEPS = [
    (dialogue, step, keys)
    for dialogue in DIALOGUES
    for step in dialogue.steps
    for keys in questions(dialogue, step)
    if not re.match("[1-9]_", step.name)
]
AT_ONCE = [
    *STEPS,
    *(
        (dialogue, step, keys)
        for dialogue in DIALOGUES
        for step in dialogue.steps
        for keys in NEWS.get((dialogue.name, step.name), ())
    ),
]


def named(one: tuple[Dialogue, Step, tuple[str, ...]]) -> str:
    """A test's name."""
    dialogue, step, keys = one
    return f"{dialogue.name}.{step.name}: {' '.join(keys)}"


def answer(
    one: tuple[Dialogue, Step, tuple[str, ...]],
    text: str,
    reader: str,
    *,
    parked: bool = False,
    begun: bool = True,
    other: bool = False,
    misses: int = 0,
) -> Said:
    """What the engine says to a text where this question waits, or when the dialogue is begun or resumed."""
    dialogue, step, keys = one
    asks = replace(step, ask=lambda talk: chain(keys, reader), skip=None)
    alone = replace(dialogue, steps=(asks,), begin=None)
    waits = Dialogue(
        "waits",
        Word.EVALUATE if dialogue.word is not Word.EVALUATE else Word.REGISTER,
        lambda talk: sayings.LEFT(),
        (Step("one", sayings.LEFT, no_answer, sayings.LEFT),),
    )
    engine = Engine([alone, *([waits] if other else []), language_dialogue()], lambda refusal: SENTENCE)
    standing = Standing(dialogue.name, step.name, {"an": "answer"}, misses=misses) if begun else None
    if other:
        standing = Standing("waits", "one", {"an": "answer"})
    kept = {dialogue.name: Standing(dialogue.name, step.name, {"an": "answer"})} if parked else {}
    return engine.turn(
        Situation(
            Actor.system(), text, text, standing, kept, partial(longest, "channels.help", reader), uuid4()
        )
    ).said


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("one", STEPS, ids=named)
def test_s2_whoever_is_not_understood_twice_is_asked_the_whole_question_again(one: Any, reader: str) -> None:
    dialogue, step, keys = one
    misunderstood = (dialogue, replace(step, parse=no_answer), keys)
    once = answer(misunderstood, "水池", reader, misses=0)
    assert [link.message.key for link in once.links] == [step.unclear.key]
    twice = answer(misunderstood, "水池", reader, misses=1)
    repeated = () if step.unclear.key in keys or step.unclear_asks else keys
    assert [link.message.key for link in twice.links] == [step.unclear.key, *repeated]
    assert_fits(twice, reader)


def no_answer(text: str) -> str:
    """Understand nothing."""
    raise Unclear("nothing", "")


def test_every_question_that_depends_on_answers_is_known_here() -> None:
    assert {key for pair in (*ASKED.values(), *NEWS.values()) for keys in pair for key in keys} <= set(
        MESSAGES
    )
    assert all(questions(dialogue, step) for dialogue in DIALOGUES for step in dialogue.steps)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("one", STEPS, ids=named)
def test_s2_help_within_a_dialogue_and_its_question_fit(one: Any, reader: str) -> None:
    assert_fits(answer(one, "HELP", reader), reader)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("one", STEPS, ids=named)
def test_s2_going_back_from_the_first_question_fits(one: Any, reader: str) -> None:
    assert_fits(answer(one, "BACK", reader), reader)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("one", STEPS, ids=named)
def test_s2_another_language_and_the_question_again_fit(one: Any, reader: str) -> None:
    assert_fits(answer(one, "LANG ENGLISH", reader), reader)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("one", [one for one in STEPS if one[0].word], ids=named)
def test_s2_taking_up_what_was_begun_fits(one: Any, reader: str) -> None:
    assert_fits(answer(one, WORDS_IN_EACH[one[0].word].en, reader, parked=True, begun=False), reader)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("one", [one for one in AT_ONCE if one[0].word], ids=named)
def test_s2_a_dialogue_begun_within_another_says_that_that_is_kept(one: Any, reader: str) -> None:
    said = answer(one, WORDS_IN_EACH[one[0].word].en, reader, other=True)
    assert [link.message.key for link in said.links] == [*one[2], sayings.PARKED.key]
    assert_fits(said, reader)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("beside", [sayings.PRIVACY, sayings.PARKED], ids=lambda message: message.key)
@pytest.mark.parametrize("one", [one for one in AT_ONCE if not one[0].picture], ids=named)
def test_s2_what_becomes_of_a_picture_fits_above_the_reply_to_the_words_beside_it(
    one: Any, beside: Message, reader: str
) -> None:
    dialogue, _step, keys = one
    if beside is sayings.PRIVACY and keys[0] in NOT_FIRST:
        return
    about = sayings.PICTURE_NOT_HERE if dialogue.secrecy is Secrecy.SEALED else sayings.PICTURE_BESIDE
    assert_fits(chain((about.key, *keys, beside.key), reader), reader)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("one", [one for one in AT_ONCE if not one[0].word], ids=named)
def test_s2_how_to_go_on_fits_below_what_is_said_to_an_answer_that_comes_too_late(
    one: Any, reader: str
) -> None:
    assert_fits(chain((*one[2], sayings.LIES_ASIDE.key), reader), reader)


SHOWN = {
    "complain": "complaints.picture_added",
    "offered": "complaints.picture_added",
    "status": "complaints.picture_added",
    "register": "organizations.picture_kept",
    "progress": "delivery.picture_kept",
}
"""What a dialogue says that takes a picture."""


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("one", [one for one in STEPS if one[0].picture], ids=named)
def test_s2_thanks_for_a_picture_fit_above_the_question(one: Any, reader: str) -> None:
    assert_fits(chain((SHOWN[one[0].name], *one[2]), reader), reader)


@pytest.mark.parametrize("locale", CATALOGUES)
@pytest.mark.parametrize("one", [one for one in STEPS if one[0].name == "evaluate"], ids=named)
def test_e4_a_question_is_asked_whole_in_every_language_it_is_written_in(one: Any, locale: str) -> None:
    question = QUESTION.en if locale == "en" else QUESTION.zh
    privacy = longest("channels.privacy", locale)
    for said in (answer(one, "HELP", locale), chain(one[2], locale).followed_by(privacy)):
        assert question in said.words(locale)


def first_replies() -> Iterator[tuple[str, ...]]:
    """All that may be said to somebody's very first text."""
    yield ("channels.help_brief", "channels.ask_county")
    yield from (keys for _dialogue, _step, keys in AT_ONCE if keys[0] not in NOT_FIRST)
    yield from ((key,) for key in spoken() if MESSAGES[key].lane is Lane.REPLY and key not in NOT_FIRST)


NOT_FIRST: set[str] = {
    "evaluation.again",
    "channels.sent_again",
    "channels.reply_follows",
    "channels.refused",
    "conversations.answer",
    "channels.privacy",
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("keys", sorted(set(first_replies())), ids=" ".join)
def test_s2_the_line_on_privacy_fits_below_the_first_reply(keys: tuple[str, ...], reader: str) -> None:
    assert_fits(chain(keys, reader).followed_by(longest("channels.privacy", reader)), reader)


@pytest.mark.parametrize("locale", CATALOGUES)
@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_s2_the_line_on_privacy_fits_below_a_refusal(application: Flask, code: str, locale: str) -> None:
    with application.app_context():
        assert_fits(refused(code).followed_by(longest("channels.privacy", locale)), locale)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("key", [key for key in spoken() if MESSAGES[key].lane is not Lane.BULK])
def test_s7_what_is_sent_again_says_so_and_still_fits(key: str, reader: str) -> None:
    assert_fits(longest(key, reader), reader, sayings.SENT_AGAIN)

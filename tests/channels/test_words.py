"""What people send is recognised as the command it is, and never as one it is not (rules S2, S4, S5, H1)."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.answers import parse_reference
from channels.precedence import PRECEDENCE, Claim, precedence
from channels.words import EVERY_WORD, NAMES, Spoken, Word, is_thanks, recognise

from .utterances import MISPLACED, REFERENCE, UTTERANCES

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


@pytest.mark.parametrize(("text", "word", "argument"), UTTERANCES, ids=[row[0] for row in UTTERANCES])
def test_what_people_really_send_is_understood(text: str, word: Word | None, argument: str) -> None:
    assert recognise(text) == Spoken(word, argument)


@pytest.mark.parametrize(("text", "meant"), MISPLACED)
def test_what_is_not_understood_is_never_taken_for_another_command(text: str, meant: Word) -> None:
    assert recognise(text) == Spoken(None, text)


def test_at_least_95_in_100_land_where_a_person_would_put_them() -> None:
    assert len(MISPLACED) <= (len(UTTERANCES) + len(MISPLACED)) * 0.05


def test_the_table_of_utterances_is_worth_its_name() -> None:
    assert len(UTTERANCES) >= 380
    assert len({text for text, _, _ in UTTERANCES}) == len(UTTERANCES)
    assert {word for _, word, _ in UTTERANCES} == EVERY_WORD | {None}
    assert parse_reference(REFERENCE) == REFERENCE


@pytest.mark.parametrize(
    ("word", "name"), [(word, name) for word, names in NAMES.items() for name in names.han + names.latin]
)
def test_every_name_alone_is_its_word_in_any_case_width_and_politeness(word: Word, name: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)
    for text in (name, name.upper(), wide, f"  {name}。", f"请问 {name}，谢谢", f"{name} please"):
        assert recognise(text).word == word, text


def test_no_name_belongs_to_two_words() -> None:
    names = [name for names in NAMES.values() for name in names.han + names.latin]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", NAMES[Word.STOP].han + NAMES[Word.STOP].latin)
@pytest.mark.parametrize("rest", ["12345", "the fraud", "村长贪污", "我家的低保"])
def test_an_opt_out_is_only_ever_a_whole_message(name: str, rest: str) -> None:
    for text in (f"{name} {rest}", f"{rest} {name}", f"{name}: {rest}"):
        assert recognise(text).word != Word.STOP, text


def test_only_active_words_are_recognised() -> None:
    active = frozenset({Word.COMPLAIN, Word.STOP})
    assert recognise("投诉水池漏水", active) == Spoken(Word.COMPLAIN, "水池漏水")
    assert recognise("登记", active) == Spoken(None, "登记")
    assert recognise("取消，投诉水池漏水", active) == Spoken(Word.COMPLAIN, "水池漏水")
    assert recognise("取消登记", active) == Spoken(None, "取消登记")


def test_a_complaint_that_is_only_a_reference_asks_about_it() -> None:
    assert recognise(f"投诉 {REFERENCE[:5]} {REFERENCE[5:]}").word == Word.STATUS
    assert recognise(f"投诉 {REFERENCE} 还没人来").word == Word.COMPLAIN


@given(ANY_TEXT)
def test_any_text_is_recognised_or_kept_whole(text: str) -> None:
    spoken = recognise(text)
    assert isinstance(spoken.argument, str)
    if spoken.word is None:
        assert spoken.argument in text.replace("\r\n", "\n") or spoken.argument != ""


@given(
    st.sampled_from(["投诉", "COMPLAIN", "我要投诉：", "举报 "]),
    st.text("水池漏水村长了没人管", min_size=6, max_size=60),
)
def test_nothing_of_a_complaint_is_lost(name: str, story: str) -> None:
    spoken = recognise(f"{name} {story}")
    assert spoken.word in {Word.COMPLAIN, Word.STATUS}
    assert spoken.argument in {story, ""} or story.endswith(spoken.argument)


@given(
    st.sampled_from(
        ["想要", "取消", "帮助", "谢谢", "请问", " ", "进度 ", "我要", "i want to ", "#", "二", "是"]
    )
)
def test_texts_made_to_be_slow_are_not(piece: str) -> None:
    # Backtracking over these would take longer than the life of the test run.
    assert recognise(piece * 5000 + "登") is not None


SPOKEN = {
    Claim.STOP: Spoken(Word.STOP, ""),
    Claim.HELP: Spoken(Word.HELP, ""),
    Claim.LEAVE: Spoken(Word.CANCEL, ""),
    Claim.LANGUAGE: Spoken(Word.LANG, "english"),
    Claim.COMPLAINT: Spoken(Word.COMPLAIN, "水池漏水"),
    Claim.WORD: Spoken(Word.REGISTER, ""),
    Claim.CATCH_ALL: Spoken(None, "水池漏水"),
}


@pytest.mark.parametrize(
    ("said", "prompt_open", "confirming", "claims"),
    [
        (Claim.STOP, False, False, "stop"),
        (Claim.STOP, True, False, "stop answer"),
        (Claim.STOP, True, True, "stop answer"),
        (Claim.HELP, False, False, "help"),
        (Claim.HELP, True, False, "help answer"),
        (Claim.HELP, True, True, "help answer"),
        (Claim.LEAVE, False, False, "leave"),
        (Claim.LEAVE, True, False, "leave answer"),
        (Claim.LEAVE, True, True, "leave answer"),
        (Claim.LANGUAGE, False, False, "language"),
        (Claim.LANGUAGE, True, False, "language answer"),
        (Claim.LANGUAGE, True, True, "language answer"),
        (Claim.COMPLAINT, False, False, "complaint"),
        (Claim.COMPLAINT, True, False, "complaint answer"),
        (Claim.COMPLAINT, True, True, "complaint answer"),
        (Claim.WORD, False, False, "word"),
        (Claim.WORD, True, False, "answer word"),
        (Claim.WORD, True, True, "answer"),
        (Claim.CATCH_ALL, False, False, "guard catch_all"),
        (Claim.CATCH_ALL, True, False, "answer guard"),
        (Claim.CATCH_ALL, True, True, "answer guard"),
    ],
)
def test_who_may_have_a_text(said: Claim, prompt_open: bool, confirming: bool, claims: str) -> None:
    assert precedence(SPOKEN[said], prompt_open, confirming) == tuple(map(Claim, claims.split()))


def test_s4_the_bare_word_of_a_dialogue_is_no_answer_in_it_except_to_a_confirmation() -> None:
    again = precedence(Spoken(Word.REGISTER, ""), True, False, asks_again=True)
    assert again == (Claim.AGAIN, Claim.ANSWER, Claim.WORD)
    assert precedence(Spoken(Word.REGISTER, ""), True, True, asks_again=True) == (Claim.ANSWER,)


def test_every_word_has_somebody_who_claims_it_in_the_order_of_precedence() -> None:
    for word, prompt_open, confirming in itertools.product([*Word, None], (True, False), (True, False)):
        claims = precedence(Spoken(word, ""), prompt_open, confirming and prompt_open)
        assert claims
        assert list(claims) == sorted(claims, key=PRECEDENCE.index)
    assert precedence(Spoken(Word.BACK, ""), True, True)[0] == Claim.LEAVE


@pytest.mark.parametrize(
    "text",
    [
        "谢谢",
        "谢谢你们！",
        "好的，谢谢",
        "不用了，谢谢",
        "no thanks",
        "知道了",
        "嗯嗯",
        "非常感谢 🙏",
        "OK",
        "ｏｋ",
        "Thank you very much.",
        "ok thanks",
        "等一下",
        "稍等",
        "我再想想",
        "等会儿再填",
        "明天再说吧",
        "wait a moment",
        "能不能晚点再说",
        "中午再说",
        "拜拜",
        "好的谢谢 再见",
        "麻烦你们了",
        "👌",
        "👍🏻",
    ],
)
def test_s2_thanks_and_taking_note_need_nobody_to_read_them(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "？",
        "🙏",
        "谢谢 路坏了",
        "等了三个月",
        "明天再不来",
        "好",
        "1",
        "嗯" * 5000 + "路",
        "okra",
        "收到",
    ],
)
def test_s2_what_says_more_than_thanks_is_no_thanks(text: str) -> None:
    assert not is_thanks(text)

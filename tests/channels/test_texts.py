"""Texts as phones send them: kept, cleaned, folded (rules S1, S2, S3)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.texts import clean, fold, from_bytes, language_of, normalise, to_bytes, unfolded_length

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


@given(ANY_TEXT)
def test_whatever_came_is_restored_exactly(raw: str) -> None:
    assert from_bytes(to_bytes(raw)) == raw


def test_nul_lone_surrogates_and_five_thousand_characters_are_kept() -> None:
    raw = "水池\x00漏水\ud83d" + "漏" * 5000 + "\udc00\ud800😀"
    assert from_bytes(to_bytes(raw)) == raw
    assert clean(raw) == "水池漏水" + "漏" * 5000 + "😀"


@given(ANY_TEXT)
def test_a_clean_text_can_be_stored_shown_and_sent_as_xml(raw: str) -> None:
    text = clean(raw)
    assert "\x00" not in text
    assert not [c for c in text if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]
    assert "\ufffe" not in text
    assert "\uffff" not in text
    text.encode("utf-8")
    assert clean(text) == text


@given(st.text("水池漏水 abc，。！?\n😀👨‍👩‍👧é", max_size=50))
def test_cleaning_loses_nothing_that_a_person_wrote(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


def test_the_two_halves_of_an_emoji_sent_apart_are_joined() -> None:
    assert clean("好\ud83d\ude00") == "好😀"


def test_controls_that_turn_the_reading_direction_are_dropped() -> None:
    assert clean("付\u202e00081\u202c元") == "付00081元"


def test_line_breaks_stay_in_the_text_and_are_spaces_in_a_command() -> None:
    assert clean("第一行\r\n第二行") == "第一行\n第二行"
    assert normalise("BID\r\n3\n18000") == "bid 3 18000"


@pytest.mark.parametrize(
    ("text", "heart"),
    [
        ("ＳＴＯＰ！", "stop"),
        ("Stop. Thank you!", "stop"),
        ("　退訂。", "退订"),
        ("您好，請問 進度，謝謝您！", "进度"),
        ("１８０００元", "18000元"),
        ("好的吧", "好的"),
        ("Please, HELP", "help"),
        ("history", "history"),
        ("谢谢", ""),
        ("😀", ""),
        ("②", "2"),
    ],
)
def test_matching_ignores_width_script_case_punctuation_and_politeness(text: str, heart: str) -> None:
    assert normalise(text) == heart


@given(ANY_TEXT)
def test_the_heart_of_a_text_begins_and_ends_with_a_letter_or_digit(text: str) -> None:
    heart = normalise(text)
    assert not heart or (heart[0].isalnum() and heart[-1].isalnum())
    assert "  " not in heart


@given(ANY_TEXT, ANY_TEXT)
def test_folding_goes_character_by_character(first: str, second: str) -> None:
    assert fold(first + second) == fold(first) + fold(second)


@given(st.text("投訴ＡＢﬁ㎏①\x00 水", max_size=30), st.integers(0, 30))
def test_a_place_in_the_folded_text_is_found_again_in_the_text(text: str, length: int) -> None:
    beginning = text[:length]
    end = unfolded_length(text, len(fold(beginning)))
    assert fold(text[:end]) == fold(beginning)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("投诉 pond", "zh"),
        ("投訴", "zh"),
        ("BID 3", "en"),
        ("1", None),
        ("T", None),
        ("", None),
        ("xiangmu", "zh"),
        ("tousu cunzhang bu fa miao", "zh"),
        ("BAO JIA 3 12000", "zh"),
        ("LANG", "en"),
        ("tousu the pond leaks", "en"),
        ("na" * 3000, "en"),
    ],
)
def test_the_script_tells_the_language_where_it_can(text: str, language: str | None) -> None:
    assert language_of(text) == language

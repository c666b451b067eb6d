"""Long names give way to the sentence around them (rule S2)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import sayings
from channels.messages import LEAST_SHOWN, MESSAGES, InEach, Listed, Said, from_kept, shortened, to_kept
from channels.parts import count_parts
from service.procurement.messages import CALL_CLOSED, OPEN_LOTS
from tests.conftest import NOON

TITLE = InEach("青山乡石板村核桃苗发放", "Walnut seedlings")
LOTS = Listed(tuple(InEach(f"{number} {'石' * 20}", f"{number} {'石' * 20}") for number in range(1230, 1260)))


def closed(title: InEach) -> Said:
    """A reply with a name in it."""
    return CALL_CLOSED(number=7, title=title, deadline=NOON)


def test_s2_what_fits_stays_whole() -> None:
    assert TITLE.zh in closed(TITLE).words("zh")
    assert TITLE.en in closed(TITLE).words("en")


def test_s2_a_name_is_cut_to_what_fits_and_no_further() -> None:
    words = closed(InEach("石" * 300, "Walnut " * 90)).words("zh")
    assert count_parts(words) == 2
    assert 120 <= len(words) <= 134
    assert "石…已于" in words


def test_s2_dots_keep_an_english_text_in_the_plain_alphabet() -> None:
    words = closed(InEach("石" * 300, "Walnut " * 90)).words("en")
    assert words.isascii()
    assert "..." in words
    assert count_parts(words) == 2


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_s2_of_a_list_the_first_entries_are_said_each_of_them_whole(locale: str) -> None:
    words = OPEN_LOTS(total=30, calls=LOTS).words(locale)
    assert count_parts(words) <= 2
    said = [entry for entry in LOTS.entries if entry.zh in words]
    assert said == list(LOTS.entries[: len(said)])
    assert "1230" in words
    assert f"{1230 + len(said)}" not in words


def test_s2_what_follows_finds_room_too() -> None:
    said = closed(InEach("石" * 300, "")).followed_by(sayings.PRIVACY(office=TITLE))
    words = said.words("zh")
    assert count_parts(words) == 2
    assert sayings.PRIVACY(office=TITLE).words("zh") in words


def test_s7_what_is_sent_again_is_marked_within_its_parts() -> None:
    words = closed(InEach("石" * 300, "")).words("zh", within=sayings.SENT_AGAIN)
    assert words.startswith("（重发）")
    assert count_parts(words) == 2


def test_m17_a_template_is_filled_with_what_the_text_says() -> None:
    said = OPEN_LOTS(total=30, calls=LOTS)
    assert said.variables("zh")["calls"] in said.words("zh")
    assert isinstance(said.variables("zh")["calls"], str)


def test_a_list_is_kept_and_read_again() -> None:
    said = OPEN_LOTS(total=30, calls=LOTS)
    assert from_kept(OPEN_LOTS.key, json.loads(json.dumps(to_kept(said)))) == said


@given(st.text(max_size=60), st.integers(min_value=LEAST_SHOWN, max_value=50))
def test_a_shortened_text_is_no_longer_than_wanted_and_begins_the_same(text: str, most: int) -> None:
    short = shortened(text, most)
    assert len(short) <= max(most, 0) or short == text
    assert short == text or text.startswith(short.removesuffix("…").removesuffix("..."))


@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from(["zh", "en"]))
def test_s2_no_name_makes_a_reply_longer_than_two_parts(zh: str, en: str, locale: str) -> None:
    assert count_parts(closed(InEach(zh, en)).words(locale)) <= 2


def test_every_parameter_that_gives_way_stands_in_its_sentence() -> None:
    wrong = [key for key, one in MESSAGES.items() if any(f"{{{name}}}" not in one.text for name in one.gives)]
    assert wrong == []

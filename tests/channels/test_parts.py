"""Texts are cut into SMS parts as the networks cut them (rules S2, S6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.parts import count_parts, split_parts, units

GSM = "abc 123@£é^{}\\[~]|€\n"
WIDE = GSM + "水池漏😀𠮷"


@pytest.mark.parametrize(
    ("text", "length", "parts"),
    [
        ("", 0, 0),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("a" * 159 + "{", 161, 2),
        ("a" * 158 + "{", 160, 1),
        ("汉" * 70, 70, 1),
        ("汉" * 71, 71, 2),
        ("汉" * 134, 134, 2),
        ("汉" * 135, 135, 3),
        ("😀" * 35, 70, 1),
        ("😀" * 36, 72, 2),
        ("汉" * 66 + "😀" + "汉", 69, 1),
        ("汉" * 66 + "😀" + "汉" * 66, 134, 3),
        ("]" * 78 + "😀", 80, 2),
        ("汉" * 536, 536, 8),
        ("a" * 69 + "`", 70, 1),
        ("a" * 70 + "`", 71, 2),
        ("\u00c7", 1, 1),
        ("𠮷" * 35, 70, 1),
    ],
)
def test_known_texts_take_the_parts_the_networks_count(text: str, length: int, parts: int) -> None:
    assert units(text) == length
    assert count_parts(text) == parts


@given(st.text(GSM, max_size=700) | st.text(WIDE, max_size=400) | st.text(max_size=300))
def test_the_parts_together_are_the_text_and_each_fits(text: str) -> None:
    parts = split_parts(text)
    assert "".join(parts) == text
    if len(parts) < 2:
        return
    if set(text) <= set(GSM):
        sizes = [len(part) + sum(part.count(c) for c in "^{}\\[~]|€") for part in parts]
        limit = 153
    else:
        sizes = [len(part.encode("utf-16-le")) // 2 for part in parts]  # fails on half a pair
        limit = 67
    assert all(0 < size <= limit for size in sizes)
    # No room is wasted: only a character of two units may leave one unit free.
    assert all(size >= limit - 1 for size in sizes[:-1])


@given(st.text(GSM, max_size=200), st.text("水", min_size=1, max_size=3))
def test_one_chinese_character_makes_the_whole_text_cost_more(text: str, han: str) -> None:
    assert count_parts(text + han) >= count_parts(text)
    assert units(text + han) == len(text) + len(han)

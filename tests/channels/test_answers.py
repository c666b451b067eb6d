"""Answers are understood in the ways people give them, or asked again; never guessed (rule S2)."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import cn2an
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.answers import (
    Unclear,
    make_reference,
    may_hold_reference,
    parse_amount,
    parse_choice,
    parse_date,
    parse_integer,
    parse_pin,
    parse_reference,
    parse_yes_no,
    take_number,
)
from channels.texts import fold

FEN = st.integers(100, 9_999_999_999)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=120)
NUMBERISH = st.text(
    "0123456789０９一二两三万八千百十亿零〇壹贰元块角分整.,， -¥$k%/号第年月日是有", max_size=20
)
LABELS = {
    "named": ("实名", "Named"),
    "confidential": ("保密", "Confidential"),
    "anonymous": ("匿名", "Anonymous"),
}


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "18,000元",
            "１８０００",
            "1.8万",
            "一万八",
            "一万八千",
            "壹万捌仟元整",
            "壹萬捌仟圓整",
            "18000.00",
            "¥18 000",
        ),
        *(
            "￥18000",
            "RMB 18000",
            "18000 RMB",
            "18k",
            "1.8w",
            "1万8",
            "1万8千",
            "1万8000",
            "人民币一万八千元整",
            "一八〇〇〇",
        ),
        *(
            "报价：18000元",
            "18000元，谢谢！",
            "18,000.00 yuan",
            "请问 18000",
            "18000块钱",
            "一万八千块",
            "18000.",
            "总价18000元整",
        ),
    ],
)
def test_eighteen_thousand_yuan_is_understood_however_it_is_written(text: str) -> None:
    assert parse_amount(text) == Decimal(18000)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("一万八千五", "18500"),
        ("三千五", "3500"),
        ("两万", "20000"),
        ("一百八", "180"),
        ("一万零八", "10008"),
        ("十万八", "108000"),
        ("一百零五元零五分", "105.05"),
        ("18块5", "18.50"),
        ("十八块五毛", "18.50"),
        ("伍佰元伍角伍分", "500.55"),
        ("18000.50", "18000.50"),
        ("參仟元", "3000"),
        ("1.80555万", "18055.50"),
        ("99999999.99", "99999999.99"),
        ("1", "1"),
    ],
)
def test_colloquial_and_formal_amounts_are_understood(text: str, amount: str) -> None:
    assert parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "abc",
            "",
            "0",
            "零",
            "0.00",
            "-5",
            "－18000",
            "负五百",
            "100000000",
            "一亿",
            "18.005",
            "18.000",
            "1,80,00",
            "1,8万",
        ),
        *(
            "约一万",
            "~18000",
            "一两万",
            "三五千",
            "几万",
            "万八",
            "18000左右",
            "18000元/年",
            "5%",
            "$5",
            "18000美元",
            ".5",
            "1e5",
        ),
        *(
            "٣٤",
            "18000 19000",
            "18000-19000",
            "一万一万",
            "3号18000",
            "18000+",
            "100.55元5角",
            "NaN",
            "Infinity",
            "1_000",
        ),
    ],
)
def test_what_is_no_single_exact_amount_is_asked_again_with_an_example(text: str) -> None:
    with pytest.raises(Unclear) as unclear:
        parse_amount(text)
    assert unclear.value.code == "amount"
    assert parse_amount(unclear.value.example)


@given(FEN)
def test_every_amount_comes_back_from_every_notation(fen: int) -> None:
    amount = Decimal(fen) / 100
    plain, grouped = f"{amount:.2f}", f"{amount:,.2f}"
    for text in (
        plain,
        grouped,
        wide(plain),
        f"¥{grouped}",
        f"{plain}元",
        f"RMB {plain}",
        cn2an.an2cn(plain, "rmb"),
    ):
        assert parse_amount(text) == amount, text


@given(st.integers(1, 99_999_999))
def test_every_whole_amount_comes_back_from_chinese_numerals(yuan: int) -> None:
    for text in (cn2an.an2cn(str(yuan)), cn2an.an2cn(str(yuan), "up"), f"{yuan:,}".replace(",", " ")):
        assert parse_amount(text) == yuan, text
        assert parse_integer(text) == yuan, text


@given(st.integers(1, 9999), st.integers(1, 9))
def test_a_last_digit_without_unit_counts_the_next_smaller_unit(wan: int, thousands: int) -> None:
    assert parse_amount(f"{wan}万{thousands}") == wan * 10_000 + thousands * 1000


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("12", 12),
        ("１２人", 12),
        ("十二个", 12),
        ("1.2万户", 12000),
        ("我们有5名员工", 5),
        ("0", 0),
        ("廿", None),
    ],
)
def test_counts_are_understood_with_their_measure_words(text: str, count: int | None) -> None:
    if count is None:
        with pytest.raises(Unclear, match="integer"):
            parse_integer(text)
    else:
        assert parse_integer(text) == count


@pytest.mark.parametrize("text", ["20多人", "十几个", "-3", "1.5", "12人，其中女8人", "很多", "31"])
def test_counts_that_are_not_exact_or_out_of_bounds_are_asked_again(text: str) -> None:
    with pytest.raises(Unclear) as unclear:
        parse_integer(text, at_least=1, at_most=30)
    assert 1 <= parse_integer(unclear.value.example) <= 30


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("3号18000元", 3, "18000元"),
        ("3 18000", 3, "18000"),
        ("三号一万八", 3, "一万八"),
        ("第3号 18000", 3, "18000"),
        ("3，18000", 3, "18000"),
        ("#3 18000", 3, "18000"),
        ("for call 3: 18,000", 3, "18,000"),
        ("３號　１８０００", 3, "１８０００"),
        ("3-18000", 3, "18000"),
        ("3", 3, ""),
        ("3 要蓋章嗎？", 3, "要蓋章嗎？"),
        ("第一笔款", 1, ""),
    ],
)
def test_a_leading_number_is_taken_from_its_text(text: str, number: int, rest: str) -> None:
    assert take_number(text) == (number, rest)


@pytest.mark.parametrize("text", ["18,000", "1.8万", "3,500", "", "水池漏水", "18000元"])
def test_an_amount_is_not_taken_for_a_leading_number(text: str) -> None:
    with pytest.raises(Unclear, match="number"):
        take_number(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        *(
            (text, "named")
            for text in (
                "1",
                "１",
                "一",
                "①",
                "第一个",
                "A",
                "a)",
                "实名",
                "實名",
                "1. 实名",
                "1、实名",
                "named",
            )
        ),
        *((text, "confidential") for text in ("2", "选二", "B", "第2项", "保密的", "CONF", "我选2")),
        *((text, "anonymous") for text in ("3", "三", "c", "匿名投诉", "Anonymous please", "選3", "回复3")),
    ],
)
def test_an_option_is_chosen_by_number_letter_or_its_own_words(text: str, key: str) -> None:
    assert parse_choice(text, LABELS) == key


@pytest.mark.parametrize("text", ["", "4", "0", "1 匿名", "1 2", "不实名", "实名匿名都行", "12", "d", "随便"])
def test_a_choice_that_fits_no_option_or_two_is_asked_again(text: str) -> None:
    with pytest.raises(Unclear, match="choice"):
        parse_choice(text, LABELS)


def test_a_beginning_that_fits_two_options_is_asked_again() -> None:
    with pytest.raises(Unclear, match="choice"):
        parse_choice("水利", {"a": ("水利工程",), "b": ("水利培训",)})


def test_not_is_not_no() -> None:
    with pytest.raises(Unclear, match="choice"):
        parse_choice("not", {"a": ("yes",), "b": ("no",)})


@pytest.mark.parametrize(
    "text",
    ["1", "１", "是", "是的", "好的，谢谢", "可以", "對", "没问题", "YES", "y", "Ok.", "嗯嗯", "👍", "👍🏽"],
)
def test_yes_is_yes(text: str) -> None:
    assert parse_yes_no(text) is True


@pytest.mark.parametrize(
    "text", ["2", "否", "不", "不是", "不要，谢谢", "不同意", "No!", "n", "不对", "錯了", "👎"]
)
def test_no_is_no(text: str) -> None:
    assert parse_yes_no(text) is False


@pytest.mark.parametrize(
    "text", ["", "3", "也许", "是不是", "not sure", "12", "好不好", "yesterday", "😀", "  "]
)
def test_neither_yes_nor_no_is_asked_again(text: str) -> None:
    with pytest.raises(Unclear, match="yes_no"):
        parse_yes_no(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2019年5月3日",
            "2019年05月03号",
            "2019-5-3",
            "2019.5.3",
            "2019/05/03",
            "20190503",
            "２０１９－０５－０３",
            "2019 5 3",
        ),
        *(
            "二〇一九年五月三日",
            "二零一九年五月三日",
            "2019年五月三日",
            "3 May 2019",
            "May 3rd, 2019",
            "May 3 2019",
            "2019年5月3",
        ),
    ],
)
def test_a_day_is_understood_however_it_is_written(text: str) -> None:
    assert parse_date(text) == date(2019, 5, 3)


@pytest.mark.parametrize("text", ["2019年5月", "2019-05", "2019年5月份", "May 2019", "二〇一九年五月"])
def test_a_month_is_its_first_day(text: str) -> None:
    assert parse_date(text) == date(2019, 5, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2019",
        "2019年",
        "05/03/2019",
        "2019-02-30",
        "2019-13-01",
        "19年5月3日",
        "201905",
        "五月三日",
        "1899-01-01",
        "2101-01-01",
    ],
)
def test_what_is_no_day_or_two_days_is_asked_again(text: str) -> None:
    with pytest.raises(Unclear, match="date"):
        parse_date(text)


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_day_comes_back_from_every_notation(day: date) -> None:
    year = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(day.year))
    spelled = f"{year}年{cn2an.an2cn(str(day.month))}月{cn2an.an2cn(str(day.day))}日".replace("一十", "十")
    for text in (
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        spelled,
        f"{day:%d %B %Y}",
    ):
        assert parse_date(text) == day, text


@given(st.integers(0, 2**32))
def test_a_reference_catches_every_wrong_digit_and_every_swap_of_neighbours(seed: int) -> None:
    reference = make_reference(random.Random(seed))
    assert parse_reference(reference) == reference
    mistyped = {
        reference[:place] + digit + reference[place + 1 :] for place in range(10) for digit in "0123456789"
    } | {reference[:i] + reference[i + 1] + reference[i] + reference[i + 2 :] for i in range(9)}
    for wrong in mistyped - {reference}:
        with pytest.raises(Unclear, match="reference"):
            parse_reference(wrong)


@given(st.integers(0, 2**32))
def test_a_reference_is_found_in_the_ways_people_give_it(seed: int) -> None:
    reference = make_reference(random.Random(seed))
    spelled = "".join("零一二三四五六七八九"[int(digit)] for digit in reference)
    spaced = f"{reference[:3]} {reference[3:6]}-{reference[6:]}"
    for text in (
        wide(reference),
        spaced,
        spelled,
        f"编号{reference}。",
        f"我的投诉 {reference} 怎么样了",
        f"ref {reference}, 13812345678",
    ):
        assert parse_reference(text) == reference, text
        assert may_hold_reference(fold(text)), text


@given(st.integers(13_000_000_000, 19_999_999_999))
def test_a_mobile_number_is_never_a_reference(phone: int) -> None:
    with pytest.raises(Unclear, match="reference"):
        parse_reference(f"请打{phone}，或者{phone // 10}")


def test_two_different_references_are_asked_again() -> None:
    first, second = make_reference(random.Random(1)), make_reference(random.Random(2))
    assert parse_reference(f"{first} {first}, {first}") == first
    with pytest.raises(Unclear, match="reference"):
        parse_reference(f"{first}, {second}")


def test_references_repeat_no_more_than_chance() -> None:
    rng = random.Random(7)
    assert len({make_reference(rng) for _ in range(2000)}) >= 1999


@pytest.mark.parametrize(
    ("text", "pin"), [("4826", "4826"), ("０４８２６", "04826"), ("48 26 11", "482611"), ("4826。", "4826")]
)
def test_a_pin_is_four_to_six_digits(text: str, pin: str) -> None:
    assert parse_pin(text) == pin


@pytest.mark.parametrize("text", ["", "123", "1234567", "12a4", "一二三四", "-1234", "٣٤٣٤"])
def test_anything_else_is_no_pin_and_is_not_repeated(text: str) -> None:
    with pytest.raises(Unclear, match="pin") as unclear:
        parse_pin(text)
    assert not text or text not in str(unclear.value)


PARSERS: list[Callable[[str], object]] = [
    *(parse_amount, parse_integer, parse_yes_no, parse_date, parse_reference, parse_pin, take_number),
    lambda text: parse_choice(text, LABELS),
]


@given(ANY_TEXT | NUMBERISH)
def test_any_text_gives_a_value_or_is_asked_again(text: str) -> None:
    for parse in PARSERS:
        with suppress(Unclear):
            assert parse(text) is not None


@given(NUMBERISH)
def test_an_amount_is_always_positive_within_bounds_and_exact_to_the_fen(text: str) -> None:
    try:
        amount = parse_amount(text)
    except Unclear:
        return
    assert Decimal("0.01") <= amount <= Decimal("99999999.99")
    assert amount.as_tuple().exponent == -2


@settings(deadline=None)
@given(st.sampled_from(["1", "一", "1 ", ",", "零", "元", "编号", "#", "第 ", "2019年", "我们有"]))
def test_answers_made_to_be_slow_are_not(piece: str) -> None:
    # Backtracking over these would take longer than the life of the test run.
    for parse in PARSERS:
        with suppress(Unclear):
            assert parse(piece * 5000 + "x") is not None


def test_neighbouring_days_differ() -> None:
    assert parse_date("2019年12月31日") + timedelta(days=1) == parse_date("2020年1月1日")

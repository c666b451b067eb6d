"""Which county a text names, and where it only seems to (S8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.places import county_of, named_alone, named_first, named_in_full, named_within, province_of

QINGHE = county_of(3, "清河县扶贫办", "Qinghe County Office", "qinghe")
LANXI = county_of(
    4, "云岭省兰溪哈尼族彝族自治县乡村振兴局", "Lanxi County Rural Revitalization Bureau", "lanxi"
)
PANLONG = county_of(5, "昆州市盘龙区民政局", "Panlong District Civil Affairs", "panlong")
YUNLING = province_of(2, "云岭省扶贫办", "Yunling Poverty Alleviation Office", "yunling")
PLACES = (QINGHE, LANXI, PANLONG, YUNLING)


@pytest.mark.parametrize(
    ("name", "full", "short"),
    [
        ("清河县扶贫办", "清河县", "清河"),
        ("云岭省清河县扶贫办", "清河县", "清河"),
        ("兰溪哈尼族彝族自治县乡村振兴局", "兰溪哈尼族彝族自治县", "兰溪"),
        ("广西壮族自治区三江侗族自治县民政局", "三江侗族自治县", "三江"),
        ("昆明市盘龙区民政局", "盘龙区", "盘龙"),
        ("清河市扶贫办", "清河市", "清河"),
        ("红河州建水县扶贫办", "建水县", "建水"),
        ("阿鲁科尔沁旗扶贫办", "阿鲁科尔沁旗", "阿鲁科尔沁"),
    ],
)
def test_s8_an_office_goes_by_the_name_of_its_county(name: str, full: str, short: str) -> None:
    place = county_of(1, name, "Somewhere County Office", "somewhere")
    assert place.zh == full
    assert place.full >= {full, "somewhere county"}
    assert place.short == {short, "somewhere"}


@pytest.mark.parametrize(
    ("text", "tenant_id"),
    [
        ("清河", 3),
        ("清河县", 3),
        ("清河縣", 3),
        ("我是清河县的", 3),
        ("我在清河", 3),
        ("Qinghe", 3),
        ("I am in Qinghe", 3),
        ("ｑｉｎｇｈｅ", 3),
        ("兰溪", 4),
        ("盘龙区", 5),
        ("省里", 2),
        ("云岭省", 2),
        ("清河水库", None),
        ("东河县", None),
        ("", None),
    ],
)
def test_s8_a_county_named_alone(text: str, tenant_id: int | None) -> None:
    assert named_alone(text, PLACES) == tenant_id


@pytest.mark.parametrize(
    ("text", "tenant_id", "rest"),
    [
        ("清河 投诉 水坝漏水", 3, "投诉 水坝漏水"),
        ("清河：水坝漏水", 3, "水坝漏水"),
        ("清河投诉水坝漏水", 3, "投诉水坝漏水"),
        ("清河登记", 3, "登记"),
        ("清河县的水坝漏了", 3, "清河县的水坝漏了"),
        (" 清河县，登记", 3, "登记"),
        ("Qinghe COMPLAIN the dam leaks", 3, "COMPLAIN the dam leaks"),
        ("清河", 3, ""),
    ],
)
def test_s8_a_county_named_first(text: str, tenant_id: int, rest: str) -> None:
    named = named_first(text, PLACES)
    assert named is not None
    assert (named.tenant_id, named.rest) == (tenant_id, rest)


@pytest.mark.parametrize(
    "text", ["清河水库漏水了", "投诉 清河县的水坝漏了", "省钱的办法", "Qinghes are many", "我是来投诉的", ""]
)
def test_s8_what_only_seems_to_name_a_county_is_not_guessed(text: str) -> None:
    assert named_first(text, PLACES) is None


@pytest.mark.parametrize(
    ("text", "tenant_id"),
    [
        ("云岭省清河县石板乡", 3),
        ("清河县石板乡三组", 3),
        ("我家在清河", 3),
        ("near Lanxi town", 4),
        ("清河石厂污染", None),
        ("清河乡的", 3),
        ("住清河", 3),
        ("我家的水坝漏水了，清河县没有人来看，已经三个月了", None),
    ],
)
def test_s8_an_answer_names_one_county_and_no_other(text: str, tenant_id: int | None) -> None:
    assert named_within(text, PLACES) == tenant_id


@pytest.mark.parametrize(
    ("text", "tenant_id"),
    [
        ("我是清河县王家村的，修路的钱没到", 3),
        ("投诉 清河县的水坝漏了", 3),
        ("投訴：清河縣石板鄉的路沒修完", 3),
        ("你好，我们村在云岭省清河县，想登记", 3),
        ("COMPLAIN the road in Qinghe County was never finished", 3),
        ("我是兰溪哈尼族彝族自治县的，低保没到", 4),
        ("我是兰溪县的，低保没到", 4),
        ("盘龙区这边水管坏了", 5),
        ("清河县城里的水管坏了", 3),
        ("清河的水坝漏了没人修", None),
        ("我们村在清河边上，路没修", None),
        ("我是清河县的，在盘龙区打工", None),
        ("我不是清河县的", None),
        ("盘龙区域的路都坏了", None),
        ("云岭省里没人管这个事", None),
        ("东河县的路没修", None),
        ("", None),
    ],
)
def test_s8_a_full_name_anywhere_names_the_one_county(text: str, tenant_id: int | None) -> None:
    assert named_in_full(text, PLACES) == tenant_id


def test_s8_a_name_within_a_longer_one_or_of_one_character_names_none() -> None:
    great = county_of(7, "大清河县扶贫办", "Daqinghe County Office", "daqinghe")
    he = county_of(8, "和县扶贫办", "He County Office", "he")
    assert named_in_full("我是大清河县的，路没修", (QINGHE, great)) == 7
    assert named_in_full("乡里和县里都没人管", (QINGHE, he)) is None
    assert named_in_full("乡里和清河县里都没人管", (QINGHE, he)) == 3


def test_s8_counties_of_one_name_are_not_told_apart_by_it() -> None:
    twin = county_of(9, "清河区扶贫办", "Qinghe District Office", "qinghe-qu")
    assert named_alone("清河", (QINGHE, twin)) is None
    assert named_first("清河 登记", (QINGHE, twin)) is None
    assert named_alone("清河区", (QINGHE, twin)) == 9


@given(st.text())
def test_s8_any_text_names_a_place_or_none(text: str) -> None:
    named = named_first(text, PLACES)
    assert named is None or (named.tenant_id in {2, 3, 4, 5} and text.endswith(named.rest))

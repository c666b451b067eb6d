"""Which county a text names: the names of offices' counties, and where in a text one of them stands (S8)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from channels.texts import fold, normalise, unfolded_length
from channels.words import recognise

SHORT = 20
"""An answer to the question for the county has so many characters at most."""

_NATIONS = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬"
    "|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|鄂温克|德昂|保安|裕固|京|独龙|鄂伦春|门巴|珞巴|基诺|各"
)
_COUNTY = re.compile(r"(?:.{1,9}?(?:省|州|市|自治区))?(?!市)(.{1,20}?(?:自治县|自治旗|县|区|市|旗))")
_KIND = re.compile(rf"(?:(?:{_NATIONS})族)*(?:自治县|自治旗|县|区|市|旗)$")
_ENGLISH = re.compile(r"(.+?) (?:county|district|city|banner)\b", re.IGNORECASE)
_PROVINCE = re.compile(r"(.{2,7}?)(省|市|自治区)")
_ABOUT_ONESELF = re.compile(
    r"^(?:我们?是|我们?在|我们?来自|这里是|这边是|来自|(?:i am|i'm|we are) (?:in|from)|from|in)?"
    r"\s*(.+?)(?:的人?|人|这边|这里|这儿)?$"
)


_GOES_ON = r"(?<=市)场|(?<=区)[域别]|(?<=旗)[帜下]"
_GUESS = re.compile("[\u4e00-\u9fff]{1,8}[县市区旗]")


@dataclass(frozen=True)
class Place:
    """What an office's county is called, folded for matching: ``full`` names leave no doubt, ``short`` ones may.

    ``zh`` and ``en`` are the names as people are shown them; ``above``: the office over the counties itself.
    """

    tenant_id: int
    full: frozenset[str]
    short: frozenset[str]
    zh: str
    en: str
    above: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Every name."""
        return self.full | self.short

    def also(self, names: Iterable[str]) -> Place:
        """The same place by other names too; those that say what it is (…县, …区) leave no doubt."""
        folded = _folded(*names)
        plain = frozenset(name for name in folded if _KIND.search(name))
        return replace(self, full=self.full | plain, short=self.short | (folded - plain))


@dataclass(frozen=True)
class Named:
    """The place a text begins with, and what it says besides: empty where it only names the place."""

    tenant_id: int
    rest: str


def county_of(tenant_id: int, name_zh: str, name_en: str, code: str) -> Place:
    """What people call the county of an office, by the office's names: 清河县扶贫办 stands for 清河县 and 清河."""
    found, english = _COUNTY.match(name_zh), _ENGLISH.match(name_en)
    zh, en = found[1] if found else name_zh, english[1] if english else name_en
    bare, full = _KIND.sub("", zh), {zh, *([english[0]] if english else [])}
    if zh.endswith("自治县"):
        full.add(f"{bare}县")
    return Place(tenant_id, _folded(*full), _folded(bare, en, code) - _folded(*full), zh, en)


def province_of(tenant_id: int, name_zh: str, name_en: str, code: str) -> Place:
    """What people call the office above the counties, where they mean itself: 云岭省, 云岭, 省里."""
    found = _PROVINCE.match(name_zh)
    zh = found[0] if found else name_zh
    short = _folded(found[1] if found else "", "省", "省里", "省级", "province", code)
    return Place(tenant_id, frozenset({fold(zh)}), short - {fold(zh)}, zh, name_en, above=True)


def _folded(*names: str) -> frozenset[str]:
    return frozenset(fold(name) for name in names if name)


def named_alone(text: str, places: Iterable[Place]) -> int | None:
    """The place that a text names and says nothing else: 清河, 我是清河县的."""
    heart = normalise(text)
    said = _ABOUT_ONESELF.match(heart)
    meant = {place.tenant_id for place in places if heart in place.names or (said and said[1] in place.names)}
    return meant.pop() if len(meant) == 1 else None


def named_first(text: str, places: Iterable[Place]) -> Named | None:
    """The place that a text begins with, as an address before what it says: 清河 投诉……, 清河县的水坝漏了.

    A short name counts where something parts it from the rest, or a word of ours follows: 清河水库漏水 names none.
    """
    folded = fold(text)
    found: dict[str, list[Place]] = {}
    for place in places:
        for name in place.names:
            if folded.lstrip().startswith(name):
                found.setdefault(name, []).append(place)
    start = len(folded) - len(folded.lstrip())
    for name in sorted(found, key=len, reverse=True):
        if len(found[name]) > 1:
            continue
        place, end = found[name][0], start + len(name)
        rest = text[unfolded_length(text, end) :].lstrip(" \t\n,.;:!?，。；：！？、-—")
        if end == len(folded) or not folded[end].isalnum() or recognise(rest).word is not None:
            return Named(place.tenant_id, rest)
        if name in place.full and not name.isascii():
            return Named(place.tenant_id, text)
    return None


def _stands_alone(name: str, heart: str) -> bool:
    before, behind = r"(?:^|[在是住到自\W_省州市])", r"(?=$|[\W_县区市旗乡镇村的人这那])"
    return len(name) > 1 and re.search(f"{before}{re.escape(name)}{behind}", heart) is not None


def named_within(text: str, places: Iterable[Place]) -> int | None:
    """The one place that a short answer to our question names anywhere: 云岭省清河县石板乡.

    A short name must stand for itself: 大理石厂污染 does not name 大理.
    """
    heart = normalise(text)
    if len(heart) > SHORT:
        return None
    words = set(re.findall(r"[a-z0-9-]+", heart))
    meant = [
        place
        for place in places
        if any(name in heart for name in place.full)
        or any(name in words if name.isascii() else _stands_alone(name, heart) for name in place.short)
    ]
    counties = [place for place in meant if not place.above] or meant
    return counties[0].tenant_id if len(counties) == 1 else None


def named_in_full(text: str, places: Iterable[Place]) -> int | None:
    """The one county whose full name stands anywhere in a text: 我是清河县王家村的，修路的钱没到.

    A name of one character and 县 may be part of other words (现代县城), and so may what a longer name contains; where two
    counties are named, or one is said not to be meant, none is.
    """
    folded = fold(text)
    named = [
        (name, place) for place in places if not place.above for name in place.full if _names(name, folded)
    ]
    meant = {
        place.tenant_id
        for name, place in named
        if not any(name != other and name in other for other, _place in named)
    }
    return meant.pop() if len(meant) == 1 else None


def _names(name: str, folded: str) -> bool:
    if name not in folded:
        return False
    if name.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", folded) is not None
    return (
        len(name) > 2 and re.search(rf"(?<!不是)(?<!不在){re.escape(name)}(?!{_GOES_ON})", folded) is not None
    )


def is_only_a_place(text: str) -> bool:
    """Whether a text is no more than the name of some county, which may be misspelled ("青河县") or none ("什么县")."""
    return bool(_GUESS.fullmatch(normalise(text)))

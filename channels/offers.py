"""Whether a text may hold the price of a bid that was put into words nobody foresaw: then nobody may read it (C5).

Who may be bidding is known to the rooms (``service/procurement/offered.py``); here only the text is looked at, so it is quick.
"""

from __future__ import annotations

import re

from channels.answers import may_be_price
from channels.texts import fold
from channels.vocabulary import ENDING
from channels.words import Word, recognise

_HAN = "零〇一二两三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰"
_DIGITS = r"(?<![\d.])\d[\d,. ]{0,14}"
_COUNTED = r"(?!\s?(?:多?[人户名亩株棵只头斤里米个次年岁吨岁]|公里|公斤|平方|people|households))"
_LARGE = rf"(?:{_DIGITS}|[{_HAN}]{{1,12}})\s?[万仟千wk](?![a-z])[{_HAN}仟千\d]{{0,12}}+{_COUNTED}"
_IN_YUAN = (
    rf"(?:{_DIGITS}|[{_HAN}万仟千]{{1,12}})\s?(?:万|千|仟|百|k|w)?[{_HAN}仟千\d]{{0,12}}"
    r"\s?(?:元|圆|块钱?|人民币|yuan|rmb|cny)"
)
_MARKED = rf"(?:¥|￥|rmb|cny)\s?{_DIGITS}"
_PLAIN_NUMBER = rf"\d{{1,3}}(?:,\d{{3}})+|(?<![\d.])\d{{3,8}}(?!\d){_COUNTED}|[{_HAN}]{{0,6}}[百佰][{_HAN}]{{0,6}}+{_COUNTED}"
_MONEY = rf"(?:{_IN_YUAN}|{_MARKED}|{_LARGE})"
_PRICE = rf"(?:{_MONEY}|{_PLAIN_NUMBER})"

_BODY = r"(?:社|会|中心|机构|协会|组织|单位|公司|合作社|互助会)"
_WE = (
    rf"(?<![要让叫逼向给收骗欠跟找问管])(?:我们?{_BODY}?|俺们?{_BODY}?|咱们?|本{_BODY}"
    r"|(?<![a-z])(?:we|i|our|us|my)(?![a-z]))"
)
_ASKS = (
    r"(?:愿意?以|想以|可以以|打算以|出价|要价|报价|标价|投标价|总价|底价|价格?|最低价?|费用|服务费|收费|只要|只收|收|要|报|出|给|按"
    r"|bid|offer|quote|price|charge|charging|ask|do it for|fee)"
)
_DOES = r"(?:来?做|来?干|承接|接下?|承包|包下?|拿下|完成|中标|承担|搞定)"
_TO = r"(?:我们?|俺们?|咱们?)?\s?(?:就|来|能|可以|愿意|就能|就可以|保证){0,3}"
_BETWEEN = r"[^,，。;；!！?？\n]{0,8}?"

_CHANGED = r"改一?下|,|改[成为到]|[降调]到|变更为"

_FIGURE = re.compile(rf"[\d{_HAN}千万仟]")
_NAMES_PRICE = re.compile(
    rf"{_MONEY}|{_ASKS}\s?(?:了|是|为|:|个|在|{_CHANGED}|at|of|for|is|to|\s){{0,4}}(?:{_PLAIN_NUMBER})"
)
_OFFERS_PRICE = re.compile(
    rf"{_WE}{_BETWEEN}{_ASKS}(?![了过])\s?(?:是|为|:|{_CHANGED}|at|of|for|is|to|\s){{0,4}}(?:(?:大概|大约|最多|最低|about|only)\s?)?{_PRICE}"
    rf"|(?:^|[\s,:;]|\d号?|号|项目|标|公告)\s?(?:愿意?以|要价|出价|报价?|标价|投标价|总价|底价|最低价?|只要)\s?(?:是|为|:|\s){{0,3}}{_PRICE}"
    rf"|{_PRICE}\s?(?:的价格?|的价钱)?,?{_TO}{_DOES}"
)
_HEART = re.compile(
    rf"{_WE}?\s?(?:就|愿意|想|可以|的)?以?\s?{_ASKS}?\s?(?:是|为|:)?\s?(?P<amount>[^\s,，。][^,，。]{{0,15}}?)"
    rf"\s?(?:的价格?|的价钱)?{_TO}(?:{_DOES}(?:这个|该|了)?(?:项目|活|工程|标)?)?(?={ENDING})"
)


def amount_in_offer(text: str) -> str:
    """What stands for the amount in an offer ("我们出12000元", "一万二我们就做"), or the whole text."""
    said = _HEART.match(fold(text))
    return said["amount"] if said else text


def may_name_a_price(text: str) -> bool:
    """Whether a text names money at all: where its sender may be bidding, it may be a bid (C5)."""
    folded = fold(text)
    return bool(_FIGURE.search(folded) and _NAMES_PRICE.search(folded)) or may_be_price(text)


def offers_a_price(text: str) -> bool:
    """Whether a text offers work for a price: "我们愿意以一万二做这个项目", "要价八千", "we can do it for 12000" (C5)."""
    folded = fold(text)
    return bool(_FIGURE.search(folded) and _OFFERS_PRICE.search(folded))


def may_be_bid(text: str) -> bool:
    """Whether a text, of whose sender nothing is known, is a bid or may be one: nobody reads it meanwhile (C5)."""
    return may_be_price(text) or recognise(text).word is Word.BID or offers_a_price(text)

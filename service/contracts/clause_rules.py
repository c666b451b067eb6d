"""The guard against the escape clause the guide warns of: late money, the blame on others (pointer C)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from tenants.refusals import RuleBroken

MONEY = "(?:资金|经费|款项|拨款|财政|付款|支付|拨付|划拨|转账|汇款|甲方)"
LATE = "(?:延迟|迟延|拖延|推迟|延期|延误|逾期|滞后|(?:不能|未能|没有|未|不)(?:按时|按期|及时|如期|到位|到账))"
NO_BLAME = (
    "(?:不承担|不负|不予承担|免除|免责|免于|不视为|不算|不构成|概不|无关|无责|不追究|不得追究|不得要求|不得主张|"
    "由乙方(?:自行)?承担|乙方(?:自行承担|自负))"
)
PAY = "(?:支付|拨付|付款|划拨|转付|转账|汇款)"
SOURCE = "(?:资金|经费|拨款|财政|预算)"
THERE = "(?:到位|下达|到账|落实)(?:之|以)?后"
PUT_OFF = "(?:顺延|相应推迟|相应延后|自动延长|另行通知)"

FUNDS_EN = r"(?:payments?|transfers?|funds?|funding|disbursements?|instal?ments?)"
LATE_EN = r"(?:late|delay\w*|overdue|postpon\w*|not (?:arrive|(?:be )?(?:made|received)) (?:on|in) time)"
NO_BLAME_EN = (
    r"(?:not (?:be )?(?:held )?(?:liable|responsible|accountable)|no (?:liability|responsibility|claim)|"
    r"(?:not|never) (?:be )?(?:constitute|deemed|considered|regarded|a breach)|"
    r"without (?:any )?(?:liability|penalty)|borne by (?:the )?(?:provider|party b)|exempt\w*|waive\w*)"
)
PAY_EN = r"\b(?:pay|paid|transfer\w*|disburs\w*)\b"
WHEN_EN = r"\b(?:once|after|when|upon|subject to|as soon as)\b"
SOURCE_EN = r"(?:funds?|budget|appropriation|financ\w+)"
THERE_EN = r"(?:availab\w*|arriv\w*|receiv\w*|allocat\w*|in place|releas\w*)"

ESCAPES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        f"{MONEY}[^。；乙]{{0,24}}{LATE}[^。；]{{0,30}}{NO_BLAME}",
        f"{LATE}[^。；]{{0,6}}{PAY}[^。；]{{0,30}}{NO_BLAME}",
        f"{NO_BLAME}[^。；]{{0,24}}{LATE}[^。；]{{0,10}}{MONEY}",
        f"{NO_BLAME}[^。；乙]{{0,16}}{MONEY}[^。；乙]{{0,16}}{LATE}",
        f"{SOURCE}[^。；]{{0,12}}{THERE}[^。；乙]{{0,12}}(?:{PAY}|{PUT_OFF})",
        f"{PAY}(?![^。；]{{0,24}}节假日)[^。；乙]{{0,24}}{PUT_OFF}",
        rf"{FUNDS_EN}[^.;]{{0,80}}{LATE_EN}[^.;]{{0,100}}{NO_BLAME_EN}",
        rf"{LATE_EN}[^.;]{{0,60}}{FUNDS_EN}[^.;]{{0,100}}{NO_BLAME_EN}",
        rf"{NO_BLAME_EN}[^.;]{{0,80}}{LATE_EN}[^.;]{{0,60}}{FUNDS_EN}",
        rf"{NO_BLAME_EN}[^.;]{{0,80}}{FUNDS_EN}[^.;]{{0,60}}{LATE_EN}",
        rf"{PAY_EN}[^.;]{{0,60}}{WHEN_EN}[^.;]{{0,60}}{SOURCE_EN}[^.;]{{0,40}}{THERE_EN}",
        rf"{FUNDS_EN}[^.;]{{0,60}}{LATE_EN}[^.;]{{0,40}}borne by",
        rf"{FUNDS_EN}[^.;]{{0,60}}(?:extended|postponed|deferred) accordingly",
    )
)
"""Turns of phrase by which contracts excuse a late transfer, or make it depend on somebody else's money."""


def escape_clause(text: str) -> str | None:
    """The words of ``text`` that excuse a late transfer, ``None`` where none were found (pointer C, C12)."""
    plain = unicodedata.normalize("NFKC", text)
    chinese = re.sub(r"\s+", "", plain).replace(";", "；")
    english = re.sub(r"\s+", " ", plain)
    for pattern in ESCAPES:
        found = pattern.search(chinese) or pattern.search(english)
        if found:
            return found.group()
    return None


def require_no_escape(texts: Iterable[str]) -> None:
    """Refuse a clause that excuses late transfer of funds and puts the blame on others (pointer C, C12).

    It knows the usual turns of phrase and is a guard against habit, not a lawyer: the legal review stays
    necessary. Refuses ``late_transfer_excused`` with the words found.
    """
    for text in texts:
        found = escape_clause(text)
        if found:
            raise RuleBroken("late_transfer_excused", clause=found)

"""Amounts in Chinese capitals, which nobody can change with a stroke of the pen (C12)."""

from __future__ import annotations

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")


def in_capitals(amount: Decimal) -> str:
    """An amount in yuan in Chinese capitals, as contracts and cheques write it: ``壹万捌仟元整`` (C12).

    ``amount``: from 0 to below one trillion, with at most two decimals (ValueError otherwise).
    """
    fen = amount * 100
    if fen != fen.to_integral_value() or not 0 <= amount < 10**12:
        raise ValueError(f"no amount of money: {amount}")
    yuan, rest = divmod(int(fen), 100)
    jiao, last = divmod(rest, 10)
    words = f"{_integer(yuan)}元" if yuan or not rest else ""
    if not rest:
        return f"{words}整"
    if jiao:
        words += f"{DIGITS[jiao]}角"
    elif yuan:
        words += DIGITS[0]
    return words + (f"{DIGITS[last]}分" if last else "整")


def _integer(number: int) -> str:
    if number == 0:
        return DIGITS[0]
    words, gap = "", False
    for group in reversed(range(len(GROUPS))):
        part = number // 10000**group % 10000
        if not part:
            gap = bool(words)
            continue
        for place in reversed(range(len(PLACES))):
            digit = part // 10**place % 10
            if digit:
                words += (DIGITS[0] if gap else "") + DIGITS[digit] + PLACES[place]
            gap = bool(words) and not digit
        words += GROUPS[group]
        gap = False
    return words

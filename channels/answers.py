"""What people answer, understood: amounts, numbers, choices, dates, references (rule S2).

Each parser gives a value or raises `Unclear`; nothing else ever comes out, whatever is sent. Dialogue steps
and web forms use the same parsers. Where a text could mean two values it is asked again rather than guessed.
"""

import random
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from stdnum import damm

from .texts import fold, normalise, unfolded_length

LARGEST_AMOUNT = Decimal("99999999.99")


class Unclear(ValueError):
    """An answer that was not understood: what was asked for, and an example that would be understood.

    It never carries the text itself, which may be a PIN or a price.
    """

    def __init__(self, code: str, example: str) -> None:
        super().__init__(code)
        self.code = code
        self.example = example


# ── Numerals ──

# Capitals and variants, each as the plain numeral. 參 folds to 参, which is a daily word as well as a three.
_PLAIN = str.maketrans("〇壹贰叁参肆伍陆柒捌玖拾佰仟圆", "零一二三三四五六七八九十百千元")
_VALUES = str.maketrans("零一二两三四五六七八九", "01223456789")
_DIGIT = "[1-9一二两三四五六七八九]"
_ARABIC = r"\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+"
_DECIMAL = re.compile(rf"(?P<whole>{_ARABIC})(?P<fraction>\.\d+)?\s?(?P<unit>百|千|万|亿|k|w)?", re.A)
_UNITS = {"百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "亿": 100_000_000}
_SPELLED = re.compile("[零一二三四五六七八九]{3,12}|[零一二两三四五六七八九]")
_MYRIADS = re.compile("(?:(?P<myriads>[^万]{1,9})万)?(?P<rest>[^万]{0,9})")
_BELOW_MYRIAD = re.compile(
    rf"(?:(?P<thousands>{_DIGIT})千)?(?:零?(?P<hundreds>{_DIGIT})百)?(?:零?(?P<tens>{_DIGIT}?)(?P<ten>十))?"
    rf"(?:(?P<gap>零)?(?P<ones>{_DIGIT}))?"
)


def _numeral(text: str) -> Decimal | None:
    """The value of a numeral in Arabic digits, Chinese ones or both (1.8万, 一万八, 1万8千), or None."""
    text = text.translate(_PLAIN)
    if match := _DECIMAL.fullmatch(text):
        if not match["unit"] and len(match["fraction"] or "") > 3:
            return None  # 18.000 is eighteen to one reader and eighteen thousand to another
        whole = re.sub("[, ]", "", match["whole"])
        return Decimal(whole + (match["fraction"] or "")) * _UNITS.get(match["unit"], 1)
    if _SPELLED.fullmatch(text):
        return Decimal(text.translate(_VALUES))
    if not (match := _MYRIADS.fullmatch(text)):
        return None
    myriads = _below_myriad(match["myriads"]) if match["myriads"] else 0
    rest = _below_myriad(match["rest"], after_myriads=bool(myriads)) if match["rest"] else 0
    return Decimal(myriads * 10_000 + rest) if myriads is not None and rest is not None else None


def _below_myriad(text: str, after_myriads: bool = False) -> int | None:
    """The value of what stands before or after 万. A last digit without unit counts the next smaller unit
    (三千五 is 3500, 一万八 is 18000), unless a 零 says otherwise (一万零八).
    """
    if re.fullmatch(r"\d{2,4}", text, re.A):
        return int(text)
    match = _BELOW_MYRIAD.fullmatch(text)
    if not match or (text.startswith("零") and not after_myriads):
        return None
    total, smallest = 0, 10_000 if after_myriads else 10
    for name, unit in (("thousands", 1000), ("hundreds", 100), ("tens", 10)):
        if match[name] is not None:
            total += int((match[name] or "1").translate(_VALUES)) * unit
            smallest = unit
    if match["ones"]:
        total += int(match["ones"].translate(_VALUES)) * (1 if match["gap"] else smallest // 10)
    return total


# Outside a number these change its meaning (minus, about, per cent, another currency).
_MEANINGFUL_BEFORE = re.compile(r"[-−–—+~≈<>≤≥±*/$€£]|\.$")
_MEANINGFUL_AFTER = re.compile(r"[-−–—](?!$)|[+%‰*/$€£]")


def _heart_of_number(text: str, unclear: Unclear) -> str:
    if not (heart := normalise(text)):
        raise unclear
    before, _, after = " ".join(fold(text).split()).partition(heart)
    if _MEANINGFUL_BEFORE.search(before) or _MEANINGFUL_AFTER.search(after):
        raise unclear
    return heart.translate(_PLAIN)


_AMOUNT_BEFORE = re.compile(
    r"(?:报价|总价|价格|价钱|金额|总共|一共|共计?|合计|人民币|rmb|cny|¥|:|,|是|为|\s)*+"
)
_AMOUNT = re.compile(
    r"(?P<yuan>.+?)\s?(?:(?P<currency>元|块钱?|人民币|rmb|cny|yuan)"
    rf"(?:(?P<jiao>零|{_DIGIT})(?:角|毛)?)?(?:零?(?P<fen>{_DIGIT})分)?)?\s?(?:人民币|rmb)?[整正]?"
)


def parse_amount(text: str) -> Decimal:
    """An amount in yuan, to the fen: 18,000元, １８０００, 1.8万, 一万八, 壹万捌仟元整, 18块5, ¥18 000, 18k.

    Raises `Unclear("amount")` for anything else, for zero and less, more than two decimals, more than
    99,999,999.99, and for what is no exact amount (约一万, 一两万, 18000元/年).
    """
    unclear = Unclear("amount", "18000")
    heart = _heart_of_number(text, unclear)
    match = _AMOUNT.fullmatch(heart, _AMOUNT_BEFORE.match(heart).end())  # type: ignore[union-attr]
    if not match or (amount := _numeral(match["yuan"])) is None:
        raise unclear
    if small := [(match[unit], share) for unit, share in (("jiao", "0.1"), ("fen", "0.01")) if match[unit]]:
        if amount != int(amount):
            raise unclear
        amount += sum(Decimal(digit.translate(_VALUES)) * Decimal(share) for digit, share in small)
    if not 0 < amount <= LARGEST_AMOUNT or amount != (exact := amount.quantize(Decimal("0.01"))):
        raise unclear
    return exact


_COUNT_BEFORE = re.compile(r"(?:第|一共|总共|共|有|我们|no\.?|#|:|,|\s)*+")
_COUNT_AFTER = (
    r"(?:个|名|人|位|户|年|岁|家|次|号|元|员工|成员|people|persons?|staff|members?|households?|years?|\s)*+"
)
_COUNT = re.compile(rf"(?P<count>.+?){_COUNT_AFTER}")


def may_be_price(text: str) -> bool:
    """Whether a text is nothing but an amount that somebody could bid: a hundred or more, for less answers a question."""
    try:
        return parse_amount(text) >= 100
    except Unclear:
        return False


def parse_integer(text: str, at_least: int = 0, at_most: int = 999_999_999) -> int:
    """A whole number from `at_least` to `at_most`, with or without its measure word: 12, １２人, 十二个,
    1.2万户.

    Raises `Unclear("integer")` for anything else, also for what is not exact (20多人, 十几个).
    """
    unclear = Unclear("integer", str(max(at_least, min(12, at_most))))
    heart = _heart_of_number(text, unclear)
    match = _COUNT.fullmatch(heart, _COUNT_BEFORE.match(heart).end())  # type: ignore[union-attr]
    count = _numeral(match["count"]) if match else None
    if count is None or count != int(count) or not at_least <= count <= at_most:
        raise unclear
    return int(count)


_LEADING_NUMBER = re.compile(
    r"(?:第|编号|单号|合同|项目|公告|call|number|no\.?|nr\.?|for|on|about|with|#|:|是|为|\s|[(\[【])*+"
    r"(?P<number>\d{1,9}|[零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖十百千万拾佰仟]{1,9})"
    r"(?:\s?(?:号|笔|期|批)(?:款|项目|合同|公告)?|[)\]】])?"
    r"(?P<gap>$|\s*,(?!\d{3}(?!\d))|\.(?!\d)|[\s:;、。/~_-]|(?<=[号笔期批款目同告)\]】]))[\s,.:;、。/~_-]*"
)


def take_number(text: str) -> tuple[int, str]:
    """The number a text begins with, and the rest as it was written: "3号18000元" is 3 and "18000元".

    For arguments such as those of 报价, 提问, 收到. Raises `Unclear("number")` where the text does not begin
    with a number that stands for itself: "18,000" and "1.8万" are amounts.
    """
    match = _LEADING_NUMBER.match(fold(text))
    number = _numeral(match["number"]) if match else None
    if not match or number is None or number != int(number):
        raise Unclear("number", "3")
    return int(number), text[unfolded_length(text, match.end()) :].strip()


# ── Words of one's own ──

_WHAT = r"(?:什么|啥子?|哪样)"
_TELLING = "[说讲写填问回发答提报办弄交投]"
_ASKS_BACK = re.compile(
    rf"{_WHAT}(?:事|编号|意思)?(?:嘛|呢)?|{_WHAT}叫.{{1,10}}"
    rf"|(?:那|那么|你们?|您|到底|让|叫|要|想|该|应该|我们?|俺们?|还|需要)*{_TELLING}(?:些|点|个)?{_WHAT}(?:内容)?(?:嘛|呢|才好|好)?"
    rf"|(?:那|那么|我们?|俺们?|要|该|应该)*(?:怎么|怎样|咋个?|如何){_TELLING}(?:嘛|呢|才好|好)?"
    r"|what|why|pardon|what (?:should|do|shall|must|can) i (?:write|say|send|tell|put|answer)(?: here| you)?"
    r"|what do you (?:need|want|mean)(?: from me| to know)?"
    r"|how (?:do|should|shall|can) i (?:answer|reply|write|say)(?: this| that| it)?"
)


def asks_back(text: str) -> bool:
    """Whether a text only asks what was meant ("什么？", "你要我说啥") and tells nothing of its own; "看不懂" is 帮助 HELP."""
    return bool(_ASKS_BACK.fullmatch(normalise(text)))


# ── Choices ──

_CHOSEN = re.compile(
    r"(?:我?选择?|第|选项|option|choice|答案?|回复?|no\.?|#|\s)*+"
    r"(?P<number>\d{1,3}|[一二两三四五六七八九十]{1,3}|[a-z](?![a-z]))"
    r"(?:个|号|项|条|种)?(?:[\s.,:;、。)\]-]+(?P<label>.+))?"
)


def parse_choice(text: str, options: Mapping[str, Sequence[str]]) -> str:
    """The key of the chosen option. `options` maps each key to its words in either language, as shown in
    order.

    Chosen by its number in any digits, by its letter, or by its own words or their beginning ("1", "２",
    "三", "第一个", "B", "实名", "1. 实名"). Raises `Unclear("choice")` for anything else and where two
    options fit.
    """
    heart = normalise(text)
    named = {normalise(word): key for key, words in options.items() for word in words}
    meant = {key for word, key in named.items() if heart == word}
    if not meant and len(heart) > 1:
        meant = {
            key for word, key in named.items() if word.startswith(heart) or _goes_little_beyond(heart, word)
        }
    if not meant and (match := _CHOSEN.fullmatch(heart)):
        number = match["number"]
        position = ord(number) - ord("a") + 1 if number.isascii() and number.isalpha() else _numeral(number)
        if position is not None and 1 <= position <= len(options):
            key = list(options)[int(position) - 1]
            label = match["label"]
            if not label or any(normalise(word).startswith(label) for word in options[key]):
                meant = {key}
    if not heart or len(meant) != 1:
        raise Unclear("choice", "1")
    return meant.pop()


def _goes_little_beyond(heart: str, word: str) -> bool:
    """ "匿名投诉" is the option "匿名"; in English "not" is not "no"."""
    return not word.isascii() and heart.startswith(word) and len(heart) <= len(word) + 2


def _answers(written: str) -> frozenset[str]:
    return frozenset(answer.strip() for answer in written.split("|"))


_YES = _answers(
    "1 | 一 | 是 | 是的 | 是是 | 对 | 对的 | 对了 | 对对 | 好 | 好的 | 好了 | 好好 | 可以 | 可以的 | "
    "行 | 行的 | 成 | 中 | 要 | 有 | 有的 | 同意 | 确认 | 确定 | 没错 | 没问题 | 愿意 | 愿意的 | 我愿意 | 很愿意 | "
    "非常愿意 | 当然愿意 | 想 | 想的 | 很想 | 当然想 | 嗯 | 嗯嗯 | 要的 | 要得 | 得行 | 对头 | 是嘞 | 系 | 好嘞 | "
    "恩 | 正确 | 提交 | 发送 | 接受 | 当然 | yes | y | yeah | yep | yup | ok | okay | okey | k | "
    "sure | yeah sure | yes sure | yes ok | ok yes | yes it is | yes i do | i do | please do | "
    "of course | certainly | yes please | correct | right | true | agree | confirm | shi | dui | hao | keyi | "
    "yao | shi de | hao de | yao de"
)
_NO = _answers(
    "2 | 二 | 两 | 否 | 不 | 不是 | 不是的 | 不对 | 不好 | 不行 | 不可以 | 不要 | 不用 | 不用了 | "
    "不需要 | 没得 | 不得 | 莫得 | 不愿 | "
    "不了 | 不同意 | 不确认 | 不愿意 | 不想 | 不太想 | 没有 | 没 | 无 | 错 | 错了 | 不正确 | 拒绝 | 别 | no | n | "
    "no no | ok no | no it is not | no it isn't | it is not | no i don't | not really | "
    "nope | nah | wrong | incorrect | false | disagree | bu | bushi | budui | buyao | "
    "meiyou | bu shi | bu dui | bu yao | mei you"
)
_YES_SIGNS = re.compile("[\\s👍👌✅✔☑🆗\ufe0f\U0001f3fb-\U0001f3ff]+")
_NO_SIGNS = re.compile("[\\s👎❌✖✘🙅\ufe0f\U0001f3fb-\U0001f3ff]+")


def parse_yes_no(text: str) -> bool:
    """Yes (1, 是, 好的, ok, 👍 …) or no (2, 否, 不要, no, 👎 …). Raises `Unclear("yes_no")` otherwise."""
    heart = normalise(text)
    if heart in _YES or (not heart and text.strip() and _YES_SIGNS.fullmatch(text)):
        return True
    if heart in _NO or (not heart and text.strip() and _NO_SIGNS.fullmatch(text)):
        return False
    raise Unclear("yes_no", "1")


# ── Dates ──

_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?:\s?[年./-]\s?|\s)(?P<month>\d{1,2})(?:\s?月份?|(?=[./\s-]|$))"
    r"(?:\s?[./-]?\s?(?P<day>\d{1,2})\s?[日号]?)?"
)
_TOGETHER = re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY_FIRST = re.compile(rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?{_MONTH},? (?P<year>\d{{4}})")
_MONTH_FIRST = re.compile(rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})")
_HAN_NUMERAL = re.compile("[零〇一二三四五六七八九十]+")


def parse_date(text: str) -> date:
    """A day: 2019年5月3日, 2019-5-3, 2019.5.3, 20190503, 二〇一九年五月三日, 3 May 2019; a month is its
    first day.

    Raises `Unclear("date")` for anything else, for days that do not exist, years before 1900 or after 2100,
    and for 05/03/2019, which two people read in two ways.
    """
    unclear = Unclear("date", "2019-05-03")
    heart = _HAN_NUMERAL.sub(lambda numeral: str(_numeral(numeral[0]) or "?"), normalise(text))
    for form in (_YEAR_FIRST, _TOGETHER, _DAY_FIRST, _MONTH_FIRST):
        if match := form.fullmatch(heart):
            found = match.groupdict()
            month = _MONTHS.index(found["name"]) + 1 if "name" in found else int(found["month"])
            try:
                day = date(int(found["year"]), month, int(found["day"] or 1))
            except ValueError:
                break
            if 1900 <= day.year <= 2100:
                return day
    raise unclear


# ── References and PINs ──

_REFERENCE = re.compile(r"(?<!\d)(?=((?:\d[ -]?){9}\d)(?!\d))", re.A)
_TEN_DIGITS = re.compile(rf"(?:[0-9{''.join(map(chr, {*_PLAIN, *_VALUES}))}][ -]?){{10}}")
# Mobile numbers begin with 1, area codes with 0, service numbers with 4 and 8: a reference never does.
_FIRST_DIGITS = "235679"


def make_reference(rng: random.Random) -> str:
    """A new reference for a case (rule H2): ten digits, the last of them a check digit (Damm) that catches
    each mistyped digit and each swap of two neighbours. `rng` must be a `random.SystemRandom` outside of
    tests.
    """
    number = rng.choice(_FIRST_DIGITS) + "".join(rng.choices("0123456789", k=8))
    return number + damm.calc_check_digit(number)


def spelled_digits(text: str) -> str:
    """The text folded, with every Chinese numeral as its digit: "二三四" and "２３４" are "234"."""
    return fold(text).translate(_PLAIN).translate(_VALUES)


def may_hold_reference(folded: str) -> bool:
    """Whether a folded text has digits enough, in any spelling, for a reference; asked of every text, so it is quick."""
    return bool(_TEN_DIGITS.search(folded))


def parse_reference(text: str) -> str:
    """The one case reference in a text, as ten digits; spaces, dashes, full-width or spelled-out digits and
    words around it do not matter. Raises `Unclear("reference")` where there is none with a right check digit,
    and where there are two.
    """
    candidates = {re.sub("[ -]", "", found[1]) for found in _REFERENCE.finditer(spelled_digits(text))}
    references = {number for number in candidates if number[0] in _FIRST_DIGITS and damm.is_valid(number)}
    if len(references) != 1:
        raise Unclear("reference", "3580174327")
    return references.pop()


def parse_pin(text: str) -> str:
    """A PIN: four to six digits, in any width, with spaces, a full stop behind. Raises `Unclear("pin")` otherwise."""
    digits = "".join(fold(text).split()).strip(".,;:!?。、\"'“”「」")
    if not re.fullmatch(r"[0-9]{4,6}", digits):
        raise Unclear("pin", "4826")
    return digits

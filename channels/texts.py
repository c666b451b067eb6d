"""Text as phones send it: kept as it came, cleaned for reading, folded for matching (domain S1, S2, S3)."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

STRUCK = "••••••"
"""What stands where nobody may read what stood there."""

_SURROGATE = re.compile("[\ud800-\udfff]")
# Bidirectional controls go too: they let a text look like another one on an officer's page. The joiners
# U+200C and U+200D stay, emoji and several scripts are built with them.
_UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
_LINE_END = re.compile("\r\n?|\u2028|\u2029|\x85")

_POLITE_START = re.compile(
    r"(?:[\W_]+|(?:您|你)好|早上好|下午好|晚上好|请问|麻烦(?:你|您)?|打扰(?:一下|了)?|请|谢谢(?:你|您)?"
    r"|(?:hello|hi|hey|dear (?:sir|madam)|good (?:morning|afternoon)|please|pls|plz|thanks|thank you)"
    r"(?![a-z0-9]))+"
)
_POLITE_END = re.compile(
    r"(?:(?:非常)?(?:谢谢|感谢|多谢)(?:你|您|了)?|拜托(?:你|您)?了?|麻烦(?:你|您)?了|辛苦(?:你|您)?了|[吧啊呀哦哈呢啦嘛哟]"
    r"|(?<![a-z0-9])(?:thank you(?: very much)?|thanks|thx|please|pls|plz))$"
)


def clean(raw: str) -> str:
    """The text as a person may read it (rule S1): NFC, without control characters, NUL and lone surrogates.

    Line breaks become one kind; emoji and letters of every script stay. May be empty.
    """
    if not raw.isprintable():
        if _SURROGATE.search(raw):
            # Two halves that a sender escaped one by one belong together; a half alone means nothing.
            raw = raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        raw = _UNREADABLE.sub("", _LINE_END.sub("\n", raw))
    return unicodedata.normalize("NFC", raw)


def to_bytes(raw: str) -> bytes:
    """The text exactly as it came, as bytes that can be encrypted and stored, lone surrogates included."""
    return raw.encode("utf-8", "surrogatepass")


def from_bytes(stored: bytes) -> str:
    """The text that `to_bytes` was given."""
    return stored.decode("utf-8", "surrogatepass")


class _Folding(dict[int, str]):
    """Code point → what it is matched as. Filled by use, for the Basic Multilingual Plane only (bounded)."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isspace():
            folded = " "
        elif 0xD800 <= code <= 0xDFFF or _UNREADABLE.match(character):
            folded = ""
        else:
            folded = unicodedata.normalize("NFKC", character).lower()
            if not folded.isascii():
                folded = "".join(map(_to_simplified(), folded))
        if code <= 0xFFFF:
            self[code] = folded
        return folded


@cache
def _to_simplified() -> Callable[[str], str]:
    # Processes that never see Chinese never load the tables.
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The text for matching, character by character (rule S2): half-width, lower case, simplified characters.

    Nothing is stripped, so the folded beginning of a text is the fold of its beginning.
    """
    return text.translate(_FOLDING)


def unfolded_length(text: str, folded_length: int) -> int:
    """How many characters of `text` make up the first `folded_length` characters of its fold."""
    end = length = 0
    while length < folded_length:
        length += len(fold(text[end]))
        end += 1
    return end


def normalise(text: str) -> str:
    """The heart of a short answer for matching (rule S2): folded, one space between words, without the
    punctuation, greetings and thanks around it. "Stop. Thank you!" and "ＳＴＯＰ" are both "stop".
    """
    heart = " ".join(fold(text).split())
    if opening := _POLITE_START.match(heart):
        heart = heart[opening.end() :]
    for _ in range(4):  # people thank once or twice; a text made of thanks alone must not cost time
        shorter = _POLITE_END.sub("", _without_outer_end(heart))
        if shorter == heart:
            break
        heart = shorter
    return _without_outer_end(heart)


def count_words(folded: str) -> int:
    """How much a folded text says: its Chinese characters, and its words in Latin letters."""
    return len(_WORD.findall(folded))


_WORD = re.compile(r"[a-z]+|[^\W\d_]")


def _without_outer_end(text: str) -> str:
    end = len(text)
    while end and not text[end - 1].isalnum():
        end -= 1
    return text[:end]


_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN_WORD = re.compile("[A-Za-z]{3}")
_LETTERS = re.compile("[a-z]+")
_SYLLABLES = re.compile(
    "(?:[bpm](?:a|ai|an|ang|ao|ei|en|eng|i|ian|iao|ie|in|ing|o|u)|[pm]ou|me|miu|f(?:a|an|ang|ei|en|eng|o|ou|u)"
    "|[dt](?:a|ai|an|ang|ao|e|eng|i|ian|iao|ie|ing|ong|ou|u|uan|ui|un|uo)|d(?:ei|en|ia|iu)"
    "|[nl](?:a|ai|an|ang|ao|e|ei|eng|i|ian|iang|iao|ie|in|ing|iu|ong|ou|u|uan|uo|v|ve|ue)|nen|lia|lun"
    "|[gkh](?:a|ai|an|ang|ao|e|ei|en|eng|ong|ou|u|ua|uai|uan|uang|ui|un|uo)"
    "|[jqx](?:i|ia|ian|iang|iao|ie|in|ing|iong|iu|u|uan|ue|un)"
    "|(?:zh?|ch?|sh?)(?:a|ai|an|ang|ao|e|en|eng|i|ong|ou|u|uan|ui|un|uo)|[zcs]h(?:ua|uai|uang)|shei|zei"
    "|r(?:an|ang|ao|e|en|eng|i|ong|ou|u|uan|ui|un|uo)"
    "|y(?:a|an|ang|ao|e|i|in|ing|ong|ou|u|uan|ue|un)|w(?:a|ai|an|ang|ei|en|eng|o|u)|a|ai|an|ang|ao|e|en|er|ou)+"
)
_LONGEST_WORD, _LEAST_LETTERS = 24, 5


def language_of(text: str) -> str | None:
    """The catalogue a text is written in (rule S3): "zh", also in Latin letters, "en", or None where it does not show."""
    if _HAN.search(text):
        return "zh"
    if not _LATIN_WORD.search(text):
        return None
    return "zh" if _is_pinyin(text) else "en"


def _is_pinyin(text: str) -> bool:
    """Whether every word is made of the syllables of Chinese; a short one could be English as well."""
    letters = 0
    for word in _LETTERS.finditer(text.lower()):
        letters += len(word[0])
        if len(word[0]) > _LONGEST_WORD or not _SYLLABLES.fullmatch(word[0]):
            return False
    return letters >= _LEAST_LETTERS

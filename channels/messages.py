"""Sentences said to people by message: a key with parameters, put into words in the recipient's language when sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import count
from operator import attrgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.support import NullTranslations, Translations
from flask_babel import LazyString, force_locale

from channels.models import Lane
from channels.parts import count_parts, is_gsm, plain_alone, room_in, units

TRANSLATIONS = Path(__file__).parent.parent / "translations"
CATALOGUES = {"zh": "zh_Hans_CN", "en": "en"}
SHANGHAI = ZoneInfo("Asia/Shanghai")


def N_(text: str) -> str:
    """Mark an English sentence for translation without translating it yet."""
    return text


@dataclass(frozen=True)
class Message:
    """A sentence with ``{parameters}``; ``own_life`` is how long it is worth sending, where that is not its lane's.

    Where the text would take more than ``parts`` SMS parts, the parameters that ``gives`` names are cut, which shows; what
    somebody wrote to be read whole stands in ``keeps`` and is cut last of all (S2).
    ``reminder``: it ends with STOP, as broadcasts do, whichever way it takes (S5).
    """

    key: str
    text: str
    lane: Lane = Lane.NOTICE
    own_life: timedelta | None = None
    gives: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    parts: int = 2
    reminder: bool = False

    def __post_init__(self) -> None:
        MESSAGES[self.key] = self

    def __call__(self, **parameters: Any) -> Said:
        """The message with its parameters, ready to be said in any language."""
        return Said(self, parameters)

    @property
    def life(self) -> timedelta:
        """How long it is worth sending, from when it may leave (S7)."""
        return self.own_life or LIVES[self.lane]

    @property
    def ends_with_stop(self) -> bool:
        """Whether nobody who opted out gets it (S5)."""
        return self.reminder or self.lane is Lane.BULK


LIVES = {Lane.REPLY: timedelta(hours=24), Lane.NOTICE: timedelta(hours=48), Lane.BULK: timedelta(hours=48)}

LEAST_SHOWN = 8
"""Characters of a name that is cut which are shown in any case."""

Filled = tuple[Message, dict[str, Any]]
"""A message with its parameters in the words of one language."""

MESSAGES: dict[str, Message] = {}
"""Every message of the house by its key, to find an outbox row's words again."""


@dataclass(frozen=True)
class Said:
    """A message with its parameters; ``then`` follows it in the same text."""

    message: Message
    parameters: dict[str, Any] = field(default_factory=dict)
    then: Said | None = None

    def followed_by(self, other: Said | None) -> Said:
        """This, and then ``other`` in the same text."""
        if other is None:
            return self
        return Said(self.message, self.parameters, self.then.followed_by(other) if self.then else other)

    @property
    def links(self) -> Iterator[Said]:
        """Each message of a chain by itself."""
        link: Said | None = self
        while link is not None:
            yield Said(link.message, link.parameters)
            link = link.then

    def variables(self, locale: str, within: Message | None = None) -> dict[str, Any]:
        """The parameters in the words of one language (``zh`` or ``en``), as they stand in the text."""
        return _as_said(self._filled(locale, within)[0][1], locale)

    def words(self, locale: str, within: Message | None = None) -> str:
        """The text in one language (``zh`` or ``en``), with what follows; long names give way to the rest (S2).

        One Chinese character in an English text more than halves its room: where cutting names is not enough there, what
        stands in them in another alphabet is left out. ``within``: a message that says ``{words}`` and something about them.
        """
        return _joined(self._filled(locale, within), locale, within)

    def _filled(self, locale: str, within: Message | None = None) -> list[Filled]:
        plainly = (False, True) if locale == "en" else (False,)
        for parts, plain in ((parts, plain) for parts in count(self.message.parts) for plain in plainly):
            links = [(link.message, _all_in_words(link, locale, plain)) for link in self.links]
            if _fitted(links, locale, within, parts):
                break
        return links


def _fitted(links: list[Filled], locale: str, within: Message | None, parts: int) -> bool:
    """Cut what may be cut, the longest first, until the text takes so many parts; whether that was to be had."""
    if not any(message.gives or message.keeps for message, _values in links):
        return True
    may_be_cut = [
        [(values, name) for message, values in links for name in names(message) if name in values]
        for names in (attrgetter("gives"), attrgetter("keeps"))
    ]
    for giving in filter(None, may_be_cut):
        while count_parts(text := _joined(links, locale, within)) > parts:
            values, name = max(giving, key=lambda one: _length(one[0][one[1]]))
            beyond = units(text) - room_in(text, parts)
            shorter = _shorter(values[name], max(1, beyond // (2 * len(giving))))
            if shorter == values[name]:
                break
            values[name] = shorter
        else:
            return True
    return not any(may_be_cut)


def _joined(links: list[Filled], locale: str, within: Message | None) -> str:
    words = "\n".join(
        wording(message, locale).format(**_as_said(values, locale)) for message, values in links
    )
    return wording(within, locale).format(words=words) if within else words


def _as_said(values: dict[str, Any], locale: str) -> dict[str, Any]:
    between = "; " if locale == "en" else "；"
    return {name: between.join(value) if isinstance(value, list) else value for name, value in values.items()}


def _length(value: Any) -> int:
    return sum(map(len, value)) if isinstance(value, list) else len(str(value))


def _shorter(value: Any, by: int) -> Any:
    """A list without its last entry, for half a number would be another one; words by some characters shorter."""
    if isinstance(value, list) and len(value) > 1:
        return value[:-1]
    words = value[0] if isinstance(value, list) else str(value)
    words = shortened(words, max(LEAST_SHOWN, len(words) - by))
    return [words] if isinstance(value, list) else words


def shortened(text: str, most: int) -> str:
    """At most so many characters of a text; where some are left out, dots of its own alphabet say so."""
    if len(text) <= most:
        return text
    dots = "..." if is_gsm(text) else "…"
    return text[: most - len(dots)].rstrip() + dots


def to_kept(said: Said) -> dict[str, Any]:
    """What is said, whole, as JSON keeps it until it is sent."""
    kept: dict[str, Any] = {"parameters": to_plain(said.parameters)}
    if said.then is not None:
        kept["then"] = {"message": said.then.message.key, **to_kept(said.then)}
    return kept


def from_kept(key: str, kept: dict[str, Any]) -> Said:
    """What is said, as it was; ``KeyError`` where no message has the ``key`` any more."""
    then = from_kept(kept["then"]["message"], kept["then"]) if "then" in kept else None
    return Said(MESSAGES[key], from_plain(kept["parameters"]), then)


def to_plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters as JSON keeps them until the message is sent."""
    return {name: _plain(value) for name, value in parameters.items()}


def from_plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters as they were."""
    return {name: _read(value) for name, value in parameters.items()}


@lru_cache(maxsize=4)
def catalogue(locale: str) -> NullTranslations:
    """The catalogue of one language."""
    return Translations.load(str(TRANSLATIONS), [CATALOGUES[locale]])


@lru_cache(maxsize=4096)
def _as_it_is(message: Message, locale: str) -> str:
    return wording(message, locale).format()


def wording(message: Message, locale: str) -> str:
    """A message in one language, its parameters still in braces."""
    return catalogue(locale).gettext(message.text)


@dataclass(frozen=True)
class InEach:
    """Words already put into both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Listed:
    """Entries of a list, each in both languages; where there is no room for all of them, the first ones are said."""

    entries: tuple[InEach, ...]


def in_each(words: Any) -> InEach:
    """A lazily translated label in both languages, for messages whose reader's language is known only later."""
    spoken = {}
    for locale, name in CATALOGUES.items():
        with force_locale(name):
            spoken[locale] = str(words)
    return InEach(spoken["zh"], spoken["en"])


def _all_in_words(link: Said, locale: str, plain: bool) -> dict[str, Any]:
    values = {name: _in_words(value, locale) for name, value in link.parameters.items()}
    return values | {
        name: _plain_alone(values[name]) for name in link.message.gives if plain and name in values
    }


def _plain_alone(value: Any) -> Any:
    return [plain_alone(entry) for entry in value] if isinstance(value, list) else plain_alone(str(value))


def _in_words(value: Any, locale: str) -> Any:
    if isinstance(value, InEach):
        return value.en if locale == "en" else value.zh
    if isinstance(value, Listed):
        return [_in_words(entry, locale) for entry in value.entries]
    if isinstance(value, Decimal):
        return f"{value:,.2f}".removesuffix(".00")
    if isinstance(value, datetime):
        local = value.astimezone(SHANGHAI)
        return f"{local:%Y-%m-%d %H:%M}" if locale == "en" else f"{local.month}月{local.day}日{local:%H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}" if locale == "en" else f"{value.month}月{value.day}日"
    return value


_KINDS: tuple[tuple[type, str, Callable[[Any], Any]], ...] = (
    (datetime, "moment", lambda value: value.astimezone(UTC).isoformat()),
    (date, "day", date.isoformat),
    (Decimal, "amount", str),
    (InEach, "each", lambda value: [value.zh, value.en]),
    (Listed, "list", lambda value: [[entry.zh, entry.en] for entry in value.entries]),
)


def _plain(value: Any) -> Any:
    if isinstance(value, LazyString):
        value = in_each(value)
    for kind, tag, plain in _KINDS:
        if isinstance(value, kind):
            return {tag: plain(value)}
    return value if isinstance(value, int) else str(value)


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((tag, plain),) = value.items()
    readers: dict[str, Callable[[Any], Any]] = {
        "moment": datetime.fromisoformat,
        "day": date.fromisoformat,
        "amount": Decimal,
        "each": lambda pair: InEach(*pair),
        "list": lambda pairs: Listed(tuple(InEach(*pair) for pair in pairs)),
    }
    return readers[tag](plain)

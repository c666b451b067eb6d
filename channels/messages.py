"""Sentences said to people by message: a key with parameters, put into words in the recipient's language when sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.support import NullTranslations, Translations
from flask_babel import LazyString, force_locale

from channels.models import Lane

TRANSLATIONS = Path(__file__).parent.parent / "translations"
CATALOGUES = {"zh": "zh_Hans_CN", "en": "en"}
SHANGHAI = ZoneInfo("Asia/Shanghai")


def N_(text: str) -> str:
    """Mark an English sentence for translation without translating it yet."""
    return text


@dataclass(frozen=True)
class Message:
    """A sentence with ``{parameters}``; ``life`` is how long it is worth sending.

    ``reminder``: it ends with STOP, as broadcasts do, whichever way it takes (S5).
    """

    key: str
    text: str
    lane: Lane = Lane.NOTICE
    life: timedelta = timedelta(days=2)
    reminder: bool = False

    def __post_init__(self) -> None:
        MESSAGES[self.key] = self

    def __call__(self, **parameters: Any) -> Said:
        """The message with its parameters, ready to be said in any language."""
        return Said(self, parameters)

    @property
    def ends_with_stop(self) -> bool:
        """Whether nobody who opted out gets it (S5)."""
        return self.reminder or self.lane is Lane.BULK


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

    def variables(self, locale: str) -> dict[str, Any]:
        """The parameters in the words of one language (``zh`` or ``en``)."""
        return {name: _in_words(value, locale) for name, value in self.parameters.items()}

    def words(self, locale: str) -> str:
        """The text in one language (``zh`` or ``en``)."""
        text = wording(self.message, locale).format(**self.variables(locale))
        return f"{text}\n{self.then.words(locale)}" if self.then else text


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


def wording(message: Message, locale: str) -> str:
    """A message in one language, its parameters still in braces."""
    return catalogue(locale).gettext(message.text)


@dataclass(frozen=True)
class InEach:
    """Words already put into both languages."""

    zh: str
    en: str


def in_each(words: Any) -> InEach:
    """A lazily translated label in both languages, for messages whose reader's language is known only later."""
    spoken = {}
    for locale, name in CATALOGUES.items():
        with force_locale(name):
            spoken[locale] = str(words)
    return InEach(spoken["zh"], spoken["en"])


def _in_words(value: Any, locale: str) -> Any:
    if isinstance(value, InEach):
        return value.en if locale == "en" else value.zh
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
    }
    return readers[tag](plain)

"""Enumerations whose members carry their name on screen, in the reader's language."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Labelled(StrEnum):
    """A ``StrEnum`` written as ``MEMBER = "value", _l("Label")``; a third item is the tone of its badge."""

    label: Any
    tone: str

    def __new__(cls, value: str, label: Any = "", tone: str = "plain") -> Labelled:
        """Make the member from its value and keep its label beside it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.tone = tone
        return member

"""What a command says when it will not do something: one family, with a code and facts, without HTTP."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A refusal with a stable ``code`` and the facts a door needs to say it kindly.

    The words live in ``service/refusals.py``, once for every door, so that a page, the API and a text
    message refuse in the same terms.
    """

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class NotPermitted(Refusal):
    """The actor's roles do not carry this permission, or the separation of duties forbids it (T3, T4)."""


class NotFound(Refusal):
    """No such thing in the offices the actor can see; another tenant's row looks just the same (T2)."""


class RuleBroken(Refusal):
    """A rule of the guide or of the county's regulation says no."""


class WrongStage(Refusal):
    """The thing exists but is not in a state from which this verb leads anywhere."""


class AlreadyDone(Refusal):
    """It has been done before; doing it again would change nothing."""


class Invalid(Refusal):
    """Input that a schema did not accept; ``fields`` maps each field to what is wrong with it."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__("invalid", fields=fields)
        self.fields = fields

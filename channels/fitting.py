"""Whether an officer's words have room in a text message, before it is written to the outbox (S2)."""

from __future__ import annotations

from channels import sayings
from channels.messages import CATALOGUES, InEach, Said
from tenants.refusals import RuleBroken


def require_whole(said: Said, *locales: str) -> None:
    """Refuse an officer's words that would not stand whole in the message's parts, also if it must be sent again (S2).

    ``locales``: the languages of those who read it, where they are known. Refuses ``words_too_long``, with the characters
    there is room for.
    """
    for locale in (locales or CATALOGUES) if said.message.keeps else ():
        shown = said.variables(locale, within=sayings.SENT_AGAIN)
        for name in said.message.keeps:
            written = said.parameters[name]
            if isinstance(written, InEach):
                written = written.en if locale == "en" else written.zh
            if shown[name] != written:
                raise RuleBroken("words_too_long", most=len(shown[name]))

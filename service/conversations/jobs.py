"""What is due again and again: links to phones long silent end, and codes that count no more are deleted (T5)."""

from __future__ import annotations

from flask import current_app

from channels.joining import let_lapse
from service.conversations.linking import forget_old_codes
from tenants.actors import Actor
from tenants.offices import every_office


def end_old_links() -> None:
    """Go round all offices; each in its own transaction."""
    now = current_app.config["CLOCK"]()
    for office in every_office(by=Actor.system(now=now)):
        let_lapse(by=Actor.system(office.id, now=now))
        forget_old_codes(by=Actor.system(office.id, now=now))

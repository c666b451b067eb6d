"""What is due again and again: a phone long silent may be another person's, so what a code once showed ends (T5)."""

from __future__ import annotations

from flask import current_app

from channels.joining import let_lapse
from tenants.actors import Actor
from tenants.offices import every_office


def end_old_links() -> int:
    """End the links of phones silent for 180 days, office by office; return how many."""
    now = current_app.config["CLOCK"]()
    return sum(
        let_lapse(by=Actor.system(office.id, now=now)) for office in every_office(by=Actor.system(now=now))
    )

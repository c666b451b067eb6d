"""What step 6 does by itself: schedule what was signed (M1)."""

from __future__ import annotations

from flask import current_app

from service.delivery import workflow
from tenants.actors import Actor
from tenants.offices import every_office


def sweep_offices() -> None:
    """Go round all offices; each in its own transaction."""
    now = current_app.config["CLOCK"]()
    for office in every_office(by=Actor.system(now=now)):
        workflow.sweep(by=Actor.system(office.id, now=now))

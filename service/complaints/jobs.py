"""What the hotline does by itself: late cases go up, answered ones that nobody reopened are closed (H5)."""

from __future__ import annotations

from flask import current_app

from service.complaints import workflow
from tenants.actors import Actor
from tenants.offices import every_office


def sweep_offices() -> None:
    """Go round all offices; each in its own transaction."""
    now = current_app.config["CLOCK"]()
    for office in every_office(by=Actor.system(now=now)):
        workflow.sweep(by=Actor.system(office.id, now=now))

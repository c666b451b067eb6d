"""What is due again and again: the front door's sweep, the audit's sealer, mail, and each room's own jobs."""

from __future__ import annotations

from flask import current_app

from channels.fetching import fetch_due, forget_unclaimed
from channels.lost import end_unheard
from channels.missed import look_back_everywhere
from channels.put_aside import put_aside_everywhere
from channels.sending import sweep
from service.digest import mail_digests
from service.recovery import mail_links
from service.reminders.jobs import remind_offices
from service.rooms import ROOMS
from service.worker import Scheduled
from tenants.actors import Actor
from tenants.audit import seal
from tenants.offices import every_office


def seal_audit() -> int:
    """Append what happened in each office to its chain (T6); return how many entries."""
    now = current_app.config["CLOCK"]()
    return sum(seal(by=Actor.system(office.id, now=now)) for office in every_office(by=Actor.system(now=now)))


JOBS: list[Scheduled] = [
    Scheduled(sweep, "transactional", every=5),
    Scheduled(fetch_due, "transactional", every=15),
    Scheduled(put_aside_everywhere, "transactional", every=60),
    Scheduled(forget_unclaimed, "bulk", at="20 3 * * *"),
    Scheduled(look_back_everywhere, "bulk", at="7 * * * *"),
    Scheduled(end_unheard, "bulk", at="40 3 * * *"),
    Scheduled(seal_audit, "transactional", every=5),
    Scheduled(mail_links, "transactional", every=10),
    Scheduled(mail_digests, "bulk", every=60),
    Scheduled(remind_offices, "transactional", every=60),
    *(job for room in ROOMS for job in room.jobs),
]

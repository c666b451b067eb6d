"""What a room shows to the house: its doors, its place in the menu, and what stands and waits in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint
from flask_smorest import Blueprint as ApiBlueprint

from channels.dialogues import Dialogue
from channels.models import FormLink
from channels.sorting import Members
from service.reminders.rules import ReminderRule
from service.schemas import Schema
from service.worker import Scheduled
from tenants.actors import Actor
from tenants.permissions import Permission


@dataclass(frozen=True)
class Link:
    """An entry of the menu, shown to whoever holds the permission."""

    label: Any
    endpoint: str
    permission: Permission


@dataclass(frozen=True)
class Count:
    """How many of something stand in a room, and the page that lists them."""

    label: Any
    number: int
    url: str


@dataclass(frozen=True)
class Waiting:
    """Something that waits for the person who looks (T8)."""

    text: str
    url: str
    due: datetime | None = None


@dataclass(frozen=True)
class LinkedForm:
    """A longer form that opens by a single-use link from a message (T5).

    ``submit`` runs inside the command that uses the link up; ``values`` fills in what is known already.
    """

    purpose: str
    title: Any
    intro: Any
    schema: type[Schema]
    submit: Callable[[FormLink, dict[str, Any], Actor], object]
    values: Callable[[FormLink, Actor], dict[str, Any]] | None = None


def nothing_counted(by: Actor) -> list[Count]:
    """For rooms that stand on no step."""
    return []


def nothing_waits(by: Actor) -> list[Waiting]:
    """For rooms in which nothing waits for anybody."""
    return []


@dataclass(frozen=True)
class Room:
    """One room of the house. ``refusals``: the words for each code its rules refuse with, ``{fact}`` in braces.

    ``members``: the contacts that an office knows as its own by this room, as rows of tenant and contact (S8).
    ``reminders``: what people who owe something here are told before it is too late.
    """

    label: Any
    step: int | None = None
    objective: Any = ""
    pages: tuple[Blueprint, ...] = ()
    api: tuple[ApiBlueprint, ...] = ()
    links: tuple[Link, ...] = ()
    refusals: Mapping[str, Any] = field(default_factory=dict)
    counts: Callable[[Actor], list[Count]] = nothing_counted
    waiting: Callable[[Actor], list[Waiting]] = nothing_waits
    dialogues: tuple[Dialogue, ...] = ()
    forms: tuple[LinkedForm, ...] = ()
    reminders: tuple[ReminderRule, ...] = ()
    jobs: tuple[Scheduled, ...] = ()
    members: tuple[Members, ...] = ()


def waiting_in(rooms: Iterable[Room], by: Actor) -> list[Waiting]:
    """Whatever waits for a person in the own office, what is due first before the rest (T8)."""
    found = (item for room in rooms for item in room.waiting(by))
    return sorted(found, key=lambda item: (item.due is None, item.due))

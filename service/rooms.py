"""The rooms in the order of the guide's steps; reading this list reads out the procedure."""

from __future__ import annotations

from service.identification.room import ROOM as identification
from service.room import Room

ROOMS: list[Room] = [identification]

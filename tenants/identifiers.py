"""Identifiers made before a row exists, in the order of time, so that indexes stay compact (RFC 9562)."""

from __future__ import annotations

import os
import time
from datetime import datetime
from uuid import UUID


def new_id(moment: datetime | None = None) -> UUID:
    """Return a UUID of version 7: 48 bits of milliseconds, of now unless a ``moment`` is given, then random bits."""
    milliseconds = int(moment.timestamp() * 1000) if moment else time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)

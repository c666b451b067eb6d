"""The HTTP doors of the gateways."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask
from flask_wtf import CSRFProtect

from channels.dialogues import Dialogue


def mount(app: Flask, dialogues: Sequence[Dialogue], protection: CSRFProtect) -> None:
    """Mount the gateways' doors and hand the engine its dialogues."""
    app.extensions["qiao.dialogues"] = tuple(dialogues)

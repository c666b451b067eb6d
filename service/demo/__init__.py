"""The demonstration: one procurement played through the real doors, and a province filled by the real commands."""

from __future__ import annotations

from flask import Flask


def load_province(app: Flask) -> list[str]:
    """Fill an empty deployment with the demo province; the lines to print: who logs in how, and which phones to try."""
    from service.demo.province import load

    return load(app)

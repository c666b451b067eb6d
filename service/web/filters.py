"""How pages write amounts, days and moments, in the reader's language and in China's time."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from flask import Flask
from flask_babel import format_date, format_datetime, gettext

from tenants.privacy import mask_address


def yuan(amount: Decimal | None) -> str:
    """An amount in yuan: ``18,000.00 元`` or ``CNY 18,000.00``."""
    return "—" if amount is None else gettext("CNY %(amount)s", amount=f"{amount:,.2f}")


def day(value: date | None) -> str:
    """A calendar day: ``2026年11月22日`` or ``22 Nov 2026``."""
    return "—" if value is None else format_date(value, gettext("d MMM yyyy"))


def moment(value: datetime | None) -> str:
    """A moment in China's time."""
    return "—" if value is None else format_datetime(value, gettext("d MMM yyyy, HH:mm"))


def register(app: Flask) -> None:
    """Give the filters to all templates."""
    app.jinja_env.filters.update(yuan=yuan, day=day, moment=moment, mask=mask_address)

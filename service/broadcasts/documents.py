"""What became of a broadcast for each who was meant, as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from service.broadcasts.models import Broadcast
from service.broadcasts.outcomes import reason_of
from service.broadcasts.queries import Recipient
from service.preparation.documents import READ_AS_FORMULA
from service.web.session import LOCALES
from tenants.workdays import SHANGHAI

WIDTHS = (18, 34, 10, 18, 18, 18, 34, 24)
"""Column widths, in characters."""


def outcome_workbook(broadcast: Broadcast, recipients: Iterable[Recipient], language: str) -> bytes:
    """A row for each recipient in ``language`` (zh or en), numbers masked (S6).

    Rows are written one by one, so that a hundred thousand do not stand in memory as cells. Text that a spreadsheet
    program would take for a formula stays text.
    """
    with force_locale(LOCALES[language]):
        book = Workbook(write_only=True)
        sheet: Any = book.create_sheet(str(broadcast.number))
        for column, width in zip("ABCDEFGH", WIDTHS, strict=True):
            sheet.column_dimensions[column].width = width
        sheet.freeze_panes = "A2"
        headers = (
            _("Number"),
            _("Recipient"),
            _("Language"),
            _("State"),
            _("Sent at"),
            _("Settled at"),
            _("Why"),
            _("Template"),
        )
        sheet.append([_heading(sheet, header) for header in headers])
        labels: dict[Any, str] = {}
        languages = {"zh": _("Chinese"), "en": _("English")}
        for one in recipients:
            state = labels.setdefault(one.state, str(one.state.label) if one.state else "")
            moments = (_moment(one.sent_at), _moment(one.settled_at))
            reason = reason_of(one.failure) if one.failure else None
            template = f"{one.template_code} v{one.template_version}" if one.template_code else None
            values = (one.address, one.known_as, languages[one.language], state, *moments, reason, template)
            sheet.append([_cell(sheet, value) for value in values])
        kept = BytesIO()
        book.save(kept)
        return kept.getvalue()


def _heading(sheet: Any, words: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, words)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, value: str | None) -> WriteOnlyCell | str | None:
    if value is None or not value.startswith(READ_AS_FORMULA):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type, cell.quotePrefix = "s", True
    return cell


def _moment(value: datetime | None) -> str | None:
    return None if value is None else f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"

"""The papers of step 4: the scope of work in Word (P7), the list for procurement as a spreadsheet (P8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from flask_babel import force_locale, format_date
from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from service.preparation.cost_rules import Costs
from service.preparation.queries import ProcurementList, ScopePaper
from service.preparation.rules import SowItem
from service.web.session import LOCALES
from tenants.workdays import local_day

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

BODY, HEADING, LATIN = "宋体", "黑体", "Times New Roman"
"""The typefaces of official papers in China; Latin letters and figures have their own."""

READ_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheet programs take for the beginning of a formula."""

WIDTHS = (6, 30, 48, 18, 18, 18, 18)
"""Column widths of the list, in characters."""


def scope_of_work_document(paper: ScopePaper, language: str) -> bytes:
    """A scope of work as a Word document in ``language`` (zh or en), with all twelve items of Table 8 (P7).

    The degree of difficulty stands only on the office's copy, which says that it is one (D3). An item without
    English words stands in Chinese in the English document.
    """
    with force_locale(LOCALES[language]):
        document = _blank_paper()
        package, scope = paper.package, paper.scope
        english = language == "en"
        _line(document, _("Poverty reduction task: scope of work"), size=20, heading=True, centred=True)
        _line(document, (english and package.name_en) or package.name, size=14, heading=True, centred=True)
        if paper.difficulty:
            _line(document, _("Office's copy: confidential, not for organizations"), size=11, centred=True)
        facts = [
            (_("Purchaser"), paper.office.name(language)),
            (_("Package"), f"{package.year} – {package.number}"),
            (_("Villages"), package.villages),
            (_("Version"), f"{scope.version} · {format_date(local_day(scope.written_at), 'long')}"),
        ]
        _table(document, facts, (4.0, 12.0))
        _line(document, "", size=6)
        rows = []
        for number, item in enumerate(SowItem, 1):
            text = (english and scope.items_en.get(item)) or scope.items.get(item) or "—"
            if item is SowItem.APPROACH and paper.difficulty:
                text += "\n" + _("Degree of difficulty: %(grade)s", grade=paper.difficulty.label)
            rows.append((str(number), str(item.label), text))
        _table(document, rows, (1.2, 4.3, 10.5), header=(_("No."), _("Scope item"), _("Content")))
        _number_pages(document)
        return _saved(document)


def procurement_list_workbook(found: ProcurementList, office: str, language: str) -> bytes:
    """The list of tasks for procurement as a spreadsheet in ``language`` (zh or en), in yuan (Table 9, P8).

    Text that a spreadsheet program would take for a formula stays text.
    """
    with force_locale(LOCALES[language]):
        book = Workbook()
        sheet: Worksheet = book.active
        sheet.title = str(found.year)
        title = _("List of poverty reduction tasks for procurement, %(year)d", year=found.year)
        _write(sheet, 1, [f"{office} · {title}"], bold=True, size=14)
        _write(sheet, 2, _columns(), bold=True, fill="E8EEF3")
        row = 3
        for group in found.groups:
            if group.difficulty is not None:
                _write(sheet, row, [str(group.difficulty.label)], bold=True, fill="F5F5F5")
                row += 1
            for one in group.rows:
                package = one.package
                name = (language == "en" and package.name_en) or package.name
                method = package.procurement_method
                words = [package.number, name, one.description, str(method.label) if method else ""]
                _write(sheet, row, [*words, *_amounts(one.costs)])
                row += 1
        _write(sheet, row, ["", _("Total"), "", "", *_amounts(found.total)], bold=True)
        for column, width in zip("ABCDEFG", WIDTHS, strict=True):
            sheet.column_dimensions[column].width = width
        sheet.freeze_panes = "A3"
        sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        kept = BytesIO()
        book.save(kept)
        return kept.getvalue()


def _columns() -> list[str]:
    return [
        _("No."),
        _("Task"),
        _("Brief description"),
        _("Procurement method"),
        _("Direct investment"),
        _("Service fee"),
        _("Total"),
    ]


def _amounts(costs: Costs) -> list[Decimal]:
    return [costs.direct, costs.service_fee, costs.total]


def _write(
    sheet: Worksheet,
    row: int,
    values: Iterable[Any],
    *,
    bold: bool = False,
    fill: str | None = None,
    size: int = 11,
) -> None:
    line = Side(style="thin", color="999999")
    for column, value in enumerate(values, 1):
        cell = sheet.cell(row, column)
        _put(cell, value)
        cell.font = Font(name=BODY, bold=bold, size=size)
        cell.alignment = Alignment(wrap_text=row > 1, vertical="top")
        cell.border = Border(line, line, line, line) if row > 1 else Border()
        if fill:
            cell.fill = PatternFill("solid", start_color=fill)


def _put(cell: Cell, value: Any) -> None:
    cell.value = value
    if isinstance(value, Decimal):
        cell.number_format = "#,##0.00"
    elif isinstance(value, str) and value.startswith(READ_AS_FORMULA):
        cell.data_type = "s"
        cell.quotePrefix = True


def _blank_paper() -> Any:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2.5)
    style = document.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(11)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
    return document


def _line(document: Any, text: str, *, size: int, heading: bool = False, centred: bool = False) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(6)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, text, size=size, heading=heading)


def _run(paragraph: Any, text: str, *, size: int = 11, heading: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.bold = LATIN, Pt(size), heading
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HEADING if heading else BODY)


def _table(
    document: Any,
    rows: Sequence[tuple[str, ...]],
    widths: tuple[float, ...],
    header: tuple[str, ...] | None = None,
) -> None:
    """A ruled table; all columns but the last are set like headings. ``widths`` in centimetres."""
    table = document.add_table(rows=0, cols=len(widths))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    for number, cells in enumerate([header, *rows] if header else rows):
        line = table.add_row()
        for column, (cell, text, width) in enumerate(zip(line.cells, cells, widths, strict=True)):
            cell.width = Cm(width)
            top = header is not None and number == 0
            for place, paragraph_text in enumerate(text.split("\n")):
                paragraph = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
                _run(paragraph, paragraph_text, heading=top or column < len(widths) - 1)
    if header:
        properties = table.rows[0]._tr.get_or_add_trPr()
        repeated = OxmlElement("w:tblHeader")
        repeated.set(qn("w:val"), "true")
        properties.append(repeated)


def _number_pages(document: Any) -> None:
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _saved(document: Any) -> bytes:
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()

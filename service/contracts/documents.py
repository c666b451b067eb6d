"""The contract as a Word document, Chinese or English, with every item of Table 11 and both annexes (C12)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from flask_babel import force_locale, format_date
from flask_babel import gettext as _

from channels.messages import CATALOGUES
from service.contracts.capitals import in_capitals
from service.contracts.queries import ContractFile
from service.contracts.rules import CLAUSES, ContractItem, PlannedTransfer, Side
from service.preparation.rules import SowItem
from tenants.workdays import local_day

BODY, HEADINGS = "宋体", "黑体"
TO_TEN = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
NUMERALS = TO_TEN + tuple(f"十{numeral}" for numeral in TO_TEN[:6])


def contract_document(file: ContractFile, locale: str) -> bytes:
    """A contract as ``.docx`` in ``zh`` or ``en``; a clause without English words stands there in Chinese."""
    with force_locale(CATALOGUES[locale]):
        paper = _new_paper()
        _title(paper, file, locale)
        for number, item in enumerate(ContractItem):
            if item in (ContractItem.TITLE, ContractItem.NUMBER):
                continue
            _heading(paper, number - 1, item, locale)
            _item(paper, file, item, locale)
        _first_annex(paper, file, locale)
        _second_annex(paper, file)
        buffer = BytesIO()
        paper.save(buffer)
        return buffer.getvalue()


def contract_title(file: ContractFile, locale: str) -> str:
    """“XX social organization undertaking XX poverty reduction task: agreement” (step 5.6)."""
    with force_locale(CATALOGUES[locale]):
        return _(
            "%(organization)s undertaking the poverty reduction task “%(task)s”: agreement",
            organization=file.provider.name,
            task=_task(file, locale),
        )


def written_clauses(file: ContractFile, locale: str) -> list[tuple[Any, str]]:
    """The items written by hand, with their words in one language."""
    return [(item.label, _clause(file.contract.terms, item, locale)) for item in CLAUSES]


def _new_paper() -> Paper:
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.6)
    for style, font, size in (("Normal", BODY, 12), ("Heading 1", HEADINGS, 14), ("Title", HEADINGS, 20)):
        found = paper.styles[style]
        found.font.name, found.font.size = "Times New Roman", Pt(size)
        found.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    paper.styles["Normal"].paragraph_format.line_spacing = 1.4
    return paper


def _title(paper: Paper, file: ContractFile, locale: str) -> None:
    paper.add_paragraph(contract_title(file, locale), "Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    number = paper.add_paragraph(f"{ContractItem.NUMBER.label}{_(': ')}{file.contract.number}")
    number.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _heading(paper: Paper, number: int, item: ContractItem, locale: str) -> None:
    numeral = f"{number}. " if locale == "en" else f"{NUMERALS[number - 1]}、"
    paper.add_heading(f"{numeral}{item.label}", 1)


def _item(paper: Paper, file: ContractFile, item: ContractItem, locale: str) -> None:
    contract = file.contract
    match item:
        case ContractItem.PARTIES:
            _lines(paper, [(Side.PURCHASER.label, file.purchaser.name(locale)), *_provider(file)])
        case ContractItem.TASK:
            paper.add_paragraph(_task(file, locale))
        case ContractItem.FUNDS:
            _lines(
                paper,
                [
                    (_("Direct poverty reduction funds"), _amount(contract.direct_investment)),
                    (_("Service fee"), _amount(contract.service_fee)),
                    (_("Together"), _amount(file.total)),
                ],
            )
        case ContractItem.TRANSFERS:
            _transfers(paper, file)
        case ContractItem.ANNEXES:
            paper.add_paragraph(_("Annex 1: Scope of work"))
            paper.add_paragraph(_("Annex 2: Implementation plan"))
        case ContractItem.DATES:
            _lines(
                paper,
                [
                    (_("Takes effect on"), _day(contract.starts_on)),
                    (_("Completed by"), _day(contract.ends_on)),
                ],
            )
        case ContractItem.SIGNATURES:
            _signatures(paper, file, locale)
        case _:
            paper.add_paragraph(_clause(contract.terms, item, locale))


def _clause(terms: dict[str, Any], item: ContractItem, locale: str) -> str:
    chinese = str(terms.get("clauses", {}).get(item, ""))
    return str(terms.get("clauses_en", {}).get(item) or chinese) if locale == "en" else chinese


def _provider(file: ContractFile) -> list[tuple[Any, str]]:
    code = file.provider.credit_code
    named = f"{file.provider.name} ({code})" if code else file.provider.name
    lines = [(Side.PROVIDER.label, named)]
    if file.umbrella is not None:
        lines.append((_("Together with the umbrella organization"), file.umbrella.name))
    return lines


def _transfers(paper: Paper, file: ContractFile) -> None:
    rows = [PlannedTransfer.from_plain(plain) for plain in file.contract.terms.get("transfers", [])]
    _table(
        paper,
        [_("No."), _("What for"), _("Amount (yuan)"), _("Transferred by")],
        [
            [str(number), row.purpose, f"{row.amount:,.2f}", _day(row.due_on)]
            for number, row in enumerate(rows, 1)
        ],
    )
    paper.add_paragraph(_("The purchaser transfers the funds by these days. A late transfer is public."))


def _signatures(paper: Paper, file: ContractFile, locale: str) -> None:
    contract = file.contract
    _table(
        paper,
        [Side.PURCHASER.label, Side.PROVIDER.label],
        [
            [file.purchaser.name(locale), file.provider.name],
            [
                _("Signature and seal: %(name)s", name=contract.purchaser_signatory or ""),
                _("Signature and seal: %(name)s", name=contract.provider_signatory or ""),
            ],
            [
                _("Date: %(day)s", day=_signed(contract.purchaser_signed_at)),
                _("Date: %(day)s", day=_signed(contract.provider_signed_at)),
            ],
        ],
    )


def _first_annex(paper: Paper, file: ContractFile, locale: str) -> None:
    paper.add_page_break()
    paper.add_heading(_("Annex 1: Scope of work"), 1)
    scope = file.scope_of_work
    _table(
        paper,
        [_("Item"), _("Content")],
        [
            [
                str(item.label),
                str((scope.items_en.get(item) if locale == "en" else None) or scope.items.get(item) or ""),
            ]
            for item in SowItem
        ],
    )


def _second_annex(paper: Paper, file: ContractFile) -> None:
    paper.add_page_break()
    paper.add_heading(_("Annex 2: Implementation plan"), 1)
    for line in (file.contract.plan_text or "").splitlines():
        paper.add_paragraph(line)
    if file.plan_file is not None:
        name, digest = file.plan_file
        paper.add_paragraph(_("Attached as a file: %(name)s", name=name))
        paper.add_paragraph(f"SHA-256: {digest}")


def _task(file: ContractFile, locale: str) -> str:
    return file.package.name_en or file.package.name if locale == "en" else file.package.name


def _amount(amount: Decimal) -> str:
    return _("%(amount)s yuan (%(capitals)s)", amount=f"{amount:,.2f}", capitals=in_capitals(amount))


def _day(value: date | None) -> str:
    return "" if value is None else format_date(value, _("d MMM yyyy"))


def _signed(moment: datetime | None) -> str:
    return "" if moment is None else _day(local_day(moment))


def _lines(paper: Paper, pairs: list[tuple[Any, str]]) -> None:
    for label, value in pairs:
        paragraph = paper.add_paragraph()
        paragraph.add_run(f"{label}{_(': ')}").bold = True
        paragraph.add_run(value)


def _table(paper: Paper, headers: list[Any], rows: list[list[str]]) -> None:
    table = paper.add_table(1, len(headers), "Table Grid")
    for cell, header in zip(table.rows[0].cells, headers, strict=True):
        cell.paragraphs[0].add_run(str(header)).bold = True
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text

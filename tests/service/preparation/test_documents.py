"""The papers of step 4: the scope of work in Word, the list for procurement as a spreadsheet (P7, P8, D3)."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from flask_babel import force_locale
from openpyxl import load_workbook

from service.difficulty.rules import Approach
from service.preparation import documents, queries
from service.preparation.rules import DesignQuestion, ProcurementMethod, SowItem
from tenants.refusals import NotFound, NotPermitted
from tests.conftest import Office
from tests.service.preparation.stages import SCOPE, SCOPE_EN, designed_package, ready_package

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}


def words_of(content: bytes) -> list[str]:
    """Every paragraph and cell of a Word document."""
    document = Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


def cells_of(content: bytes) -> list[tuple[Any, ...]]:
    """The rows of a spreadsheet."""
    return list(load_workbook(BytesIO(content)).active.iter_rows(values_only=True))


@pytest.mark.parametrize(("language", "texts"), [("zh", SCOPE), ("en", SCOPE_EN)])
def test_p7_the_word_document_has_all_twelve_items_in_both_languages(
    county: Office, language: str, texts: dict[str, str]
) -> None:
    package = ready_package(county)
    paper = queries.find_scope_paper(package.id, by=county.officer)
    words = words_of(documents.scope_of_work_document(paper, language))
    assert (package.name if language == "zh" else package.name_en) in words
    assert county.tenant.name(language) in words
    with force_locale(LOCALES[language]):
        for item in SowItem:
            assert str(item.label) in words
            assert texts[item.value] in words


def test_p7_chinese_type_is_named_for_every_run(county: Office) -> None:
    paper = queries.find_scope_paper(ready_package(county).id, by=county.officer)
    content = documents.scope_of_work_document(paper, "zh")
    xml = ZipFile(BytesIO(content)).read("word/document.xml").decode()
    assert xml.count("<w:r>") == xml.count('w:eastAsia="宋体"') + xml.count('w:eastAsia="黑体"') > 24


def test_p7_an_item_without_english_words_stands_in_chinese(county: Office) -> None:
    paper = queries.find_scope_paper(ready_package(county).id, by=county.officer)
    paper.scope.items_en = {**SCOPE_EN, "support": ""}
    assert SCOPE["support"] in words_of(documents.scope_of_work_document(paper, "en"))


@pytest.mark.parametrize(
    ("language", "grade"), [("zh", "难度：困难"), ("en", "Degree of difficulty: Difficult")]
)
def test_d3_only_the_office_s_copy_says_how_difficult_it_is(
    county: Office, language: str, grade: str
) -> None:
    package = ready_package(county, Approach.COMMUNITY, ProcurementMethod.NEGOTIATION)
    paper = queries.find_scope_paper(package.id, by=county.officer)
    assert grade not in " ".join(words_of(documents.scope_of_work_document(paper, language)))
    copy = queries.find_scope_paper(package.id, office_copy=True, by=county.officer)
    assert grade in " ".join(words_of(documents.scope_of_work_document(copy, language)))
    with pytest.raises(NotPermitted):
        queries.find_scope_paper(package.id, office_copy=True, by=county.finance)


def test_p7_there_is_no_paper_before_a_scope_is_written(county: Office) -> None:
    with pytest.raises(NotFound):
        queries.find_scope_paper(designed_package(county).id, by=county.officer)


def test_p8_the_spreadsheet_has_each_package_and_the_grand_total(county: Office) -> None:
    ready_package(county)
    ready_package(county, name="上寨养羊")
    found = queries.list_for_procurement(2026, by=county.officer)
    rows = cells_of(documents.procurement_list_workbook(found, "清河县扶贫办", "zh"))
    assert [row[1] for row in rows[2:4]] == ["石板村贫困户养羊", "上寨养羊"]
    assert [row[4:] for row in rows[2:]] == [
        (60000, 4800, 64800),
        (60000, 4800, 64800),
        (120000, 9600, 129600),
    ]


def test_p8_d3_the_spreadsheet_is_grouped_by_difficulty_on_the_office_s_copy_alone(county: Office) -> None:
    ready_package(county, Approach.COMMUNITY, ProcurementMethod.NEGOTIATION)
    for office_copy in (False, True):
        found = queries.list_for_procurement(2026, office_copy=office_copy, by=county.officer)
        first = [row[0] for row in cells_of(documents.procurement_list_workbook(found, "县", "en"))]
        assert ("Difficult" in first) is office_copy


@pytest.mark.parametrize("name", ["=1+1", "+86 138", "-1", "@SUM(A1)", '=HYPERLINK("http://x","y")'])
def test_p8_a_text_that_looks_like_a_formula_stays_text(county: Office, name: str) -> None:
    ready_package(county, name=name, design={**dict.fromkeys(DesignQuestion, "有"), "what": "=2+2"})
    found = queries.list_for_procurement(2026, by=county.officer)
    sheet = load_workbook(BytesIO(documents.procurement_list_workbook(found, "县", "zh"))).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    written = next(cell for cell in cells if cell.value == name)
    assert written.quotePrefix

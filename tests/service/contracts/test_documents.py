"""The contract on paper: every item of Table 11 in both languages, and nothing confidential (C12, D3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from docx import Document
from flask_babel import force_locale

from channels.messages import CATALOGUES
from service.contracts.documents import contract_document
from service.contracts.queries import ContractFile, view_contract
from service.contracts.rules import ContractItem
from service.difficulty.rules import Difficulty
from service.organizations.rules import Capacity
from service.preparation.rules import SowItem
from tests.conftest import Clock, Office, Phone
from tests.service.contracts.stages import in_force
from tests.service.organizations.stages import listed


def words_of(content: bytes) -> str:
    """All that stands on the paper."""
    paper = Document(BytesIO(content))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in paper.paragraphs), *cells])


@pytest.fixture
def file(county: Office, clock: Clock, phone: Callable[..., Phone]) -> ContractFile:
    """A contract in force."""
    contract, _winner = in_force(county, clock, phone)
    return view_contract(contract.id, by=county.officer)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_c12_every_item_of_table_11_stands_in_the_document(file: ContractFile, locale: str) -> None:
    words = words_of(contract_document(file, locale))
    with force_locale(CATALOGUES[locale]):
        labels = [str(item.label) for item in ContractItem if item is not ContractItem.TITLE]
        rows = [str(item.label) for item in SowItem]
    assert [label for label in labels + rows if label not in words] == []
    for fact in (
        "QING-2026-001",
        "清河社工服务中心",
        "陆万元整",
        "壹万柒仟伍佰元整",
        "柒万柒仟伍佰元整",
        "60,000.00",
        "四月选羊",
        "李主任",
        "王芳",
        "首期款",
    ):
        assert fact in words


def test_c12_the_title_is_the_guides(file: ContractFile) -> None:
    chinese, english = (words_of(contract_document(file, locale)).split("\n")[0] for locale in ("zh", "en"))
    assert chinese == "清河社工服务中心承担“石板村贫困户养羊”扶贫任务协议"
    assert english == (
        "清河社工服务中心 undertaking the poverty reduction task “Goats for poor households in Shiban”: "
        "agreement"
    )


def test_c12_the_english_paper_speaks_english_where_it_can(file: ContractFile) -> None:
    words = words_of(contract_document(file, "en"))
    assert "objectives: as in the scope of work." in words
    assert "objectives：照任务书执行。" not in words
    bare = replace(file)
    bare.contract.terms = {**file.contract.terms, "clauses_en": {}}
    assert "objectives：照任务书执行。" in words_of(contract_document(bare, "en"))


def test_d3_the_paper_tells_neither_difficulty_nor_category(file: ContractFile) -> None:
    for locale in ("zh", "en"):
        words = words_of(contract_document(file, locale))
        with force_locale(CATALOGUES[locale]):
            secret = [str(one.label) for one in (*Difficulty, *Capacity)]
            risks = str(SowItem.CHALLENGES.label)
        assert [one for one in secret if one in words.replace(risks, "")] == []


def test_o6_an_umbrella_organization_stands_beside_the_group(county: Office, file: ContractFile) -> None:
    umbrella = listed(county, 9, name="清河县社会组织联合会")
    assert "清河县社会组织联合会" in words_of(contract_document(replace(file, umbrella=umbrella), "zh"))


def test_c12_a_plan_handed_in_as_a_file_is_named_with_its_digest(file: ContractFile) -> None:
    words = words_of(contract_document(replace(file, plan_file=("方案.pdf", "ab" * 32)), "zh"))
    assert "方案.pdf" in words
    assert "ab" * 32 in words

"""The rules of contracts, one refusal at a time (C4, C12)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.contracts import clause_rules, rules
from service.contracts.capitals import DIGITS, in_capitals
from service.contracts.rules import CLAUSES, ContractItem, ContractState, PlannedTransfer
from tenants.refusals import AlreadyDone, RuleBroken, WrongStage

START, END = date(2026, 4, 1), date(2026, 10, 31)
NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)


def test_c12_a_contract_has_the_eighteen_items_of_table_11() -> None:
    assert len(ContractItem) == 18


def test_c12_every_written_item_is_there() -> None:
    clauses = dict.fromkeys((item.value for item in CLAUSES), "按任务书执行")
    rules.require_clauses(clauses)
    for item in CLAUSES:
        with pytest.raises(RuleBroken, match="clauses_missing"):
            rules.require_clauses({**clauses, item.value: "  "})


def transfer(amount: str, due: date = START) -> PlannedTransfer:
    """A payment due on a day."""
    return PlannedTransfer("首期款", Decimal(amount), due)


def test_c12_transfers_add_up_to_the_contract_exactly_and_each_has_its_day() -> None:
    rules.require_transfers([transfer("10000.10"), transfer("7999.90", END)], Decimal(18000), START)
    with pytest.raises(RuleBroken, match="transfers_missing"):
        rules.require_transfers([], Decimal(18000), START)
    with pytest.raises(RuleBroken, match="transfers_do_not_add_up"):
        rules.require_transfers([transfer("17999.99")], Decimal(18000), START)
    with pytest.raises(RuleBroken, match="transfer_not_positive"):
        rules.require_transfers([transfer("18001"), transfer("-1")], Decimal(18000), START)
    with pytest.raises(RuleBroken, match="transfer_before_start"):
        rules.require_transfers([transfer("18000", date(2026, 3, 31))], Decimal(18000), START)


def test_m1_a_transfer_is_kept_as_it_was_promised() -> None:
    promised = transfer("7999.90", END)
    assert PlannedTransfer.from_plain(promised.to_plain()) == promised


def test_c12_a_contract_does_not_end_before_it_begins() -> None:
    rules.require_period(START, START)
    with pytest.raises(RuleBroken, match="period_reversed"):
        rules.require_period(END, START)


@pytest.mark.parametrize(
    "clause",
    [
        "甲方资金到位后支付，付款日期相应顺延。",
        "因财政拨款延迟造成的后果，甲方不承担责任。",
        "待上级资金下达之后再行拨付。",
        "如甲方未能按时付款，不视为违约。",
        "甲方不承担因延期付款产生的任何责任",
        "资金未及时到位的，由乙方自行承担损失。",
        "拨款滞后的，乙方不得追究甲方责任。",
        "逾期拨付不构成违约",
        "具体付款时间另行通知",
        "财 政 拨 款 延 迟 的 ，甲 方 概 不 负 责",
        "The purchaser shall not be liable for any delay in the transfer of funds.",
        "Late payment shall not constitute a breach of this contract.",
        "Party A will pay the second instalment once the funds have been allocated by the province.",
        "If funds arrive late, the dates of transfer are extended accordingly.",
        "Losses from delayed transfers are borne by Party B.",
    ],
)
def test_c12_a_clause_that_excuses_late_transfer_is_refused(clause: str) -> None:
    with pytest.raises(RuleBroken, match="late_transfer_excused"):
        clause_rules.require_no_escape(["按任务书执行", clause])


@pytest.mark.parametrize(
    "clause",
    [
        "甲方逾期付款的，每日按应付金额的万分之五向乙方支付违约金。",
        "乙方因自然灾害延期完成的，不视为违约，双方另行商定完成日期。",
        "甲方协调村委会支持；乙方因雨季延期的，不承担违约责任。",
        "资金到账后，乙方三日内确认收到。",
        "第一笔资金到账后，乙方向参与农户支付劳务费。",
        "验收合格后十个工作日内支付尾款。",
        "付款日遇法定节假日的，顺延至下一个工作日。",
        "甲方延迟拨款的，乙方的完成日期相应顺延。",
        "Party A pays interest of 0.05 % for each day a transfer is late.",
        "After acceptance the balance is paid within ten working days.",
        "The provider is not liable for delay caused by floods.",
    ],
)
def test_c12_fair_clauses_pass(clause: str) -> None:
    assert clause_rules.escape_clause(clause) is None


@given(st.text(max_size=400))
def test_c12_any_text_can_be_looked_through(text: str) -> None:
    found = clause_rules.escape_clause(text)
    assert found is None or found


def test_c4_an_implementation_plan_is_written_or_handed_in() -> None:
    rules.require_plan("先培训后施工", None)
    rules.require_plan(None, b"%PDF-")
    with pytest.raises(RuleBroken, match="plan_missing"):
        rules.require_plan(" ", b"")


def archive(*names: str) -> bytes:
    """A zip file with empty files of these names."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as written:
        for name in names:
            written.writestr(name, "")
    return buffer.getvalue()


def test_c4_a_document_is_known_by_what_it_holds() -> None:
    assert rules.kind_of_document(b"%PDF-1.7 ...") == "pdf"
    assert rules.kind_of_document(archive("word/document.xml")) == "docx"
    for content in (b"MZ\x90", b"", archive("xl/workbook.xml"), b"PK\x03\x04 cut"):
        with pytest.raises(RuleBroken, match="document_kind"):
            rules.kind_of_document(content)
    with pytest.raises(RuleBroken, match="document_too_large"):
        rules.kind_of_document(b"%PDF-" + bytes(rules.LARGEST_FILE))


def test_c12_the_plan_comes_before_the_contract_and_stays_after_the_review() -> None:
    rules.require_plan_filed(NOW)
    with pytest.raises(RuleBroken, match="plan_not_filed"):
        rules.require_plan_filed(None)
    rules.require_plan_open(ContractState.DRAFTED)
    with pytest.raises(WrongStage):
        rules.require_plan_open(ContractState.REVIEWED)


def test_c12_a_legal_review_says_something() -> None:
    rules.require_opinion("条款合法")
    with pytest.raises(RuleBroken, match="opinion_missing"):
        rules.require_opinion(" ")


def test_c12_each_side_signs_once_and_only_what_was_reviewed() -> None:
    rules.require_signable(ContractState.REVIEWED, None)
    with pytest.raises(AlreadyDone, match="already_signed"):
        rules.require_signable(ContractState.REVIEWED, NOW)
    with pytest.raises(WrongStage):
        rules.require_signable(ContractState.DRAFTED, None)


def test_c12_a_contract_number_says_office_year_and_running_number() -> None:
    assert rules.contract_number("qing", 2026, 3) == "QING-2026-003"


@pytest.mark.parametrize(
    ("amount", "capitals"),
    [
        ("18000", "壹万捌仟元整"),
        ("18000.00", "壹万捌仟元整"),
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("100001", "壹拾万零壹元整"),
        ("10000001", "壹仟万零壹元整"),
        ("105000", "壹拾万伍仟元整"),
        ("120340056.07", "壹亿贰仟零叁拾肆万零伍拾陆元零柒分"),
        ("100000001", "壹亿零壹元整"),
        ("150000001", "壹亿伍仟万零壹元整"),
        ("1010", "壹仟零壹拾元整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("20.10", "贰拾元壹角整"),
    ],
)
def test_c12_amounts_stand_in_chinese_capitals(amount: str, capitals: str) -> None:
    assert in_capitals(Decimal(amount)) == capitals


@pytest.mark.parametrize("amount", ["-1", "0.001", "1000000000000"])
def test_c12_what_is_no_amount_has_no_capitals(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount of money"):
        in_capitals(Decimal(amount))


def read_capitals(words: str) -> Decimal:
    """An amount in capitals, read as a clerk would: the way back, written independently."""
    units = {"拾": 10, "佰": 100, "仟": 1000}
    yuan, _, rest = words.rpartition("元")
    total = section = digit = Decimal(0)
    for character in yuan:
        if character in DIGITS:
            digit = Decimal(DIGITS.index(character))
        elif character in units:
            section, digit = section + digit * units[character], Decimal(0)
        else:
            scale = Decimal(10**4 if character == "万" else 10**8)
            total, section, digit = total + (section + digit) * scale, Decimal(0), Decimal(0)
    total += section + digit
    for character, worth in (("角", Decimal("0.1")), ("分", Decimal("0.01"))):
        if character in rest:
            total += DIGITS.index(rest[rest.index(character) - 1]) * worth
    return total


@given(st.integers(0, 10**14 - 1))
def test_c12_capitals_mean_the_amount_and_never_two_zeros(fen: int) -> None:
    amount = Decimal(fen) / 100
    words = in_capitals(amount)
    assert read_capitals(words) == amount
    assert "零零" not in words
    assert words[-1] in "整分"

"""Rules of step 5.6: what a contract says, who may hold it, and how it comes into force (C12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from flask_babel import lazy_gettext as _l

from tenants.files import LARGEST_FILE
from tenants.labels import Labelled
from tenants.refusals import AlreadyDone, RuleBroken, WrongStage
from tenants.states import Moves


class ContractState(Labelled):
    """From the award to the end of the work."""

    AWAITING_PLAN = "awaiting_plan", _l("Waiting for the implementation plan"), "warn"
    DRAFTED = "drafted", _l("Drawn up")
    REVIEWED = "reviewed", _l("Legally reviewed")
    SIGNED = "signed", _l("In force"), "good"
    CLOSED = "closed", _l("Closed")


CONTRACT_MOVES: Moves = {
    "draw_up": (
        (ContractState.AWAITING_PLAN, ContractState.DRAFTED, ContractState.REVIEWED),
        ContractState.DRAFTED,
    ),
    "review": ((ContractState.DRAFTED,), ContractState.REVIEWED),
    "sign": ((ContractState.REVIEWED,), ContractState.SIGNED),
    "close": ((ContractState.SIGNED,), ContractState.CLOSED),
}


class Side(Labelled):
    """The two sides of a contract."""

    PURCHASER = "purchaser", _l("Purchaser (Party A)")
    PROVIDER = "provider", _l("Provider (Party B)")


class ContractItem(Labelled):
    """The items of Table 11, in its order (C12)."""

    TITLE = "title", _l("Title")
    NUMBER = "number", _l("Contract number")
    PARTIES = "parties", _l("Parties")
    TASK = "task", _l("Poverty reduction task")
    OBJECTIVES = "objectives", _l("Objectives of the task")
    POPULATION = "population", _l("Target population and beneficiaries")
    APPROACH = "approach", _l("Work approach and construction requirements")
    SCALE = "scale", _l("Scale of the work and workload")
    FUNDS = "funds", _l("Poverty reduction funds and service fee")
    RESULTS = "results", _l("Expected results and quality")
    TRANSFERS = "transfers", _l("Fund allocation and transfer dates")
    SUPPORT = "support", _l("Coordination and support by government")
    INSPECTION = "inspection", _l("Inspection and acceptance")
    EVALUATION = "evaluation", _l("Impact evaluation")
    DISPUTES = "disputes", _l("Dispute resolution")
    ANNEXES = "annexes", _l("Annexes")
    DATES = "dates", _l("Dates of effect and completion")
    SIGNATURES = "signatures", _l("Signatures and seals")


CLAUSES = (
    ContractItem.OBJECTIVES,
    ContractItem.POPULATION,
    ContractItem.APPROACH,
    ContractItem.SCALE,
    ContractItem.RESULTS,
    ContractItem.SUPPORT,
    ContractItem.INSPECTION,
    ContractItem.EVALUATION,
    ContractItem.DISPUTES,
)
"""The items that are written by hand; the others follow from call, award and annexes."""

DISPUTES_ZH = (
    "双方先友好协商；协商不成的，请上一级扶贫主管部门调解；调解不成的，向项目所在地人民法院提起诉讼。"
)
DISPUTES_EN = (
    "The parties first settle a dispute by discussion; failing that, by mediation of the next higher poverty "
    "alleviation authority; failing that, before the people's court of the place of the task."
)
"""What a draft says about disputes until somebody writes it differently."""

DOCUMENT_KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True)
class PlannedTransfer:
    """A payment the contract promises: ``amount`` in yuan, at the latest on the day ``due_on`` (C12, M1)."""

    purpose: str
    amount: Decimal
    due_on: date

    def to_plain(self) -> dict[str, str]:
        """As the contract's terms keep it."""
        return {"purpose": self.purpose, "amount": str(self.amount), "due_on": self.due_on.isoformat()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> PlannedTransfer:
        """As it was."""
        return cls(plain["purpose"], Decimal(plain["amount"]), date.fromisoformat(plain["due_on"]))


def contract_number(office_code: str, year: int, running: int) -> str:
    """The number of a contract, such as ``QING-2026-003`` (Table 11, C12)."""
    return f"{office_code.upper()}-{year}-{running:03d}"


def require_plan(text: str | None, document: bytes | None) -> None:
    """Refuse an implementation plan that is neither written nor handed in as a file (C4, C12).

    Refuses ``plan_missing``.
    """
    if not (text or "").strip() and not document:
        raise RuleBroken("plan_missing")


def kind_of_document(content: bytes) -> str:
    """``docx`` or ``pdf``: what a file is by what it holds, not by its name (C4).

    Refuses ``document_too_large`` beyond 10 MiB and ``document_kind`` for anything else.
    """
    if len(content) > LARGEST_FILE:
        raise RuleBroken("document_too_large")
    if content.startswith(b"%PDF-"):
        return "pdf"
    try:
        with ZipFile(BytesIO(content)) as archive:
            if "word/document.xml" in archive.namelist():
                return "docx"
    except BadZipFile:
        pass
    raise RuleBroken("document_kind")


def require_plan_open(state: ContractState) -> None:
    """Refuse to exchange the implementation plan once a contract with it was reviewed (C12)."""
    if state not in (ContractState.AWAITING_PLAN, ContractState.DRAFTED):
        raise WrongStage("wrong_stage", state=state)


def require_plan_filed(filed_at: datetime | None) -> None:
    """Refuse to draw up a contract before the provider filed its implementation plan (step 5.6, C4, C12).

    Refuses ``plan_not_filed``.
    """
    if filed_at is None:
        raise RuleBroken("plan_not_filed")


def require_clauses(clauses: Mapping[str, str]) -> None:
    """Refuse a contract in which an item of Table 11 is not written (C12). Refuses ``clauses_missing``."""
    missing = [item for item in CLAUSES if not (clauses.get(item) or "").strip()]
    if missing:
        raise RuleBroken("clauses_missing", number=len(missing))


def require_period(starts_on: date, ends_on: date) -> None:
    """Refuse a contract that ends before it begins (C12). Refuses ``period_reversed``."""
    if ends_on < starts_on:
        raise RuleBroken("period_reversed")


def require_transfers(transfers: Sequence[PlannedTransfer], total: Decimal, starts_on: date) -> None:
    """Refuse transfers that are not each due on a day and together exactly the contract's amount (C12, M1).

    ``total``: direct investment and service fee, in yuan. Refuses ``transfers_missing``,
    ``transfer_not_positive``, ``transfer_before_start`` and ``transfers_do_not_add_up``.
    """
    if not transfers:
        raise RuleBroken("transfers_missing")
    if any(transfer.amount <= 0 for transfer in transfers):
        raise RuleBroken("transfer_not_positive")
    if any(transfer.due_on < starts_on for transfer in transfers):
        raise RuleBroken("transfer_before_start")
    planned = sum((transfer.amount for transfer in transfers), Decimal(0))
    if planned != total:
        raise RuleBroken("transfers_do_not_add_up", planned=planned, total=total)


def require_opinion(opinion: str) -> None:
    """Refuse a legal review that says nothing (step 5.6, C12). Refuses ``opinion_missing``."""
    if not opinion.strip():
        raise RuleBroken("opinion_missing")


def require_signable(state: ContractState, signed_at: datetime | None) -> None:
    """Refuse ``already_signed`` by the same side, and a signature before the legal review (C12)."""
    if signed_at is not None:
        raise AlreadyDone("already_signed")
    if state is not ContractState.REVIEWED:
        raise WrongStage("wrong_stage", state=state)

"""A county's own numbers: typed, versioned, and held within the platform's floors and ceilings (P11)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from tenants.actors import Actor
from tenants.audit import record
from tenants.counters import next_number
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query
from tenants.models import SettingsVersion, Tenant
from tenants.permissions import Permission
from tenants.refusals import RuleBroken


def _number(
    default: Any, label: Any, *, least: Any = None, most: Any = None, unit: Any = "", rule: str
) -> Any:
    return field(
        default=default, metadata={"label": label, "least": least, "most": most, "unit": unit, "rule": rule}
    )


DAYS, WORKING_DAYS, PERCENT, YUAN, HOURS = _l("days"), _l("working days"), "%", _l("yuan"), _l("hours")


@dataclass(frozen=True)
class CountySettings:
    """The [reg] numbers of the rules; ``least`` and ``most`` are the platform's floor and ceiling for each."""

    bid_period_days: int = _number(10, _l("Days from publication to deadline"), least=7, unit=DAYS, rule="C2")
    questions_close_days: int = _number(
        3, _l("Questions close before the deadline"), least=1, most=7, unit=DAYS, rule="C3"
    )
    change_leaves_days: int = _number(
        3, _l("A call that is changed late still takes bids for"), least=1, most=10, unit=DAYS, rule="C15"
    )
    standstill_working_days: int = _number(5, _l("Standstill"), least=3, unit=WORKING_DAYS, rule="C10")
    close_ranking_percent: int = _number(
        5, _l("Rankings this close count as equal"), least=0, most=10, unit=PERCENT, rule="C8"
    )
    proportional_least: Decimal = _number(
        Decimal(5), _l("Proportional fee, least"), least=Decimal(0), most=Decimal(30), unit=PERCENT, rule="P5"
    )
    proportional_most: Decimal = _number(
        Decimal(10), _l("Proportional fee, most"), least=Decimal(1), most=Decimal(50), unit=PERCENT, rule="P5"
    )
    fee_note_percent: Decimal = _number(
        Decimal(2),
        _l("Note a fee above this share of direct funding"),
        least=Decimal(0),
        unit=PERCENT,
        rule="P4",
    )
    minimum_wage: Decimal = _number(
        Decimal(1990), _l("Local minimum wage a month"), least=Decimal(0), unit=YUAN, rule="P4"
    )
    supervisor_threshold: Decimal = _number(
        Decimal(200000),
        _l("A construction project above this needs a quality supervisor"),
        least=Decimal(0),
        unit=YUAN,
        rule="M4",
    )
    transfer_reminder_days: int = _number(
        7, _l("Remind finance before a transfer is due"), least=1, unit=DAYS, rule="M1"
    )
    support_working_days: int = _number(
        5, _l("Requests for support: answered within"), least=1, most=15, unit=WORKING_DAYS, rule="M2"
    )
    triage_working_days: int = _number(
        2, _l("Complaints: first look within"), least=1, most=5, unit=WORKING_DAYS, rule="H5"
    )
    resolution_working_days: int = _number(
        15, _l("Complaints: resolved within"), least=1, most=30, unit=WORKING_DAYS, rule="H5"
    )
    serious_working_days: int = _number(
        5, _l("Serious complaints: resolved within"), least=1, most=10, unit=WORKING_DAYS, rule="H5"
    )
    reopen_days: int = _number(15, _l("A complainant may reopen within"), least=7, unit=DAYS, rule="H5")
    concentration_percent: int = _number(
        50, _l("Warn when one SO holds this share of contracts"), least=10, most=100, unit=PERCENT, rule="R3"
    )
    wechat_messages: int = _number(
        5, _l("WeChat: messages to someone who wrote"), least=0, most=100, rule="S6"
    )
    wechat_message_hours: int = _number(
        48, _l("WeChat: within, after they wrote"), least=0, most=168, unit=HOURS, rule="S6"
    )
    wechat_click_messages: int = _number(
        3, _l("WeChat: messages after a click on the menu, a scan or following"), least=0, most=100, rule="S6"
    )
    wechat_click_minutes: int = _number(
        1, _l("WeChat: within, after the click"), least=0, most=60, unit=_l("minutes"), rule="S6"
    )
    message_budget: int = _number(20000, _l("Message parts a month"), least=0, rule="S6")
    part_price: Decimal = _number(
        Decimal("0.05"),
        _l("Price of one message part"),
        least=Decimal(0),
        most=Decimal(10),
        unit=YUAN,
        rule="S6",
    )
    retention_years: int = _number(
        5, _l("Personal data is kept after closure for"), least=1, most=10, unit=_l("years"), rule="T7"
    )
    conversation_days: int = _number(
        7,
        _l("A conversation by text waits for its next answer, and can be gone on with as long again"),
        least=1,
        most=14,
        unit=DAYS,
        rule="S4",
    )
    remind_registration_days: int = _number(
        1,
        _l(
            "Remind who stopped halfway through a registration, bid, report or request for support, after (0: never)"
        ),
        least=0,
        most=7,
        unit=DAYS,
        rule="S4",
    )
    remind_questions_days: int = _number(
        1, _l("Remind before questions close (0: never)"), least=0, most=7, unit=DAYS, rule="C3"
    )
    remind_bids_days: int = _number(
        2, _l("Remind before bids close (0: never)"), least=0, most=14, unit=DAYS, rule="C4"
    )
    remind_bids_hours: int = _number(
        4, _l("Remind again on the last day for bids (0: never)"), least=0, most=12, unit=HOURS, rule="C4"
    )
    remind_documents_days: int = _number(
        2,
        _l("Ask again for documents to be completed, after (0: never)"),
        least=0,
        most=10,
        unit=DAYS,
        rule="C6",
    )
    remind_milestone_days: int = _number(
        7, _l("Remind before a milestone is due (0: never)"), least=0, most=30, unit=DAYS, rule="M3"
    )
    remind_rectification_days: int = _number(
        3, _l("Remind before something must be put right (0: never)"), least=0, most=30, unit=DAYS, rule="E2"
    )
    remind_receipt_days: int = _number(
        3,
        _l("Ask again whether a transfer arrived, after (0: never)"),
        least=0,
        most=30,
        unit=DAYS,
        rule="M1",
    )
    remind_evaluation_days: int = _number(
        3, _l("Ask again for an evaluation, after (0: never)"), least=0, most=30, unit=DAYS, rule="E4"
    )
    reminder_hour: time = _number(time(9), _l("Reminders leave at"), rule="S6")
    quiet_from: time = _number(time(21), _l("Quiet hours begin"), rule="S6")
    quiet_until: time = _number(time(8), _l("Quiet hours end"), rule="S6")


DEMO_ZERO = ("bid_period_days", "questions_close_days", "standstill_working_days")
"""Periods that a tenant marked *demo* may set to zero; everywhere else the floor holds."""

DEFAULTS = CountySettings()


def require_within_bounds(values: CountySettings, *, demo: bool) -> None:
    """Refuse a number beyond the platform's floor or ceiling; only a demo tenant may have periods of zero (P11)."""
    broken = {}
    for spec in fields(values):
        value, least, most = getattr(values, spec.name), spec.metadata["least"], spec.metadata["most"]
        if demo and spec.name in DEMO_ZERO and value == 0:
            continue
        if (least is not None and value < least) or (most is not None and value > most):
            broken[spec.name] = {"least": least, "most": most}
    if values.proportional_most < values.proportional_least:
        broken["proportional_most"] = {"least": values.proportional_least, "most": None}
    if broken:
        raise RuleBroken("settings_out_of_bounds", fields=broken)


def settings_in_force(tenant_id: int, at: datetime) -> CountySettings:
    """The numbers of a tenant at a moment; the platform's own until it made some. For use inside a gate."""
    version = version_in_force(tenant_id, at)
    return DEFAULTS if version is None else from_plain(version.values)


def version_in_force(tenant_id: int, at: datetime) -> SettingsVersion | None:
    """The version a decision is made under, for it to keep (P11); ``None`` means the platform's defaults."""
    return db.session.scalar(
        select(SettingsVersion)
        .where(SettingsVersion.tenant_id == tenant_id, SettingsVersion.effective_from <= at)
        .order_by(SettingsVersion.effective_from.desc(), SettingsVersion.number.desc())
        .limit(1)
    )


def settings_of_each(tenants: Collection[int], at: datetime) -> dict[int, CountySettings]:
    """The numbers of several tenants at a moment, without those that never made any. For use inside a gate."""
    versions = db.session.scalars(
        select(SettingsVersion)
        .ext(distinct_on(SettingsVersion.tenant_id))
        .where(SettingsVersion.tenant_id.in_(tenants), SettingsVersion.effective_from <= at)
        .order_by(
            SettingsVersion.tenant_id, SettingsVersion.effective_from.desc(), SettingsVersion.number.desc()
        )
    )
    return {version.tenant_id: from_plain(version.values) for version in versions}


@query(Permission.SETTINGS_READ)
def current_settings(*, by: Actor) -> CountySettings:
    """The numbers in force for the actor's office now."""
    return settings_in_force(by.tenant_id, by.now)


@command(Permission.SETTINGS_WRITE)
def change_settings(
    changes: dict[str, Any], *, effective_from: datetime | None = None, by: Actor
) -> SettingsVersion:
    """Make a new version of the office's numbers, in force from a moment not in the past (P11).

    Refuses ``settings_out_of_bounds``, and ``effective_in_the_past``.
    """
    begins = effective_from or by.now
    if begins < by.now:
        raise RuleBroken("effective_in_the_past")
    tenant = db.session.get_one(Tenant, by.tenant_id)
    before = settings_in_force(by.tenant_id, begins)
    values = CountySettings(**{**_as_dict(before), **changes})
    require_within_bounds(values, demo=tenant.demo)
    changed = [name for name in changes if getattr(values, name) != getattr(before, name)]
    version = SettingsVersion(
        tenant_id=by.tenant_id,
        number=next_number("settings", by),
        effective_from=begins,
        values=to_plain(values),
        made_at=by.now,
        made_by=by.id,
    )
    db.session.add(version)
    db.session.flush()
    record(Event.SETTINGS_CHANGED, version, by, number=version.number, changed=sorted(changed))
    return version


def to_plain(values: CountySettings) -> dict[str, Any]:
    """Settings as JSON keeps them."""
    return {
        name: value
        if isinstance(value, int)
        else value.isoformat("minutes")
        if isinstance(value, time)
        else str(value)
        for name, value in _as_dict(values).items()
    }


def from_plain(values: dict[str, Any]) -> CountySettings:
    """Settings as they were kept; a number added to the platform since then has its default."""
    known: dict[str, Any] = {}
    for spec in fields(CountySettings):
        if spec.name not in values:
            continue
        value = values[spec.name]
        kind: Any = type(spec.default)
        known[spec.name] = time.fromisoformat(value) if kind is time else kind(value)
    return CountySettings(**known)


def _as_dict(values: CountySettings) -> dict[str, Any]:
    return {spec.name: getattr(values, spec.name) for spec in fields(values)}

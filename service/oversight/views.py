"""The province's pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from service.oversight import queries
from service.oversight.rules import Concern, Stage
from service.oversight.warnings import EarlyWarning, list_warnings
from service.web.session import current_actor

bp = Blueprint("oversight", __name__, url_prefix="/admin/oversight", template_folder="templates")

RECORDS = {
    "call": ("procurement.show", "call_id"),
    "contract": ("contracts.show", "contract_id"),
    "organization": ("organizations.show", "organization_id"),
}
"""The page of each kind of record a warning can name, and the name of its argument."""


@bp.get("/")
def index() -> str:
    """Every county at each stage, and what to look at first (V1)."""
    by = current_actor()
    return render_template(
        "oversight/index.html",
        standings=queries.list_county_standings(by=by),
        stages=list(Stage),
        warnings=_shown(list_warnings(by=by)),
    )


@bp.get("/<int:tenant_id>")
def county(tenant_id: int) -> str:
    """One office: its warnings and where each of its packages stands (V1)."""
    by = current_actor()
    standing, packages = queries.find_county(tenant_id, by=by)
    return render_template(
        "oversight/county.html",
        standing=standing,
        packages=packages,
        warnings=_shown(list_warnings(tenant_id, by=by)),
    )


def _shown(warnings: list[EarlyWarning]) -> list[tuple[EarlyWarning, str, str | None]]:
    """Each warning with its evidence in words and the page of its record."""
    return [(one, _evidence(one), _page_of(one)) for one in warnings]


def _evidence(warning: EarlyWarning) -> str:
    figure = warning.figure
    if warning.concern is Concern.REPEATED_COMPLAINTS:
        return _("%(number)d complaints are open", number=figure)
    if warning.concern is Concern.CONCENTRATION:
        return _("%(percent)d%% of this year's contracts", percent=figure)
    if warning.concern is Concern.FEW_BIDS:
        return ngettext("%(num)d bid", "%(num)d bids", figure)
    return ngettext("%(num)d day late", "%(num)d days late", figure)


def _page_of(warning: EarlyWarning) -> str | None:
    if warning.record is None:
        return None
    kind, row_id = warning.record
    endpoint, argument = RECORDS[kind]
    values: dict[str, Any] = {argument: row_id}
    return url_for(endpoint, **values)

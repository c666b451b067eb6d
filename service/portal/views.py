"""The pages of the portal: plain, large, without log-in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from service.complaints.queries import Total, list_totals
from service.complaints.rules import Resolution
from service.evaluation.queries import list_public_lessons
from service.portal import queries
from service.portal.queries import Place
from service.portal.rules import add_up
from service.procurement.public_queries import find_public_call, list_public_amendments, list_public_calls
from service.procurement.questions import list_public_questions
from service.procurement.result_queries import find_public_result
from service.procurement.rules import CallState
from service.procurement.schemas import CALL_LABELS
from service.web.session import anyone, locale
from tenants.actors import Actor

bp = Blueprint("portal", __name__, template_folder="templates")

DECIDED = (CallState.RESULT_PUBLISHED, CallState.APPROVED, CallState.UNSUCCESSFUL, CallState.CANCELLED)
NEWEST = 10


@bp.get("/")
def choose() -> str:
    """The provinces of the deployment."""
    provinces = queries.list_provinces(by=anyone())
    return render_template("portal/choose.html", provinces=provinces, demo=any(one.demo for one in provinces))


@bp.get("/p/<code>/")
def home(code: str) -> str:
    """What is open for bids, what was decided, and how complaints fare."""
    place, by = _place(code)
    calls = list_public_calls(place.ids, by=by)
    still_open = [call for call in calls if call.state is CallState.PUBLISHED and call.deadline >= by.now]
    decided = [call for call in calls if call.state in DECIDED][:NEWEST]
    return _page(place, "portal/home.html", calls=still_open, decided=decided, sum=add_up(_totals(place, by)))


@bp.get("/p/<code>/calls/")
def calls(code: str) -> str:
    """Every call that was ever published."""
    place, by = _place(code)
    return _page(place, "portal/calls.html", calls=list_public_calls(place.ids, by=by))


@bp.get("/p/<code>/calls/<uuid:call_id>")
def call(code: str, call_id: UUID) -> str:
    """A call, once opened its bids, and its result (steps 5.1 and 5.4)."""
    place, by = _place(code)
    found = find_public_call(call_id, by=by)
    return _page(
        place,
        "portal/call.html",
        call=found,
        result=find_public_result(call_id, by=by),
        amendments=list_public_amendments(call_id, by=by),
        labels=CALL_LABELS,
        questions=list_public_questions(call_id, by=by),
        now=by.now,
        number=queries.find_number(found.tenant_id, by=by),
        hotline=found.hotline or place.province.hotline,
    )


@bp.get("/p/<code>/complaints")
def complaints(code: str) -> str:
    """How many complaints, how fast, with what outcome; no words and no persons (H9)."""
    place, by = _place(code)
    totals = _totals(place, by)
    names = {office.id: office.name(by.locale) for office in place.offices}
    return _page(
        place,
        "portal/complaints.html",
        totals=totals,
        sum=add_up(totals),
        names=names,
        outcomes=list(Resolution),
    )


@bp.get("/p/<code>/lessons")
def lessons(code: str) -> str:
    """What the counties learnt (E5)."""
    place, by = _place(code)
    return _page(place, "portal/lessons.html", lessons=list_public_lessons(by=by))


@bp.get("/p/<code>/record")
def record(code: str) -> str:
    """The heads of the audit chains, and any link of one that somebody noted (T6)."""
    place, by = _place(code)
    office, number = place.office(request.args.get("office")), request.args.get("number", type=int)
    noted = queries.find_link(office.id, number, by=by) if office and number and number < 2**31 else None
    return _page(
        place,
        "portal/record.html",
        heads=queries.list_heads(place, by=by),
        noted=noted,
        asked=number,
        chosen=office,
    )


@bp.get("/p/<code>/record.json")
def record_json(code: str) -> Response:
    """The heads of the audit chains for whoever keeps a copy each day (T6)."""
    place, by = _place(code)
    heads = queries.list_heads(place, by=by)
    return jsonify(
        [
            {"office": one.office.code, "yesterday": _plain(one.yesterday), "today": _plain(one.today)}
            for one in heads
        ]
    )


def _place(code: str) -> tuple[Place, Actor]:
    place = queries.find_place(code, by=anyone())
    return place, place.seen_by(anyone())


def _totals(place: Place, by: Actor) -> list[Total]:
    """Complaints about the offices of the province, whoever decides them (H4, H9)."""
    return [total for total in list_totals(by=by) if total.tenant_id in place.ids]


def _page(place: Place, template: str, *, hotline: str | None = None, **context: Any) -> str:
    code, province = place.province.code, place.province
    entries = [
        (_("Calls and results"), ".home"),
        (_("Complaints"), ".complaints"),
        (_("Lessons"), ".lessons"),
        (_("Record"), ".record"),
    ]
    links = [
        (label, url_for(endpoint, code=code), request.endpoint == f"portal{endpoint}")
        for label, endpoint in entries
    ]
    return render_template(
        template,
        place=place,
        code=code,
        province=province.name(locale()),
        portal_links=links,
        demo=province.demo,
        hotline=hotline or province.hotline,
        **context,
    )


def _plain(head: queries.Head | None) -> dict[str, Any] | None:
    if head is None:
        return None
    return {"number": head.number, "hash": head.hash, "recorded_at": head.recorded_at.isoformat()}

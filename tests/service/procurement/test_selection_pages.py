"""Screening, review, selection and result in the browser and by JSON (C6, C8-C11, T4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from flask_babel import force_locale

from service.organizations.rules import Capacity
from service.preparation.rules import ProcurementMethod
from service.procurement import holds, selection
from service.procurement.bids import submit_application
from service.procurement.rules import CallState
from service.procurement.selection_queries import view_selection
from service.procurement.selection_rules import Indicator, Verdict
from tenants.permissions import Role
from tests.conftest import Clock, Office, Phone
from tests.service.procurement.selection_stages import (
    able_bidders,
    after_standstill,
    lot_file,
    opened_bids,
    result_published,
    reviewed,
    selected,
)
from tests.service.procurement.stages import opened, past_deadline, published_call
from tests.service.procurement.test_selection import change_organization, texts_to

Browser = Callable[..., FlaskClient]
Phones = Callable[..., Phone]
Program = Callable[..., FlaskClient]
OFFICER, APPROVER, EXPERT = Role.PROCUREMENT_OFFICER, Role.APPROVER, Role.EXPERT

REVIEW = {
    **{f"indicators-{one.value}": "good" for one in Indicator},
    "satisfies": "true",
    "reason": "看过，可行",
}


def test_an_officer_screens_two_experts_review_and_the_lowest_is_selected_and_published(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    call, bidders, bids = opened_bids(county, clock, phone)
    officer = browser(county, OFFICER)
    page = f"/admin/selection/{call.id}"
    begun = officer.get(page).text
    assert "清河社工服务中心" in begun
    assert f"还有{len(bids)}份报价等待初筛" in begun
    for bid in bids:
        assert "通过初筛，进入评审" in officer.get(f"/admin/selection/bids/{bid.id}").text
        assert officer.post(f"/admin/selection/bids/{bid.id}/admit").status_code == 302
    for expert in (browser(county, EXPERT), browser(county, EXPERT)):
        for bid in bids:
            assert expert.post(f"/admin/selection/bids/{bid.id}/review", data=REVIEW).status_code == 302
            shown = expert.get(f"/admin/selection/bids/{bid.id}").text
            assert "记录我的评审意见" not in shown
            assert "通过初筛，进入评审" not in shown
    file = lot_file(county, call)
    form = officer.get(page).text
    assert str(bids[1].id) in form
    assert f'value="{bids[0].id}"' not in form
    chosen = officer.post(
        f"{page}/lots/{file.lot.id}/select", data={"bid_id": str(bids[1].id), "reason": "满足任务书的最低价"}
    )
    assert chosen.status_code == 302
    assert f'href="{page}/publish"' in officer.get(page).text
    asked = officer.get(f"{page}/publish").text
    assert "先不公示" in asked
    assert ">公示结果<" in asked
    assert "公布" not in asked
    assert "清河社工服务中心" in asked
    assert 'href="/admin/calls/" aria-current="page"' in asked
    assert officer.post(f"{page}/publish").status_code == 302
    assert "公示" in officer.get(page).text
    assert "to 清河社工服务中心" in texts_to(bidders[0], by=county.officer)[-2]


@pytest.mark.parametrize(
    ("found_out", "said"),
    [
        (
            {"controlled_by_office": True},
            {
                "zh": "由购买方发起或控制的组织不能参加。",
                "en": "An organization that the office founded or controls cannot take part.",
            },
        ),
        (
            {"credit_code": None},
            {
                "zh": "没有依法登记，要和已登记的枢纽组织一起才能签合同。",
                "en": "is not legally registered: it can hold a contract only with an umbrella organization.",
            },
        ),
    ],
    ids=["r2", "o6"],
)
def test_what_is_found_out_after_the_choice_stops_the_result_and_is_said_in_both_languages(
    county: Office,
    clock: Clock,
    phone: Phones,
    browser: Browser,
    found_out: dict[str, object],
    said: dict[str, str],
) -> None:
    call, _bidders, _bids = selected(county, clock, phone)
    change_organization(lot_file(county, call).winner().organization, **found_out, by=county.officer)
    officer = browser(county, OFFICER)
    for locale, sentence in said.items():
        refused = officer.post(f"/admin/selection/{call.id}/publish?lang={locale}")
        assert sentence in refused.text
    assert view_selection(call.id, by=county.officer).call.state is CallState.OPENED


def test_c6_a_form_with_gaps_says_so_and_keeps_what_was_written(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    _call, _bidders, bids = opened_bids(county, clock, phone)
    officer = browser(county, OFFICER)
    page = f"/admin/selection/bids/{bids[0].id}"
    unfilled = officer.post(f"{page}/exclude?lang=en", data={"reason": "不合适"}).text
    assert 'href="#exclusion-ground"' in unfilled
    assert f'class="language" href="{page}?lang=zh"' in unfilled
    assert "不合适" in officer.post(f"{page}/exclude", data={"reason": "不合适"}).text
    assert 'href="#field-what"' in officer.post(f"{page}/revision", data={}).text
    officer.post(f"{page}/admit")
    unfinished = officer.post(f"{page}/review?lang=en", data={**REVIEW, "indicators-enablers": ""}).text
    assert 'href="#field-indicators-enablers"' in unfinished


def test_c6_an_organization_answers_a_request_for_revision_by_its_link(
    county: Office, clock: Clock, phone: Phones, browser: Browser, visitor: FlaskClient
) -> None:
    _call, bidders, bids = opened_bids(county, clock, phone)
    officer = browser(county, OFFICER)
    assert (
        officer.post(f"/admin/selection/bids/{bids[0].id}/revision", data={"what": "缺承诺书"}).status_code
        == 302
    )
    found = re.search(r"http://qiao\.test(/f/\S+)", texts_to(bidders[0], by=county.officer)[-1])
    assert found
    assert "补充材料" in visitor.get(found[1]).text
    assert visitor.post(found[1], data={"text": "我们承诺做到"}).status_code == 303
    assert visitor.get(found[1]).status_code == 404
    assert "我们承诺做到" in officer.get(f"/admin/selection/bids/{bids[0].id}").text
    answer = officer.post(
        f"/admin/selection/bids/{bids[0].id}/exclude", data={"ground": "documents", "reason": "仍缺签字"}
    )
    assert answer.status_code == 302


def test_d3_an_expert_sees_no_word_of_category_or_difficulty(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    call, _bidders, bids = opened_bids(county, clock, phone)
    expert = browser(county, EXPERT)
    for path in (f"/admin/selection/{call.id}?lang=en", f"/admin/selection/bids/{bids[0].id}?lang=en"):
        text = expert.get(path).text
        assert "Selection" in text
        with force_locale("en"):
            assert [one for one in Capacity if str(one.label) in text] == []
        assert "experience this task needs" not in text


def test_c11_approval_is_offered_once_nothing_stands_in_its_way(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    call, bidders, _bids = result_published(county, clock, phone)
    approver, page = browser(county, APPROVER), f"/admin/selection/{call.id}"
    approve = f"/admin/contracts/of-call/{call.id}"
    assert approve not in approver.get(page).text
    assert approver.post(approve).status_code == 422
    source = call.id
    holds.place_hold(call.id, source, by=county.desk)
    after_standstill(county, call, clock)
    approver = browser(county, APPROVER)
    assert approve not in approver.get(page).text
    assert approver.post(approve).status_code == 422
    holds.lift_hold(call.id, source, by=county.desk)
    assert approve in approver.get(page).text
    asked = approver.get(approve).text
    assert "要批准这个结果吗" in asked
    assert bidders[1].organization.name in asked
    assert approver.post(approve).status_code == 302
    again = approver.post(f"{approve}?lang=en")
    assert again.status_code == 409
    assert "This cannot be done now" in again.text


def test_c11_an_approver_returns_a_result_with_reasons(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    call, _bidders, _bids = result_published(county, clock, phone)
    approver, page = browser(county, APPROVER), f"/admin/selection/{call.id}"
    assert 'href="#field-reason"' in approver.post(f"{page}/return", data={}).text
    assert approver.post(f"{page}/return", data={"reason": "评审理由不足"}).status_code == 302
    assert lot_file(county, call).award is None


def test_c13_a_call_with_one_answer_is_ended_on_its_page(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    call, _bidders, _bids = opened_bids(county, clock, phone, prices=[18000])
    officer, page = browser(county, OFFICER), f"/admin/selection/{call.id}"
    assert f"{page}/fail" in officer.get(page).text
    assert officer.post(f"{page}/fail", data={"reason": "只有一家报价"}).status_code == 302
    assert "Without a winner" in officer.get(f"{page}?lang=en").text


@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.COMPLAINT_OFFICER])
def test_t3_who_has_no_part_in_the_selection_does_not_see_it(
    role: Role, county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    call, _bidders, bids = opened_bids(county, clock, phone)
    stranger = browser(county, role)
    assert stranger.get(f"/admin/selection/{call.id}").status_code == 403
    assert stranger.post(f"/admin/selection/bids/{bids[0].id}/admit").status_code == 403


def test_t8_what_waits_stands_on_the_home_page(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    call, _bidders, _bids = selected(county, clock, phone)
    assert f"/admin/selection/{call.id}" in browser(county, OFFICER).get("/admin/").text
    selection.publish_result(call.id, by=county.officer)
    assert f"/admin/selection/{call.id}" not in browser(county, APPROVER).get("/admin/").text
    after_standstill(county, call, clock)
    assert f"/admin/selection/{call.id}" in browser(county, APPROVER).get("/admin/").text


def test_a_program_screens_selects_and_publishes(
    county: Office, clock: Clock, phone: Phones, program: Browser
) -> None:
    call, _bidders, bids = opened_bids(county, clock, phone)
    officer = program(county, OFFICER)
    base = "/api/v1/selection"
    for bid in bids:
        assert officer.post(f"{base}/bids/{bid.id}/screening", json={}).json["state"] == "qualified"
    review = {"indicators": {one.value: "good" for one in Indicator}, "satisfies": True, "reason": "可行"}
    for reviewer in (program(county, EXPERT), program(county, EXPERT)):
        for bid in bids:
            assert reviewer.post(f"{base}/bids/{bid.id}/reviews", json=review).status_code == 201
            assert reviewer.post(f"{base}/bids/{bid.id}/reviews", json=review).status_code == 409
    seen = officer.get(f"{base}/{call.id}").json["lots"][0]
    assert seen["ranking"][0] == str(bids[1].id)
    assert [len(one["reviews"]) for one in seen["bids"]] == [2, 2, 2]
    award = f"{base}/lots/{seen['lot_id']}/award"
    wrong = officer.post(award, json={"bid_id": str(bids[0].id), "reason": "喜欢"})
    assert (wrong.status_code, wrong.json["code"]) == (422, "not_first")
    assert officer.post(award, json={"bid_id": str(bids[1].id), "reason": "最低"}).status_code == 201
    published = officer.post(f"{base}/{call.id}/result")
    assert (published.status_code, published.json["state"]) == (201, "result_published")
    assert view_selection(call.id, by=county.officer).lots[0].award is not None
    returned = program(county, APPROVER).post(f"{base}/{call.id}/return", json={"reason": "再议"})
    assert (returned.status_code, returned.json["state"]) == (200, "opened")


def test_c7_a_program_reads_a_colleague_s_review_after_giving_its_own(
    county: Office, clock: Clock, phone: Phones, program: Browser
) -> None:
    call, _bidders, bids = opened_bids(county, clock, phone)
    first, second = program(county, EXPERT), program(county, EXPERT)
    base = "/api/v1/selection"
    review = {"indicators": {one.value: "good" for one in Indicator}, "satisfies": True, "reason": "可行"}
    for bid in bids:
        selection.screen_bid(bid.id, None, by=county.officer)
        first.post(f"{base}/bids/{bid.id}/reviews", json=review)

    def read(reader: FlaskClient) -> tuple[list[int], list[str]]:
        lot = reader.get(f"{base}/{call.id}").json["lots"][0]
        return [len(one["reviews"]) for one in lot["bids"]], lot["ranking"]

    assert read(second) == ([0, 0, 0], [])
    assert read(first)[0] == [1, 1, 1]
    second.post(f"{base}/bids/{bids[0].id}/reviews", json=review)
    assert sorted(read(second)[0]) == [0, 0, 2]


def test_c8_a_review_by_json_cannot_judge_writing_style(
    county: Office, clock: Clock, phone: Phones, program: Browser
) -> None:
    _call, _bidders, bids = opened_bids(county, clock, phone)
    selection.screen_bid(bids[0].id, None, by=county.officer)
    review = {
        "indicators": {**{one.value: "good" for one in Indicator}, "writing_style": "good"},
        "satisfies": True,
        "reason": "文笔好",
    }
    answer = program(county, EXPERT).post(f"/api/v1/selection/bids/{bids[0].id}/reviews", json=review)
    assert answer.status_code == 422
    assert "writing_style" in answer.json["errors"]["indicators"]


def test_t2_a_neighbours_program_finds_nothing(
    county: Office, other_county: Office, clock: Clock, phone: Phones, program: Browser
) -> None:
    call, _bidders, bids = opened_bids(county, clock, phone)
    stranger = program(other_county, OFFICER)
    for answer in (
        stranger.get(f"/api/v1/selection/{call.id}"),
        stranger.get(f"/api/v1/selection/bids/{bids[0].id}"),
        stranger.post(f"/api/v1/selection/bids/{bids[0].id}/screening", json={}),
        stranger.post(f"/api/v1/selection/{call.id}/result"),
    ):
        assert answer.status_code == 404


def test_c14_no_seed_of_a_draw_is_shown_before_the_opening(
    county: Office, clock: Clock, phone: Phones, browser: Browser, program: Program
) -> None:
    asked = able_bidders(county, phone)
    call, lot = published_call(county, asked)
    asked[0].bids(lot, 18000)
    client, officer = program(county, OFFICER), browser(county, OFFICER)
    for later in (lambda: None, lambda: past_deadline(call, clock)):
        later()
        assert client.get(f"/api/v1/selection/{call.id}").json["lots"][0]["seed"] is None
        page = officer.get(f"/admin/selection/{call.id}?lang=en").text
        assert "How an equal result would be drawn" not in page
        assert "Nobody bid" not in page
        assert "The bids are sealed until two officers open them." in page
    opened(county, call)
    assert client.get(f"/api/v1/selection/{call.id}").json["lots"][0]["seed"]
    assert "How an equal result would be drawn" in officer.get(f"/admin/selection/{call.id}?lang=en").text


def test_c9_a_winner_can_still_be_chosen_after_a_forgotten_reason(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    call, _bidders, bids = opened_bids(county, clock, phone)
    for bid in bids:
        selection.screen_bid(bid.id, None, by=county.officer)
        reviewed(county, bid)
    lot = lot_file(county, call).lot
    page = f"/admin/selection/{call.id}/lots/{lot.id}/select"
    again = browser(county, OFFICER).post(page, data={"bid_id": str(bids[1].id), "reason": ""})
    assert again.status_code == 422
    assert f'<option value="{bids[1].id}" selected>' in again.text


def test_c9_the_page_says_how_many_reviewers_the_method_needs(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    call, _bidders, bids = opened_bids(county, clock, phone)
    page = f"/admin/selection/{call.id}?lang=en"
    assert "3 bids wait to be screened" in browser(county, OFFICER).get(page).text
    assert "at least 2 by name" in browser(county, OFFICER).get(page).text
    for bid in bids:
        selection.screen_bid(bid.id, None, by=county.officer)
    file = lot_file(county, call)
    assert file.awaiting(county.officer.id) == 3
    reviewed(county, bids[0])
    assert lot_file(county, call).awaiting(county.officer.id) == 2


def test_t8_bids_wait_for_an_expert_until_that_expert_reviewed_them(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    call, _bidders, bids = opened_bids(county, clock, phone)
    expert = browser(county, EXPERT)
    assert "wait for your review" not in expert.get("/admin/?lang=en").text
    for bid in bids[:2]:
        selection.screen_bid(bid.id, None, by=county.officer)
    home = expert.get("/admin/?lang=en").text
    assert f"Call {call.number}: 2 bids wait for your review" in home
    assert "wait for your review" not in browser(county, APPROVER).get("/admin/?lang=en").text
    expert.post(f"/admin/selection/bids/{bids[0].id}/review", data=REVIEW)
    assert f"Call {call.number}: 1 bid waits for your review" in expert.get("/admin/?lang=en").text
    expert.post(f"/admin/selection/bids/{bids[1].id}/review", data=REVIEW)
    assert "for your review" not in expert.get("/admin/?lang=en").text


def test_c8_a_review_shows_how_each_indicator_was_seen(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    _call, _bidders, bids = opened_bids(county, clock, phone)
    selection.screen_bid(bids[0].id, None, by=county.officer)
    reviewed(county, bids[0], verdict=Verdict.EXCELLENT, enablers=Verdict.ADEQUATE)
    page = browser(county, APPROVER).get(f"/admin/selection/bids/{bids[0].id}?lang=en").text
    assert page.count('<span class="badge good">Excellent</span>') == 8
    assert page.count('<span class="badge plain">Adequate</span>') == 2


def test_c9_a_change_begins_from_the_standing_choice(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    bidders = able_bidders(county, phone, 2)
    call, _lot = published_call(county, bidders, method=ProcurementMethod.NEGOTIATION)
    lot = lot_file(county, call).lot
    for one in bidders:
        submit_application(lot.id, Decimal(18000), {"plan": "三月选羊"}, by=one.actor)
    past_deadline(call, clock)
    opened(county, call)
    for one in lot_file(county, call).bids:
        selection.screen_bid(one.bid.id, None, by=county.officer)
        reviewed(county, one.bid)
    file = lot_file(county, call)
    second = file.ranking[1].bid_id
    selection.select_winner(file.lot.id, second, "更懂这个村", by=county.officer)
    page = browser(county, OFFICER).get(f"/admin/selection/{call.id}").text
    assert re.findall(r'<option value="([^"]+)" selected>', page) == [str(second)]


def test_c8_an_expert_judges_a_bid_before_reading_what_others_think_of_it(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    _call, _bidders, bids = opened_bids(county, clock, phone)
    selection.screen_bid(bids[0].id, None, by=county.officer)
    page = f"/admin/selection/bids/{bids[0].id}"
    first, second = browser(county, EXPERT), browser(county, EXPERT)
    first.post(f"{page}/review", data={**REVIEW, "reason": "方案扎实"})
    assert "方案扎实" in first.get(page).text
    unseen = second.get(page).text
    assert "方案扎实" not in unseen
    assert "评审意见" in unseen
    second.post(f"{page}/review", data=REVIEW)
    assert "方案扎实" in second.get(page).text
    assert "方案扎实" in browser(county, EXPERT).get(page).text, "two have reviewed: it waits for no third"


def test_t4_a_result_waits_for_the_approval_of_somebody_who_had_no_hand_in_it(
    county: Office, clock: Clock, phone: Phones, browser: Browser
) -> None:
    call, _bidders, bids = opened_bids(county, clock, phone)
    page = f"/admin/selection/{call.id}"
    involved = browser(county, APPROVER)
    for bid in bids:
        selection.screen_bid(bid.id, None, by=county.officer)
        assert involved.post(f"/admin/selection/bids/{bid.id}/review", data=REVIEW).status_code == 302
        reviewed(county, bid)
    file = lot_file(county, call)
    selection.select_winner(file.lot.id, file.ranking[0].bid_id, "最低", by=county.officer)
    selection.publish_result(call.id, by=county.officer)
    after_standstill(county, call, clock)
    assert page not in involved.get("/admin/").text
    shown = involved.get(page).text
    assert f"/admin/contracts/of-call/{call.id}" not in shown
    assert f"{page}/return" not in shown
    assert "请另一位审批人" in shown
    other = browser(county, APPROVER)
    assert page in other.get("/admin/").text
    assert f"/admin/contracts/of-call/{call.id}" in other.get(page).text

"""The portal as anybody meets it: without log-in, in two languages, with nothing but what is public."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from flask.testing import FlaskClient

from service.evaluation import acceptance
from service.identification.workflow import list_task
from service.procurement.result_queries import find_public_result
from tenants.actors import Actor
from tenants.audit import seal
from tenants.offices import add_office
from tenants.schema import libpq
from tenants.workdays import local_day
from tests.conftest import Clock, Office
from tests.service.evaluation.stages import accepted, meeting_on, result_published, signed_contract
from tests.service.identification.test_workflow import POND
from tests.service.procurement.stages import (
    drafted_call,
    opened_call,
    past_deadline,
    published_call,
    three_bidders,
)

CONFIDENTIAL = ("难度", "简单", "能力类别", "Difficulty", "mature and dependable", "moderately competent")


def test_the_front_page_lists_the_provinces(province: Office, visitor: FlaskClient) -> None:
    page = visitor.get("/")
    assert page.status_code == 200
    assert "云岭省扶贫办" in page.text
    assert "Yunling" in visitor.get("/?lang=en").text
    assert "清河县" not in page.text


@pytest.mark.parametrize("path", ["", "calls/", "complaints", "lessons", "record"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_on_an_empty_province(
    province: Office, visitor: FlaskClient, path: str, language: str
) -> None:
    assert visitor.get(f"/p/yun/{path}?lang={language}").status_code == 200


@pytest.mark.parametrize("code", ["nowhere", "qing", "platform"])
def test_only_a_province_has_a_portal(province: Office, visitor: FlaskClient, code: str) -> None:
    assert visitor.get(f"/p/{code}/").status_code == 404


def test_c2_an_open_call_stands_on_the_portal_with_all_that_step_5_1_lists(
    county: Office, visitor: FlaskClient, phone: Callable[..., Any]
) -> None:
    call, lot = published_call(county, three_bidders(county, phone))
    home = visitor.get("/p/yun/").text
    assert "石板村贫困户养羊" in home
    page = visitor.get(f"/p/yun/calls/{call.id}").text
    for words in (
        "让三十户增收",
        "有做过扶贫的队伍",
        "短信报价",
        "县扶贫办二楼",
        "两名评审看五项指标",
        "可以提出修改后的任务书",
        "采购方式",
        f"报价 {lot} 18000",
        "怎样投诉",
        "石板村、上寨",
    ):
        assert words in page, words
    assert "Goats for poor households" in visitor.get(f"/p/yun/calls/{call.id}?lang=en").text


def test_d3_neither_difficulty_nor_category_is_ever_public(
    county: Office, clock: Clock, visitor: FlaskClient, phone: Callable[..., Any]
) -> None:
    call, _bidders = result_published(county, clock, phone)
    for path in ("", "calls/", f"calls/{call.id}"):
        for language in ("zh", "en"):
            page = visitor.get(f"/p/yun/{path}?lang={language}").text
            assert not [word for word in CONFIDENTIAL if word in page], path


def test_a_draft_is_not_public(county: Office, visitor: FlaskClient) -> None:
    call = drafted_call(county)
    assert visitor.get(f"/p/yun/calls/{call.id}").status_code == 404
    assert visitor.get(f"/p/yun/calls/{uuid4()}").status_code == 404
    assert "养羊" not in visitor.get("/p/yun/calls/").text


def test_t2_a_call_stands_on_its_own_provinces_portal_only(
    county: Office, clock: Clock, visitor: FlaskClient, phone: Callable[..., Any]
) -> None:
    add_office("gui", name_zh="桂山省扶贫办", name_en="Guishan", by=Actor.system(now=clock()))
    call, _lot = published_call(county, three_bidders(county, phone))
    assert visitor.get(f"/p/gui/calls/{call.id}").status_code == 404
    assert "养羊" not in visitor.get("/p/gui/calls/").text


def test_c5_bids_are_public_with_digest_and_nonce_once_opened(
    county: Office, clock: Clock, visitor: FlaskClient, phone: Callable[..., Any]
) -> None:
    bidders = three_bidders(county, phone)
    call, lot = published_call(county, bidders)
    receipt: Any = bidders[0].bids(lot, Decimal(4801))
    sealed = visitor.get(f"/p/yun/calls/{call.id}").text
    assert "4,801" not in sealed
    assert receipt.digest not in sealed
    past_deadline(call, clock)
    assert "尚未开标" in visitor.get(f"/p/yun/calls/{call.id}").text


def test_c5_the_opened_bid_can_be_checked(
    county: Office, clock: Clock, visitor: FlaskClient, phone: Callable[..., Any]
) -> None:
    call, _lot = opened_call(
        county, clock, three_bidders(county, phone), [Decimal(4801), Decimal(5200), Decimal(5600)]
    )
    page = visitor.get(f"/p/yun/calls/{call.id}").text
    assert "4,801.00" in page
    assert "随机码" in page
    assert "SHA-256" in page
    assert "138****" not in page
    assert "+8613800000001" not in page


def test_c10_the_result_says_what_step_5_4_lists(
    county: Office, clock: Clock, visitor: FlaskClient, phone: Callable[..., Any]
) -> None:
    call, bidders = result_published(county, clock, phone)
    page = visitor.get(f"/p/yun/calls/{call.id}").text
    for words in (
        bidders[0].organization.name,
        "4,800.00",
        "60,000.00",
        "清河县扶贫办",
        "0871-1234",
        "异议截止",
        "评审人员",
        "报价最低",
    ):
        assert words in page, words
    assert "结果公示" in visitor.get("/p/yun/").text or "异议" in page


def test_c14_the_seed_of_the_draw_and_how_it_was_made_stand_with_the_result(
    county: Office, clock: Clock, visitor: FlaskClient, phone: Callable[..., Any]
) -> None:
    call, _bidders = result_published(county, clock, phone)
    anybody = Actor.public(tenant_id=county.id, readable=(county.id,), now=clock())
    result = find_public_result(call.id, by=anybody)
    assert result is not None
    assert result.awards[0].seed
    assert result.awards[0].seed in visitor.get(f"/p/yun/calls/{call.id}").text


def test_h9_totals_of_complaints_are_public_and_their_words_are_not(
    county: Office, visitor: FlaskClient, phone: Callable[..., Any]
) -> None:
    villager = phone("+8613700000001", county)
    villager.says("投诉 水池漏水三个月没人管")
    home, page = visitor.get("/p/yun/").text, visitor.get("/p/yun/complaints").text
    assert "至今收到投诉 1 件" in home
    assert "2026-03" in page
    assert "清河县扶贫办" in page
    assert "漏水" not in page + home


def test_t6_the_heads_of_the_chains_are_published_for_yesterday_and_now(
    county: Office, visitor: FlaskClient, servers: Any
) -> None:
    for title in ("养羊", "种核桃", "修路"):
        list_task(**{**POND, "title": title}, by=county.officer)
    seal(by=county.system)
    with psycopg.connect(libpq(servers.superuser_url), dbname="qiao", autocommit=True) as connection:
        connection.execute(
            "UPDATE audit_entries SET recorded_at = %s WHERE tenant_id = %s AND id = (SELECT audit_id FROM"
            " audit_chain WHERE tenant_id = %s AND number = 1)",
            [datetime(2026, 3, 3, 15, 59, tzinfo=UTC), county.id, county.id],
        )
        hashes = dict(
            connection.execute("SELECT number, hash FROM audit_chain WHERE tenant_id = %s", [county.id])
        )
    heads = {one["office"]: one for one in visitor.get("/p/yun/record.json").json}
    assert heads["qing"]["yesterday"]["number"] == 1
    assert heads["qing"]["yesterday"]["hash"] == hashes[1].hex()
    assert heads["qing"]["today"]["number"] == max(hashes)
    assert heads["lan"] == {"office": "lan", "yesterday": None, "today": None}
    assert hashes[max(hashes)].hex() in visitor.get("/p/yun/record").text
    assert hashes[2].hex() in visitor.get("/p/yun/record?office=qing&number=2").text
    assert "还没有这个编号" in visitor.get("/p/yun/record?office=qing&number=99").text
    assert visitor.get("/p/yun/record?office=nowhere&number=abc").status_code == 200


def test_e5_lessons_are_public(
    county: Office, clock: Clock, visitor: FlaskClient, phone: Callable[..., Any]
) -> None:
    contract, _winner = signed_contract(county, clock, phone)
    accepted(county, contract)
    acceptance.record_closure(contract.id, **meeting_on(local_day(clock.now)), by=county.officer)
    page = visitor.get("/p/yun/lessons").text
    assert "羊要在春天发" in page
    assert "妇女小组愿意继续" not in page

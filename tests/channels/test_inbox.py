"""The inbox: stored before it is answered, once, whatever comes (S1-S5)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from threading import Barrier
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import psycopg
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from channels import inbox
from channels.gateways.twilio import sign
from channels.inbound_door import OWN_CONNECTIONS, _fields
from channels.models import Contact, Handling, InboundMessage
from tenants.actors import Actor
from tenants.audit import AuditEntry
from tenants.database import db
from tenants.gate import query
from tenants.permissions import Permission
from tenants.privacy import decrypt_under, keyring
from tenants.schema import libpq
from tests.conftest import AUTH_TOKEN, Clock, Office, Phone

VILLAGER = "+8613800000001"
MakePhone = Callable[[str, Office], Phone]


@query(Permission.CHANNEL_READ)
def stored(*, by: Actor) -> list[tuple[InboundMessage, Contact]]:
    """Everything the office took in."""
    rows = db.session.execute(
        select(InboundMessage, Contact)
        .join(
            Contact,
            (Contact.tenant_id == InboundMessage.tenant_id) & (Contact.id == InboundMessage.contact_id),
        )
        .where(InboundMessage.tenant_id == by.tenant_id)
        .order_by(InboundMessage.received_at)
    )
    return [(message, contact) for message, contact in rows]


def test_help_always_answers_with_the_office_and_its_hotline(phone: MakePhone, county: Office) -> None:
    reply = phone(VILLAGER, county).says("帮助")
    assert "清河县扶贫办" in reply
    assert "0871-1234" in reply


def test_a_message_is_kept_as_it_came_encrypted_with_a_clean_text_beside(
    phone: MakePhone, county: Office
) -> None:
    phone(VILLAGER, county).says("帮\u200b助\x07 🙏")
    ((message, contact),) = stored(by=county.system)
    assert decrypt_under(contact.data_key, message.raw) == "帮\u200b助\x07 🙏"
    assert "\x07" not in (decrypt_under(contact.data_key, message.text) or "\x07")
    assert "帮".encode() not in (message.raw or b"") + (message.reply or b"")


def test_a_repeat_gets_the_same_reply_and_changes_nothing(phone: MakePhone, county: Office) -> None:
    villager = phone(VILLAGER, county)
    first = villager.says("帮助", sid="SM1")
    assert villager.says("帮助", sid="SM1") == first
    assert len(stored(by=county.system)) == 1


def signed(villager: Phone, text: str, errors: str = "strict") -> dict[str, Any]:
    """A webhook byte by byte, signed over the form as ``errors`` reads its body."""
    path = f"/channels/twilio/{villager._channel.key}/inbound"
    form = {"MessageSid": "SM1", "From": villager.number, "To": villager._channel.number, "Body": text}
    body = urlencode(form, errors="surrogatepass")
    read = {name: [value] for name, value in parse_qsl(body, errors=errors)}
    return {
        "path": path,
        "method": "POST",
        "data": body.encode(),
        "content_type": "application/x-www-form-urlencoded",
        "headers": {"X-Twilio-Signature": sign(villager._base_url + path, read, AUTH_TOKEN)},
    }


def test_many_repeats_at_once_are_one_message_with_one_reply(phone: MakePhone, county: Office) -> None:
    villager = phone(VILLAGER, county)
    with ThreadPoolExecutor(8) as pool:
        replies = set(pool.map(lambda _: villager.says("帮助", sid="SM1"), range(20)))
    assert len(replies) == 1
    assert len(stored(by=county.system)) == 1


def test_texts_of_one_sender_that_come_at_once_follow_one_another(phone: MakePhone, county: Office) -> None:
    villager = phone(VILLAGER, county)
    villager.says("登记")
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(villager.says, ["山里人合作社", "一起修水渠", "修水利", "清河县"]))
    assert len(set(replies)) == 4, "each text answered another question"


def test_few_threads_keep_their_connections_and_those_that_end_give_them_back(
    phone: MakePhone, county: Office
) -> None:
    villagers = [phone(f"+86138000001{number:02}", county) for number in range(12)]
    pool: Any = db.engine.pool
    all_are_told = Barrier(len(villagers))

    def kept_after(villager: Phone) -> int:
        villager.says("帮助")
        all_are_told.wait(20)
        return int(pool.checkedout())

    with ThreadPoolExecutor(len(villagers)) as threads:
        assert max(threads.map(kept_after, villagers)) <= OWN_CONNECTIONS
    assert pool.checkedout() <= 1, "this thread's own"
    assert len(stored(by=county.system)) == len(villagers)


def test_a_bad_signature_is_refused_and_stores_nothing(app: Flask, phone: MakePhone, county: Office) -> None:
    villager = phone(VILLAGER, county)
    path = f"/channels/twilio/{villager._channel.key}/inbound"
    form = {"MessageSid": "SM1", "From": VILLAGER, "To": villager._channel.number, "Body": "帮助"}
    for headers in ({}, {"X-Twilio-Signature": "AAAA"}):
        assert app.test_client().post(path, data=form, headers=headers).status_code == 403
    assert stored(by=county.system) == []


def test_an_unknown_channel_is_not_found(app: Flask) -> None:
    assert app.test_client().post("/channels/twilio/nobody/inbound", data={}).status_code == 404


def test_a_body_beyond_64_kib_is_refused(app: Flask, phone: MakePhone, county: Office) -> None:
    assert phone(VILLAGER, county).posts("水" * 30_000).status_code == 413


def test_a_body_without_a_length_is_read_and_has_the_same_limit(
    app: Flask, phone: MakePhone, county: Office
) -> None:
    """A proxy may pass a request on in chunks."""
    asked = signed(phone(VILLAGER, county), "帮助")
    for body, status in ((asked["data"], 200), (b"x" * (64 * 1024 + 1), 413)):
        response = app.test_client().open(
            **{**asked, "data": None},
            input_stream=BytesIO(body),
            environ_overrides={"CONTENT_LENGTH": "", "wsgi.input_terminated": True},
        )
        assert response.status_code == status
    assert len(stored(by=county.system)) == 1


@pytest.mark.parametrize("errors", ["surrogatepass", "werkzeug.url_quote"])
def test_half_a_character_is_kept_whichever_way_the_provider_read_it_for_its_signature(
    app: Flask, phone: MakePhone, county: Office, errors: str
) -> None:
    assert (
        app.test_client().open(**signed(phone(VILLAGER, county), "水池\ud83d漏水", errors)).status_code == 200
    )
    assert len(stored(by=county.system)) == 1


@given(st.lists(st.tuples(st.text(), st.text())), st.text(alphabet="ab=&+%é2F\x00"))
def test_a_form_is_read_as_the_standard_library_reads_it(fields: list[tuple[str, str]], torn: str) -> None:
    for body in (urlencode(fields, errors="surrogatepass"), torn):
        for errors in ("replace", "werkzeug.url_quote"):
            read = _fields(body, errors)
            plain: dict[str, list[str]] = {}
            for name, value in parse_qsl(body, keep_blank_values=True, errors=errors):
                plain.setdefault(name, []).append(value)
            assert read == plain


def test_a_form_of_another_kind_is_not_taken_for_a_message(
    app: Flask, phone: MakePhone, county: Office
) -> None:
    asked = signed(phone(VILLAGER, county), "帮助")
    for kind in ("application/json", "multipart/form-data; boundary=x"):
        assert app.test_client().open(**{**asked, "content_type": kind}).status_code == 403


def test_the_first_reply_says_who_keeps_the_data_and_later_ones_do_not(
    phone: MakePhone, county: Office
) -> None:
    villager = phone(VILLAGER, county)
    assert "加密" in villager.says("帮助")
    assert "加密" not in villager.says("帮助")


def test_stop_is_kept_as_consent_and_start_undoes_it(phone: MakePhone, county: Office) -> None:
    villager = phone(VILLAGER, county)
    villager.says("退订")
    assert stored(by=county.system)[0][1].stopped_at is not None
    villager.says("恢复")
    assert stored(by=county.system)[0][1].stopped_at is None


@query(Permission.AUDIT_READ)
def consents(*, by: Actor) -> list[tuple[str, str, str]]:
    """What the audit knows of consent: the event, whose it was, and the message that said so."""
    wanted = select(AuditEntry).where(
        AuditEntry.tenant_id == by.tenant_id, AuditEntry.event.like("channels.consent_%")
    )
    rows = db.session.scalars(wanted.order_by(AuditEntry.id))
    return [(row.event, row.subject_id, row.facts["message"]) for row in rows]


def test_s5_t6_the_record_of_consent_names_the_message_that_gave_or_ended_it(
    phone: MakePhone, county: Office
) -> None:
    villager = phone(VILLAGER, county)
    for text in ("STOP", "12345", "START"):
        villager.says(text)
    (stop, contact), _between, (start, _contact) = stored(by=county.system)
    assert consents(by=county.system) == [
        ("channels.consent_withdrawn", str(contact.id), str(stop.id)),
        ("channels.consent_given", str(contact.id), str(start.id)),
    ]


def test_s5_what_twilio_took_for_an_opt_out_is_one_here_and_is_not_answered_twice(
    phone: MakePhone, county: Office
) -> None:
    villager = phone(VILLAGER, county)
    for _repeat in range(2):
        assert villager.says("CANCEL", sid="SM1", OptOutType="STOP") == ""
        ((_message, contact),) = stored(by=county.system)
        assert contact.stopped_at is not None
    assert villager.says("UNSTOP", sid="SM2", OptOutType="START") == ""
    assert stored(by=county.system)[0][1].stopped_at is None
    assert villager.says("CANCEL", sid="SM1", OptOutType="STOP") == ""
    assert stored(by=county.system)[0][1].stopped_at is None


def test_s5_help_that_twilio_answered_changes_nothing_and_is_not_answered_twice(
    phone: MakePhone, county: Office
) -> None:
    villager = phone(VILLAGER, county)
    villager.says("登记")
    within = villager.says("帮助")
    assert villager.says("INFO", OptOutType="HELP") == ""
    assert stored(by=county.system)[0][1].stopped_at is None
    assert villager.says("帮助") == within


def test_t7_who_was_answered_by_twilio_alone_is_still_told_who_keeps_the_data(
    phone: MakePhone, county: Office
) -> None:
    villager = phone(VILLAGER, county)
    assert villager.says("HELP", OptOutType="HELP") == ""
    assert "加密" in villager.says("帮助")
    assert "加密" not in villager.says("帮助")


def test_s5_what_twilio_answered_is_not_answered_twice_where_it_could_not_be_handled(
    app: Flask, phone: MakePhone, county: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object, **_named: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr(inbox, "share_consent", fails)
    assert phone(VILLAGER, county).says("CANCEL", OptOutType="STOP") == ""
    ((message, _contact),) = stored(by=county.system)
    assert (message.failure, message.handling) == ("ArithmeticError", Handling.ATTENTION)


def test_t7_who_was_first_answered_that_a_person_reads_is_told_next_time_who_keeps_the_data(
    app: Flask, phone: MakePhone, county: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object, **_named: object) -> None:
        raise ArithmeticError

    villager = phone(VILLAGER, county)
    with monkeypatch.context() as broken:
        broken.setattr(inbox, "share_consent", fails)
        assert "加密" not in villager.says("退订")
    assert "加密" in villager.says("帮助")
    assert "加密" not in villager.says("帮助")


def test_the_language_follows_the_script_and_then_the_choice(phone: MakePhone, county: Office) -> None:
    villager = phone(VILLAGER, county)
    assert "Text:" in villager.says("HELP")
    assert "Text:" not in villager.says("帮助")
    villager.says("语言")
    assert "English" in villager.says("2")
    assert "Text:" in villager.says("帮助")


@pytest.mark.parametrize(("text", "english"), [("bangzhu", False), ("BANG ZHU", False), ("help", True)])
def test_s3_whoever_writes_chinese_in_latin_letters_reads_chinese(
    phone: MakePhone, county: Office, text: str, english: bool
) -> None:
    assert ("Text:" in phone(VILLAGER, county).says(text)) is english


@pytest.mark.parametrize("text", ["", "\x00", "😀" * 300, "字" * 5000, "???", "12"])
def test_whatever_comes_is_kept_and_answered(phone: MakePhone, county: Office, text: str) -> None:
    assert phone(VILLAGER, county).says(text)
    assert len(stored(by=county.system)) == 1


def test_what_no_dialogue_understands_waits_for_a_person(
    phone: MakePhone, county: Office, clock: Clock
) -> None:
    reply = phone(VILLAGER, county).says("12 34 56 78")
    ((message, _contact),) = stored(by=county.system)
    assert message.handling is Handling.ATTENTION
    assert message.reference
    assert message.reference in reply
    clock.advance(days=1)
    assert clock.now - message.received_at > timedelta(hours=23)


def test_s2_thanks_are_answered_and_wait_for_nobody(phone: MakePhone, county: Office) -> None:
    assert "不客气" in phone(VILLAGER, county).says("好的，谢谢你们")
    ((message, _contact),) = stored(by=county.system)
    assert message.handling is Handling.HANDLED


def test_s3_within_a_dialogue_the_language_is_chosen_by_its_name_and_the_question_comes_again(
    phone: MakePhone, county: Office
) -> None:
    villager = phone(VILLAGER, county)
    villager.says("COMPLAIN the pond has leaked since March")
    asked = villager.says("LANG")
    assert "1" not in asked
    assert "中文" in asked
    chosen = villager.says("中文")
    assert "以后用中文" in chosen
    assert "1 工程或项目" in chosen


def test_a_text_that_cannot_have_its_turn_is_put_off_before_the_provider_gives_up(
    phone: MakePhone, county: Office, servers: SimpleNamespace
) -> None:
    turn = int.from_bytes(keyring().index(VILLAGER)[:8], "big", signed=True)
    villager = phone(VILLAGER, county)
    with psycopg.connect(libpq(servers.superuser_url), dbname="qiao", autocommit=True) as hung:
        hung.execute("SELECT pg_advisory_lock(%s)", [turn])
        assert villager.posts("帮助", sid="SM1").status_code == 503
    assert villager.posts("帮助", sid="SM1").status_code == 200
    assert len(stored(by=county.system)) == 1


def test_what_nobody_foresaw_is_put_off_and_its_words_stay_out_of_the_log(
    app: Flask, phone: MakePhone, county: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ValueError("水池漏水没人管")

    villager, clock = phone(VILLAGER, county), app.config["CLOCK"]
    app.config["CLOCK"] = broken
    try:
        assert villager.posts("帮助", sid="SM1").status_code == 500
    finally:
        app.config["CLOCK"] = clock
    logged = "".join(capsys.readouterr())
    assert "ValueError" in logged
    assert "水池" not in logged
    assert villager.posts("帮助", sid="SM1").status_code == 200

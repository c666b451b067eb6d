"""The pages and the API of what waits for a person."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask.testing import FlaskClient

from channels.alarms import list_alarms, raise_alarm
from channels.models import Secrecy
from tenants.permissions import Role
from tests.channels.conftest import outbox
from tests.conftest import Office

Waits = Callable[..., UUID]
Door = Callable[..., FlaskClient]


def test_an_officer_reads_answers_and_is_thanked(browser: Door, county: Office, waits: Waits) -> None:
    message_id, client = waits(county), browser(county, Role.PROCUREMENT_OFFICER)
    page = client.get("/admin/attention/?lang=en").text
    assert "hmm zz" in page
    assert "138****0001" in page
    assert "13800000001" not in page
    assert "1 message waits" in client.get("/admin/").text
    wrong = client.post(f"/admin/attention/{message_id}/answer", data={"words": ""})
    assert "Please fill this in" in wrong.text
    answer = client.post(
        f"/admin/attention/{message_id}/answer", data={"words": "Come on Monday."}, follow_redirects=True
    )
    assert "Nothing waits" in answer.text
    assert len(outbox(by=county.system)) == 1


def test_c5_a_sealed_message_offers_only_to_ask_again(browser: Door, county: Office, waits: Waits) -> None:
    message_id, client = waits(county, Secrecy.SEALED), browser(county, Role.PROCUREMENT_OFFICER)
    page = client.get(f"/admin/attention/{message_id}?lang=en").text
    assert "Ask to send it again" in page
    assert "textarea" not in page
    assert client.post(f"/admin/attention/{message_id}/ask-again").status_code == 302
    assert client.post(f"/admin/attention/{message_id}/close").status_code == 409


def test_h4_procurement_does_not_find_a_complaint(browser: Door, county: Office, waits: Waits) -> None:
    message_id = waits(county, Secrecy.CASE)
    assert browser(county, Role.PROCUREMENT_OFFICER).get(f"/admin/attention/{message_id}").status_code == 404
    assert browser(county, Role.COMPLAINT_OFFICER).get(f"/admin/attention/{message_id}").status_code == 200


def test_alarms_are_read_and_closed_by_who_looks_after_channels(browser: Door, county: Office) -> None:
    raise_alarm("sending_misconfigured", about_tenant_id=county.id, reason="20003", by=county.system)
    (alarm,) = list_alarms(by=county.officer)
    client = browser(county, Role.ADMINISTRATOR)
    assert "20003" in client.get("/admin/attention/?lang=en").text
    assert "1 alarm is open" in client.get("/admin/").text
    assert (
        browser(county, Role.PROCUREMENT_OFFICER)
        .post(f"/admin/attention/alarms/{alarm.id}/close")
        .status_code
        == 403
    )
    assert client.post(f"/admin/attention/alarms/{alarm.id}/close").status_code == 302
    assert list_alarms(by=county.officer) == []


def test_programs_do_the_same(program: Door, county: Office, waits: Waits) -> None:
    client = program(county, Role.PROCUREMENT_OFFICER)
    message_id = waits(county)
    (listed,) = client.get("/api/v1/attention").json  # type: ignore[misc]
    assert (listed["text"], listed["sender"]) == ("hmm zz", "138****0001")
    path = f"/api/v1/attention/{message_id}"
    assert client.get(path).json["handling"] == "attention"  # type: ignore[index]
    assert "words" in client.post(f"{path}/answer", json={}).json["errors"]  # type: ignore[index]
    answered = client.post(f"{path}/answer", json={"words": "好"})
    assert (answered.status_code, answered.json["handling"]) == (200, "answered")  # type: ignore[index]
    assert client.post(f"{path}/close").status_code == 409
    sealed = f"/api/v1/attention/{waits(county, Secrecy.SEALED)}"
    assert client.post(f"{sealed}/ask-again").json["handling"] == "answered"  # type: ignore[index]
    third = f"/api/v1/attention/{waits(county)}"
    assert client.post(f"{third}/close").json["handling"] == "handled"  # type: ignore[index]


def test_programs_read_and_close_alarms(program: Door, county: Office) -> None:
    raise_alarm("sending_misconfigured", about_tenant_id=county.id, reason="20003", by=county.system)
    client = program(county, Role.ADMINISTRATOR)
    (alarm,) = client.get("/api/v1/attention/alarms").json  # type: ignore[misc]
    assert alarm["facts"] == {"reason": "20003"}
    assert client.post(f"/api/v1/attention/alarms/{alarm['id']}/close").status_code == 204
    assert client.get("/api/v1/attention/alarms").json == []


def test_t2_a_neighbours_program_finds_nothing(
    program: Door, county: Office, other_county: Office, waits: Waits
) -> None:
    path = f"/api/v1/attention/{waits(county)}"
    client = program(other_county, Role.PROCUREMENT_OFFICER)
    assert client.get(path).status_code == 404
    assert client.post(f"{path}/close").status_code == 404

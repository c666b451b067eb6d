"""A county's other names on a shared number, by page, by JSON and on the command line (S8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from channels.models import Channel
from channels.registry import add_channel
from channels.sharing import share_channel
from service.settings import Settings
from tenants.permissions import Role
from tests.conftest import Office
from tests.service.test_channel_commands import refused, typed


@pytest.fixture
def shared(province: Office) -> Channel:
    """The province's number, which serves its counties."""
    account = {"account_sid": "AC1", "auth_token": "t"}
    channel = add_channel("twilio", "+8613900000099", account, by=province.system)
    return share_channel(channel.id, True, by=province.system)


def test_s8_the_administrator_names_a_county_on_the_page_of_the_number(
    shared: Channel, province: Office, browser: Callable[..., FlaskClient]
) -> None:
    page = browser(province, Role.ADMINISTRATOR)
    page.get("/admin/log-in?lang=en")
    number = f"/admin/office/channels/{shared.id}"
    assert f"{number}/names/qing" in page.get(number).text
    answer = page.post(f"{number}/names/qing", data={"names": "老城\nHELP"})
    assert "HELP means" in answer.text
    assert page.post(f"{number}/names/qing", data={"names": "老城\nOld Town"}).status_code == 302
    assert "老城, Old Town" in page.get(number).text
    assert "老城" in page.get(f"{number}/names/qing").text
    assert page.get(f"{number}/names/nowhere").status_code == 404


def test_s8_a_program_names_a_county(
    shared: Channel, province: Office, program: Callable[..., FlaskClient]
) -> None:
    client = program(province, Role.ADMINISTRATOR)
    path = f"/api/v1/office/channels/{shared.id}/counties/qing/names"
    assert client.put(path, json={"names": ["老城"]}).json["other_names"] == {"qing": ["老城"]}
    wrong = client.put(path, json={"names": ["兰溪县"]})
    assert (wrong.status_code, wrong.json["code"]) == (422, "county_name_taken")
    assert "兰溪县" in wrong.json["title"]


def test_s8_the_operator_names_a_county(shared: Channel, settings: Settings, province: Office) -> None:
    here = ("names", "--tenant", "yun", "--number", shared.number, "--county")
    assert "老城" in typed(settings, *here, "qing", "老城")
    assert "means" in refused(settings, *here, "lan", "老城")
    assert "its own name alone" in typed(settings, *here, "qing")

"""An office that sends by a provider."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.channels.conftest import open_channel
from tests.channels.conftest import twilio as twilio
from tests.conftest import Office
from tests.standins.twilio import TwilioStandIn


@pytest.fixture
def office(app: Flask, county: Office, twilio: TwilioStandIn) -> Office:
    """A county that sends by the provider."""
    app.extensions["qiao.channels"].clear()
    open_channel(county, twilio)
    return county

"""People who write to an office's Official Account at WeChat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count

from flask import Flask
from redis import Redis
from werkzeug.test import TestResponse

from channels.models import Channel
from channels.registry import add_channel
from service.settings import Settings
from tests.channels.conftest import set_rate
from tests.conftest import Clock, Office
from tests.standins.wechat import WeChatStandIn

MSG_ID = count(6054768590064713728)


@contextmanager
def wechat_at(app: Flask, settings: Settings, clock: Clock) -> Iterator[WeChatStandIn]:
    """WeChat as the application under test reaches it, at the application's own moment; Redis is empty."""
    Redis.from_url(settings.redis_url).flushdb()
    with WeChatStandIn(now=clock) as standin:
        app.config["SETTINGS"] = replace(settings, wechat_api_url=standin.url)
        try:
            yield standin
        finally:
            app.config["SETTINGS"] = settings


def open_account(office: Office, standin: WeChatStandIn, *, secure: bool = True) -> Channel:
    """The office's Official Account, fast enough for tests."""
    credentials = {
        "app_secret": standin.app_secret,
        "token": standin.token,
        "encoding_aes_key": standin.aes_key if secure else "",
    }
    channel = add_channel("wechat", standin.app_id, credentials, by=office.system)
    set_rate(channel, 1000, by=office.system)
    return channel


@dataclass
class Follower:
    """Somebody who writes to an account by WeChat, in its secure mode unless ``secure`` is not set."""

    app: Flask
    standin: WeChatStandIn
    channel: Channel
    openid: str = "oyORnuP8q7ou2gfYjqLzSIWZf0rs"
    secure: bool = True

    def says(self, text: str, msg_id: int | None = None) -> str | None:
        """Write a text; what is shown in answer at once."""
        return self.pushes(MsgType="text", Content=text, MsgId=msg_id or next(MSG_ID))

    def does(self, event: str, key: str = "", **told: object) -> str | None:
        """Follow, leave, click or scan; what is shown in answer at once."""
        return self.pushes(MsgType="event", Event=event, EventKey=key, **told)

    def pushes(self, **said: object) -> str | None:
        """Anything that WeChat pushes."""
        response = self.posts(*self.standin.push(self.openid, self.secure, **said))
        assert response.status_code == 200, response.text
        return self.standin.heard(response.data)

    def posts(self, query: str, body: bytes) -> TestResponse:
        """One delivery of a push, raw."""
        path = f"/channels/wechat/{self.channel.key}?{query}"
        return self.app.test_client().post(path, data=body, content_type="text/xml")

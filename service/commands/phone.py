"""A phone in the terminal, which speaks to the running server as the provider does."""

from __future__ import annotations

import os
from urllib.parse import urlencode
from uuid import uuid4
from xml.etree.ElementTree import fromstring

import click
import urllib3

from channels.gateways.twilio import SIGNATURE_HEADER, sign
from channels.numbers import e164
from channels.registry import ChannelInfo
from service.refusals import words_for
from service.settings import Settings
from tenants.actors import Actor
from tenants.refusals import Refusal


@click.command()
@click.option("--to", required=True, metavar="NUMBER", help="The office's number.")
@click.option("--from", "sender", required=True, metavar="NUMBER", help="The phone's own number.")
@click.argument("text")
def sms(to: str, sender: str, text: str) -> None:
    """Send TEXT to an office as a phone would, and print the reply."""
    from service.app import create_app

    settings = Settings.from_environment(os.environ)
    app = create_app(settings)
    with app.app_context(), app.test_request_context("/?lang=en"):
        try:
            number, own_number = e164(to), e164(sender)
        except Refusal as refusal:
            raise click.ClickException(words_for(refusal)) from refusal
        channel = _channel_of(number)
        if channel is None:
            raise click.ClickException(f"No office has the number {number}: qiao channel add twilio …")
        click.echo(_post(channel, own_number, text, settings))


def _channel_of(number: str) -> ChannelInfo | None:
    from channels.registry import find_channel, list_channels
    from tenants.offices import every_office

    for office in every_office(by=Actor.system()):
        by = Actor.system(office.id)
        for channel in list_channels(by=by):
            if channel.gateway == "twilio" and channel.number == number:
                return find_channel(channel.id, by=by)
    return None


def _post(channel: ChannelInfo, sender: str, text: str, settings: Settings) -> str:
    path = f"/channels/{channel.gateway}/{channel.key}/inbound"
    form = {
        "MessageSid": f"SM{uuid4().hex}",
        "AccountSid": channel.credentials["account_sid"],
        "From": sender,
        "To": channel.number,
        "Body": text,
        "NumMedia": "0",
    }
    signed = {name: [value] for name, value in form.items()}
    signature = sign(settings.base_url.rstrip("/") + path, signed, channel.credentials["auth_token"])
    headers = {SIGNATURE_HEADER: signature, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        response = urllib3.request(
            "POST",
            f"http://127.0.0.1:{settings.port}{path}",
            body=urlencode(form),
            headers=headers,
            timeout=30,
            retries=False,
        )
    except urllib3.exceptions.HTTPError as error:
        raise click.ClickException(
            f"Nobody answers on port {settings.port}: start it with `qiao up`."
        ) from error
    if response.status != 200:
        raise click.ClickException(
            f"The server answered {response.status}: {response.data.decode(errors='replace')}"
        )
    return "\n".join(part.text or "" for part in fromstring(response.data).iter("Message"))

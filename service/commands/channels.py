"""An office's numbers and accounts at its providers, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import click

from service.commands.offices import application, office_actor
from tenants.actors import Actor

if TYPE_CHECKING:
    from channels.set_up import SetUp


@click.group()
def channel() -> None:
    """The offices' numbers at their providers."""


@channel.group("add")
def channel_add() -> None:
    """Give an office a number, and print what to enter at its provider."""


for_office = click.option("--tenant", "code", required=True, help="Code of the office.")


def add_and_tell(gateway: str, number: str, code: str, credentials: dict[str, str]) -> None:
    """Add a channel and print what its provider must be told."""
    from channels.registry import add_channel, find_channel
    from channels.set_up import set_up

    with application():
        by = office_actor(code)
        say_set_up(set_up(find_channel(add_channel(gateway, number, credentials, by=by).id, by=by)))


def say_set_up(told: SetUp) -> None:
    """Print what is to be entered at a channel's provider."""
    width = max((len(str(place)) for place, _address in told.addresses), default=0)
    for place, address in told.addresses:
        click.echo(f"{f'{place}:':{width + 1}} {address}")
    if told.lines:
        click.echo(told.lines)


@channel_add.command("twilio")
@for_office
@click.option("--number", required=True, help="The number, in international form (+86…).")
@click.option("--account-sid", required=True, help="The account at Twilio: AC…")
@click.option("--auth-token", required=True, help="Its token, by which Twilio signs; kept encrypted.")
@click.option(
    "--messaging-service", default="", help="The Messaging Service that chooses the sending number: MG…"
)
def channel_add_twilio(
    code: str, number: str, account_sid: str, auth_token: str, messaging_service: str
) -> None:
    """A number at Twilio, or at WhatsApp by way of it: whatsapp:+1… (docs/gateways/twilio.md)."""
    credentials = {"account_sid": account_sid, "auth_token": auth_token}
    add_and_tell("twilio", number, code, {**credentials, "messaging_service": messaging_service})


@channel.command("look-back")
@for_office
@click.option("--number", required=True, help="The number at Twilio.")
@click.option("--days", type=click.IntRange(1, 30), default=1, show_default=True, help="How far back.")
def channel_look_back(code: str, number: str, days: int) -> None:
    """Compare Twilio's own list with what reached us, and take in what is missing."""
    from datetime import timedelta

    from channels.missed import look_back
    from channels.registry import find_channel, list_channels

    with application():
        by = office_actor(code)
        known = [one for one in list_channels(by=by) if (one.gateway, one.number) == ("twilio", number)]
        if not known:
            raise click.ClickException(f"The office has no number {number} at Twilio.")
        found = look_back(find_channel(known[0].id, by=by), timedelta(days=days))
        click.echo(
            f"{found.number}: {found.messages} messages taken in late, {found.reports} reports caught up."
        )


@channel_add.command("kannel")
@for_office
@click.option("--number", required=True, help="The number or short code that operators route to this Kannel.")
@click.option("--sendsms-url", required=True, help="Where it takes messages: http://…:13013/cgi-bin/sendsms")
@click.option("--username", required=True, help="Its sendsms-user.")
@click.option("--password", required=True, help="That user's password; kept encrypted.")
@click.option(
    "--allow-from", multiple=True, required=True, help="Its own address or network; may be repeated."
)
def channel_add_kannel(
    code: str, number: str, sendsms_url: str, username: str, password: str, allow_from: tuple[str, ...]
) -> None:
    """A number behind a Kannel of one's own (docs/gateways/kannel.md)."""
    credentials = {"sendsms_url": sendsms_url, "username": username, "password": password}
    add_and_tell("kannel", number, code, {**credentials, "allow_from": ",".join(allow_from)})


@channel_add.command("aliyun")
@for_office
@click.option("--signature", required=True, help="The approved signature, without its brackets.")
@click.option("--access-key-id", required=True, help="The key of a RAM user who may send and query.")
@click.option("--access-key-secret", required=True, help="Its secret; kept encrypted.")
@click.option(
    "--allow-from",
    multiple=True,
    required=True,
    help="An address or network that pushes come from, may be repeated; “any” where nobody knows them.",
)
@click.option("--api-url", help="Another base address of the API; https://dysmsapi.aliyuncs.com otherwise.")
def channel_add_aliyun(
    code: str,
    signature: str,
    access_key_id: str,
    access_key_secret: str,
    allow_from: tuple[str, ...],
    api_url: str | None,
) -> None:
    """A signature at Aliyun SMS (docs/gateways/aliyun.md)."""
    credentials = {"access_key_id": access_key_id, "access_key_secret": access_key_secret}
    other = {"api_url": api_url} if api_url else {}
    add_and_tell("aliyun", signature, code, {**credentials, **other, "allow_from": ",".join(allow_from)})


@channel_add.command("wechat")
@for_office
@click.option("--app-id", required=True, help="The Official Account's AppID: wx…")
@click.option("--app-secret", required=True, help="Its AppSecret; kept encrypted.")
@click.option(
    "--token", required=True, help="The Token you enter there, by which WeChat signs; kept encrypted."
)
@click.option(
    "--encoding-aes-key", default="", help="Its EncodingAESKey, 43 signs; without it the mode is plain."
)
def channel_add_wechat(code: str, app_id: str, app_secret: str, token: str, encoding_aes_key: str) -> None:
    """An Official Account at WeChat (docs/gateways/wechat.md)."""
    if not (app_id.strip() and app_secret.strip() and token.strip()):
        raise click.UsageError("AppID, AppSecret and Token may not be empty.")
    credentials = {"app_secret": app_secret, "token": token, "encoding_aes_key": encoding_aes_key}
    add_and_tell("wechat", app_id, code, credentials)
    click.echo(f"Message encryption: {'secure mode' if encoding_aes_key else 'plain mode'}")


@channel.command("renew")
@for_office
@click.option("--number", required=True, help="The number, signature or account of the channel.")
@click.argument("given", nargs=-1, required=True, metavar="NAME=VALUE…")
def channel_renew(code: str, number: str, given: tuple[str, ...]) -> None:
    """Exchange what a channel shows its provider, such as auth_token=…; the number, its addresses and templates stay.

    NAME is one of auth_token, access_key_id, access_key_secret, app_secret, token, encoding_aes_key, username, password,
    sendsms_url, allow_from, messaging_service… as the channel has them. `secret=` draws the secret of the addresses anew, and
    prints them.
    """
    from channels.registry import find_channel, list_channels
    from channels.renewing import renew_channel
    from channels.set_up import set_up

    pairs = [one.partition("=") for one in given]
    if not all(name and equals for name, equals, _value in pairs):
        raise click.UsageError("Write NAME=VALUE.")
    with application():
        by = office_actor(code)
        for one in list_channels(by=by):
            if one.number == number:
                renew_channel(one.id, {name: value for name, _equals, value in pairs}, by=by)
                say_set_up(set_up(find_channel(one.id, by=by)))
                return
        raise click.ClickException(f"The office has no channel with the number {number}.")


@channel.command("share")
@for_office
@click.option("--number", required=True, help="The number or account of the channel.")
@click.option("--county", "counties", multiple=True, help="Code of a county, may be repeated; otherwise all.")
@click.option("--stop", is_flag=True, help="Let it serve the office alone again.")
def channel_share(code: str, number: str, counties: tuple[str, ...], stop: bool) -> None:
    """Let a number serve counties below the office too: each text is sorted by county, or the county asked for."""
    from channels.registry import list_channels
    from channels.sharing import share_channel

    with application():
        by = office_actor(code)
        for one in list_channels(by=by):
            if one.number == number:
                share_channel(one.id, not stop, counties, by=by)
                others = ", ".join(counties) or "the counties below it"
                click.echo(f"{number} serves {code} {'alone' if stop else f'and {others}'}.")
                return
        raise click.ClickException(f"The office has no channel with the number {number}.")


@channel.command("names")
@for_office
@click.option("--number", required=True, help="The shared number or account.")
@click.option("--county", required=True, help="Code of the county.")
@click.argument("names", nargs=-1)
def channel_names(code: str, number: str, county: str, names: tuple[str, ...]) -> None:
    """Let people call a county by these NAMES too on a shared number, in place of those before; none takes them away."""
    from channels.county_names import call_county
    from channels.registry import list_channels

    with application():
        by = office_actor(code)
        for one in list_channels(by=by):
            if one.number == number:
                known = call_county(one.id, county, names, by=by).also_called.get(county, [])
                click.echo(f"{county} on {number}: {', '.join(known) or 'its own name alone'}.")
                return
        raise click.ClickException(f"The office has no channel with the number {number}.")


of_account = click.option(
    "--account",
    "--signature",
    "--app-id",
    "account",
    required=True,
    help="The channel: the signature at Aliyun, the AppID at WeChat, the number at WhatsApp (whatsapp:+…).",
)


@channel.command("templates")
@for_office
@of_account
@click.option("--missing", is_flag=True, help="Only those without a code, or worded otherwise since.")
def channel_templates(code: str, account: str, missing: bool) -> None:
    """List every message as templates are written, with the code that the provider has given."""
    from channels.templates import list_wordings

    with application():
        by = office_actor(code)
        for one in list_wordings(templated_channel(account, by), by=by):
            if not missing or one.missing:
                state = one.template.code if one.template else "—"
                since = " (worded otherwise since)" if one.outdated else ""
                click.echo(f"{one.message}\t{one.locale}\t{state}{since}\t{one.text}")


@channel.command("template")
@for_office
@of_account
@click.option("--message", required=True, help="The message: its name in the first column of `templates`.")
@click.option("--language", "locale", default="zh", show_default=True, help="zh or en.")
@click.option(
    "--template-code", required=True, help="The code of the approved template: SMS_… or WeChat's id."
)
@click.option("--subscription", is_flag=True, help="WeChat: it goes to those who subscribed to it.")
@click.argument("fields", nargs=-1, metavar="[FIELD=PARAMETER]…")
def channel_template(
    code: str,
    account: str,
    message: str,
    locale: str,
    template_code: str,
    subscription: bool,
    fields: tuple[str, ...],
) -> None:
    """Note the code of an approved template; the last one noted counts.

    Each field of a WeChat template is filled from a parameter of the message: character_string1=reference thing2=outcome
    """
    from channels.models import TemplateWay
    from channels.templates import set_template

    pairs = [field.partition("=") for field in fields]
    if not all(name and parameter for name, _equals, parameter in pairs):
        raise click.UsageError("Fields are written FIELD=PARAMETER.")
    with application():
        by = office_actor(code)
        noted = set_template(
            templated_channel(account, by),
            message,
            locale,
            template_code,
            fields={name: parameter for name, _equals, parameter in pairs},
            way=TemplateWay.SUBSCRIPTION if subscription else TemplateWay.TEMPLATE,
            by=by,
        )
        click.echo(f"{message} in {locale} goes as {noted.code} (version {noted.version}) from now on.")


def templated_channel(account: str, by: Actor) -> UUID:
    """The office's channel with this signature, AppID or number."""
    from channels.registry import list_channels
    from channels.templates import is_templated

    for one in list_channels(by=by):
        if is_templated(one.gateway, one.number) and one.number == account:
            return one.id
    raise click.ClickException(f"The office has no channel called {account} whose messages have templates.")

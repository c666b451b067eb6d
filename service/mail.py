"""Mail by the relay that ``MAIL_URL`` names: plain text, from jobs only, never within a request or a transaction."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime, make_msgid
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import structlog
from flask import current_app
from flask_babel import force_locale

from channels.messages import CATALOGUES
from service.settings import Settings
from tenants.models import Person

PORTS = {"smtp": 25, "smtps": 465}
LONGEST_WAIT = 10
"""Seconds for each step of a talk with the relay; the worker has other things to do."""

NO_ADDRESS = 553
"""What relays answer to an address that cannot be one; some are known as such before any relay is asked."""

THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}

log = structlog.get_logger()


class RelayAway(Exception):
    """The relay takes nothing at the moment; the message is its kind of failure, never what it said."""


class PasswordInClear(smtplib.SMTPException):
    """The relay would have the password over the network unencrypted."""


class Fate(StrEnum):
    """What became of a letter: the relay has it, may take it another time, or never will."""

    TAKEN = "taken"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True)
class Letter:
    """A mail to one person, whom the logs know by id only."""

    person_id: UUID
    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)


Post = Callable[[Letter], Fate]


def is_set_up() -> bool:
    """Whether this deployment sends mail; where it does not, nothing may promise any."""
    return current_app.config["SETTINGS"].mail_url is not None


@contextmanager
def written_for(person: Person) -> Iterator[None]:
    """Within the block words are in the person's language, and the paths of pages can be built."""
    with current_app.test_request_context(), force_locale(CATALOGUES[person.locale]):
        yield


@contextmanager
def relay(settings: Settings) -> Iterator[Post]:
    """A talk with the relay; what it gives posts one letter. Both raise ``RelayAway``."""
    url = urlsplit(settings.mail_url or "")
    try:
        sender = Address("桥 Qiao", addr_spec=sender_of(settings))
        talk = _begin(url.scheme, url.hostname or "", url.port or PORTS[url.scheme])
        try:
            _introduce(talk, url.hostname or "", unquote(url.username or ""), unquote(url.password or ""))
        except BaseException:
            talk.close()
            raise
    except (OSError, smtplib.SMTPException, MessageError, ValueError) as error:
        raise RelayAway(type(error).__name__) from None
    try:
        yield lambda letter: _post(talk, letter, sender)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            talk.quit()
        talk.close()


def sender_of(settings: Settings) -> str:
    """Who the mails are from: ``?from=`` of the address, else its user, else ``qiao`` at the public host."""
    url = urlsplit(settings.mail_url or "")
    named, user = parse_qs(url.query).get("from", [""])[0], unquote(url.username or "")
    return named or (user if "@" in user else f"qiao@{urlsplit(settings.base_url).hostname}")


def _begin(scheme: str, host: str, port: int) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=LONGEST_WAIT, context=_trust(host))
    return smtplib.SMTP(host, port, timeout=LONGEST_WAIT)


def _introduce(talk: smtplib.SMTP, host: str, user: str, password: str) -> None:
    talk.ehlo()
    encrypted = isinstance(talk, smtplib.SMTP_SSL)
    if not encrypted and talk.has_extn("starttls"):
        talk.starttls(context=_trust(host))
        talk.ehlo()
        encrypted = True
    if user:
        if not encrypted and host not in THIS_MACHINE:
            raise PasswordInClear
        talk.login(user, password)


def _trust(host: str) -> ssl.SSLContext:
    """Another machine must prove its name; this one needs not, and often has a certificate of its own making."""
    context = ssl.create_default_context()
    if host in THIS_MACHINE:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _post(talk: smtplib.SMTP, letter: Letter, sender: Address) -> Fate:
    try:
        talk.send_message(_as_message(letter, sender))
    except smtplib.SMTPRecipientsRefused as refused:
        return _not_taken(letter, max(code for code, _said in refused.recipients.values()))
    except smtplib.SMTPDataError as refused:
        return _not_taken(letter, refused.smtp_code)
    except (MessageError, ValueError, smtplib.SMTPNotSupportedError):
        return _not_taken(letter, NO_ADDRESS)
    except (OSError, smtplib.SMTPException) as error:
        raise RelayAway(type(error).__name__) from None
    return Fate.TAKEN


def _not_taken(letter: Letter, code: int) -> Fate:
    """What the relay said beside the code may repeat the address: it goes nowhere."""
    log.warning("mail_not_taken", person=str(letter.person_id), code=code)
    return Fate.NEVER if code >= 500 else Fate.LATER


def _as_message(letter: Letter, sender: Address) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message

"""A stand-in for a mail relay over a real socket: it speaks SMTP, keeps what it takes, and misbehaves on request."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Taken:
    """A mail that the relay took."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    encrypted: bool
    user: str | None

    @property
    def text(self) -> str:
        """Its words."""
        return self.message.get_content().replace("\r\n", "\n")


class RelayStandIn:
    """A relay at ``host:port`` while the ``with`` block lasts; ``mails`` is what it took, the oldest first.

    ``tls``: the context under which it offers STARTTLS, or speaks from the first byte where ``at_once`` is set.
    ``log_in``: the user and password it asks for.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        at_once: bool = False,
        log_in: tuple[str, str] | None = None,
    ) -> None:
        self.tls, self.at_once, self.log_in = tls, at_once, log_in
        self.mails: list[Taken] = []
        self.connections = 0
        self._planned: dict[str, deque[str]] = {}
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _talk(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"smtp{'s' * at_once}://127.0.0.1:{self.port}"

    def __enter__(self) -> RelayStandIn:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def plan(self, verb: str, *answers: str) -> None:
        """Answer the next commands of this kind so, one each; an empty answer hangs up."""
        self._planned.setdefault(verb, deque()).extend(answers)

    def planned(self, verb: str) -> str | None:
        waiting = self._planned.get(verb)
        return waiting.popleft() if waiting else None


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate that nobody vouches for."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = folder / "relay.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


class _HungUp(Exception):
    """The talk is over."""


def _talk(relay: RelayStandIn) -> type[socketserver.BaseRequestHandler]:
    class Talk(socketserver.BaseRequestHandler):
        request: Any

        def handle(self) -> None:
            relay.connections += 1
            self.encrypted, self.user = False, None
            self.sender, self.recipients = "", []
            try:
                if relay.tls and relay.at_once:
                    self.encrypt()
                else:
                    self.file = self.request.makefile("rb")
                planned = relay.planned("connect")
                self.say("220 relay.test ESMTP" if planned is None else planned)
                while line := self.file.readline():
                    verb, _space, rest = line.decode().strip().partition(" ")
                    self.answer(verb.upper(), rest)
            except (_HungUp, OSError):
                self.request.close()

        def answer(self, verb: str, rest: str) -> None:
            planned = relay.planned(verb)
            if planned is not None:
                self.say(planned)
            elif verb == "EHLO":
                offers = ["STARTTLS"] * bool(relay.tls and not self.encrypted) + ["AUTH PLAIN"] * bool(
                    relay.log_in
                )
                lines = ["relay.test", "8BITMIME", *offers]
                self.say("\r\n".join(f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines))
            elif verb == "STARTTLS":
                self.say("220 go on")
                self.encrypt()
            elif verb == "AUTH":
                _nobody, user, password = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
                self.user = user if (user, password) == relay.log_in else None
                self.say("235 welcome" if self.user else "535 wrong")
            elif relay.log_in and not self.user and verb in ("MAIL", "RCPT", "DATA"):
                self.say("530 log in first")
            elif verb == "MAIL":
                self.sender, self.recipients = self.address(rest), []
                self.say("250 ok")
            elif verb == "RCPT":
                self.recipients.append(self.address(rest))
                self.say("250 ok")
            elif verb == "DATA":
                self.take()
            elif verb in ("RSET", "NOOP"):
                self.say("250 ok")
            elif verb == "QUIT":
                self.say("221 bye")
                raise _HungUp
            else:
                self.say("500 what?")

        def take(self) -> None:
            self.say("354 go on")
            lines = []
            while (line := self.file.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b".") else line)
            planned = relay.planned("taken")
            if planned is not None:
                self.say(planned)
                return
            message = message_from_bytes(b"".join(lines), policy=default)
            assert isinstance(message, EmailMessage)
            relay.mails.append(Taken(self.sender, tuple(self.recipients), message, self.encrypted, self.user))
            self.say("250 taken")

        def encrypt(self) -> None:
            assert relay.tls is not None
            self.request = relay.tls.wrap_socket(self.request, server_side=True)
            self.file, self.encrypted = self.request.makefile("rb"), True

        def say(self, line: str) -> None:
            if not line:
                raise _HungUp
            self.request.sendall(f"{line}\r\n".encode())

        @staticmethod
        def address(rest: str) -> str:
            return rest.partition("<")[2].partition(">")[0]

    return Talk

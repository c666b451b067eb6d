"""Personal data under keys (T7): what names or reaches a person is encrypted and found by exact match only.

A ``Keyring`` holds the deployment's keys, newest first. Each contact has a data key of its own, wrapped by
the keyring; texts by or about that person are encrypted under it, so that destroying the one key erases them
all.
"""

from __future__ import annotations

import hmac
import os
import re
from base64 import b64decode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from sqlalchemy import LargeBinary
from sqlalchemy.types import TypeDecorator

NONCE = 12
MARK = 4
OPENID = re.compile(r"o[A-Za-z0-9_-]{27}")
"""How WeChat names a person to one account."""


class Keyring:
    """The deployment's privacy keys: the first encrypts, all decrypt; the keyed indexes reveal nothing."""

    def __init__(self, keys: Sequence[str]) -> None:
        """``keys``: base64 of 32 bytes each, newest first."""
        masters = [b64decode(key) for key in keys]
        self._ciphers = {_fingerprint(master): AESGCM(_derive(master, b"encrypt")) for master in masters}
        self._index_keys = [hmac.new(_derive(master, b"index"), digestmod=sha256) for master in masters]
        self._first = _fingerprint(masters[0])

    def encrypt(self, data: bytes) -> bytes:
        """Encrypt under the newest key; the result names its key."""
        nonce = os.urandom(NONCE)
        return self._first + nonce + self._ciphers[self._first].encrypt(nonce, data, None)

    def decrypt(self, sealed: bytes) -> bytes:
        """Decrypt with whichever key made it; ``InvalidTag`` if none here did."""
        cipher = self._ciphers.get(bytes(sealed[:MARK]))
        if cipher is None:
            raise InvalidTag
        return cipher.decrypt(sealed[MARK : MARK + NONCE], sealed[MARK + NONCE :], None)

    @property
    def mark(self) -> bytes:
        """The first bytes of all that the newest key makes; by them rotation finds what older keys made."""
        return self._first

    def is_current(self, sealed: bytes) -> bool:
        """Whether the newest key made it."""
        return bytes(sealed[:MARK]) == self._first

    def index(self, value: str) -> bytes:
        """The blind index of an address under the newest key: equal for equal ones, useless without the key."""
        return _mac(self._index_keys[0], value)

    def indexes(self, value: str) -> list[bytes]:
        """The blind indexes under every key, newest first, to find rows made before a rotation."""
        return [_mac(key, value) for key in self._index_keys]


class DataKey:
    """One person's key, unwrapped: encrypts and decrypts that person's texts, kept exactly as they came."""

    def __init__(self, wrapped: bytes) -> None:
        """``wrapped``: as ``new_data_key`` made it and a contact or case keeps it."""
        self._cipher = AESGCM(keyring().decrypt(wrapped))

    def encrypt(self, text: str | bytes) -> bytes:
        """The text under this key."""
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, data, None)

    def decrypt(self, sealed: bytes) -> str:
        """The text again."""
        return self.open(sealed).decode("utf-8", "surrogatepass")

    def open(self, sealed: bytes) -> bytes:
        """What was encrypted, where it is no text."""
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None)


def new_data_key() -> bytes:
    """A fresh data key for one contact or case, wrapped by the keyring."""
    return keyring().encrypt(os.urandom(32))


def encrypt_under(wrapped_key: bytes, text: str | bytes) -> bytes:
    """Encrypt a person's text under that person's wrapped data key."""
    return DataKey(wrapped_key).encrypt(text)


def decrypt_under(wrapped_key: bytes | None, sealed: bytes | None) -> str | None:
    """The text again, or ``None`` where there is none or the person was erased."""
    return None if wrapped_key is None or sealed is None else DataKey(wrapped_key).decrypt(sealed)


def keyring() -> Keyring:
    """The keyring of the running application."""
    return current_app.extensions["qiao.keyring"]


class Encrypted(TypeDecorator[str]):
    """A text column that only the keyring can read."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:
        """Encrypt on the way in."""
        return None if value is None else keyring().encrypt(value.encode("utf-8", "surrogatepass"))

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:
        """Decrypt on the way out."""
        return None if value is None else keyring().decrypt(value).decode("utf-8", "surrogatepass")


def mask_address(address: str) -> str:
    """An address as those see it who need not know it: ``138****5678``, ``wx****8f3a``."""
    if OPENID.fullmatch(address):
        return f"wx****{address[-4:]}"
    plain = address.removeprefix("whatsapp:").removeprefix("+86")
    if len(plain) < 7:
        return plain[:1] + "****"
    return f"{plain[:3]}****{plain[-4:]}"


def mask_name(name: str) -> str:
    """A name as those see it who need not know it: its first character and stars."""
    return name[:1] + "*" * max(len(name) - 1, 1)


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=b"qiao", info=purpose).derive(master)


def _fingerprint(master: bytes) -> bytes:
    return sha256(b"qiao key" + master).digest()[:MARK]


def _mac(key: hmac.HMAC, value: str) -> bytes:
    keyed = key.copy()
    keyed.update(value.encode())
    return keyed.digest()

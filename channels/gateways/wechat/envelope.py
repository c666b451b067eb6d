"""What WeChat wraps its messages in: a signature, XML, and in the secure mode AES."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from functools import lru_cache
from xml.parsers import expat

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from channels.gateways import NotAuthentic

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML may hold, though people do paste them."""

SALT = 16
LENGTH = 4
BLOCK_BITS = 256


def sign(*parts: str) -> str:
    """WeChat's signature: SHA-1, in hexadecimal, of the parts in alphabetical order."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "surrogatepass")).hexdigest()


def is_signed(given: str, *parts: str) -> bool:
    """Whether ``given`` is the signature of these parts; takes as long for a wrong one as for the right one."""
    return hmac.compare_digest(sign(*parts).encode(), given.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1024)
def key_of(encoding_aes_key: str) -> bytes:
    """The 32 bytes of an EncodingAESKey, which has 43 characters; ``ValueError`` for anything else."""
    if not re.fullmatch(r"[A-Za-z0-9]{43}", encoding_aes_key):
        raise ValueError("an EncodingAESKey has 43 letters and digits")
    return base64.b64decode(f"{encoding_aes_key}=")


def _cipher(key: bytes) -> Cipher[CBC]:
    return Cipher(AES(key), CBC(key[:16]))


def seal(xml: str, encoding_aes_key: str, app_id: str, salt: bytes | None = None) -> str:
    """A message as only WeChat can read it. ``salt``: 16 bytes, drawn anew each time."""
    content = xml.encode()
    plain = (salt or os.urandom(SALT)) + len(content).to_bytes(LENGTH, "big") + content + app_id.encode()
    padder = PKCS7(BLOCK_BITS).padder()
    encryptor = _cipher(key_of(encoding_aes_key)).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def unseal(sealed: str, encoding_aes_key: str, app_id: str) -> bytes:
    """The message in what ``seal`` made for this account; ``NotAuthentic`` for anything else, without saying why."""
    try:
        decryptor = _cipher(key_of(encoding_aes_key)).decryptor()
        padded = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
        unpadder = PKCS7(BLOCK_BITS).unpadder()
        plain = unpadder.update(padded) + unpadder.finalize()
    except (binascii.Error, ValueError) as error:
        raise NotAuthentic from error
    begin = SALT + LENGTH
    end = begin + int.from_bytes(plain[SALT:begin], "big")
    if len(plain) < end or not hmac.compare_digest(plain[end:], app_id.encode()):
        raise NotAuthentic
    return plain[begin:end]


def read_xml(body: bytes) -> dict[str, str]:
    """The elements right below the root, each with its text; ``ValueError`` for what is no XML or declares a DTD.

    Without a DTD there are no entities of the document's own, and so nothing that could grow or be fetched.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.open
    parser.EndElementHandler = reader.close
    parser.CharacterDataHandler = reader.write
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.Parse(NOT_XML.sub("", body.decode("utf-8", "replace")), True)
    except expat.ExpatError as error:
        raise ValueError("no XML") from error
    return reader.fields


WITHIN = ["SubscribeMsgSentEvent", "List"]
"""Where the one event that says anything deeper down says it."""


class _Reader:
    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self._open: str | None = None

    def open(self, name: str, _attributes: object) -> None:
        self._path.append(name)
        self._open = name if self._counts(name) else None
        if self._open:
            self.fields[name] = ""

    def _counts(self, name: str) -> bool:
        if len(self._path) == 2:
            return True
        return len(self._path) == 4 and self._path[1:3] == WITHIN and name not in self.fields

    def close(self, _name: str) -> None:
        self._path.pop()
        self._open = self._path[1] if len(self._path) == 2 else None

    def write(self, text: str) -> None:
        if self._open:
            self.fields[self._open] += text

    def refuse(self, *_declared: object) -> None:
        raise ValueError("a DTD")


def cdata(text: str) -> str:
    """Text as it stands in WeChat's XML."""
    return f"<![CDATA[{NOT_XML.sub('', text).replace(']]>', ']]]]><![CDATA[>')}]]>"

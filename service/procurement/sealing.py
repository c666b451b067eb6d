"""Sealing bids to their call's own key pair (C5): what is sealed here, only the opening can read.

Each call has an X25519 key pair, made at publication. A bid is encrypted to the public half with a key of
its own; the plain price exists only in the memory of the process that seals it. Until the opening the private
half stays wrapped in the call's row by the deployment's privacy keys, which are not in the database.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.procurement.rules import canonical, digest_of
from tenants.privacy import keyring

PUBLIC = 32
IV = 12
BLOCK = 256
"""Bids are padded to full blocks: the length of what is sealed tells nothing about the price."""


PARTS = {"price", "texts", "nonce", "lot", "organization", "at"}
"""What a bid is made of when it is sealed."""

PRICE = re.compile(r"\d{1,8}\.\d\d")


class Unreadable(Exception):
    """Sealed bytes that were changed, or that belong to another call. Carries nothing of their content."""


@dataclass(frozen=True)
class SealedBid:
    """A bid nobody can read until the opening, and the digest that goes on its receipt."""

    sealed: bytes = field(repr=False)
    digest: str

    def to_plain(self) -> dict[str, str]:
        """As a dialogue keeps it between two texts."""
        return {"sealed": b64encode(self.sealed).decode(), "digest": self.digest}

    @classmethod
    def from_plain(cls, plain: Mapping[str, str]) -> SealedBid:
        """As it was."""
        return cls(b64decode(plain["sealed"]), plain["digest"])


def new_key_pair(call_id: UUID) -> tuple[bytes, bytes]:
    """A key pair for a call: the public half, and the private half wrapped together with the call's id."""
    private = X25519PrivateKey.generate()
    wrapped = keyring().encrypt(call_id.bytes + private.private_bytes_raw())
    return private.public_key().public_bytes_raw(), wrapped


def unwrap(call_id: UUID, wrapped: bytes) -> X25519PrivateKey:
    """A call's private key; ``Unreadable`` where it is another call's or another deployment's."""
    try:
        plain = keyring().decrypt(wrapped)
    except InvalidTag:
        raise Unreadable from None
    if plain[:16] != call_id.bytes:
        raise Unreadable
    return X25519PrivateKey.from_private_bytes(plain[16:])


def seal(
    price: Decimal,
    texts: Mapping[str, str],
    *,
    call_id: UUID,
    public_key: bytes,
    lot: int,
    organization_id: UUID,
    at: datetime,
) -> SealedBid:
    """Seal a bid of ``price`` yuan for lot number ``lot``, given at ``at``, with a nonce of its own (C5)."""
    content = {
        "price": f"{price:.2f}",
        "texts": dict(texts),
        "nonce": secrets.token_hex(16),
        "lot": lot,
        "organization": str(organization_id),
        "at": at.isoformat(),
    }
    plain = canonical(content).encode()
    plain += b" " * (-len(plain) % BLOCK)
    ephemeral = X25519PrivateKey.generate()
    public = ephemeral.public_key().public_bytes_raw()
    key = _key(ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key)), public, public_key, call_id)
    iv = os.urandom(IV)
    return SealedBid(public + iv + AESGCM(key).encrypt(iv, plain, call_id.bytes), digest_of(content))


def unseal(sealed: bytes, private: X25519PrivateKey, call_id: UUID) -> dict[str, Any]:
    """What was sealed; ``Unreadable`` where a byte was changed, it is another call's, or it is no bid."""
    public, iv, body = sealed[:PUBLIC], sealed[PUBLIC : PUBLIC + IV], sealed[PUBLIC + IV :]
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(public))
        key = _key(shared, public, private.public_key().public_bytes_raw(), call_id)
        content = json.loads(AESGCM(key).decrypt(iv, body, call_id.bytes))
    except (InvalidTag, ValueError):
        raise Unreadable from None
    if not _is_whole(content):
        raise Unreadable
    return content


def _is_whole(content: Any) -> bool:
    if not isinstance(content, dict) or content.keys() != PARTS or not isinstance(content["texts"], dict):
        return False
    written = [content["price"], content["nonce"], *content["texts"].values()]
    return all(isinstance(part, str) for part in written) and bool(PRICE.fullmatch(content["price"]))


def _key(shared: bytes, ephemeral: bytes, public: bytes, call_id: UUID) -> bytes:
    return HKDF(SHA256(), 32, salt=ephemeral + public, info=b"qiao bid" + call_id.bytes).derive(shared)

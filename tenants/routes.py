"""Finding a tenant before a scope exists: by the hash of a secret or a reference, in one small table."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from tenants.database import db
from tenants.models import Route, RouteKind
from tenants.privacy import keyring


def add_route(kind: RouteKind, key: str, tenant_id: int, target_id: UUID) -> None:
    """Let ``key`` lead to a row; for use inside a command."""
    db.session.add(Route(kind=kind, key=_hash(kind, key), tenant_id=tenant_id, target_id=target_id))


def drop_route(kind: RouteKind, key: str) -> None:
    """Let ``key`` lead nowhere any more; for use inside a command."""
    for route in find_routes(kind, key):
        db.session.delete(route)


def find_routes(kind: RouteKind, key: str) -> list[Route]:
    """Every row that ``key`` leads to; none where the key is unknown."""
    hashes = keyring().indexes(f"{kind.value}:{key}")
    return list(db.session.scalars(select(Route).where(Route.kind == kind, Route.key.in_(hashes))))


def _hash(kind: RouteKind, key: str) -> bytes:
    return keyring().index(f"{kind.value}:{key}")

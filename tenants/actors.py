"""Who acts: a person who logged in, a verified sender, a program with a token, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tenants.permissions import Permission, Role, permissions_of
from tenants.refusals import NotPermitted

PLATFORM = 1
"""The root of the tenant tree, made by the first migration."""

FRESHNESS = timedelta(minutes=5)
"""How long a re-authentication counts for acts that need two officers (T4)."""


class ActorKind(StrEnum):
    """What kind of being stands behind an actor."""

    PERSON = "person"
    CONTACT = "contact"
    TOKEN = "token"
    PUBLIC = "public"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who does something, for which tenant, through which channel, in which language, and when.

    ``readable`` are the tenants whose rows may be read (the own one, and for an overseeing office those
    below); only ``tenant_id`` may be written (T2). ``now`` is the only clock that rules know.
    """

    kind: ActorKind
    tenant_id: int
    roles: frozenset[Role]
    now: datetime
    id: UUID | None = None
    readable: tuple[int, ...] = ()
    channel: str = "system"
    locale: str = "zh"
    authenticated_at: datetime | None = None
    permissions: frozenset[Permission] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissions", permissions_of(self.roles))
        object.__setattr__(self, "readable", tuple(sorted({self.tenant_id, *self.readable})))

    @classmethod
    def system(
        cls, tenant_id: int = PLATFORM, *, now: datetime | None = None, readable: tuple[int, ...] = ()
    ) -> Actor:
        """The system itself, acting for one tenant: schedules, sweeps, the command line."""
        return cls(
            ActorKind.SYSTEM, tenant_id, frozenset({Role.SYSTEM}), now or datetime.now(UTC), readable=readable
        )

    @classmethod
    def public(
        cls,
        *,
        tenant_id: int = PLATFORM,
        readable: tuple[int, ...] = (),
        locale: str = "zh",
        now: datetime | None = None,
        channel: str = "web",
    ) -> Actor:
        """Anybody: reads what is published, and may try to log in."""
        return cls(
            ActorKind.PUBLIC,
            tenant_id,
            frozenset({Role.ANYONE}),
            now or datetime.now(UTC),
            readable=readable,
            locale=locale,
            channel=channel,
        )

    def may(self, permission: Permission) -> bool:
        """Whether one of the actor's roles carries ``permission``."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Refuse with ``NotPermitted`` unless the actor holds ``permission`` (default deny)."""
        if permission not in self.permissions:
            raise NotPermitted("not_permitted", permission=permission.value)

    def require_fresh(self) -> None:
        """Refuse unless a person re-authenticated within the last five minutes (T4)."""
        fresh = self.authenticated_at and self.now - self.authenticated_at <= FRESHNESS
        if self.kind is not ActorKind.PERSON or not fresh:
            raise NotPermitted("reauthenticate")

    def at(self, tenant_id: int, *roles: Role) -> Actor:
        """The same being acting for another tenant, with only the ``roles`` named (a case decided elsewhere, H4)."""
        return replace(self, tenant_id=tenant_id, readable=(tenant_id,), roles=frozenset(roles) or self.roles)

    def as_system(self, tenant_id: int | None = None) -> Actor:
        """The system going on with what this actor began, at the same moment and through the same channel."""
        own = tenant_id or self.tenant_id
        return replace(
            self, kind=ActorKind.SYSTEM, tenant_id=own, readable=(own,), roles=frozenset({Role.SYSTEM})
        )

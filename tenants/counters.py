"""Short numbers that people can say and type: one running series per office and purpose."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from tenants.actors import Actor
from tenants.database import Model, db


class Counter(Model):
    """The last number given in a series."""

    __tablename__ = "counters"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True, autoincrement=False)
    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


def next_number(series: str, by: Actor) -> int:
    """The next number of the actor's office in ``series``, without gaps; for use inside a command."""
    statement = insert(Counter).values(tenant_id=by.tenant_id, series=series, last=1)
    number = db.session.scalar(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "series"], set_={"last": Counter.last + 1}
        ).returning(Counter.last)
    )
    assert number is not None
    return number

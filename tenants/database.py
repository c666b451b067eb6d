"""The database as every room sees it: typed models whose rows belong to exactly one tenant (T1, T2)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Numeric,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tenants.identifiers import new_id
from tenants.unit import GatedSession

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all models."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base, session_options={"class_": GatedSession, "expire_on_commit": False})
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model
    """What models inherit from."""

Model.registry.update_type_annotation_map(
    {
        str: Text,
        int: BigInteger,
        Decimal: Numeric(14, 2),
        datetime: DateTime(timezone=True),
        UUID: Uuid,
        dict[str, Any]: JSONB,
        list[str]: JSONB,
        list[Any]: JSONB,
    }
)


class Owned:
    """A row that belongs to one tenant: the key leads with the tenant, references stay inside it (T1)."""

    tenant_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        table = getattr(cls, "__table__", None)
        if table is None:
            return
        references = [column for column in table.columns if "references" in column.info]
        # A row that must have a parent belongs to the parent's tenant; one look-up a row is enough.
        if all(column.nullable for column in references):
            table.append_constraint(ForeignKeyConstraint(["tenant_id"], ["tenants.id"]))
        for column in references:
            target = column.info["references"]
            table.append_constraint(
                ForeignKeyConstraint(["tenant_id", column.name], [f"{target}.tenant_id", f"{target}.id"])
            )
            if column.info["indexed"]:
                Index(f"ix_{table.name}_{column.name}", table.c.tenant_id, column)


def ref(table: str, *, nullable: bool = False, indexed: bool = True, **kwargs: Any) -> Any:
    """A column that refers to a row of ``table`` in the same tenant, by a composite key.

    Not ``indexed`` where another index begins with it.
    """
    return mapped_column(Uuid, nullable=nullable, info={"references": table, "indexed": indexed}, **kwargs)


def text_enum(values: type[StrEnum], name: str | None = None) -> Enum:
    """The type of a ``StrEnum``'s column: text, with a CHECK of its values (``name``d where a table has two)."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=True,
        name=f"known_{name or _snake(values.__name__)}",
        length=40,
        values_callable=lambda enum: [member.value for member in enum],
    )


def state_column(states: type[StrEnum], default: StrEnum) -> Any:
    """The column of a state, beginning at ``default``."""
    return mapped_column(text_enum(states), default=default, nullable=False)


def choice(values: type[StrEnum], *, nullable: bool = False, name: str | None = None) -> Any:
    """A column holding one value of a ``StrEnum`` that is not a state."""
    return mapped_column(text_enum(values, name), nullable=nullable)


def busy_choice(values: type[StrEnum], *, nullable: bool = False) -> Any:
    """The same in a table of the hot path: the database's own enumeration, where a CHECK would be read anew for each row."""
    return mapped_column(
        Enum(
            values,
            name=_snake(values.__name__),
            values_callable=lambda enum: [member.value for member in enum],
        ),
        nullable=nullable,
    )


def only_when(condition: str, needs: str, name: str) -> CheckConstraint:
    """A CHECK: whenever ``condition`` holds, ``needs`` must hold too."""
    return CheckConstraint(f"NOT ({condition}) OR ({needs})", name=name)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")

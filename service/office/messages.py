"""What the office's pages call its duties and those who act."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from tenants.actors import ActorKind

DUTIES = {
    "prepare": _l("prepare procurement (procurement officer)"),
    "approve": _l("approve (approver)"),
    "pay": _l("make transfers (finance officer)"),
    "complaints": _l("handle complaints (complaint officer)"),
    "administer": _l("look after people and settings (administrator)"),
    "second_officer": _l("be the second of two officers, when bids are opened"),
}

KINDS = {
    ActorKind.PERSON: _l("a person"),
    ActorKind.CONTACT: _l("someone by message"),
    ActorKind.TOKEN: _l("a program"),
    ActorKind.PUBLIC: _l("a visitor"),
    ActorKind.SYSTEM: _l("the system"),
}

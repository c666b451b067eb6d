"""The rooms in the order of the guide's steps; reading this list reads out the procedure."""

from __future__ import annotations

from service.attention.room import ROOM as attention
from service.broadcasts.room import ROOM as broadcasts
from service.complaints.room import ROOM as complaints
from service.contracts.room import ROOM as contracts
from service.conversations.room import ROOM as conversations
from service.delivery.room import ROOM as delivery
from service.difficulty.room import ROOM as difficulty
from service.evaluation.room import ROOM as evaluation
from service.identification.room import ROOM as identification
from service.office.room import ROOM as office
from service.organizations.room import ROOM as organizations
from service.oversight.room import ROOM as oversight
from service.portal.room import ROOM as portal
from service.preparation.room import ROOM as preparation
from service.procurement.room import ROOM as procurement
from service.room import Room

ROOMS: list[Room] = [
    identification,
    difficulty,
    organizations,
    preparation,
    procurement,
    contracts,
    delivery,
    evaluation,
    complaints,
    conversations,
    broadcasts,
    attention,
    oversight,
    portal,
    office,
]

"""What broadcasts say to people, and what the room says when it refuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.messages import N_, InEach, Message, Said
from channels.models import Lane
from service.broadcasts.models import Broadcast
from tenants.models import Tenant

WORDS = Message(
    "broadcasts.words",
    N_("{office}: {words} (Text T for no more of these.)"),
    Lane.BULK,
    parts=8,
    gives=("office",),
)
LISTED = Message(
    "broadcasts.listed",
    N_(
        "{office} will text notices for {place} to this number. It is kept encrypted, for this alone."
        " Text T for no more of these."
    ),
    gives=("place", "office"),
)

REFUSALS = {
    "audience_incomplete": _l("Please say whom it is for: which package, evaluation or township."),
    "nobody_reached": _l(
        "Nobody would get this: nobody fits, or everybody has opted out or cannot be reached."
    ),
    "broadcast_over": _l("This broadcast has left for everybody already."),
    "not_listed": _l("This number has been taken out already."),
    "agreement_missing": _l("Only people who agreed to get messages can be listed."),
}


def said(broadcast: Broadcast, office: Tenant) -> Said:
    """A broadcast's words in each language; whoever reads English gets Chinese where no English was written."""
    words = InEach(broadcast.words, broadcast.words_en or broadcast.words)
    return WORDS(office=InEach(office.name_zh, office.name_en), words=words)

"""What the front door remembers: channels, contacts, what came in, what goes out, and dialogues under way."""

from channels.models.accounts import Alarm, Channel, MessageTemplate, TemplateWay
from channels.models.contacts import AddressLink, Contact, FormLink, LinkAct, LinkCode, Medium
from channels.models.incoming import (
    Dialogue,
    Handling,
    InboundMessage,
    LastOffice,
    ReplyWay,
    Secrecy,
    SortedMessage,
)
from channels.models.outgoing import (
    NEVER_LEFT,
    WITHHELD,
    Announcement,
    Delivery,
    DeliveryReceipt,
    Lane,
    Opening,
    OutboundMessage,
    ReplyWindow,
)

__all__ = [
    "NEVER_LEFT",
    "WITHHELD",
    "AddressLink",
    "Alarm",
    "Announcement",
    "Channel",
    "Contact",
    "Delivery",
    "DeliveryReceipt",
    "Dialogue",
    "FormLink",
    "Handling",
    "InboundMessage",
    "Lane",
    "LastOffice",
    "LinkAct",
    "LinkCode",
    "Medium",
    "MessageTemplate",
    "Opening",
    "OutboundMessage",
    "ReplyWay",
    "ReplyWindow",
    "Secrecy",
    "SortedMessage",
    "TemplateWay",
]

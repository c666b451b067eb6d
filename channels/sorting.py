"""One number for many counties: whose a text is, by the county it names, by who sent it, or by asking (S8).

Nothing is guessed. What is not sorted yet is kept by the office that owns the number, and no county sees it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, or_, select
from sqlalchemy.sql import ColumnElement

from channels import sayings
from channels.engine import Engine
from channels.gateways import Inbound
from channels.inbox import keep_for_a_person, of_sender, receive, replied
from channels.joining import share_consent, wait_for_others
from channels.models import Contact
from channels.offers import offers_a_price
from channels.outbox import tell
from channels.pictures import lift
from channels.places import Place, is_only_a_place, named_alone, named_first, named_in_full, named_within
from channels.registry import ChannelInfo
from channels.texts import STRUCK, clean, language_of
from channels.words import Word, recognise
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command, query, run_plain, run_plain_at_commit
from tenants.identifiers import new_id
from tenants.offices import readable_tenants
from tenants.permissions import Permission
from tenants.plain import Statement
from tenants.privacy import decrypt_under, keyring
from tenants.refusals import WrongStage
from tenants.workdays import local_day

REMEMBERED = timedelta(days=30)
"""How long a sender is taken to mean the county written to last (S8)."""

Members = Select[int, UUID]
"""Contacts that an office knows as its own, as rows of tenant and contact; each room has its own."""

FIND_PLACE = Statement(
    """
    SELECT EXISTS (SELECT FROM inbound_messages
                    WHERE tenant_id = %(tenant)s AND channel_id = %(channel)s AND provider_id = %(provider_id)s),
           (SELECT office_id FROM sorted_messages
             WHERE tenant_id = %(tenant)s AND channel_id = %(channel)s AND provider_id = %(provider_id)s),
           (SELECT office_id FROM last_offices
             WHERE tenant_id = %(tenant)s AND medium = %(medium)s AND address_index = ANY (%(indexes)s)
               AND on_day >= %(since)s
             ORDER BY on_day DESC LIMIT 1),
           (SELECT coalesce(locale, written_in) FROM contacts
             WHERE tenant_id = %(tenant)s AND medium = %(medium)s AND address_index = ANY (%(indexes)s) LIMIT 1)
    """
)
"""Whether a message is a repeat that waits here, or went to an office before; the office its sender wrote to last; and the
language they spoke to the number itself."""

FIND_CONVERSATION = Statement(
    """
    SELECT 1 FROM contacts c JOIN dialogues d ON d.tenant_id = c.tenant_id AND d.contact_id = c.id
     WHERE c.tenant_id = %(office)s AND c.medium = %(medium)s AND c.address_index = ANY (%(indexes)s)
       AND d.parked_at IS NULL
    """
)
FIND_UNSORTED = Statement(
    """
    SELECT m.id, m.raw, c.data_key, c.id, m.provider_id
      FROM contacts c JOIN inbound_messages m ON m.tenant_id = c.tenant_id AND m.contact_id = c.id
     WHERE c.tenant_id = %(tenant)s AND c.medium = %(medium)s AND c.address_index = ANY (%(indexes)s)
       AND m.channel_id = %(channel)s AND m.handling = 'attention' AND m.raw IS NOT NULL AND m.failure IS NULL
       AND NOT EXISTS (SELECT FROM sorted_messages s
                        WHERE s.tenant_id = m.tenant_id AND s.channel_id = m.channel_id AND s.provider_id = m.provider_id)
     ORDER BY m.received_at, m.id
    """
)
HAND_ON = Statement(
    """
    UPDATE inbound_messages
       SET raw = NULL, text = NULL, reference = NULL, handling = 'handled',
           received_at = date_trunc('day', received_at), handled_at = date_trunc('day', CAST(%(now)s AS timestamptz))
     WHERE tenant_id = %(tenant)s AND id = ANY (%(ids)s)
    """
)
"""What goes to a county stays here only as a message that came, of when no more than the day is known (H3)."""

FORGET_MOMENT = Statement(
    """
    UPDATE contacts SET first_at = date_trunc('day', first_at), last_at = date_trunc('day', last_at)
     WHERE tenant_id = %(tenant)s AND id = %(contact)s
    """
)
HEED = Statement(
    """
    UPDATE contacts SET stopped_at = CASE WHEN CAST(%(stops)s AS boolean) THEN CAST(%(now)s AS timestamptz) END
     WHERE tenant_id = %(tenant)s AND medium = %(medium)s AND address_index = ANY (%(indexes)s)
       AND channel_id = %(channel)s AND (stopped_at IS NULL) = CAST(%(stops)s AS boolean)
    RETURNING id
    """
)
KEEP_SORTED = Statement(
    """
    INSERT INTO sorted_messages (tenant_id, id, channel_id, provider_id, office_id)
    VALUES (%(tenant)s, %(id)s, %(channel)s, %(provider_id)s, %(office)s)
    """
)
KEEP_LAST_OFFICE = Statement(
    """
    INSERT INTO last_offices (tenant_id, id, medium, address_index, office_id, on_day)
    VALUES (%(tenant)s, %(id)s, %(medium)s, %(index)s, %(office)s, %(today)s)
    ON CONFLICT (tenant_id, medium, address_index) DO UPDATE SET office_id = %(office)s, on_day = %(today)s
    """
)


@command(Permission.MESSAGE_RECEIVE, in_turn=of_sender)
def sort_in(channel: ChannelInfo, inbound: Inbound, *, by: Actor) -> str:
    """Give a message on a shared number to the office it is for, or keep it and ask for the county; return the reply (S8).

    What the sender had written before the county was known goes along, and is answered by itself where this text says more than
    the county: two answers would not fit one text (S2). STOP and START hold for every office that would write to the sender
    by this number. Where it is shared no more, all but repeats and those two is for its own office.
    """
    wanted = _wanted(channel, inbound, by)
    here, office, last, language = _placed(channel, wanted)
    if here:
        return receive(channel, inbound, by=by)
    if office is not None:
        return replied(channel, inbound, by=by.as_system(office)) or ""
    words = clean(inbound.text)
    if _word(inbound) in (Word.STOP, Word.START):
        return _heeded(channel, inbound, by)
    if inbound.answered is not None or not channel.served:
        return receive(channel, inbound, by=by)
    unsorted = run_plain(FIND_UNSORTED, wanted)
    waiting = _together(unsorted)
    talking = last is not None and bool(run_plain(FIND_CONVERSATION, {**wanted, "office": last}))
    office, rest = _meant(words, channel.places, talking, asked=bool(unsorted))
    if office is None:
        known = [] if talking else offices_that_know(channel, inbound, channel.readable, by=by)
        guarded = len(known) > 1 and bool(inbound.media) and _word(inbound) is not Word.COMPLAIN
        office = known[0] if len(known) == 1 else None if guarded else last
        rest = words
        inbound = replace(inbound, guarded=guarded) if guarded else inbound
    if office is None:
        return receive(channel, inbound, by=by)
    brought = tuple(lift([row[0] for row in unsorted], by=by)) if unsorted else ()
    _hand_on(unsorted, office, wanted)
    run_plain_at_commit(KEEP_SORTED, {**wanted, "id": new_id(), "office": office})
    there, at = channel.at(office), by.as_system(office)
    said = "\n".join(text for text in _texts(unsorted) if not is_only_a_place(text))
    # A county's name in Latin letters is no pinyin of somebody who has spoken English.
    spoken = language if language and words.isascii() else language_of(words)
    help_ = "help" if spoken == "en" else "帮助"
    inbound = replace(inbound, language=language)
    if said and rest:
        before = replace(inbound, text=waiting, provider_id=unsorted[-1][4], media=(), brought=brought)
        reply = receive(there, before, by=at)
        if not there.replies_by_message:
            _answer_later(there, inbound.sender, reply, by=at)
    elif waiting:
        inbound = replace(
            inbound, text=f"{waiting}\n{inbound.text}", meant=clean(said) or help_, brought=brought
        )
    elif brought or inbound.media:
        inbound = replace(inbound, brought=brought, meant=rest)
    elif not rest:
        inbound = replace(inbound, meant=help_)
    return receive(there, replace(inbound, meant=rest) if rest else inbound, by=at)


@command(Permission.MESSAGE_RECEIVE, in_turn=of_sender)
def keep_where_it_belongs(
    channel: ChannelInfo, inbound: Inbound, reference: str, failure: str, *, by: Actor
) -> str:
    """Store a message on a shared number for a person, because handling it failed: with the office whose conversation is
    under way, which knows how secret it may be (C5, H4), else with the office that owns the number (S8)."""
    wanted = _wanted(channel, inbound, by)
    here, office, last, _language = _placed(channel, wanted)
    if not here and office is None and last is not None:
        office = last if run_plain(FIND_CONVERSATION, {**wanted, "office": last}) else None
        if office is not None:
            run_plain_at_commit(KEEP_SORTED, {**wanted, "id": new_id(), "office": office})
    if here or office is None:
        if inbound.media and offices_that_know(channel, inbound, channel.readable, by=by):
            inbound = replace(inbound, guarded=True)
        return keep_for_a_person(channel, inbound, reference, failure, by=by)
    if office not in channel.readable:
        return replied(channel, inbound, by=by.as_system(office)) or ""
    return keep_for_a_person(channel.at(office), inbound, reference, failure, by=by.as_system(office))


@query(Permission.MESSAGE_RECEIVE)
def office_of(channel: ChannelInfo, inbound: Inbound, *, by: Actor) -> int:
    """The office that a message taken in belongs to: the channel's own, unless it was sorted into another (S8)."""
    if not channel.sorts:
        return by.tenant_id
    _here, office, _last, _language = run_plain(FIND_PLACE, _wanted(channel, inbound, by))[0]
    return by.tenant_id if office is None else office


@command(Permission.MESSAGE_RECEIVE, in_turn=of_sender)
def take_turn(channel: ChannelInfo, inbound: Inbound, *, by: Actor) -> None:
    """Let no text of the sender be sorted meanwhile; comes first in a command that sorts by hand."""


@command(Permission.MESSAGE_RECEIVE)
def sort_by_hand(channel: ChannelInfo, sender: str, office: int, *, by: Actor) -> None:
    """Give what an address wrote on a shared number, and what waits, to an office, on a person's word (S8).

    The office's reply goes out as a message. Refuses ``nothing_waits``.
    """
    wanted = _wanted(channel, Inbound(None, sender, channel.number, ""), by)
    unsorted = run_plain(FIND_UNSORTED, wanted)
    if not unsorted:
        raise WrongStage("nothing_waits")
    text, last = _together(unsorted), unsorted[-1][4]
    brought = tuple(lift([row[0] for row in unsorted], by=by))
    _hand_on(unsorted, office, wanted)
    inbound = Inbound(last, sender, channel.number, text, brought=brought)
    reply = receive(channel.at(office), inbound, by=by.as_system(office))
    if not channel.by_template:
        _answer_later(channel, sender, reply, by=by.as_system(office))


@command(Permission.MESSAGE_SEND)
def _answer_later(channel: ChannelInfo, sender: str, reply: str, *, by: Actor) -> None:
    contact = db.session.scalars(
        select(Contact.id).where(
            Contact.tenant_id == by.tenant_id,
            Contact.medium == channel.medium,
            Contact.address_index.in_(keyring().indexes(sender)),
        )
    ).one()
    tell(contact, sayings.REPLY_FOLLOWS(words=reply), by=by)


def _placed(channel: ChannelInfo, wanted: dict[str, Any]) -> tuple[bool, int | None, int | None, str | None]:
    """What ``FIND_PLACE`` finds; an office written to last that the number serves no more counts no more."""
    here, office, last, language = run_plain(FIND_PLACE, wanted)[0]
    return here, office, last if last in channel.readable else None, language


def _together(unsorted: Sequence[tuple[Any, ...]]) -> str:
    return "\n".join(_texts(unsorted))


def _texts(unsorted: Sequence[tuple[Any, ...]]) -> list[str]:
    """What waits, text by text. Figures and bids, which by themselves nobody would read, are struck out where they would be read
    among the others (C5, T5); an offer in free words is left to the county, which knows who may be bidding."""
    texts = [text for row in unsorted if (text := decrypt_under(row[2], row[1]))]
    engine: Engine = current_app.extensions["qiao.engine"]
    if len(texts) < 2 or recognise("\n".join(texts)).word is Word.BID:
        return texts
    return [STRUCK if engine.is_for_nobody(text) and not _is_offer(text) else text for text in texts]


def _is_offer(text: str) -> bool:
    return offers_a_price(text) and recognise(text).word is not Word.BID


def _hand_on(unsorted: Sequence[tuple[Any, ...]], office: int, wanted: dict[str, Any]) -> None:
    if unsorted:
        run_plain_at_commit(HAND_ON, {**wanted, "ids": [row[0] for row in unsorted]})
        run_plain_at_commit(FORGET_MOMENT, {**wanted, "contact": unsorted[0][3]})
    run_plain_at_commit(KEEP_LAST_OFFICE, {**wanted, "id": new_id(), "office": office})


def _wanted(channel: ChannelInfo, inbound: Inbound, by: Actor) -> dict[str, Any]:
    index, *older = keyring().indexes(inbound.sender)
    return {
        "tenant": by.tenant_id,
        "channel": channel.id,
        "provider_id": inbound.provider_id,
        "medium": channel.medium.value,
        "index": index,
        "indexes": [index, *older],
        "now": by.now,
        "today": local_day(by.now),
        "since": local_day(by.now - REMEMBERED),
    }


def _meant(words: str, places: Sequence[Place], talking: bool, *, asked: bool) -> tuple[int | None, str]:
    """The office that a text names, and what it says besides. ``talking``: a conversation with another is under way, and
    the name of a county may be an answer in it; then it takes a word of ours behind the name to begin another."""
    first = named_first(words, places)
    if talking:
        turns = first is not None and first.rest != words and recognise(first.rest).word is not None
        return (first.tenant_id, first.rest) if first is not None and turns else (None, words)
    if (alone := named_alone(words, places)) is not None:
        return alone, ""
    if first is not None:
        return first.tenant_id, first.rest
    if asked and (within := named_within(words, places)) is not None:
        return within, ""
    return named_in_full(words, places), words


def offices_that_know(
    channel: ChannelInfo, inbound: Inbound, offices: Collection[int], *, by: Actor
) -> list[int]:
    """Those of the offices that have the sender in their books, as an organization's signatory or one of its villagers (S8);
    for use inside a gate that may read them."""
    members: tuple[Members, ...] = current_app.extensions["qiao.members"]
    return list(
        db.session.scalars(
            select(Contact.tenant_id)
            .where(
                Contact.tenant_id.in_(set(offices) & set(by.readable)),
                Contact.medium == channel.medium,
                Contact.address_index.in_(keyring().indexes(inbound.sender)),
                or_(*(_lists(own) for own in members)),
            )
            .distinct()
        )
    )


def _lists(members: Members) -> ColumnElement[bool]:
    tenant_id, contact_id = members.selected_columns
    return members.where(tenant_id == Contact.tenant_id, contact_id == Contact.id).exists()


def _heeded(channel: ChannelInfo, inbound: Inbound, by: Actor) -> str:
    """STOP and START, said once to the number, hold for all that write by it (S5)."""
    everybody = replace(by, readable=readable_tenants(by.tenant_id))
    for office in _writing_by(channel, inbound, by=everybody):
        _heed(channel, inbound, by=by.as_system(office))
    return receive(channel, inbound, by=by)


@query(Permission.MESSAGE_RECEIVE)
def _writing_by(channel: ChannelInfo, inbound: Inbound, *, by: Actor) -> list[int]:
    """The other offices that write to a sender by this number, also those it serves no more."""
    return list(
        db.session.scalars(
            select(Contact.tenant_id).where(
                Contact.tenant_id.in_(set(by.readable) - {by.tenant_id}),
                Contact.medium == channel.medium,
                Contact.address_index.in_(keyring().indexes(inbound.sender)),
                Contact.channel_id == channel.id,
            )
        )
    )


def _word(inbound: Inbound) -> Word | None:
    """The word of a text; as the provider has understood it, where it has answered it."""
    if inbound.answered is not None:
        return Word(inbound.answered.value)
    return recognise(clean(inbound.text)).word


@command(Permission.MESSAGE_RECEIVE)
def _heed(channel: ChannelInfo, inbound: Inbound, *, by: Actor) -> None:
    stops = _word(inbound) is Word.STOP
    wait_for_others(by)
    found = run_plain(HEED, {**_wanted(channel, inbound, by), "stops": stops})
    for (contact_id,) in found:
        event = Event.CONSENT_WITHDRAWN if stops else Event.CONSENT_GIVEN
        record(event, ("contacts", contact_id), by)
        share_consent(contact_id, not stops, by=by)

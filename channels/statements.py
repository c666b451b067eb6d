"""The few plain statements of the hot path: what an inbound text reads and writes (docs/decisions/0005)."""

from tenants.plain import Statement

FIND_SENDER = Statement(
    """
    SELECT c.id, c.data_key, c.locale, c.written_in, c.informed_at IS NOT NULL, c.last_at, c.channel_id,
           c.proved_at IS NOT NULL, c.unreachable_at IS NOT NULL, m.reply,
           d.parked_at IS NOT NULL, d.name, d.step, d.misses, d.moved_at, d.answers
      FROM contacts c
      LEFT JOIN inbound_messages m ON m.tenant_id = %(tenant)s AND m.channel_id = %(channel)s
            AND m.provider_id = %(provider_id)s AND m.contact_id = c.id
      LEFT JOIN dialogues d ON d.tenant_id = %(tenant)s AND d.contact_id = c.id
     WHERE c.tenant_id = %(tenant)s AND c.medium = %(medium)s AND c.address_index = %(index)s
    """
)
"""All that a text needs to know of its sender: the contact, the reply if it is a repeat, and a row for each conversation,
the open one and those that lie aside. Texts of one sender follow one another (``in_turn``): it is what the last one left."""

MOVE_INDEX = Statement(
    """
    UPDATE contacts SET address_index = %(index)s
     WHERE tenant_id = %(tenant)s AND medium = %(medium)s AND address_index = ANY (%(older)s)
    """
)
"""While keys are being changed: a contact found under an older key's index takes the newest."""

FIND_REPLY = Statement(
    """
    SELECT m.reply, c.data_key
      FROM inbound_messages m LEFT JOIN contacts c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id
     WHERE m.tenant_id = %(tenant)s AND m.channel_id = %(channel)s AND m.provider_id = %(provider_id)s
    """
)
ADD_CONTACT = Statement(
    """
    INSERT INTO contacts (tenant_id, id, medium, address, address_index, data_key, written_in, channel_tenant_id, channel_id,
                          first_at, last_at, informed_at)
    VALUES (%(tenant)s, %(id)s, %(medium)s, %(address)s, %(index)s, %(data_key)s, %(written_in)s,
            %(channel_tenant)s, %(channel)s, %(now)s, %(now)s, %(informed)s)
    ON CONFLICT (tenant_id, medium, address_index) DO NOTHING
    RETURNING id
    """
)
CHANGE_CONTACT = Statement(
    """
    UPDATE contacts SET last_at = %(now)s, informed_at = coalesce(informed_at, %(informed)s), channel_id = %(channel)s,
           channel_tenant_id = %(channel_tenant)s, written_in = coalesce(%(written_in)s, written_in),
           locale = coalesce(%(locale)s, locale), unreachable_at = NULL,
           stopped_at = CASE CAST(%(consent)s AS boolean) WHEN true THEN NULL WHEN false THEN %(now)s ELSE stopped_at END
     WHERE tenant_id = %(tenant)s AND id = %(id)s
    """
)
KEEP_MESSAGE = Statement(
    """
    INSERT INTO inbound_messages (tenant_id, id, channel_tenant_id, channel_id, provider_id, contact_id, received_at, raw,
                                  text, reply, secrecy, handling, reference, failure)
    VALUES (%(tenant)s, %(id)s, %(channel_tenant)s, %(channel)s, %(provider_id)s, %(contact)s, %(now)s, %(raw)s, %(text)s,
            %(reply)s, %(secrecy)s, %(handling)s, %(reference)s, %(failure)s)
    """
)
KEEP_DIALOGUE = Statement(
    """
    INSERT INTO dialogues (tenant_id, id, contact_id, name, step, answers, misses, started_at, moved_at)
    VALUES (%(tenant)s, %(id)s, %(contact)s, %(name)s, %(step)s, %(answers)s, %(misses)s, %(now)s, %(now)s)
    ON CONFLICT (tenant_id, contact_id) WHERE parked_at IS NULL
    DO UPDATE SET name = %(name)s, step = %(step)s, answers = %(answers)s, misses = %(misses)s, moved_at = %(now)s
    """
)
MOVE_DIALOGUE = Statement(
    """
    UPDATE dialogues SET name = %(name)s, step = %(step)s, answers = %(answers)s, misses = %(misses)s, moved_at = %(now)s
     WHERE tenant_id = %(tenant)s AND contact_id = %(contact)s AND parked_at IS NULL
    """
)
"""What most texts do to a conversation; an officer who has just ended it is not overruled."""

DROP_DIALOGUE = Statement(
    "DELETE FROM dialogues WHERE tenant_id = %(tenant)s AND contact_id = %(contact)s AND parked_at IS NULL"
)
DROP_PARKED = Statement(
    """
    DELETE FROM dialogues
     WHERE tenant_id = %(tenant)s AND contact_id = %(contact)s AND name = %(name)s AND parked_at IS NOT NULL
    """
)
FIND_ELSEWHERE = Statement(
    """
    SELECT d.id, its.data_key, d.step, d.misses, d.moved_at, d.answers
      FROM contacts own
      JOIN contacts its ON its.tenant_id = own.tenant_id AND its.joined_as = own.joined_as AND its.id <> own.id
      JOIN dialogues d ON d.tenant_id = its.tenant_id AND d.contact_id = its.id
     WHERE own.tenant_id = %(tenant)s AND own.id = %(contact)s AND own.proved_at IS NOT NULL
       AND its.proved_at IS NOT NULL AND its.data_key IS NOT NULL AND d.name = %(name)s
     ORDER BY d.moved_at DESC LIMIT 1
    """
)
"""What a person began at another address; asked for only by a word that would begin it anew."""

DROP_ELSEWHERE = Statement("DELETE FROM dialogues WHERE tenant_id = %(tenant)s AND id = %(dialogue)s")
PARK_DIALOGUE = Statement(
    """
    UPDATE dialogues SET parked_at = %(now)s
     WHERE tenant_id = %(tenant)s AND contact_id = %(contact)s AND parked_at IS NULL
    """
)
ABSORB_MESSAGE = Statement(
    """
    UPDATE inbound_messages SET raw = NULL, text = NULL, handling = 'handled', handled_at = %(now)s
     WHERE tenant_id = %(tenant)s AND id = ANY (%(ids)s)
    """
)

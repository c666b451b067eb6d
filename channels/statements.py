"""The few plain statements of the hot path: what an inbound text reads and writes (docs/decisions/0005)."""

FIND_SENDER = """
    SELECT c.id, c.data_key, c.locale, c.written_in, c.informed_at, c.last_at, c.channel_id,
           (SELECT m.reply FROM inbound_messages m WHERE m.tenant_id = %(tenant)s AND m.channel_id = %(channel)s
               AND m.provider_id = %(provider_id)s) AS replied,
           (SELECT json_agg(json_build_object(
                'id', d.id, 'name', d.name, 'step', d.step, 'misses', d.misses, 'moved_at', d.moved_at,
                'parked', d.parked_at IS NOT NULL, 'answers', encode(d.answers, 'hex')))
              FROM dialogues d WHERE d.tenant_id = c.tenant_id AND d.contact_id = c.id) AS dialogues
      FROM contacts c
     WHERE c.tenant_id = %(tenant)s AND c.medium = %(medium)s AND c.address_index = ANY (%(indexes)s)
       FOR UPDATE OF c
    """
FIND_REPLY = """
    SELECT m.reply, c.data_key
      FROM inbound_messages m LEFT JOIN contacts c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id
     WHERE m.tenant_id = %(tenant)s AND m.channel_id = %(channel)s AND m.provider_id = %(provider_id)s
    """
ADD_CONTACT = """
    INSERT INTO contacts (tenant_id, id, medium, address, address_index, data_key, written_in, channel_tenant_id, channel_id,
                          first_at, last_at, informed_at)
    VALUES (%(tenant)s, %(id)s, %(medium)s, %(address)s, %(index)s, %(data_key)s, %(written_in)s, %(tenant)s,
            %(channel)s, %(now)s, %(now)s, %(now)s)
    ON CONFLICT (tenant_id, medium, address_index) DO NOTHING
    RETURNING id
    """
SEE_CONTACT = """
    UPDATE contacts SET last_at = %(now)s, informed_at = coalesce(informed_at, %(now)s), channel_id = %(channel)s,
           channel_tenant_id = %(tenant)s, written_in = coalesce(%(written_in)s, written_in),
           locale = coalesce(%(locale)s, locale),
           stopped_at = CASE CAST(%(consent)s AS boolean) WHEN true THEN NULL WHEN false THEN %(now)s ELSE stopped_at END
     WHERE tenant_id = %(tenant)s AND id = %(id)s
    """
KEEP_MESSAGE = """
    INSERT INTO inbound_messages (tenant_id, id, channel_id, provider_id, contact_id, received_at, raw, text, reply, secrecy,
                                  handling, reference, failure)
    VALUES (%(tenant)s, %(id)s, %(channel)s, %(provider_id)s, %(contact)s, %(now)s, %(raw)s, %(text)s, %(reply)s,
            %(secrecy)s, %(handling)s, %(reference)s, %(failure)s)
    ON CONFLICT (tenant_id, channel_id, provider_id) DO NOTHING
    RETURNING id
    """
KEEP_DIALOGUE = """
    INSERT INTO dialogues (tenant_id, id, contact_id, name, step, answers, misses, started_at, moved_at)
    VALUES (%(tenant)s, %(dialogue)s, %(contact)s, %(name)s, %(step)s, %(answers)s, %(misses)s, %(now)s, %(now)s)
    ON CONFLICT (tenant_id, contact_id) WHERE parked_at IS NULL
    DO UPDATE SET name = %(name)s, step = %(step)s, answers = %(answers)s, misses = %(misses)s, moved_at = %(now)s
    """
DROP_DIALOGUE = (
    "DELETE FROM dialogues WHERE tenant_id = %(tenant)s AND contact_id = %(contact)s AND parked_at IS NULL"
)
DROP_PARKED = """
    DELETE FROM dialogues
     WHERE tenant_id = %(tenant)s AND contact_id = %(contact)s AND name = %(name)s AND parked_at IS NOT NULL
    """
PARK_DIALOGUE = """
    UPDATE dialogues SET parked_at = %(now)s
     WHERE tenant_id = %(tenant)s AND contact_id = %(contact)s AND parked_at IS NULL
    """
ABSORB_MESSAGE = """
    UPDATE inbound_messages SET raw = NULL, text = NULL, handling = 'handled', handled_at = %(now)s
     WHERE tenant_id = %(tenant)s AND id = ANY (%(ids)s)
    """


KEEP_MESSAGE_AND_DIALOGUE = f"WITH dialogue AS ({KEEP_DIALOGUE}) {KEEP_MESSAGE}"
"""One round trip for the most frequent outcome: a step of a dialogue."""

"""A crowd of contacts, made by one statement, for what must be shown with many."""

from __future__ import annotations

from sqlalchemy import Select, select, text

from channels.models import Channel, Contact
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command
from tenants.permissions import Permission
from tenants.privacy import keyring, new_data_key

MAKE = text(
    """
    INSERT INTO contacts (tenant_id, id, medium, address_index, address, data_key, locale, channel_tenant_id, channel_id,
                          first_at, last_at, stopped_at)
    SELECT :tenant, gen_random_uuid(), 'sms', decode(md5(number::text), 'hex'), :address, :key,
           CASE number % 10 WHEN 0 THEN 'en' ELSE 'zh' END, :tenant, :channel, :now, :now,
           CASE number % 50 WHEN 49 THEN CAST(:now AS timestamptz) END
      FROM generate_series(1, :count) AS number
    """
)


@command(Permission.MESSAGE_SEND)
def crowd(count: int, channel: Channel, *, by: Actor) -> None:
    """So many contacts of the actor's office: a tenth reads English, a fiftieth has opted out, all have the same number."""
    db.session.execute(
        MAKE,
        {
            "tenant": by.tenant_id,
            "channel": channel.id,
            "address": keyring().encrypt(b"+8613800138000"),
            "key": new_data_key(),
            "now": by.now,
            "count": count,
        },
    )


def everybody(tenant_id: int) -> Select:
    """All contacts of an office, as an audience."""
    return select(Contact.id).where(Contact.tenant_id == tenant_id)

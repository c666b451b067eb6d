"""What broadcasts do by themselves: note that one has left for everybody."""

from __future__ import annotations

from channels.claiming import everywhere
from service.broadcasts import queries, workflow


def finish_broadcasts() -> int:
    """Finish each broadcast of which nothing is left to send; return how many."""
    by = everywhere()
    over = queries.list_over(by=by)
    for broadcast in over:
        workflow.finish_broadcast(broadcast.id, by=by.as_system(broadcast.tenant_id))
    return len(over)

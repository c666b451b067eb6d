"""What step 2 says when it refuses. Nothing of it is ever said to an outsider (D3)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

REFUSALS = {
    "override_reason_missing": _l(
        'The method suggests "{suggested}". For another grade please write the reason.'
    ),
    "task_not_short_listed": _l("Only tasks on the short list are graded."),
    "variant_known": _l('There is a way called "{name}" already.'),
}

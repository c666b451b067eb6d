"""What step 1 says when it refuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

REFUSALS = {
    "criteria_missing": _l("Please set the yes/no questions of this year first."),
    "criteria_repeated": _l("A question stands there twice."),
    "criteria_in_use": _l("Tasks of this year have been screened with these questions already."),
    "criteria_unanswered": _l("Please answer every question; {number} are still open."),
    "reason_missing": _l("Please give the reason."),
    "short_list_empty": _l("There is no task on the short list yet."),
    "tasks_unscreened": _l("{number} tasks of this year still wait for screening."),
}

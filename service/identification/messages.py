"""What step 1 says to who suggested a task (I1), and when it refuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.messages import N_, Message
from channels.models import Lane

ASK_IDEA = Message(
    "identification.ask_idea", N_("What should be done, where, and for whom? In your own words."), Lane.REPLY
)
IDEA_UNCLEAR = Message(
    "identification.idea_unclear",
    N_("Please say in your own words what should be done, such as: a road to the upper village. 0 leaves."),
    Lane.REPLY,
)
IDEA_TAKEN = Message(
    "identification.idea_taken",
    N_("Thank you. Suggestion {reference} is kept; you hear of it."),
    Lane.REPLY,
)
ASK_FIELD = Message(
    "identification.ask_field",
    N_(
        "About 1 roads, water, houses 2 farming, selling 3 school 4 health 5 the old, women, "
        "children 6 training, jobs 7 something else?"
    ),
    Lane.REPLY,
)
IDEA_SORTED = Message(
    "identification.idea_sorted", N_("Noted. We text you when it has been looked at."), Lane.REPLY
)
IDEA_STAYS = Message(
    "identification.idea_stays", N_("Your suggestion {reference} stays with us."), Lane.REPLY
)
IDEA_SHORT_LISTED = Message(
    "identification.idea_short_listed",
    N_("{office}: your suggestion {reference} is on the list of what may be bought: {title}."),
    gives=("title", "office"),
)
IDEA_RULED_OUT = Message(
    "identification.idea_ruled_out",
    N_("{office}: your suggestion {reference} is not taken up this year. {reason}"),
    gives=("reason", "office"),
)
IDEA_SET_ASIDE = Message(
    "identification.idea_set_aside",
    N_("{office}: suggestion {reference} does not go onto the list. {reason}"),
    gives=("office",),
    keeps=("reason",),
)
IDEA_WAITS = Message(
    "identification.idea_waits", N_("Suggestion {reference} waits for the office to look at it."), Lane.REPLY
)
IDEA_WAS_LISTED = Message(
    "identification.idea_was_listed",
    N_("Suggestion {reference} is task no. {number} ({title}): {state}."),
    Lane.REPLY,
    gives=("title",),
)
IDEA_WAS_SET_ASIDE = Message(
    "identification.idea_was_set_aside",
    N_("Suggestion {reference} does not go onto the list; you were told why."),
    Lane.REPLY,
)

REFUSALS = {
    "idea_unknown": _l("There is no suggestion {reference}."),
    "criteria_missing": _l("Please set the yes/no questions of this year first."),
    "criteria_repeated": _l("A question stands there twice."),
    "criteria_in_use": _l("Tasks of this year have been screened with these questions already."),
    "criteria_unanswered": _l("Please answer every question; {number} are still open."),
    "reason_missing": _l("Please give the reason."),
    "short_list_empty": _l("There is no task on the short list yet."),
    "tasks_unscreened": _l("{number} tasks of this year still wait for screening."),
}

"""What the hotline says (H2, H3, H5, H6), and its refusals in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.messages import N_, Message
from channels.models import Lane

REPLY = Lane.REPLY

RECEIVED = Message(
    "complaints.received",
    N_(
        "Received, reference {reference}. First look by {triage}, answer by {due}. STATUS for news, "
        "UP for the higher authority."
    ),
    REPLY,
)
RECEIVED_ABOVE = Message(
    "complaints.received_above",
    N_(
        "Received, reference {reference}. It goes to the higher authority, not the office here. "
        "Answer by {due}. STATUS for news, UP goes on."
    ),
    REPLY,
)
PICTURE_ADDED = Message("complaints.picture_added", N_("The picture is with your case {reference}."), REPLY)
PICTURE_ALONE = Message("complaints.picture_alone", N_("(A picture, without words)"), REPLY)
NOW_ABOVE = Message(
    "complaints.now_above",
    N_(
        "It now goes straight to the higher authority; the office here can no longer see it. Answer by {due}."
    ),
    REPLY,
)
ADDED = Message("complaints.added", N_("Added to your complaint {reference}."), REPLY)
ASK_TEXT = Message(
    "complaints.ask_text", N_("Please tell us in your own words what is wrong, and where."), REPLY
)
ASK_ABOUT = Message(
    "complaints.ask_about",
    N_("Optional: about 1 the work 2 a call 3 an organization 4 the office or its staff?"),
    REPLY,
)
ASK_IDENTITY = Message(
    "complaints.ask_identity",
    N_("Who sees your number? 1 complaint officer 2 all on the case 3 nobody, erased. Else 1."),
    REPLY,
)
KEPT_CONFIDENTIAL = Message(
    "complaints.kept_confidential",
    N_("Your number stays with the complaint officer alone. We tell you each step."),
    REPLY,
)
KEPT_NAMED = Message(
    "complaints.kept_named",
    N_(
        "Kept as named: those who look into it may call you. Those complained about are not told. We "
        "tell you each step."
    ),
    REPLY,
)
KEPT_ANONYMOUS = Message(
    "complaints.kept_anonymous",
    N_(
        "We have forgotten your number and cannot write to you. Keep the reference: it is the only "
        "way back to your complaint. The phone company still knows that you wrote."
    ),
    REPLY,
)
OFFER = Message(
    "complaints.offer",
    N_("We got your text. Is it a complaint? 1 yes 2 no. HELP shows what else can be done here."),
    REPLY,
)
OFFER_AGAIN = Message(
    "complaints.offer_again",
    N_("All you wrote is noted. Is it a complaint? 1 yes 2 no. HELP shows what else can be done here."),
    REPLY,
)
ASK_BELONGS = Message(
    "complaints.ask_belongs",
    N_("We got your text. Does it belong to your complaint {reference}? 1 yes, add it 2 no, something else"),
    REPLY,
)
BELONGS_AGAIN = Message(
    "complaints.belongs_again",
    N_("All you wrote is noted. Please reply 1 to add it to that complaint, or 2 if it is something else."),
    REPLY,
)
ASK_REOPEN = Message(
    "complaints.ask_reopen",
    N_(
        "We got your text. Is complaint {reference} still not solved? 1 yes, open it again 2 no, something else"
    ),
    REPLY,
)
REOPEN_AGAIN = Message(
    "complaints.reopen_again",
    N_("All you wrote is noted. Please reply 1 to open that complaint again, or 2 if it is something else."),
    REPLY,
)
NOT_FILED = Message(
    "complaints.not_filed", N_("Not filed as a complaint. Someone at the complaint desk will read it."), REPLY
)

LEFT = Message(
    "complaints.left", N_("Left. Your complaint stands as you gave it. STATUS tells where it stands."), REPLY
)
ASK_REFERENCE = Message(
    "complaints.ask_reference",
    N_(
        "Please send the reference: the ten digits you were given. Without one, COMPLAIN tells us what is wrong; 0 leaves."
    ),
    REPLY,
)
REFERENCE_WRONG = Message("complaints.reference_wrong", N_("This number is not right."), REPLY)
REFERENCE_UNCLEAR = Message(
    "complaints.reference_unclear",
    N_("We see no right reference here: it has ten digits. Please check it and send it again; 0 leaves."),
    REPLY,
)
OPEN = Message(
    "complaints.open",
    N_(
        "{reference}: {state}, with {office}. Answer by {due}. UP {reference} takes it to the higher "
        "authority."
    ),
    REPLY,
    gives=("office",),
)
OVERDUE = Message(
    "complaints.overdue",
    N_(
        "{reference}: {state}, with {office}. The answer was due on {due} and is late. UP {reference}"
        " takes it to the higher authority."
    ),
    REPLY,
    gives=("office",),
)
OPEN_AT_THE_TOP = Message(
    "complaints.open_at_the_top",
    N_(
        "{reference}: {state}, with {office}. Answer by {due}. To add to it, send the reference and your words."
    ),
    REPLY,
    gives=("office",),
)
OVERDUE_AT_THE_TOP = Message(
    "complaints.overdue_at_the_top",
    N_(
        "{reference}: {state}, with {office}. The answer was due on {due} and is late. To press them, send the reference and "
        "your words."
    ),
    REPLY,
    gives=("office",),
)
ANSWERED = Message(
    "complaints.answered",
    N_("{reference}: answered on {day} by {office}. {outcome}. {answer}"),
    REPLY,
    gives=("answer", "office"),
)
ENDED = Message("complaints.ended", N_("{reference}: closed. {outcome}. {answer}"), REPLY, gives=("answer",))
ASK_SOLVED = Message("complaints.ask_solved", N_("Solved? 1 yes 2 no (until {until})."), REPLY)
ASK_SOLVED_AGAIN = Message("complaints.ask_solved_again", N_("Solved? 1 yes 2 no."), REPLY)
ASK_RATING = Message(
    "complaints.ask_rating",
    N_("How was it handled? 1 very badly to 5 very well. You need not answer."),
    REPLY,
)
THANKS = Message("complaints.thanks", N_("Thank you. Complaint {reference} is closed."), REPLY)
RATED = Message("complaints.rated", N_("Thank you, your view is kept."), REPLY)
REOPENED = Message(
    "complaints.reopened",
    N_(
        "Complaint {reference} is open again. New answer by {due}. UP {reference} takes it to the "
        "higher authority."
    ),
    REPLY,
)
ADDED_ABOVE = Message(
    "complaints.added_above",
    N_(
        "What you say of the office is a complaint of its own, {other}, with the higher authority; answer by {due}. Complaint "
        "{reference} goes on."
    ),
    REPLY,
)
REOPENED_AND_ABOVE = Message(
    "complaints.reopened_and_above",
    N_(
        "Complaint {reference} is open again. What you say of the office is complaint {other}, with the higher authority; "
        "answer by {due}."
    ),
    REPLY,
)
TAKEN_UP = Message(
    "complaints.taken_up",
    N_("Complaint {reference} is now with {office}. Answer by {due}."),
    REPLY,
    gives=("office",),
)

ACKNOWLEDGED = Message(
    "complaints.acknowledged", N_("Your complaint {reference} is accepted. Answer by {due}.")
)
INVESTIGATING = Message(
    "complaints.investigating", N_("Your complaint {reference} is being investigated. Answer by {due}.")
)
RESOLVED = Message(
    "complaints.resolved",
    N_("{reference}: {outcome}. {answer} Solved? 1 yes, 2 no (until {until})."),
    keeps=("answer",),
)
ESCALATED_LATE = Message(
    "complaints.escalated_late",
    N_("Your complaint {reference} was not dealt with in time. It is now with {office}; answer by {due}."),
    gives=("office",),
)
ESCALATED_HERE = Message(
    "complaints.escalated_here",
    N_("Your complaint {reference} was handed up to {office}. Answer by {due}."),
    gives=("office",),
)
NEWS_WAITS = Message(
    "complaints.news_waits",
    N_("There is news of something you raised here. Text STATUS and the reference to read it."),
)
ROUTED = Message(
    "complaints.routed",
    N_("Your complaint {reference} is now with {office}. Answer by {due}."),
    gives=("office",),
)
CLOSED = Message("complaints.closed", N_("Your complaint {reference} is closed. Thank you for telling us."))

REFUSALS = {
    "own_matter": _l(
        "Who prepared or manages the matter cannot look into a complaint about it. Please ask a colleague."
    ),
    "facts_missing": _l("Please write down the facts found."),
    "reopening_over": _l(
        "The time to reopen this complaint is over. A new complaint can be made at any time."
    ),
    "no_higher_office": _l(
        "There is no higher authority on this system that has not dealt with it. To add to it, text its reference and the words."
    ),
    "complaint_answered": _l(
        "This complaint has been answered. If it is not solved, text STATUS and its reference."
    ),
    "complaint_unanswered": _l("This complaint has not been answered yet."),
    "rating_out_of_range": _l("Please give a number from 1 to 5."),
    "nobody_to_show": _l("This complaint came without a name or number."),
    "reference_unknown": _l(
        "We find no complaint of yours with this reference. Please check the ten digits."
    ),
    "too_many_tries": _l("Too many messages. Please try again in an hour, or call the office."),
    "escalated_stays": _l("A complaint that was taken to this office is decided here."),
}

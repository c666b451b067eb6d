"""What steps 5.2 to 5.5 say to bidders, and when they refuse."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.messages import N_, Message

revision_wanted = Message(
    "procurement.revision_wanted",
    N_('Lot {lot} "{package}": please add {what}. Here: {link} The price stays.'),
    gives=("package",),
    keeps=("what",),
)
bid_excluded = Message(
    "procurement.bid_excluded",
    N_('Lot {lot} "{package}": your bid was not admitted. {ground}.{reason} Unfair? Reply COMPLAIN.'),
    gives=("package", "reason"),
)
bid_admitted_after_all = Message(
    "procurement.bid_admitted_after_all",
    N_('Lot {lot} "{package}": we looked again, and your bid is admitted.'),
    gives=("package",),
)
result_notice = Message(
    "procurement.result_notice",
    N_(
        '{purchaser}: {lot} "{package}" to {provider}, {fee} yuan. Reviewers {reviewers}. COMPLAIN until {until}, '
        "tel. {hotline}."
    ),
    gives=("package", "provider", "purchaser", "reviewers"),
)
not_selected = Message(
    "procurement.not_selected",
    N_(
        'Lot {lot} "{package}": your bid was not selected: {why}. '
        "You may complain until {until}: reply COMPLAIN."
    ),
    gives=("package",),
)
result_withdrawn = Message(
    "procurement.result_withdrawn",
    N_("Call {call}: the published result is taken back and looked at again. You will hear from us."),
)
call_failed = Message(
    "procurement.call_failed",
    N_('Call {call} "{title}" ends without a winner: {reason} Unfair? Reply COMPLAIN.'),
    gives=("title", "reason"),
)

THIS_NUMBER = _l("this number")
"""The hotline of an office that has no telephone line besides."""

REFUSALS = {
    "experience_not_shown": _l(
        "The task needs experience the record does not show yet; this bid cannot be admitted."
    ),
    "experience_is_shown": _l("The record shows the experience needed; that is no ground to exclude."),
    "revision_not_requested": _l("Documents are a ground only after a request to revise them."),
    "documents_asked_before": _l("The organization was asked for exactly this, and its link still works."),
    "revision_running": _l(
        "The organization can still complete its documents by the link it was sent. Please wait for that."
    ),
    "exclusion_reason_missing": _l("Please say why the bid is not admitted; the organization will read it."),
    "indicator_unknown": _l("Bids are reviewed by the five indicators only."),
    "indicators_incomplete": _l("Please judge every indicator; {number} are still open."),
    "review_reason_missing": _l("Please give your reason in writing."),
    "already_reviewed": _l("You have reviewed this bid already."),
    "bids_unscreened": _l("{number} bids still wait for the initial screening."),
    "reviews_missing": _l("Each admitted bid needs {number} named reviewers first."),
    "one_bid": _l("Only one organization answered. The call has to be made again, with the reason recorded."),
    "not_in_ranking": _l("This bid is not among those that satisfy the scope of work."),
    "not_first": _l("Another bid comes first by the rules of this method."),
    "selected_before": _l("This organization is selected already, with the same reason."),
    "selection_reason_missing": _l("Please say why this organization is selected; the reason is public."),
    "winner_possible": _l("At least one lot of this call can still be awarded."),
    "failure_reason_missing": _l("Please say why the call ends without a winner."),
    "lots_undecided": _l("Lots that can be awarded and have no winner yet: {number}."),
    "nothing_awarded": _l("No lot of this call has a winner. The call has to be ended as unsuccessful."),
    "standstill_running": _l("Objections are possible until {until}; the result can be approved after that."),
    "holds_open": _l("{number} objections to this call are not resolved yet."),
    "return_reason_missing": _l("Please say why the result is returned."),
}

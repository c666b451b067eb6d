"""What step 6 says (M1, M3), and its refusals in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.messages import N_, Message
from channels.models import Lane

REPLY = Lane.REPLY

TRANSFERRED = Message(
    "delivery.transferred",
    N_(
        "{office} sent {amount} yuan: {purpose}, contract {contract}. "
        "When it has arrived, reply RECEIVED {number}."
    ),
    gives=("purpose", "office"),
)
MILESTONE_DUE = Message(
    "delivery.milestone_due",
    N_(
        "{office}: contract {contract}, due on {day}: {milestone}. When it is done, reply PROGRESS {number} and how it went."
    ),
    gives=("milestone", "office"),
    reminder=True,
)
RECEIPT_WANTED = Message(
    "delivery.receipt_wanted",
    N_(
        "{office}: have the {amount} yuan arrived ({purpose}, contract {contract})? Then reply RECEIVED {number}."
    ),
    gives=("purpose", "office"),
    reminder=True,
)
REPORT_WAITS = Message(
    "delivery.report_waits",
    N_(
        "{office}: what you began with {word} is not with us yet. Answer the last question, or text {word} and your words; 0 "
        "leaves."
    ),
    gives=("office",),
    reminder=True,
)
ASK_NUMBER = Message(
    "delivery.ask_number", N_("Which transfer has arrived? Please send its number: {numbers}."), REPLY
)
CONFIRMED = Message(
    "delivery.confirmed", N_("Thank you. It is on record that {amount} yuan arrived on {day}."), REPLY
)
NOTHING_WAITS = Message(
    "delivery.nothing_waits",
    N_("No transfer waits for your confirmation. If money is late, text COMPLAIN."),
    REPLY,
)
PICTURE_KEPT = Message("delivery.picture_kept", N_("The picture goes with your report. Thank you."), REPLY)
PICTURE_ALONE = Message("delivery.picture_alone", N_("(A picture, without words)"), REPLY)
ASK_CONTRACT = Message(
    "delivery.ask_contract",
    N_("Which contract is it about? Please send its number: {contracts}."),
    REPLY,
    gives=("contracts",),
)
ASK_CONTRACT_AGAIN = Message(
    "delivery.ask_contract_again", N_("Please send the number of the contract, such as 3."), REPLY
)
ASK_PROGRESS = Message(
    "delivery.ask_progress", N_("What has been done, and what stands in the way? In your own words."), REPLY
)
PROGRESS_UNCLEAR = Message(
    "delivery.progress_unclear",
    N_("Please say in your own words what has been done, such as: half of the trees are planted. 0 leaves."),
    REPLY,
)
NO_CONTRACT_HERE = Message(
    "delivery.no_contract_here",
    N_(
        "PROGRESS is for organizations with a contract; this phone speaks for none: text REGISTER. To ask how your matter "
        "stands, text STATUS + reference."
    ),
    REPLY,
)
ASK_MILESTONE = Message(
    "delivery.ask_milestone",
    N_("Your report is kept. Is a milestone reached? {milestones}; 0 none."),
    REPLY,
    gives=("milestones",),
)
ASK_NUMBER_AGAIN = Message(
    "delivery.ask_number_again", N_("Please send the number of the transfer, such as 3."), REPLY
)
ASK_MILESTONE_AGAIN = Message(
    "delivery.ask_milestone_again",
    N_("Please send the number of the milestone that is reached, or 0 for none."),
    REPLY,
)
REPORTED = Message("delivery.reported", N_("Thank you. Your report on contract {contract} is kept."), REPLY)
REACHED = Message(
    "delivery.reached", N_("Thank you. Kept as reached: {milestone}."), REPLY, gives=("milestone",)
)

REFUSALS = {
    "transfers_scheduled": _l("The transfers of this contract are scheduled already."),
    "bank_reference_missing": _l("Please give the bank's reference of the transfer."),
    "not_transferred": _l("This money has not been sent yet. If it is late, text COMPLAIN."),
    "confirmed_before": _l("You have confirmed this transfer already. Thank you."),
    "transfer_unknown": _l(
        "There is no transfer {number} to your organization. Its number is in the text that told of it."
    ),
    "milestones_missing": _l("Please name at least one milestone."),
    "milestone_outside": _l("A milestone lies outside the time of the contract, {starts_on} to {ends_on}."),
    "milestones_reported": _l("The organization has reported on these milestones already."),
    "no_contract": _l("Your organization has no contract in force here."),
    "contract_unclear": _l(
        "Your organization has several contracts. Please put the number first: {numbers}."
    ),
    "contract_unknown": _l("Your organization has no contract number {number}. It has: {numbers}."),
}

"""What step 5.6 says to providers, and when it refuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.messages import N_, Message

plan_wanted = Message(
    "contracts.plan_wanted",
    N_('You get lot {lot} "{package}". Please file your implementation plan here: {link}'),
    gives=("package",),
)
plan_kept = Message(
    "contracts.plan_kept",
    N_('You get lot {lot} "{package}". Your plan goes into the contract; to change it: {link}'),
    gives=("package",),
)
ready_to_sign = Message(
    "contracts.ready_to_sign",
    N_('Contract {number} "{package}", {amount} yuan, is reviewed and ready. Please come and sign it.'),
    gives=("package",),
)
in_force = Message(
    "contracts.in_force",
    N_(
        "Contract {number} is signed by both sides and runs from {starts} to {ends}. "
        "You receive the first {amount} yuan by {due}."
    ),
)

REFUSALS = {
    "plan_missing": _l("Please write the implementation plan or add it as a file."),
    "document_too_large": _l("The file is larger than 10 MiB. Please send a smaller one."),
    "document_kind": _l("Please send the plan as a Word document (.docx) or a PDF."),
    "plan_not_filed": _l("The provider has not filed its implementation plan yet."),
    "clauses_missing": _l("Please write every clause; {number} are still open."),
    "period_reversed": _l("The contract would end before it begins."),
    "transfers_missing": _l("Please say when the funds are transferred."),
    "transfer_not_positive": _l("Each transfer needs an amount above zero."),
    "transfer_before_start": _l("A transfer cannot be due before the contract takes effect."),
    "transfers_do_not_add_up": _l("The transfers add up to {planned} yuan, the contract to {total} yuan."),
    "late_transfer_excused": _l('No contract here may excuse late transfers, as this does: "{clause}".'),
    "opinion_missing": _l("Please write down what the legal review found."),
    "already_signed": _l("This side has signed already."),
    "scope_of_work_missing": _l("The package has no scope of work to annex."),
}

"""What step 4 says when it refuses."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

REFUSALS = {
    "task_off_short_list": _l("This task is not on the short list. Only short-listed tasks become packages."),
    "design_incomplete": _l("The design is not finished: {number} questions are still open."),
    "costs_missing": _l("Please write down what it costs first."),
    "core_is_no_investment": _l(
        "An organization's running costs belong to the service fee, not to direct investment."
    ),
    "costs_too_large": _l(
        "The costs come to more than {most} yuan. Please check the figures, or split the package."
    ),
    "rate_out_of_bounds": _l("The rate must lie between {least} and {most} per cent of direct investment."),
    "results_missing": _l("Please name at least one result and what it earns."),
    "cap_missing": _l("Please say up to which amount costs are reimbursed."),
    "inputs_missing": _l("Please say who works how many days, and at which rate."),
    "pricing_missing": _l("Please choose how the service fee is priced first."),
    "method_missing": _l("Please choose a procurement method first."),
    "method_reason_missing": _l(
        "Another method than the recommended needs a written reason. It is published with the call."
    ),
    "scope_incomplete": _l("The scope of work is not finished: {number} of its twelve items are still open."),
    "package_planned": _l("This package stands in a plan. Take it out with a new version of the plan first."),
    "packages_not_ready": _l("{number} packages in this plan are not ready."),
    "plan_open": _l("Version {version} of this year's plan is still being worked on."),
    "plan_empty": _l("There is no package in this plan yet."),
    "funds_exceeded": _l("The plan is {beyond} yuan beyond the funds. Please let some packages wait."),
    "experience_missing": _l(
        "No listed organization is able to do one of the difficult packages yet. Please let it wait."
    ),
    "deferral_reason_missing": _l("Please say why a package waits for next year."),
    "workshop_in_future": _l("Please record a workshop after it was held."),
    "nobody_present": _l("Please say which departments were present."),
    "workshops_missing": _l("Before the first call two county workshops are needed; {number} more to go."),
    "regulation_open": _l("Version {version} of the regulation is still a draft. Please finish that one."),
    "regulation_incomplete": _l("The regulation is not finished: {number} sections are still open."),
}

"""The vocabulary of the audit: one name per thing that can happen, grouped by room, and what people call it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled


class Event(Labelled):
    """What happened, as ``room.thing_verb``."""

    OFFICE_ADDED = "tenants.office_added", _l("An office was added")
    REVIEWER_NAMED = "tenants.reviewer_named", _l("It was named who decides complaints about an office")
    PERSON_ADDED = "tenants.person_added", _l("A person was added")
    PERSON_LENT = "tenants.person_lent", _l("A person was lent to another office")
    ROLES_CHANGED = "tenants.roles_changed", _l("Someone’s roles were changed")
    SIGNED_IN = "tenants.signed_in", _l("Someone logged in")
    SIGN_IN_FAILED = "tenants.sign_in_failed", _l("A log-in failed")
    LOCKED_OUT = "tenants.locked_out", _l("A log-in was locked after wrong attempts")
    REAUTHENTICATED = "tenants.reauthenticated", _l("Someone entered the password again")
    TOTP_ENABLED = "tenants.totp_enabled", _l("One-time codes were turned on")
    TOTP_DISABLED = "tenants.totp_disabled", _l("One-time codes were turned off")
    RECOVERY_ASKED = "tenants.recovery_asked", _l("Someone asked for a link to set a password")
    RECOVERY_ISSUED = "tenants.recovery_issued", _l("A link to set a password was issued")
    PASSWORD_SET = "tenants.password_set", _l("A password was set")
    LOCALE_CHOSEN = "tenants.locale_chosen", _l("A language was chosen")
    SETTINGS_CHANGED = "tenants.settings_changed", _l("Numbers of the regulation were changed")
    TOKEN_ISSUED = "tenants.token_issued", _l("An access token was issued")
    TOKEN_REVOKED = "tenants.token_revoked", _l("An access token was revoked")
    CALENDAR_CHANGED = "tenants.calendar_changed", _l("The calendar of working days was changed")
    KEYS_ROTATED = "tenants.keys_rotated", _l("Privacy keys were rotated")
    PERSON_ERASED = "tenants.person_erased", _l("A person’s data were erased")

    CHANNEL_ADDED = "channels.channel_added", _l("A number was added")
    CHANNEL_SHARED = "channels.channel_shared", _l("A number began to serve the counties below")
    CHANNEL_UNSHARED = "channels.channel_unshared", _l("A number serves its own office alone again")
    COUNTY_NAMED = "channels.county_named", _l("A county's other names on a number were changed")
    CHANNEL_RENEWED = "channels.channel_renewed", _l("A number's access to its provider was exchanged")
    CHANNEL_CLOSED = "channels.channel_closed", _l("A number was closed")
    TEMPLATE_SET = "channels.template_set", _l("The code of an approved wording was set")
    ALARM_RAISED = "channels.alarm_raised", _l("An alarm was raised")
    ALARM_ENDED = "channels.alarm_ended", _l("What an alarm was about ended by itself")
    REMINDERS_WRITTEN = "reminders.written", _l("Those who still owed something were reminded")
    CONSENT_GIVEN = "channels.consent_given", _l("Someone agreed to get messages")
    CONSENT_WITHDRAWN = "channels.consent_withdrawn", _l("Someone wants no more messages")
    ATTENTION_CLOSED = "channels.attention_closed", _l("A message or an alarm was closed without an answer")
    ATTENTION_ANSWERED = "channels.attention_answered", _l("A waiting message was answered")
    ADDRESSES_JOINED = "channels.addresses_joined", _l("Two addresses were joined as one person's")
    ADDRESS_PROVED = "channels.address_proved", _l("Someone linked a phone by a code")
    ADDRESS_LAPSED = "channels.address_lapsed", _l("The link to a phone long silent ended")
    ADDRESS_UNREACHABLE = "channels.address_unreachable", _l("A provider said that a number is not valid")
    ADDRESSES_PARTED = "channels.addresses_parted", _l("An address was parted from a person's others")
    LINK_CODE_SENT = "channels.link_code_sent", _l("A code was sent to a phone")
    CONVERSATION_WRITTEN = "conversations.written", _l("Someone was written to by hand")
    CONVERSATION_FILED = "conversations.filed", _l("A waiting message was filed as a complaint")
    CONVERSATION_PASSED = "conversations.passed", _l("A message went from the complaint desk to the office")
    CONVERSATION_SORTED = "conversations.sorted", _l("A waiting message was given to the county it is about")
    CONVERSATION_TAKEN = "conversations.taken", _l("Somebody looks after a conversation")
    CONVERSATION_HANDED = "conversations.handed", _l("A conversation was handed to a colleague")
    CONVERSATION_GIVEN_BACK = "conversations.given_back", _l("A conversation was given back")
    USUAL_ANSWER_ADDED = "conversations.usual_answer_added", _l("A usual answer was written")
    USUAL_ANSWER_CHANGED = "conversations.usual_answer_changed", _l("A usual answer was changed")
    USUAL_ANSWER_DROPPED = "conversations.usual_answer_dropped", _l("A usual answer was dropped")
    PICTURE_NOT_KEPT = "channels.picture_not_kept", _l("A picture that somebody sent could not be kept")
    PICTURES_FORGOTTEN = (
        "channels.pictures_forgotten",
        _l("Pictures of registrations that nobody finished were deleted"),
    )
    LINK_ISSUED = "channels.link_issued", _l("A link to a form was issued")
    LINK_USED = "channels.link_used", _l("A form was sent through its link")
    UNMASKED = "channels.unmasked", _l("A phone number was shown in full")
    MESSAGE_FAILED = "channels.message_failed", _l("A message could not be delivered")

    BROADCAST_DRAFTED = "broadcasts.drafted", _l("A broadcast was drafted")
    BROADCAST_CHANGED = "broadcasts.changed", _l("A broadcast was changed")
    BROADCAST_DROPPED = "broadcasts.dropped", _l("A broadcast was given up")
    BROADCAST_SUBMITTED = "broadcasts.submitted", _l("A broadcast above the budget was submitted")
    BROADCAST_RETURNED = "broadcasts.returned", _l("A broadcast was given back")
    BROADCAST_SENT = "broadcasts.sent", _l("A broadcast was sent off")
    BROADCAST_PAUSED = "broadcasts.paused", _l("A broadcast was paused")
    BROADCAST_RESUMED = "broadcasts.resumed", _l("A broadcast went on")
    BROADCAST_STOPPED = "broadcasts.stopped", _l("A broadcast was stopped")
    BROADCAST_FINISHED = "broadcasts.finished", _l("A broadcast had gone out to everybody")
    NUMBERS_LISTED = "broadcasts.numbers_listed", _l("Numbers were put into the address book")
    NUMBER_REMOVED = "broadcasts.number_removed", _l("A number was taken out of the address book")

    TASK_LISTED = "identification.task_listed", _l("A task was put on the long list")
    TASK_CHANGED = "identification.task_changed", _l("A task was changed")
    CRITERIA_SET = "identification.criteria_set", _l("The questions of a year were set")
    TASK_SCREENED = "identification.task_screened", _l("A task was screened")
    TASK_RETURNED = "identification.task_returned", _l("A task went back to the long list")
    IDEA_PROPOSED = "identification.idea_proposed", _l("Somebody suggested a task by message")
    IDEA_SORTED = "identification.idea_sorted", _l("It was said which field a suggestion belongs to")
    IDEA_LISTED = "identification.idea_listed", _l("A suggestion came onto the long list")
    IDEA_SET_ASIDE = "identification.idea_set_aside", _l("A suggestion was set aside, with its reason")
    SHORT_LIST_SIGNED = "identification.short_list_signed", _l("The short list was signed")

    DIFFICULTY_GRADED = "difficulty.graded", _l("A way of doing a task was graded")
    DIFFICULTY_OVERRIDDEN = "difficulty.overridden", _l("A grade other than the suggested one was given")

    ORGANIZATION_REGISTERED = "organizations.registered", _l("An organization registered")
    ORGANIZATION_CHANGED = "organizations.changed", _l("What is known about an organization was changed")
    ORGANIZATION_LISTED = "organizations.listed", _l("An organization was listed by the office")
    ITEM_VERIFIED = "organizations.item_verified", _l("A statement of an organization was checked")
    SIGNATORY_ADDED = "organizations.signatory_added", _l("A phone may speak for an organization")
    SIGNATORY_REVOKED = "organizations.signatory_revoked", _l("A phone no longer speaks for an organization")
    PIN_SET = "organizations.pin_set", _l("A PIN was set")
    PIN_LOCKED = "organizations.pin_locked", _l("A PIN was locked after wrong tries")
    CAPACITY_ASSESSED = (
        "organizations.capacity_assessed",
        _l("An assessor gave a view of an organization’s capacity"),
    )
    CAPACITY_AGREED = (
        "organizations.capacity_agreed",
        _l("The assessors agreed on an organization’s capacity"),
    )
    SHORT_LISTED = "organizations.short_listed", _l("An organization became a potential provider")
    LEFT_OFF = "organizations.left_off", _l("An organization was left off")
    TRACK_RECORD_ADDED = (
        "organizations.track_record_added",
        _l("A fact was added to an organization’s track record"),
    )

    PACKAGE_DESIGNED = "preparation.package_designed", _l("A package was designed")
    PACKAGE_CHANGED = "preparation.package_changed", _l("A package’s design was changed")
    PACKAGE_FINISHED = "preparation.package_finished", _l("A package was declared ready")
    PACKAGE_REOPENED = "preparation.package_reopened", _l("A package went back into design")
    COSTS_SET = "preparation.costs_set", _l("The costs of a package were written down")
    PRICING_CHOSEN = "preparation.pricing_chosen", _l("It was chosen how the service is priced")
    METHOD_CHOSEN = "preparation.method_chosen", _l("The procurement method was chosen")
    SCOPE_OF_WORK_WRITTEN = "preparation.scope_of_work_written", _l("A scope of work was written")
    PLAN_DRAFTED = "preparation.plan_drafted", _l("An annual plan was drafted")
    PLAN_BALANCED = "preparation.plan_balanced", _l("An annual plan was balanced with its funds")
    PLAN_SUBMITTED = "preparation.plan_submitted", _l("An annual plan was submitted")
    PLAN_APPROVED = "preparation.plan_approved", _l("An annual plan was approved")
    PLAN_RETURNED = "preparation.plan_returned", _l("An annual plan was given back")
    PLAN_PUBLISHED = "preparation.plan_published", _l("An annual plan was published")
    REGULATION_DRAFTED = "preparation.regulation_drafted", _l("The regulation was drafted or changed")
    REGULATION_ADOPTED = "preparation.regulation_adopted", _l("The regulation was adopted")
    WORKSHOP_HELD = "preparation.workshop_held", _l("A workshop was recorded")

    CALL_DRAFTED = "procurement.call_drafted", _l("A call was drafted")
    CALL_CHANGED = "procurement.call_changed", _l("A call was changed")
    CALL_PUBLISHED = "procurement.call_published", _l("A call was published")
    CALL_PROLONGED = "procurement.call_prolonged", _l("A call was given more time")
    CALL_AMENDED = "procurement.call_amended", _l("A published call was changed")
    CALL_CANCELLED = "procurement.call_cancelled", _l("A call was cancelled, and its bids destroyed unread")
    QUESTION_ASKED = "procurement.question_asked", _l("A question about a call was asked")
    QUESTION_ANSWERED = (
        "procurement.question_answered",
        _l("A question about a call was answered to everybody"),
    )
    QUESTION_DECLINED = "procurement.question_declined", _l("A question was declined, with its reason")
    BID_RECEIVED = "procurement.bid_received", _l("A bid was received")
    BID_CONFIRMED = "procurement.bid_confirmed", _l("A bid was confirmed after a change of its call")
    BID_WITHDRAWN = "procurement.bid_withdrawn", _l("A bid was withdrawn")
    BID_REFUSED_LATE = "procurement.bid_refused_late", _l("A bid came too late")
    OPENING_AGREED = "procurement.opening_agreed", _l("The first officer agreed to open the bids")
    BIDS_OPENED = "procurement.bids_opened", _l("The bids were opened")
    BID_SCREENED = "procurement.bid_screened", _l("A bid was screened")
    REVISION_REQUESTED = (
        "procurement.revision_requested",
        _l("An organization was asked to complete its documents"),
    )
    REVISION_ANSWERED = "procurement.revision_answered", _l("An organization completed its documents")
    BID_REVIEWED = "procurement.bid_reviewed", _l("A bid was reviewed")
    WINNER_SELECTED = "procurement.winner_selected", _l("A winner was selected")
    RESULT_PUBLISHED = "procurement.result_published", _l("A result was published")
    HOLD_PLACED = "procurement.hold_placed", _l("An objection was noted against a call’s result")
    HOLD_LIFTED = "procurement.hold_lifted", _l("An objection against a call’s result was settled")
    RESULT_APPROVED = "procurement.result_approved", _l("A result was approved")
    RESULT_RETURNED = "procurement.result_returned", _l("A result was given back")
    CALL_FAILED = "procurement.call_failed", _l("A call ended without a winner")

    CONTRACT_BEGUN = "contracts.contract_begun", _l("A contract was begun")
    PLAN_LINK_SENT = (
        "contracts.plan_link_sent",
        _l("The provider was sent a link for its implementation plan"),
    )
    IMPLEMENTATION_PLAN_FILED = (
        "contracts.implementation_plan_filed",
        _l("The provider filed its implementation plan"),
    )
    CONTRACT_DRAWN_UP = "contracts.contract_drawn_up", _l("A contract was drawn up")
    CONTRACT_REVIEWED = "contracts.contract_reviewed", _l("A contract was reviewed by a legal adviser")
    CONTRACT_SIGNED = "contracts.contract_signed", _l("A side signed a contract")
    CONTRACT_CLOSED = "contracts.contract_closed", _l("A contract was closed")

    TRANSFER_SCHEDULED = "delivery.transfer_scheduled", _l("The payments of a contract were scheduled")
    TRANSFER_MADE = "delivery.transfer_made", _l("A payment was made")
    TRANSFER_CONFIRMED = "delivery.transfer_confirmed", _l("A payment was confirmed by the organization")
    MILESTONE_SET = "delivery.milestone_set", _l("The milestones of a contract were set")
    MILESTONE_REPORTED = "delivery.milestone_reported", _l("A milestone was reported as reached")
    PROGRESS_REPORTED = "delivery.progress_reported", _l("Progress was reported")
    SUPPORT_ASKED = "delivery.support_asked", _l("An organization asked for support")
    SUPPORT_SORTED = "delivery.support_sorted", _l("It was said what kind of support is needed")
    SUPPORT_PASSED_ON = "delivery.support_passed_on", _l("A request for support was passed on")
    SUPPORT_ANSWERED = "delivery.support_answered", _l("A request for support was answered")

    COMPLAINT_FILED = "complaints.filed", _l("A complaint was filed")
    COMPLAINT_ROUTED = "complaints.routed", _l("A complaint came to the office that decides it")
    COMPLAINT_CLASSIFIED = "complaints.classified", _l("It was set what a complaint is about")
    COMPLAINT_NOTED = "complaints.noted", _l("A note was added to a complaint")
    COMPLAINT_ADDED_TO = "complaints.added_to", _l("The complainant added to a complaint")
    COMPLAINT_ACKNOWLEDGED = "complaints.acknowledged", _l("A complaint was accepted")
    COMPLAINT_INVESTIGATED = "complaints.investigated", _l("A complaint was taken on")
    COMPLAINT_RESOLVED = "complaints.resolved", _l("A complaint was answered")
    COMPLAINT_CLOSED = "complaints.closed", _l("A complaint was closed")
    COMPLAINT_REOPENED = "complaints.reopened", _l("A complaint was opened again")
    COMPLAINT_ESCALATED = "complaints.escalated", _l("A complaint was handed up")
    COMPLAINT_RATED = "complaints.rated", _l("The complainant rated the answer")
    COMPLAINT_ANONYMISED = "complaints.anonymised", _l("A complaint was made anonymous")

    BENEFICIARY_ENROLLED = (
        "evaluation.beneficiary_enrolled",
        _l("A person was put on the beneficiary register"),
    )
    EVALUATION_OPENED = "evaluation.opened", _l("An evaluation was opened")
    EVALUATION_ANSWERED = "evaluation.answered", _l("A beneficiary answered an evaluation")
    EVALUATION_CLOSED = "evaluation.closed", _l("An evaluation was closed")
    ACCEPTANCE_RECORDED = "evaluation.acceptance_recorded", _l("An acceptance was recorded")
    CLOSURE_RECORDED = "evaluation.closure_recorded", _l("A closure meeting was recorded")

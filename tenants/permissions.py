"""One readable table of who may do what (T3); whatever is not written here is denied."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from flask_babel import lazy_gettext as _l


class Role(StrEnum):
    """The roles of T3, and four that nobody is given: they follow from how someone came in."""

    PROCUREMENT_OFFICER = "procurement_officer"
    APPROVER = "approver"
    FINANCE_OFFICER = "finance_officer"
    COMPLAINT_OFFICER = "complaint_officer"
    EXPERT = "expert"
    EVALUATOR = "evaluator"
    FOCAL_POINT = "focal_point"
    ADMINISTRATOR = "administrator"
    OVERSEER = "overseer"
    OPERATOR = "operator"
    SENDER = "sender"
    SIGNATORY = "signatory"
    ANYONE = "anyone"
    SYSTEM = "system"

    @property
    def label(self) -> str:
        """The role's name on screen."""
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.PROCUREMENT_OFFICER: _l("Procurement officer"),
    Role.APPROVER: _l("Approver"),
    Role.FINANCE_OFFICER: _l("Finance officer"),
    Role.COMPLAINT_OFFICER: _l("Complaint officer"),
    Role.EXPERT: _l("Expert"),
    Role.EVALUATOR: _l("Third-party evaluator"),
    Role.FOCAL_POINT: _l("Community focal point"),
    Role.ADMINISTRATOR: _l("Office administrator"),
    Role.OVERSEER: _l("Overseer"),
    Role.OPERATOR: _l("Platform operator"),
    Role.SENDER: _l("Anyone who texts"),
    Role.SIGNATORY: _l("SO signatory"),
    Role.ANYONE: _l("Public"),
    Role.SYSTEM: _l("System"),
}

ASSIGNABLE = tuple(Role)[: tuple(Role).index(Role.OPERATOR)]
"""The roles an office administrator can give (the operator's is given on the command line only)."""

INCOMPATIBLE = frozenset(
    {
        frozenset({Role.PROCUREMENT_OFFICER, Role.COMPLAINT_OFFICER}),
        frozenset({Role.FINANCE_OFFICER, Role.COMPLAINT_OFFICER}),
    }
)
"""Pairs nobody holds in one tenant: who manages contracts never sees who complained (T4)."""


class Permission(StrEnum):
    """Every act and every kind of reading, named by what it is about."""

    SIGN_IN = "sign_in"
    PROFILE_WRITE = "profile_write"
    HOME_READ = "home_read"
    OFFICE_ADD = "office_add"
    OFFICE_READ = "office_read"
    PEOPLE_READ = "people_read"
    PEOPLE_WRITE = "people_write"
    SETTINGS_READ = "settings_read"
    SETTINGS_WRITE = "settings_write"
    CALENDAR_WRITE = "calendar_write"
    AUDIT_READ = "audit_read"
    AUDIT_SEAL = "audit_seal"
    KEYS_ROTATE = "keys_rotate"

    CHANNEL_READ = "channel_read"
    CHANNEL_WRITE = "channel_write"
    MESSAGE_RECEIVE = "message_receive"
    MESSAGE_SEND = "message_send"
    ATTENTION_READ = "attention_read"
    ATTENTION_ANSWER = "attention_answer"
    ADDRESS_JOIN = "address_join"
    ADDRESS_PROVE = "address_prove"
    CONSENT_WRITE = "consent_write"
    FORM_OPEN = "form_open"
    BROADCAST_READ = "broadcast_read"
    BROADCAST_WRITE = "broadcast_write"
    BROADCAST_APPROVE = "broadcast_approve"

    TASK_READ = "task_read"
    TASK_WRITE = "task_write"
    TASK_PROPOSE = "task_propose"
    SHORT_LIST_SIGN = "short_list_sign"
    DIFFICULTY_READ = "difficulty_read"
    DIFFICULTY_GRADE = "difficulty_grade"

    ORGANIZATION_READ = "organization_read"
    ORGANIZATION_WRITE = "organization_write"
    ORGANIZATION_REGISTER = "organization_register"
    ORGANIZATION_IDENTIFY = "organization_identify"
    CAPACITY_READ = "capacity_read"
    CAPACITY_ASSESS = "capacity_assess"
    TRACK_RECORD_ADD = "track_record_add"

    PACKAGE_READ = "package_read"
    PACKAGE_WRITE = "package_write"
    PLAN_READ = "plan_read"
    PLAN_WRITE = "plan_write"
    PLAN_APPROVE = "plan_approve"
    REGULATION_WRITE = "regulation_write"
    REGULATION_ADOPT = "regulation_adopt"
    WORKSHOP_WRITE = "workshop_write"

    CALL_READ = "call_read"
    CALL_WRITE = "call_write"
    CALL_PUBLISH = "call_publish"
    CALL_ASK = "call_ask"
    CALL_ANSWER = "call_answer"
    BID_SUBMIT = "bid_submit"
    BID_READ_OWN = "bid_read_own"
    BID_OPEN = "bid_open"
    BID_READ = "bid_read"
    BID_SCREEN = "bid_screen"
    BID_REVIEW = "bid_review"
    RESULT_SELECT = "result_select"
    RESULT_APPROVE = "result_approve"
    HOLD_PLACE = "hold_place"
    CONTRACT_READ = "contract_read"
    CONTRACT_WRITE = "contract_write"
    IMPLEMENTATION_PLAN_FILE = "implementation_plan_file"

    TRANSFER_READ = "transfer_read"
    TRANSFER_WRITE = "transfer_write"
    TRANSFER_CONFIRM = "transfer_confirm"
    TRANSFER_SWEEP = "transfer_sweep"
    PROGRESS_READ = "progress_read"
    PROGRESS_REPORT = "progress_report"
    SUPPORT_ASK = "support_ask"
    SUPPORT_READ = "support_read"
    SUPPORT_ANSWER = "support_answer"

    COMPLAINT_FILE = "complaint_file"
    COMPLAINT_FOLLOW = "complaint_follow"
    COMPLAINT_READ = "complaint_read"
    COMPLAINT_HANDLE = "complaint_handle"
    COMPLAINT_SWEEP = "complaint_sweep"
    IDENTITY_UNMASK = "identity_unmask"

    EVALUATION_READ = "evaluation_read"
    EVALUATION_WRITE = "evaluation_write"
    EVALUATION_ANSWER = "evaluation_answer"
    ACCEPTANCE_WRITE = "acceptance_write"
    CLOSURE_WRITE = "closure_write"

    OVERSIGHT_READ = "oversight_read"
    PORTAL_READ = "portal_read"


P = Permission

EVERY_OFFICIAL = {P.HOME_READ, P.PROFILE_WRITE, P.OFFICE_READ, P.SETTINGS_READ, P.PORTAL_READ}

READS_THE_PROCEDURE = {
    P.TASK_READ,
    P.DIFFICULTY_READ,
    P.ORGANIZATION_READ,
    P.CAPACITY_READ,
    P.PACKAGE_READ,
    P.PLAN_READ,
    P.CALL_READ,
    P.BID_READ,
    P.CONTRACT_READ,
    P.TRANSFER_READ,
    P.PROGRESS_READ,
    P.SUPPORT_READ,
    P.EVALUATION_READ,
    P.BROADCAST_READ,
}

TABLE: dict[Role, frozenset[Permission]] = {
    Role.PROCUREMENT_OFFICER: frozenset(
        EVERY_OFFICIAL
        | READS_THE_PROCEDURE
        | {
            P.BROADCAST_WRITE,
            P.TASK_WRITE,
            P.SHORT_LIST_SIGN,
            P.DIFFICULTY_GRADE,
            P.ORGANIZATION_WRITE,
            P.CAPACITY_ASSESS,
            P.PACKAGE_WRITE,
            P.PLAN_WRITE,
            P.REGULATION_WRITE,
            P.WORKSHOP_WRITE,
            P.CALL_WRITE,
            P.CALL_PUBLISH,
            P.CALL_ANSWER,
            P.BID_OPEN,
            P.BID_SCREEN,
            P.BID_REVIEW,
            P.RESULT_SELECT,
            P.CONTRACT_WRITE,
            P.SUPPORT_ANSWER,
            P.EVALUATION_WRITE,
            P.ACCEPTANCE_WRITE,
            P.CLOSURE_WRITE,
            P.ATTENTION_READ,
            P.ATTENTION_ANSWER,
            P.ADDRESS_JOIN,
            P.CHANNEL_READ,
        }
    ),
    Role.APPROVER: frozenset(
        EVERY_OFFICIAL
        | READS_THE_PROCEDURE
        | {
            P.BROADCAST_APPROVE,
            P.PLAN_APPROVE,
            P.REGULATION_ADOPT,
            P.BID_OPEN,
            P.RESULT_APPROVE,
            P.SHORT_LIST_SIGN,
            P.CAPACITY_ASSESS,
            P.BID_REVIEW,
        }
    ),
    Role.FINANCE_OFFICER: frozenset(
        EVERY_OFFICIAL
        | {
            P.PACKAGE_READ,
            P.PLAN_READ,
            P.CALL_READ,
            P.CONTRACT_READ,
            P.TRANSFER_READ,
            P.TRANSFER_WRITE,
            P.PROGRESS_READ,
            P.SUPPORT_READ,
            P.SUPPORT_ANSWER,
            P.BID_OPEN,
        }
    ),
    Role.COMPLAINT_OFFICER: frozenset(
        EVERY_OFFICIAL
        | {
            P.COMPLAINT_READ,
            P.COMPLAINT_HANDLE,
            P.COMPLAINT_FILE,
            P.IDENTITY_UNMASK,
            P.HOLD_PLACE,
            P.ATTENTION_READ,
            P.ATTENTION_ANSWER,
            P.ADDRESS_JOIN,
            P.CALL_READ,
            P.CONTRACT_READ,
            P.ORGANIZATION_READ,
        }
    ),
    Role.EXPERT: frozenset(EVERY_OFFICIAL | {P.CALL_READ, P.BID_READ, P.BID_REVIEW, P.CAPACITY_ASSESS}),
    Role.EVALUATOR: frozenset(EVERY_OFFICIAL | {P.CONTRACT_READ, P.EVALUATION_READ}),
    Role.FOCAL_POINT: frozenset(EVERY_OFFICIAL | {P.COMPLAINT_FILE}),
    Role.ADMINISTRATOR: frozenset(
        EVERY_OFFICIAL
        | {
            P.PEOPLE_READ,
            P.PEOPLE_WRITE,
            P.SETTINGS_WRITE,
            P.CHANNEL_READ,
            P.CHANNEL_WRITE,
            P.AUDIT_READ,
            P.ATTENTION_READ,
        }
    ),
    Role.OVERSEER: frozenset(
        EVERY_OFFICIAL | READS_THE_PROCEDURE | {P.OVERSIGHT_READ, P.PEOPLE_READ, P.AUDIT_READ, P.CHANNEL_READ}
    ),
    Role.OPERATOR: frozenset(
        EVERY_OFFICIAL
        | {
            P.OFFICE_ADD,
            P.PEOPLE_READ,
            P.PEOPLE_WRITE,
            P.CHANNEL_READ,
            P.CHANNEL_WRITE,
            P.CALENDAR_WRITE,
            P.AUDIT_READ,
            P.ATTENTION_READ,
        }
    ),
    Role.SENDER: frozenset(
        {
            P.ORGANIZATION_REGISTER,
            P.ORGANIZATION_IDENTIFY,
            P.COMPLAINT_FILE,
            P.COMPLAINT_FOLLOW,
            P.EVALUATION_ANSWER,
            P.TASK_PROPOSE,
            P.CALL_ASK,
            P.CONSENT_WRITE,
            P.ADDRESS_PROVE,
            P.FORM_OPEN,
            P.PORTAL_READ,
        }
    ),
    Role.SIGNATORY: frozenset(
        {
            P.BID_SUBMIT,
            P.BID_READ_OWN,
            P.TRANSFER_CONFIRM,
            P.PROGRESS_REPORT,
            P.SUPPORT_ASK,
            P.IMPLEMENTATION_PLAN_FILE,
        }
    ),
    Role.ANYONE: frozenset({P.SIGN_IN, P.PORTAL_READ, P.FORM_OPEN}),
    Role.SYSTEM: frozenset(
        {
            P.OFFICE_ADD,
            P.OFFICE_READ,
            P.PEOPLE_READ,
            P.PEOPLE_WRITE,
            P.SETTINGS_READ,
            P.CALENDAR_WRITE,
            P.AUDIT_READ,
            P.AUDIT_SEAL,
            P.KEYS_ROTATE,
            P.CHANNEL_READ,
            P.CHANNEL_WRITE,
            P.MESSAGE_RECEIVE,
            P.MESSAGE_SEND,
            P.ATTENTION_READ,
            P.CONSENT_WRITE,
            P.HOLD_PLACE,
            P.COMPLAINT_FILE,
            P.COMPLAINT_SWEEP,
            P.TRACK_RECORD_ADD,
            P.FORM_OPEN,
            P.ORGANIZATION_IDENTIFY,
            P.PORTAL_READ,
            P.TRANSFER_READ,
            P.TRANSFER_SWEEP,
            P.CALL_READ,
            P.EVALUATION_READ,
        }
    ),
}


@lru_cache(maxsize=256)
def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Every permission that at least one of ``roles`` carries."""
    return frozenset().union(*(TABLE.get(role, frozenset()) for role in roles))

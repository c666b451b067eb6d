"""Rules of step 3: registration of interest, verification and capacity of SOs (O1-O6)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled
from tenants.states import Moves


class Source(Labelled):
    """Where the office learnt of an SO (O1)."""

    CIVIL_AFFAIRS = "civil_affairs", _l("Civil affairs register")
    INDUSTRY_COMMERCE = "industry_commerce", _l("Industry and commerce register")
    INSTITUTION = "institution", _l("Another institution")
    INTERNET = "internet", _l("Internet")
    ANNOUNCEMENT = "announcement", _l("Answer to an announcement")
    TELEPHONE = "telephone", _l("Telephone")
    MESSAGE = "message", _l("The SO's own message")
    FORM = "form", _l("The SO's own form")


class Typology(Labelled):
    """Kinds of SO (O6, Yunnan)."""

    VOLUNTEER_GROUP = "volunteer_group", _l("Volunteer group")
    COMMUNITY_BASED = "community_based", _l("Community-based organization")
    NGO = "ngo", _l("Non-governmental organization")
    UMBRELLA = "umbrella", _l("Umbrella organization")
    COMPANY = "company", _l("Social-purpose company")


class OrganizationState(Labelled):
    """Where an SO stands on the way to the list of potential providers."""

    REGISTERED = "registered", _l("Registered its interest")
    SHORT_LISTED = "short_listed", _l("Potential provider"), "good"
    LEFT_OFF = "left_off", _l("Left off for now"), "warn"


ORGANIZATION_MOVES: Moves = {
    "short_list": ((OrganizationState.REGISTERED, OrganizationState.LEFT_OFF), OrganizationState.SHORT_LISTED),
    "leave_off": ((OrganizationState.REGISTERED, OrganizationState.SHORT_LISTED), OrganizationState.LEFT_OFF),
}


class LeftOffGround(Labelled):
    """The only grounds to leave an SO off; newly founded, weak paperwork or not local are none (O3)."""

    SERVICES = "services", _l("Its services do not match")
    LEGAL_STATUS = "legal_status", _l("Its legal status has problems")
    TOO_FEW_PEOPLE = "too_few_people", _l("It has too few people")
    LITTLE_INTEREST = "little_interest", _l("It has little interest")


class Item(Labelled):
    """The nine items of Table 4, and the credit code beside the fourth (O2)."""

    NAME = "name", _l("Name")
    PURPOSE = "purpose", _l("Purpose or vision")
    SERVICES = "services", _l("Activities and services")
    REGISTRATION = "registration", _l("Registration")
    TEAM = "team", _l("Team and staff")
    PAST_WORK = "past_work", _l("Previous poverty reduction work")
    GOVERNMENT = "government", _l("Past cooperation with government")
    INTEREST = "interest", _l("Interested to work in this county")
    OFFERS = "offers", _l("What it is good at and wants to provide")


class Verification(Labelled):
    """How far an item of the registration is known to be true (O2)."""

    UNVERIFIED = "unverified", _l("Not yet verified")
    VERIFIED = "verified", _l("Verified"), "good"
    CONTRADICTED = "contradicted", _l("Contradicted"), "bad"


class Capacity(Labelled):
    """The three categories of step 3; confidential (O4, D3)."""

    A = "a", _l("(a) learning and developing")
    B = "b", _l("(b) moderately competent")
    C = "c", _l("(c) mature and dependable")


class TrackRecordKind(Labelled):
    """What later steps add to an SO's record (M6, E5)."""

    CONTRACT_CLOSED = "contract_closed", _l("Contract closed")
    ACCEPTED = "accepted", _l("Work accepted")
    RECTIFIED = "rectified", _l("Had to put work right")
    AWARD = "award", _l("Recognised at a closure meeting")
    TRAINING = "training", _l("Took part in training")

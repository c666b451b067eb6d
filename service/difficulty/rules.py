"""Rules of step 2: how difficult a task is, done in a given way (D1-D3)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from tenants.labels import Labelled


class Difficulty(Labelled):
    """The three lists of step 2; confidential (D3)."""

    EASY = "easy", _l("Easy")
    REGULAR = "regular", _l("Regular")
    DIFFICULT = "difficult", _l("Difficult")


class Approach(Labelled):
    """How the work is done: what is graded first (D1, D2)."""

    TRANSFER = "transfer", _l("Only moves funds, goods or information")
    CONTRACTOR = "contractor", _l("Handed as a whole to a contractor")
    CONSTRUCTION = "construction", _l("Ordinary construction project")
    PRODUCTION = "production", _l("Support to production")
    MONITORING = "monitoring", _l("Monitoring or verification")
    COMMUNITY = "community", _l("Done by the community itself")


class CommunityAspect(Labelled):
    """What makes work community-driven, whatever the approach is called (D1)."""

    SELF_MANAGEMENT = "self_management", _l("Community self-management")
    BEHAVIOUR = "behaviour", _l("Change of behaviour or power")
    MARKET_LINKAGE = "market_linkage", _l("Linking poor households to markets")
    GOVERNANCE = "governance", _l("Village governance")
    BENEFIT_SHARING = "benefit_sharing", _l("Sharing of benefits")

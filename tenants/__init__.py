"""The ground floor: the tenant tree, people and permissions, the command gate, audit and privacy.

Everything else in the house stands on the six promises kept here: one gate through which the world is
changed, tenancy held by the database, states that move along one table, an audit nobody rewrites unseen,
personal data under keys, and no import back upstairs.
"""

"""The words of a refused answer: marshmallow's own messages, said kindly and in the reader's language.

They are put into words only when somebody reads them, because a schema is made long before anybody's
language is known.
"""

import re
from typing import Any

from flask_babel import lazy_gettext as _l

# The first that fits is taken, so a longer sentence stands before the one it begins with.
KIND_WORDS = (
    ("Missing data for required field.", _l("Please fill this in.")),
    ("Field may not be null.", _l("Please fill this in.")),
    ("Not a valid integer.", _l("Please write a whole number, such as 12.")),
    ("Not a valid number.", _l("Please write a number, such as 18000.")),
    ("Number too large.", _l("This number is too large.")),
    (
        "Special numeric values (nan or infinity) are not permitted.",
        _l("Please write a number, such as 18000."),
    ),
    ("Not a valid date.", _l("Please give a date, such as 2026-03-01.")),
    ("Not a valid time.", _l("Please give a time, such as 09:30.")),
    ("Not a valid datetime.", _l("Please give a date and time, such as 2026-03-01 09:30.")),
    (
        "Not a valid {awareness} datetime.",
        _l("Please give a date and time, such as 2026-03-01 09:30."),
    ),
    ("Not a valid email address.", _l("This is not an e-mail address, such as name@example.org.")),
    ("Not a valid URL.", _l("This is not a web address, such as https://example.org.")),
    ("Not a valid boolean.", _l("Please answer yes or no.")),
    ("Must be one of: {choices}.", _l("Please choose one from the list.")),
    (
        "One or more of the choices you made was not in: {choices}.",
        _l("Please choose only from the list."),
    ),
    (
        "Must be greater than or equal to {least} and less than or equal to {most}.",
        _l("Please stay between {least} and {most}."),
    ),
    (
        "Must be greater than {least} and less than or equal to {most}.",
        _l("This must be more than {least} and at most {most}."),
    ),
    ("Must be greater than or equal to {least}.", _l("This must be at least {least}.")),
    ("Must be less than or equal to {most}.", _l("This may be at most {most}.")),
    ("Must be greater than {least}.", _l("This must be more than {least}.")),
    ("Must be less than {most}.", _l("This must be less than {most}.")),
    ("Length must be between {least} and {most}.", _l("Too short or too long: {least} to {most}, please.")),
    ("Length must be {exact}.", _l("This must have exactly {exact}.")),
    ("Shorter than minimum length {least}.", _l("Too short: at least {least}, please.")),
    ("Longer than maximum length {most}.", _l("Too long: at most {most}, please.")),
    ("Not a valid {kind}.", _l("This cannot be understood. Please check it.")),
    ("Invalid {kind}.", _l("This cannot be understood. Please check it.")),
    ("Unknown field.", _l("This is not asked for here.")),
    ("String does not match expected pattern.", _l("This is not written in the expected form.")),
)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.*)", re.escape(template)), re.DOTALL)


_KIND_WORDS = tuple((_pattern(template), words) for template, words in KIND_WORDS)


def say(message: Any) -> str:
    """A validation message in the reader's language; a room's own sentence is already in it and stays."""
    text = str(message)
    for pattern, words in _KIND_WORDS:
        if found := pattern.fullmatch(text):
            return str(words).format(**found.groupdict())
    return text

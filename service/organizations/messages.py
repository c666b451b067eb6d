"""What step 3 says, by message and when it refuses. Never a category, and never a difficulty (D3)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from channels.messages import N_, Message
from channels.models import Lane

# Told to signatories

short_listed = Message(
    "organizations.short_listed",
    N_("{name}: {office} has put you on its list of potential providers. You will hear of calls by text."),
    gives=("name", "office"),
)
left_off = Message(
    "organizations.left_off",
    N_(
        "{name}: not on the list of providers for now. {ground}: {reason}. REGISTER corrects, "
        "COMPLAIN objects."
    ),
    gives=("reason", "name"),
)
phone_added = Message(
    "organizations.phone_added",
    N_("Another phone, {phone}, now speaks for {name}. If that is wrong, tell the office at once."),
    gives=("name",),
)
set_your_pin = Message(
    "organizations.set_your_pin",
    N_("This phone now speaks for {name}. Set your PIN here, away from texts: {url}"),
    gives=("name",),
)

REGISTRATION_WAITS = Message(
    "organizations.registration_waits",
    N_(
        "{office}: your registration waits for its next answer; what you told us is kept. Text REGISTER to go on, CANCEL to "
        "leave it."
    ),
    gives=("office",),
    reminder=True,
)

# The dialogue of 登记 REGISTER

ask_code = Message(
    "organizations.ask_code",
    N_(
        "Its unified social credit code (18 characters)? NONE if it has none. You may also send a photo of the certificate."
    ),
    Lane.REPLY,
)
code_unclear = Message(
    "organizations.code_unclear",
    N_(
        "This is no valid credit code: 18 characters, the last one checks the others. Send it again, or NONE."
    ),
    Lane.REPLY,
)
ask_copy = Message(
    "organizations.ask_copy",
    N_("{office} knows you: {name}. Copy that registration to this office? 1 yes, 2 no"),
    Lane.REPLY,
    gives=("name", "office"),
)
ask_name = Message(
    "organizations.ask_name",
    N_(
        "To register, some 12 questions. BACK corrects, CANCEL leaves, 9 opens a web page instead. "
        "First: the full name of your organization? (Registered in another county: its credit code.)"
    ),
    Lane.REPLY,
)
how_to_leave = Message(
    "organizations.how_to_leave", N_("Some 11 questions; BACK corrects, CANCEL leaves."), Lane.REPLY
)
ask_place = Message(
    "organizations.ask_place",
    N_("Where is it registered (province, city or county)? NONE if it is not."),
    Lane.REPLY,
)
ask_date = Message(
    "organizations.ask_date", N_("When was it registered? For example 2019-05-03."), Lane.REPLY
)
ask_authority = Message("organizations.ask_authority", N_("Which authority registered it?"), Lane.REPLY)
ask_purpose = Message("organizations.ask_purpose", N_("Its purpose, in a sentence?"), Lane.REPLY)
ask_services = Message(
    "organizations.ask_services", N_("What does it do: which activities and services?"), Lane.REPLY
)
ask_team_size = Message(
    "organizations.ask_team_size", N_("How many people work in it? A number, such as 12."), Lane.REPLY
)
ask_past_work = Message(
    "organizations.ask_past_work",
    N_("Which poverty reduction work has it done? NONE if none yet."),
    Lane.REPLY,
)
ask_government = Message(
    "organizations.ask_government",
    N_("Has it worked with government before, and on what? NONE if not."),
    Lane.REPLY,
)
ask_interested = Message(
    "organizations.ask_interested", N_("Would you like to work in this county? 1 yes, 2 no"), Lane.REPLY
)
ask_offers = Message(
    "organizations.ask_offers", N_("What are you good at, and what would you like to provide?"), Lane.REPLY
)
ask_filled_by = Message(
    "organizations.ask_filled_by", N_("Your own name and post? The form says who filled it in."), Lane.REPLY
)
ask_confirm = Message(
    "organizations.ask_confirm",
    N_("{name}, {code}, team of {people}, offers: {offers}. Right? 1 register, 2 discard, BACK corrects"),
    Lane.REPLY,
    gives=("offers", "name"),
)
ask_pin = Message(
    "organizations.ask_pin",
    N_(
        "Last: choose a PIN of 4 to 6 digits. It signs what you send for the organization, such as bids. "
        "Keep it to yourself."
    ),
    Lane.REPLY,
)
ask_change = Message(
    "organizations.ask_change",
    N_(
        "{name} ({number}, {state}): change 1 purpose 2 activities 3 past work 4 government 5 "
        "offers 6 all (web)?"
    ),
    Lane.REPLY,
    gives=("name",),
)
ask_value = Message("organizations.ask_value", N_("Please send the new words."), Lane.REPLY)
text_unclear = Message(
    "organizations.text_unclear",
    N_("Please answer in your own words, a sentence is enough (at most 500 characters)."),
    Lane.REPLY,
)
name_unclear = Message(
    "organizations.name_unclear",
    N_(
        "Please send the full name alone, such as: Green Hill Bee Keepers. A group without one may choose it now; 0 leaves."
    ),
    Lane.REPLY,
)
number_unclear = Message("organizations.number_unclear", N_("Please send a number, such as 12."), Lane.REPLY)
date_unclear = Message(
    "organizations.date_unclear", N_("Please send a date that has passed, such as 2019-05-03."), Lane.REPLY
)
yes_no_unclear = Message(
    "organizations.yes_no_unclear", N_("Please reply 1 for yes or 2 for no."), Lane.REPLY
)
choice_unclear = Message(
    "organizations.choice_unclear", N_("Please reply with a number from 1 to 6."), Lane.REPLY
)
pin_unclear = Message("organizations.pin_unclear", N_("A PIN has 4 to 6 digits, such as 4826."), Lane.REPLY)
pin_not_asked = Message(
    "organizations.pin_not_asked",
    N_(
        "This may be a PIN, and nothing waits for one: nobody read it, it is not kept. Begin with a word, such as BID 3, "
        "STATUS + reference, COMPLAIN."
    ),
    Lane.REPLY,
)
registered = Message(
    "organizations.registered",
    N_("Thank you. {name} is registered, no. {number}. The office checks it and lets you know."),
    Lane.REPLY,
    gives=("name",),
)
changed = Message(
    "organizations.changed_by_signatory",
    N_("Thank you. The registration of {name} is corrected."),
    Lane.REPLY,
    gives=("name",),
)
pin_set = Message("organizations.pin_set", N_("Your PIN for {name} is set."), Lane.REPLY, gives=("name",))
picture_kept = Message(
    "organizations.picture_kept", N_("The picture goes with the registration. Thank you."), Lane.REPLY
)
discarded = Message(
    "organizations.discarded", N_("Nothing was registered. REGISTER begins again."), Lane.REPLY
)
form_link = Message(
    "organizations.form_link", N_("Please go on here; the page works once, within 14 days: {url}"), Lane.REPLY
)

REFUSALS = {
    "organization_known": _l("An organization with this credit code is on the list already, no. {number}."),
    "known_by_another_phone": _l(
        "It is on the list already, no. {number}. If both phones are yours: reply CANCEL, then send the number of the phone that "
        "registered. A colleague brings papers to the office."
    ),
    "phone_taken": _l("This phone speaks for an organization already."),
    "not_a_signatory": _l(
        "This phone does not speak for a registered organization. Text REGISTER to register."
    ),
    "registered_in_future": _l("The date of registration lies in the future."),
    "needs_umbrella": _l(
        "{name} is not legally registered: it can hold a contract only with an umbrella organization."
    ),
    "not_an_umbrella": _l("This is not an umbrella organization."),
    "name_still_needed": _l("Thank you, the code is noted. What is the full name of your organization?"),
    "pin_too_easy": _l("This PIN is too easy to guess. Please choose another one."),
    "pin_set_before": _l("A PIN is set already. If you forgot it, bring your papers to the office."),
    "wrong_pin": _l("The PIN is not right."),
    "pin_locked": _l("Too many wrong PINs. Please try again in an hour."),
    "pin_missing": _l("Please set your PIN first: text REGISTER."),
    "not_short_listed": _l("Only organizations on the list of potential providers are assessed."),
    "factor_unknown": _l(
        "This is no measure of capacity: {names}. Offices, accountants and certificates do not count."
    ),
    "factor_missing": _l("Please mark every factor; {number} are missing."),
    "mark_out_of_range": _l("Each mark is a whole number from 0 to {most}."),
    "already_assessed": _l("Your view of this round is given; please wait for the other assessors."),
}

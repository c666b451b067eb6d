"""What the front door itself says to people."""

from __future__ import annotations

from channels.messages import N_, Message, Said
from channels.models import Lane

REPLY = Lane.REPLY

HELP = Message(
    "channels.help",
    N_(
        "{office}. Text: COMPLAIN + words; IDEA + words; STATUS + reference; CALLS. Organizations: "
        "REGISTER; ASK or BID + no.; PROGRESS; SUPPORT. LANG for Chinese. Hotline {hotline}"
    ),
    REPLY,
    gives=("office",),
)
HELP_NO_HOTLINE = Message(
    "channels.help_no_hotline",
    N_(
        "{office}. Text: COMPLAIN + words; IDEA + words; STATUS + reference; CALLS. Organizations: "
        "REGISTER; ASK or BID + no.; PROGRESS; SUPPORT. LANG for Chinese."
    ),
    REPLY,
    gives=("office",),
)
HELP_WITHIN = Message(
    "channels.help_within",
    N_("{office}, hotline {hotline}. BACK and CANCEL work here, COMPLAIN at any time."),
    REPLY,
    gives=("office",),
)
HELP_WITHIN_NO_HOTLINE = Message(
    "channels.help_within_no_hotline",
    N_("{office}. BACK and CANCEL work here, COMPLAIN at any time."),
    REPLY,
    gives=("office",),
)
LINK_PHONE = Message(
    "channels.link_phone",
    N_("To find your matters from here and from your phone, send us your phone number."),
    REPLY,
)
HELP_BRIEF = Message(
    "channels.help_brief",
    N_("{office}, hotline {hotline}. Text COMPLAIN, IDEA, STATUS, CALLS, REGISTER, BID, ASK or SUPPORT."),
    REPLY,
    gives=("office",),
)
HELP_BRIEF_NO_HOTLINE = Message(
    "channels.help_brief_no_hotline",
    N_("{office}. Text COMPLAIN, IDEA, STATUS, CALLS, REGISTER, BID, ASK or SUPPORT."),
    REPLY,
    gives=("office",),
)
PRIVACY = Message(
    "channels.privacy",
    N_("{office}: number and texts encrypted, for this alone. STOP ends broadcasts."),
    REPLY,
    gives=("office",),
)
ASK_COUNTY = Message(
    "channels.ask_county",
    N_("Which county is this about? Reply with its name, for example: {names}."),
    REPLY,
)
STOPPED = Message(
    "channels.stopped",
    N_("No more broadcasts to this number. The hotline still answers you. START brings them back."),
    REPLY,
)
STARTED = Message("channels.started", N_("You get notices again. STOP ends them."), REPLY)
ASK_LANGUAGE = Message("channels.ask_language", N_("1 中文  2 English"), REPLY)
NAME_LANGUAGE = Message("channels.name_language", N_("Reply 中文 or ENGLISH."), REPLY)
LANGUAGE_SET = Message("channels.language_set", N_("We write to you in English from now on."), REPLY)
LEFT = Message("channels.left", N_("Left. Nothing was sent. Text HELP to see what can be done here."), REPLY)
NOTHING_OPEN = Message(
    "channels.nothing_open", N_("Nothing is under way. Text HELP to see what can be done here."), REPLY
)
FIRST_STEP = Message("channels.first_step", N_("This is the first question."), REPLY)
RESUMED = Message("channels.resumed", N_("We go on where you stopped."), REPLY)
PARKED = Message("channels.parked", N_("Text {word} to go on with what you had begun."), REPLY)
LIES_ASIDE = Message("channels.lies_aside", N_("Text {word} to go on with what you began earlier."), REPLY)
NOT_HERE = Message(
    "channels.not_here",
    N_("This cannot be done by text here yet. Please call the office, or text HELP."),
    REPLY,
)
PERSON_READS = Message(
    "channels.person_reads", N_("Received. A person will read it. Reference {reference}."), REPLY
)
WELCOME = Message("channels.welcome", N_("You are welcome. Text HELP whenever you need something."), REPLY)
NO_HURRY = Message(
    "channels.no_hurry", N_("Take your time: the question waits for your answer for seven days."), REPLY
)
NOT_UNDERSTOOD = Message(
    "channels.not_understood",
    N_(
        "Sorry, we did not understand. A person will read it, reference {reference}. HELP shows what can be done."
    ),
    REPLY,
)
REFUSED = Message("channels.refused", N_("{words}"), REPLY)
REPLY_FOLLOWS = Message("channels.reply_follows", N_("{words}"), REPLY)
SEND_AGAIN = Message(
    "channels.send_again",
    N_("Something went wrong on our side. Please send that again. Reference {reference}."),
    REPLY,
)
PIN_STRUCK = Message(
    "channels.pin_struck",
    N_("The PIN was struck out: nobody reads it. Please send it only when asked."),
    REPLY,
)
MEDIA = Message(
    "channels.media",
    N_("Sounds and films cannot be kept here. Please tell us in words, or send a picture."),
    REPLY,
)
PICTURE_WAITS = Message(
    "channels.picture_waits",
    N_(
        "Thank you for the picture. A person will look at it, reference {reference}. Text COMPLAIN and what is wrong if it is "
        "about that."
    ),
    REPLY,
)
PICTURE_BESIDE = Message("channels.picture_beside", N_("A person looks at the picture ({reference})."), REPLY)
PICTURE_NOT_HERE = Message("channels.picture_not_here", N_("Picture not kept."), REPLY)
PICTURE_REFUSED = Message(
    "channels.picture_refused",
    N_("What you sent could not be kept: it is no picture, or too large. Please send a smaller photo."),
)
PICTURE_LOST = Message(
    "channels.picture_lost", N_("Your picture did not reach us. Please send it once more.")
)
SENT_AGAIN = Message("channels.sent_again", N_("(Sent again) {words}"), REPLY)


def within(help_: Said) -> Said:
    """What helps within a dialogue, where a question follows: how to leave it, and the same office and hotline."""
    message = HELP_WITHIN if "hotline" in help_.parameters else HELP_WITHIN_NO_HOTLINE
    return Said(message, help_.parameters)


def in_brief(help_: Said) -> Said:
    """What helps where a question of ours must have room beside it: the words alone, and the same office and hotline."""
    message = HELP_BRIEF if "hotline" in help_.parameters else HELP_BRIEF_NO_HOTLINE
    return Said(message, help_.parameters)

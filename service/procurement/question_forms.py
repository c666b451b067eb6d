"""The form for a question that is too long for a text message (C3)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from channels.models import FormLink
from service.procurement.models import Question
from service.procurement.questions import QUESTION, ask_by_form
from service.procurement.schemas import QuestionFormSchema
from service.room import LinkedForm
from tenants.actors import Actor


def submit(link: FormLink, data: dict[str, Any], by: Actor) -> Question:
    """Ask; the reference goes to the phone the link was sent to."""
    assert link.subject_id is not None
    return ask_by_form(link.subject_id, data["text"], by=by)


FORM = LinkedForm(
    purpose=QUESTION,
    title=_l("A question about a call"),
    intro=_l("The office answers it to everybody who got the call; nobody learns who asked."),
    schema=QuestionFormSchema,
    submit=submit,
)

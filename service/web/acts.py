"""Pages with a form: who may open it, what it asks, which command it becomes, and where one goes then.

``@leads_to(command)`` stands over a view that describes its form. The command's own permission is asked for
before anything else, so that nobody is shown what he may not do. Whoever acts sees his own office alone, since
nobody writes in another one.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue as Answer
from marshmallow import Schema

from service.refusals import status_of, words_for
from service.schemas import bounds
from service.web.forms import FormView, check
from service.web.session import current_actor
from tenants.actors import Actor
from tenants.gate import permission_of
from tenants.refusals import AlreadyDone, RuleBroken, WrongStage

Show = Callable[[FormView], str]


@dataclass(frozen=True)
class Form:
    """What a page asks, and what follows once it is answered.

    ``show``: the page with the form in it; ``onward``: the address to go to, or what makes the answer out of the
    command's outcome; ``said``: what the person is told then; ``known``: what the fields hold at first, by name or
    as attributes; ``choices``: those that only the page knows; ``given``: makes the command's arguments out of the
    answers, where they are not the answers as they are.
    """

    schema: type[Schema] | Schema
    show: Show
    _: KW_ONLY
    onward: str | Callable[[Any], Answer]
    said: str | None = None
    known: Any = None
    choices: Mapping[str, Iterable[tuple[Any, Any]]] | None = None
    given: Callable[[dict[str, Any]], Mapping[str, Any]] = dict


def page(template: str = "form.html", **around: Any) -> Show:
    """A page that shows a form with what stands ``around`` it; ``form.html`` is one form and little else."""
    return lambda view: render_template(template, view=view, **around)


def leads_to(command: Callable[..., Any]) -> Callable[[Callable[..., Form | Answer]], Callable[..., Answer]]:
    """Make a view the form of a command, which gets the answers and, by their names, the ids in the address.

    The view is given ``by``, and returns a ``Form``, or another answer where there is nothing to fill in. What a
    rule refuses is said above the form, which comes back with all that was written; so does a wrong answer.
    Refuses with ``NotPermitted`` whoever may not run the command.
    """

    def decorate(view: Callable[..., Form | Answer]) -> Callable[..., Answer]:
        @functools.wraps(view)
        def shown(**address: Any) -> Answer:
            by = current_actor()
            by.require(permission_of(command))
            own = by.at(by.tenant_id)
            found = view(**address, by=own)
            return _taken(found, command, address, own) if isinstance(found, Form) else found

        shown.command = command  # type: ignore[attr-defined]
        return shown

    return decorate


def _taken(form: Form, command: Callable[..., Any], address: Mapping[str, Any], by: Actor) -> Answer:
    if request.method == "GET":
        return form.show(FormView(form.schema, form.known, choices=form.choices))
    answers, view = check(form.schema, request.form, choices=form.choices)
    if answers is None:
        wrong = view.problems or view.general
        return form.show(view), HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    taken = inspect.signature(command).parameters
    ids = {name: value for name, value in address.items() if name in taken}
    try:
        outcome = command(**{**ids, **form.given(answers)}, by=by)
    except (RuleBroken, AlreadyDone, WrongStage) as refusal:
        _explain(refusal, view)
        return form.show(view), status_of(refusal)
    if form.said:
        flash(form.said, "success")
    return redirect(form.onward) if isinstance(form.onward, str) else form.onward(outcome)


def _explain(refusal: RuleBroken | AlreadyDone | WrongStage, view: FormView) -> None:
    """Say why at the fields that a rule names, else above the page, whether it offers the form again or not."""
    named = refusal.facts.get("fields", {})
    for name, limits in named.items():
        view[name].errors.append(str(bounds(**limits)))
    if not named:
        flash(words_for(refusal), "error")

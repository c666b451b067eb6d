"""Promise 1: one gate commits, and every command leaves a record."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tenants.events import Event
from tests.house.sources import calls, decorators, functions, modules

GATE = Path("tenants/gate.py")

ITS_OWN_RECORD = {
    "tenants/audit.py::seal": "sealing entries would make entries without end",
    "channels/inbox.py::receive": "a stored message is its own record",
    "channels/inbox.py::keep_for_a_person": "a stored message is its own record",
    "channels/inbox.py::replied": "changes nothing",
    "channels/receipts.py::take_receipt": "a stored receipt is its own record",
    "channels/receipts.py::_settle": "the receipt that moves the message is its own record",
    "channels/reply_windows.py::use_up": "the message that was sent is the record",
    "channels/reply_windows.py::close_windows": "the message that was refused is the record",
    "channels/late_replies.py::choose_way": "the stored message keeps it",
    "tenants/sign_in.py::settle_requests": "the request keeps when it was settled",
    "tenants/digests.py::claim": "the membership keeps the day",
    "tenants/digests.py::give_back": "the same",
    "channels/alarms.py::note_mailed": "the alarm keeps the moment",
    "channels/contacts.py::_twin": "part of filing a case, which leaves the record",
}
"""Commands without an audit row, and why."""


def commands() -> dict[str, ast.FunctionDef]:
    """Every command of the house."""
    return {
        f"{path}::{function.name}": function
        for path, tree in modules().items()
        for function in functions(tree)
        if "command" in set(decorators(function))
    }


def test_only_the_gate_commits() -> None:
    committing = {
        str(path)
        for path, tree in modules().items()
        for name in calls(tree)
        if name.endswith("session.commit")
    }
    assert committing == {str(GATE)}


def test_there_are_commands_to_look_at() -> None:
    assert len(commands()) > 20


@pytest.mark.parametrize("name", sorted(commands()))
def test_each_command_takes_its_actor_by_name(name: str) -> None:
    assert "by" in [argument.arg for argument in commands()[name].args.kwonlyargs]


@pytest.mark.parametrize("name", sorted(commands()))
def test_each_command_leaves_a_record(name: str) -> None:
    """Directly, through a function it calls, or through another command."""
    others = {one.rpartition("::")[2] for one in commands()}
    by_name = {function.name: function for tree in modules().values() for function in functions(tree)}
    seen: set[str] = set()
    waiting = [commands()[name]]
    while waiting:
        function = waiting.pop()
        for called in calls(function):
            plain = called.rpartition(".")[2]
            if plain == "record" or (plain in others and plain != name.rpartition("::")[2]):
                return
            if plain in by_name and plain not in seen:
                seen.add(plain)
                waiting.append(by_name[plain])
    assert name in ITS_OWN_RECORD


@pytest.mark.parametrize("event", Event)
def test_each_event_is_recorded_somewhere_and_has_a_name_in_words(event: Event) -> None:
    used = {
        node.attr
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Event"
    }
    assert event.name in used
    assert str(event.label)


def test_no_command_reaches_for_the_request() -> None:
    reaching = [
        name
        for name, function in commands().items()
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id in ("request", "session", "g")
    ]
    assert reaching == []


def test_rules_touch_no_database_and_no_clock() -> None:
    for path, tree in modules().items():
        if not path.name.endswith("rules.py"):
            continue
        imported = {
            alias.name if isinstance(node, ast.Import) else node.module or ""
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert not imported & {"flask", "sqlalchemy", "tenants.database", "tenants.gate"}, path
        assert not any(name.endswith((".now", ".today", ".utcnow")) for name in calls(tree)), path

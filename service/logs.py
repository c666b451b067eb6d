"""Logs: one line of JSON an event, without the values of variables or statements, which may be somebody's words."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from structlog.typing import EventDict


def _without_values(logger: Any, name: str, event: EventDict) -> EventDict:
    """An exception's own sentence tends to repeat what somebody wrote; its kind and place are enough."""
    for exception in event.get("exception") or ():
        exception["exc_value"] = ""
    return event


def configure() -> None:
    """Set up logging for a process: events as JSON, tracebacks without local variables."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            _without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )

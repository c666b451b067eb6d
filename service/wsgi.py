"""What the web server calls, once in each of its processes, to build the application."""

import gc
import os
from typing import TYPE_CHECKING

from service.app import create_app
from service.processors import keep_to_one_processor
from service.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

YOUNG = 50_000
"""New objects between two looks for cycles; a request makes few that outlive it."""


def build() -> "Flask":
    """The application of this process, from its environment or the running ``qiao up``."""
    settings = Settings.from_environment(os.environ)
    if settings.production:
        keep_to_one_processor()
    app = create_app(settings)
    gc.freeze()
    gc.set_threshold(YOUNG)
    return app

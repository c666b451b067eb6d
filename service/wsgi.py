"""What the web server calls, once in each of its processes, to build the application."""

import os
from typing import TYPE_CHECKING

from service.app import create_app
from service.settings import Settings

if TYPE_CHECKING:
    from flask import Flask


def build() -> "Flask":
    """The application of this process, from its environment or the running ``qiao up``."""
    return create_app(Settings.from_environment(os.environ))

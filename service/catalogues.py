"""The sentences of the product in each language, as they lie on disk: compiled from ``translations`` before anything starts."""

from __future__ import annotations

from channels.messages import CATALOGUES, TRANSLATIONS
from service.settings import SettingsError


def require_catalogues() -> None:
    """Refuse with ``SettingsError`` to speak a language without its sentences; it would be English with Chinese dates (S3)."""
    for locale in CATALOGUES.values():
        compiled = TRANSLATIONS / locale / "LC_MESSAGES" / "messages.mo"
        if not compiled.exists():
            raise SettingsError(
                f"{compiled} is missing: Qiao runs from its source folder, after `make venv` there"
                " (or `pybabel compile --directory translations`)."
            )

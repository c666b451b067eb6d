"""Both languages are complete at all times."""

from __future__ import annotations

import re
import string
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from tests.house.sources import ROOT

LOCALES = ("zh_Hans_CN", "en")
HAN = re.compile("[\u4e00-\u9fff]")
SAME_IN_BOTH = re.compile(r"[\W\d_]*|1 中文  2 English|\{words\}|CNY.*|[dMy, HEm:年月日]*")
"""Texts without words of either language."""


def catalogue(locale: str) -> polib.POFile:
    """One language's catalogue."""
    return polib.pofile(str(ROOT / "translations" / locale / "LC_MESSAGES" / "messages.po"))


def placeholders(text: str) -> set[str]:
    """What is filled into a text, in either style."""
    named = {
        name for _literal, name, _spec, _conversion in string.Formatter().parse(text.replace("%", "")) if name
    }
    return named | set(re.findall(r"%\((\w+)\)[sd]", text))


def forms(entry: polib.POEntry) -> list[str]:
    """Every wording of an entry."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_of_the_sources_is_translated(locale: str, tmp_path: Path) -> None:
    template = tmp_path / "messages.pot"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "babel.messages.frontend",
            "-q",
            "extract",
            "-F",
            "translations/babel.cfg",
            "-k",
            "_l",
            "-k",
            "N_",
            "-o",
            str(template),
            ".",
        ],
        cwd=ROOT,
        check=True,
    )
    known = {entry.msgid for entry in catalogue(locale) if all(forms(entry))}
    wanted = {entry.msgid for entry in polib.pofile(str(template))}
    assert sorted(wanted - known) == []
    assert sorted(known - wanted) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_entry_is_fuzzy_or_obsolete(locale: str) -> None:
    assert [entry.msgid for entry in catalogue(locale) if entry.fuzzy or entry.obsolete] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_both_sides_of_an_entry_have_the_same_placeholders(locale: str) -> None:
    differing = [
        entry.msgid
        for entry in catalogue(locale)
        for text in forms(entry)
        if placeholders(text) - placeholders(entry.msgid + entry.msgid_plural)
        or (not entry.msgid_plural and placeholders(entry.msgid) - placeholders(text))
    ]
    assert differing == []


def test_chinese_is_chinese() -> None:
    untranslated = [
        entry.msgid
        for entry in catalogue("zh_Hans_CN")
        for text in forms(entry)
        if not HAN.search(text) and not SAME_IN_BOTH.fullmatch(entry.msgid)
    ]
    assert untranslated == []

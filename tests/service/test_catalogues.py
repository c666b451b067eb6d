"""Without its compiled sentences nothing starts, whoever starts it (S3)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.settings import OWN_SERVERS
from tests.house.sources import PACKAGES, ROOT

WAYS = {
    "qiao up": ("-m", "service.cli", "up"),
    "qiao worker": ("-m", "service.cli", "worker"),
    "a WSGI server": ("-c", "from service.wsgi import build; build()"),
}


@pytest.fixture
def uncompiled(tmp_path: Path) -> Path:
    """The source folder as it is checked out."""
    for package in PACKAGES:
        (tmp_path / package).symlink_to(ROOT / package)
    for catalogue in (ROOT / "translations").glob("*/LC_MESSAGES/*.po"):
        link = tmp_path / catalogue.relative_to(ROOT)
        link.parent.mkdir(parents=True)
        link.symlink_to(catalogue)
    return tmp_path


@pytest.mark.parametrize("way", WAYS)
def test_s3_who_starts_a_tree_that_was_never_compiled_is_told_in_one_line_what_to_do(
    uncompiled: Path, way: str
) -> None:
    home = uncompiled / "home"
    kept = {name: value for name, value in os.environ.items() if name not in OWN_SERVERS}
    servers = {
        "DATABASE_URL": "postgresql://app@127.0.0.1:1/none",
        "DATABASE_OWNER_URL": "postgresql://owner@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": "s" * 40,
        "QIAO_PRIVACY_KEYS": "A" * 43 + "=",
        "QIAO_BASE_URL": "http://qiao.test",
    }
    ended = subprocess.run(
        [sys.executable, *WAYS[way]],
        cwd=uncompiled,
        env={**kept, **servers, "QIAO_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    *before, said = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert "messages.mo is missing" in said
    assert "make venv" in said
    assert ended.stdout == ""
    if way != "a WSGI server":
        assert before == []
        assert not home.exists()

"""Folders for secrets are their owner's alone, whatever was missing above them."""

import os
import stat
from pathlib import Path

from smdash.settings.paths import make_private


def test_every_folder_that_was_missing_is_closed_to_others(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        make_private(tmp_path / "state" / "smdash" / "team")
    finally:
        os.umask(old)
    for folder in ("state", "state/smdash", "state/smdash/team"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    make_private(tmp_path / "open" / "new")
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o755

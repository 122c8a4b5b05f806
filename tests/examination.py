"""``smdash doctor`` in this process, for what takes many looks; a process of its own costs a third of a second."""

from __future__ import annotations

from pathlib import Path

from smdash.cli.desk import Desk
from smdash.cli.doctor import examine
from smdash.core.health import Finding


def ailing(path: Path, *, fix: bool = False, read_only: bool = False) -> list[tuple[str, str]]:
    """Each finding that isn't content: its check and its sentence; with *fix* those that are left."""
    return [(one.check, one.sentence) for one in examine(Desk(path, read_only=read_only), fix=fix) if not one.ok]


def finding(path: Path, check: str) -> Finding:
    """The one thing that a check says."""
    (found,) = [one for one in examine(Desk(path), fix=False) if one.check == check]
    return found


def content(path: Path, check: str) -> str:
    """The sentence of a check that is content."""
    found = finding(path, check)
    assert found.ok, found
    return found.sentence

"""What the service knows of what went out, in its own folder: neither a restored backup nor a row that somebody flipped
sends anything twice.

One line of JSON a step, appended and synced before the step is taken: the intent before the network is called, the
outcome before the database is told. The first line names the ledger; the database keeps that name, so that a lost
ledger is noticed. Held by one service at a time (``lock``).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from smdash.core.clock import decode, encode
from smdash.core.errors import StoreError
from smdash.core.reasons import reason as why
from smdash.locale import gettext as _
from smdash.settings import files
from smdash.settings.paths import make_private

# For how long it is remembered what went out: no backup that old is put back, and the file stays small.
KEPT = timedelta(days=400)
# From how many lines on those that are older are left out at the start.
LONG = 50_000


class Step(StrEnum):
    """How far a delivery came."""

    INTENT = "intent"  # the network is about to be called
    SENT = "sent"
    NOT = "not"  # it surely did not arrive, or was looked for and is not there


class Entry(NamedTuple):
    """The last step of a key. ``digest`` is of what was sent; the id and address are the network's.

    ``first_at`` is when its first sending began, which a backup of before does not know.
    """

    step: Step
    at: datetime
    digest: str = ""
    remote_id: str = ""
    url: str | None = None
    first_at: datetime | None = None


class Ledger:
    """``name`` tells one ledger from another; ``is_new`` that this one began empty."""

    def __init__(self, folder: Path, now: datetime) -> None:
        """Read it, or begin one. Raises StoreError where the folder can't be written, or another service has it."""
        self.path = folder / "ledger.jsonl"
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()
        # Whether the last line may have no end.
        self._torn = False
        self.name = ""
        with self._named():
            make_private(folder)
            # Held before it is read: whoever writes into it meanwhile would not be heard.
            held = self._hold() if self.path.exists() else None
            lines = self._read()
            self.is_new = not self.name
            if self.is_new:
                self.name = secrets.token_hex(16)
                files.replace(self.path, json.dumps({"ledger": self.name, "at": encode(now)}) + "\n")
            elif lines > LONG:
                self._shorten(now)
            self._handle = held if held is not None and self._is_current(held) else self._hold()
            if held is not None and held != self._handle:
                os.close(held)
            self._end_torn_line()

    def _hold(self) -> int:
        """Open it for this service alone, also where somebody removed the service's lock file (``lock``)."""
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            os.close(handle)
            said = _("another service writes down what goes out in {path}; nothing is sent from here until it ends")
            raise StoreError(said.format(path=self.path)) from problem
        return handle

    def _is_current(self, handle: int) -> bool:
        held, there = os.fstat(handle), self.path.stat()
        return (held.st_dev, held.st_ino) == (there.st_dev, there.st_ino)

    def _read(self) -> int:
        """Take in all lines; what a crash cut off or somebody damaged is passed over."""
        lines = 0
        try:
            opened = self.path.open(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return 0
        with opened:
            for line in opened:
                lines += 1
                try:
                    found = json.loads(line)
                    if "ledger" in found:
                        self.name = str(found["ledger"])
                        continue
                    key, step = str(found["key"]), Step(found["step"])
                    before = self._entries.get(key)
                    self._entries[key] = Entry(
                        step,
                        decode(str(found["at"])),
                        str(found.get("digest") or (before.digest if before else "")),
                        str(found.get("remote_id") or ""),
                        found.get("url") if isinstance(found.get("url"), str) else None,
                        decode(str(found["first_at"])) if found.get("first_at") else before and before.first_at,
                    )
                except (ValueError, KeyError, TypeError, RecursionError):
                    continue
        return lines

    def _shorten(self, now: datetime) -> None:
        self._entries = {key: entry for key, entry in self._entries.items() if now - entry.at < KEPT}
        files.replace(self.path, "".join(self._lines()))

    def _lines(self) -> Iterator[str]:
        yield json.dumps({"ledger": self.name}) + "\n"
        for key, entry in self._entries.items():
            yield _line(key, entry)

    def _end_torn_line(self) -> None:
        with self.path.open("rb") as opened:
            size = opened.seek(0, os.SEEK_END)
            if not size:
                return
            opened.seek(size - 1)
            if opened.read(1) != b"\n":
                os.write(self._handle, b"\n")

    def last(self, key: str) -> Entry | None:
        """How far that key came, or nothing."""
        return self._entries.get(key)

    def note(self, key: str, entry: Entry) -> None:
        """Write a step down; it is on the disk when this returns. Raises StoreError, and then it is not known to be."""
        # Not while it is closed: the number of a closed file soon stands for another one.
        with self._named(), self._lock:
            line = _line(key, entry).encode()
            if self._torn:
                # What a full disk cut off must not spoil the line behind it.
                line = b"\n" + line
            self._torn = True
            if os.write(self._handle, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._torn = False
            os.fsync(self._handle)
        before = self._entries.get(key)
        if entry.first_at is None and before is not None:
            entry = entry._replace(first_at=before.first_at)
        self._entries[key] = entry

    def close(self) -> None:
        """Give the file back."""
        with self._lock, contextlib.suppress(OSError):
            os.close(self._handle)
            self._handle = -1

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise StoreError(
                _("can't write down what goes out, in {path}: {reason}; nothing is sent until that is possible").format(
                    path=self.path, reason=why(problem)
                )
            ) from problem


def _line(key: str, entry: Entry) -> str:
    found = {"key": key, "step": entry.step, "at": encode(entry.at), "digest": entry.digest}
    if entry.remote_id:
        found |= {"remote_id": entry.remote_id}
    if entry.url:
        found |= {"url": entry.url}
    if entry.first_at:
        found |= {"first_at": encode(entry.first_at)}
    return json.dumps(found) + "\n"

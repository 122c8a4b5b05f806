"""A file that goes up in pieces, one call a piece, for networks that take them one behind the other.

A piece is in memory at a time. The file is the one that was approved, or its last piece is never handed out.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Self

from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms.file_body import FileBody, opened
from smdash.platforms.outgoing import Medium
from smdash.platforms.problems import problem, quote

# What even a poor line carries, 1 Mbit/s, and seconds for what is not sending (``client.UPLOAD_RATE``).
_RATE = 128 * 1024
_BASE_S = 30.0
# So many bytes go with any other call.
_SMALL = 1024 * 1024


def deadline_s(size: int) -> float | None:
    """Seconds that the sending of so many bytes may take; nothing where they need no more than other calls."""
    return _BASE_S + size / _RATE if size > _SMALL else None


class Pieces:
    """The bytes of *medium*, to be read from the beginning to the end; a context manager that closes the file.

    ``piece`` may go back to an earlier place, for what a server did not get. Raises PlatformError (rejected, not
    arrived) when the file can't be read, or is another one than ``medium.digest`` says.
    """

    def __init__(self, medium: Medium) -> None:
        self._medium = medium
        self._hash = hashlib.sha256()
        self._hashed = 0
        self._body: FileBody | None = None

    @property
    def size(self) -> int:
        """How many bytes it is in all."""
        return self._medium.bytes

    async def __aenter__(self) -> Self:
        one = self._medium
        self._body = await asyncio.to_thread(opened, one.path, one.shown, one.media_type, stall_s=_BASE_S, digest=None)
        if self._body.size != one.bytes or not one.bytes:
            self._body.__exit__()
            raise self._changed()
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._body is not None:
            self._body.__exit__()

    async def piece(self, start: int, size: int) -> bytes:
        """So many bytes from *start* on, fewer at the end."""
        return await asyncio.to_thread(self._read, start, min(size, self.size - start))

    def _read(self, start: int, size: int) -> bytes:
        assert self._body is not None  # noqa: S101 for the type checker
        found = self._body.read_at(start, size)
        fresh = found[max(self._hashed - start, 0) :] if start <= self._hashed else b""
        self._hash.update(fresh)
        self._hashed += len(fresh)
        over = start + size >= self.size
        if len(found) != size or (over and self._hash.hexdigest() != self._medium.digest):
            raise self._changed()
        return found

    def _changed(self) -> Exception:
        sentence = _("the file {name} was changed meanwhile, so it was not sent")
        return problem(ErrorKind.REJECTED, sentence.format(name=quote(self._medium.shown)), arrived=False)

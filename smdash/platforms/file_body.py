"""A request's body that is read from a file piece by piece, so that no big video is ever held in memory.

Bare, or as the last part of a form (multipart/form-data, RFC 7578), whose other parts are short texts.
"""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import os
import secrets
import stat
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import BinaryIO

import httpx

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms.problems import problem, quote

CHUNK = 64 * 1024


class FileBody:
    """The bytes of one open file, with what a form puts around them; to be iterated once.

    ``size`` is the length of the whole body in bytes, ``content_type`` its header, ``stall_s`` how many seconds a line
    may take none of it. With a *digest* (SHA-256 in hexadecimal digits), a file that is another one by now is never
    sent to its end. A context manager: it closes the file.
    """

    def __init__(self, file: BinaryIO, name: str, content_type: str, *, stall_s: float, digest: str | None) -> None:
        self._file = file
        self._name = name
        self._digest = digest
        self._hash = hashlib.sha256()
        self._left = os.fstat(file.fileno()).st_size
        self._head = self._tail = b""
        self.content_type = content_type
        self.stall_s = stall_s
        self.size = self._left

    def in_form(self, field: str, texts: Mapping[str, str]) -> None:
        """Make the file the part *field* of a form, behind *texts*."""
        boundary = secrets.token_hex(16)
        kind = f"multipart/form-data; boundary={boundary}"
        # Not the team's own name for it: what files are called inside is nobody's business.
        shown = "file" + (mimetypes.guess_extension(self.content_type) or "")
        drawn = httpx.Request(
            "POST",
            "http://form.invalid/",
            headers={"Content-Type": kind},
            data=dict(texts),
            files={field: (shown, b"", self.content_type)},
        ).read()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._head = drawn.removesuffix(self._tail)
        self.content_type = kind
        self.size += len(self._head) + len(self._tail)

    def __enter__(self) -> FileBody:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Raises PlatformError (rejected, not arrived) when the file can't be read any more, or is another one now."""
        yield self._head
        while self._left > 0:
            # Disks can be slow, and everything else that the service does waits for this loop.
            yield await asyncio.to_thread(self._piece)
        yield self._tail

    def read_at(self, start: int, size: int) -> bytes:
        """So many bytes of the file from *start* on, fewer where it ends; for whoever sends it in pieces.

        Raises PlatformError (rejected, not arrived) when the file can't be read any more.
        """
        try:
            self._file.seek(start)
            return self._file.read(size)
        except (OSError, ValueError) as error:
            raise _unreadable(self._name, error) from None

    def _piece(self) -> bytes:
        try:
            piece = self._file.read(min(CHUNK, self._left))
        except (OSError, ValueError) as error:
            raise _unreadable(self._name, error) from None
        self._left -= len(piece)
        self._hash.update(piece)
        other = self._left == 0 and self._digest not in (None, self._hash.hexdigest())
        if other or not piece:
            sentence = _("the file {name} was changed meanwhile, so it was not sent")
            raise problem(ErrorKind.REJECTED, sentence.format(name=quote(self._name)), arrived=False)
        return piece


def opened(path: Path, name: str, media_type: str, *, stall_s: float, digest: str | None) -> FileBody:
    """Open the file at *path* for sending; *name* is what sentences call it.

    Raises PlatformError (rejected, not arrived) when it can't be read or is no plain file.
    """
    try:
        # The folder is a whole team's: a link put there must not lead to what only the service may read.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(name, error) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _unreadable(name, None)
    return FileBody(os.fdopen(handle, "rb"), name, media_type, stall_s=stall_s, digest=digest)


def _unreadable(name: str, error: Exception | None) -> PlatformError:
    """What to raise for a file that can't be read, or (without an error) is something else than a file."""
    if isinstance(error, OSError) and error.strerror:
        sentence = _("the file {name} can't be read: {reason}").format(name=quote(name), reason=error.strerror)
    else:
        sentence = _("the file {name} can't be read").format(name=quote(name))
    return problem(ErrorKind.REJECTED, sentence, arrived=False)

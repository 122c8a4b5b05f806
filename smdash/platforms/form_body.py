"""A form of texts and several files (multipart/form-data, RFC 7578), read from disk piece by piece as it is sent."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from smdash.platforms.file_body import FileBody, opened


class FilePart(NamedTuple):
    """One file of a form: the part's name, and the file as ``Client.upload`` takes one."""

    field: str
    path: Path
    media_type: str
    name: str = ""
    digest: str | None = None


class FormBody:
    """The bytes of such a form; to be iterated once.

    ``size`` is their number, ``content_type`` the header, ``stall_s`` how many seconds a line may take none of them. A
    context manager: it closes the files.
    """

    def __init__(self, texts: Mapping[str, str], files: Sequence[tuple[str, str, FileBody]], *, stall_s: float) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.stall_s = stall_s
        self._parts: list[bytes | FileBody] = []
        for name, text in texts.items():
            self._parts.append(_head(boundary, f'name="{name}"') + text.encode("utf-8", "replace") + b"\r\n")
        for name, media_type, body in files:
            # Not the team's own name for it: what files are called inside is nobody's business.
            shown = "file" + (mimetypes.guess_extension(media_type) or "")
            about = f'name="{name}"; filename="{shown}"'
            self._parts += [_head(boundary, about, media_type), body, b"\r\n"]
        self._parts.append(f"--{boundary}--\r\n".encode())
        self.size = sum(len(one) if isinstance(one, bytes) else one.size for one in self._parts)

    def __enter__(self) -> FormBody:
        return self

    def __exit__(self, *_error: object) -> None:
        for one in self._parts:
            if isinstance(one, FileBody):
                one.__exit__()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Raises PlatformError as ``FileBody`` does."""
        for one in self._parts:
            if isinstance(one, bytes):
                yield one
            else:
                async for piece in one:
                    yield piece


def form_of(texts: Mapping[str, str], files: Sequence[FilePart], *, stall_s: float) -> FormBody:
    """Open the *files* for sending. Raises PlatformError (rejected, not arrived) as ``opened`` does."""
    with ExitStack() as stack:
        found = []
        for one in files:
            body = opened(one.path, one.name or one.path.name, one.media_type, stall_s=stall_s, digest=one.digest)
            found.append((one.field, one.media_type, stack.enter_context(body)))
        form = FormBody(texts, found, stall_s=stall_s)
        stack.pop_all()
    return form


def _head(boundary: str, about: str, media_type: str = "") -> bytes:
    kind = f"Content-Type: {media_type}\r\n" if media_type else ""
    return f"--{boundary}\r\nContent-Disposition: form-data; {about}\r\n{kind}\r\n".encode()

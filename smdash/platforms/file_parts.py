"""A file in parts of given sizes, for networks that take big ones piece by piece; one part at a time is in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from functools import partial

from smdash.platforms.file_body import opened
from smdash.platforms.outgoing import Medium


async def parts(medium: Medium, sizes: Iterable[int]) -> AsyncIterator[bytes]:
    """The file's content in parts of so many bytes, the last of which may be shorter.

    Raises PlatformError (rejected, not arrived) when it can't be read, or is another file than *medium* by now: then
    its last part is never given. What is left when the *sizes* end is not given either.
    """
    work = partial(opened, medium.path, medium.shown, medium.media_type, stall_s=0.0, digest=medium.digest)
    wanted = iter(sizes)
    size = next(wanted, 0)
    held = bytearray()
    with await asyncio.to_thread(work) as body:
        async for piece in body:
            held += piece
            while 0 < size <= len(held):
                yield bytes(held[:size])
                del held[:size]
                size = next(wanted, 0)
        if held and size:
            yield bytes(held)

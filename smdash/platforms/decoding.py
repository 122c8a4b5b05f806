"""Reading a body under a limit that holds before and after decompression.

httpx' own decoders grow without bound (a doubly gzipped bomb reached 1.18 GB under a 5 MB check), so raw bytes
are read and zlib is asked for at most what is still allowed.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterable

ACCEPT_ENCODING = "gzip, deflate"
_GZIP = 16 + zlib.MAX_WBITS
_MOST_MEMBERS = 100
_TURN = 50


class TooLarge(Exception):
    """The body passes the limit."""


class BadEncoding(Exception):
    """The body is compressed in a way that was not offered, or is damaged."""


class Decoder:
    """Undoes one content encoding, never making more than *limit* bytes. Raises TooLarge, BadEncoding."""

    def __init__(self, encoding: str, limit: int) -> None:
        names = [name for name in encoding.lower().replace(" ", "").split(",") if name not in ("", "identity")]
        if len(names) > 1 or (names and names[0] not in ("gzip", "x-gzip", "deflate")):
            raise BadEncoding(encoding)
        self._name = names[0] if names else ""
        self._limit = limit
        self._raw = 0
        self._parts: list[bytes] = []
        self._made = 0
        self._zlib = self._fresh() if self._name else None
        self._head: bytes | None = b""
        self._members = 1

    def _fresh(self) -> zlib._Decompress:
        return zlib.decompressobj(zlib.MAX_WBITS if self._name == "deflate" else _GZIP)

    def feed(self, chunk: bytes) -> None:
        """Take the next raw bytes."""
        self._raw += len(chunk)
        if self._raw > self._limit:
            raise TooLarge
        if self._zlib is None:
            self._keep(chunk)
            return
        if self._head is not None:
            chunk = self._head + chunk
            if len(chunk) < 2:
                self._head = chunk
                return
            self._head = None
            if self._name == "deflate" and not _has_zlib_header(chunk):
                # Many servers send the bare stream, which the standard does not allow.
                self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            self._inflate(chunk)
        except zlib.error as error:
            raise BadEncoding(self._name) from error

    def _inflate(self, data: bytes) -> None:
        assert self._zlib is not None  # noqa: S101 for the type checker
        while data:
            if self._zlib.eof:
                # A gzip body may be several members in a row; anything else behind the end is padding.
                if self._name == "deflate" or data[:1] != b"\x1f":
                    return
                self._members += 1
                if self._members > _MOST_MEMBERS:
                    raise BadEncoding(self._name)
                self._zlib = self._fresh()
            self._keep(self._zlib.decompress(data, self._limit - self._made + 1))
            data = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail

    def _keep(self, data: bytes) -> None:
        self._made += len(data)
        if self._made > self._limit:
            raise TooLarge
        self._parts.append(data)

    def finish(self) -> bytes:
        """The whole body; refuses one that stopped in the middle."""
        if self._zlib is not None and self._raw and not self._zlib.eof:
            raise BadEncoding(self._name)
        return b"".join(self._parts)


def _has_zlib_header(data: bytes) -> bool:
    return data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0


async def read_body(chunks: AsyncIterable[bytes], encoding: str, limit: int) -> bytes:
    """Read *chunks* to the end. Raises TooLarge, BadEncoding, and what the iterator raises."""
    decoder = Decoder(encoding, limit)
    count = 0
    async for chunk in chunks:
        decoder.feed(chunk)
        count += 1
        if count % _TURN == 0:
            # What one read from the socket brought may be ten thousand chunks of a byte; other jobs get their turn.
            await asyncio.sleep(0)
    return decoder.finish()

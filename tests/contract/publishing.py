"""Cases for whatever publishes: of every way in which a write can fail, the error says whether it may have arrived.

The tests of a network bring a ``Network`` and call these over ``FAULTS`` and ``ERRORS``; they meet real sockets.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.client import Client
from smdash.platforms.outgoing import Medium, Outgoing, OutgoingKind, Publisher

from .faulty import FAULTS, Handler, Request, answer, bomb, closed_port, serve
from .hostile import ERRORS
from .test_faults import DEADLINE, SLOW, TLS, judge

BEHAVIOURS: dict[str, Handler] = FAULTS | ERRORS
# Each of these only ends by the client's deadline, which is one thing to an adapter, whatever dripped meanwhile: two
# stand for them where the client itself was tried with all.
_ENDLESS = {
    "drips headers",
    "100 without end",
    "102 without end",
    "103 with links without end",
    "drips 103",
    "header byte by byte",
    "chunks of a byte without end",
}
# What an answer ends needs no short deadline, which a busy machine may miss before the answer is asked for.
_ROOM_S = 3.0


def _deadline(behaviour: str) -> float:
    return DEADLINE if behaviour in _ENDLESS | SLOW else _ROOM_S


BEYOND_THE_CLIENT = [name for name in BEHAVIOURS if name not in _ENDLESS]
# Where the network says no, or sends the whole request elsewhere: it surely did nothing.
_REFUSALS = {
    "400",
    "401",
    "403",
    "404",
    "404 in HTML",
    "410",
    "418",
    "422",
    "quotes the token",
    "deep JSON as an error",
    "huge integer as an error",
    "error in a list",
    "redirect to ever longer",
}
REFUSALS = _REFUSALS | {name for name in BEHAVIOURS if name.startswith(("429", "Retry-After"))}


@dataclass(frozen=True)
class Network:
    """What the cases must know of an adapter.

    ``outgoing`` makes a delivery of a kind to a base address (its token is ``test_faults.TOKEN``, its ``now`` is
    ``test_faults.NOW``); ``reads`` answers what is asked before the write, uploads included, as the network would;
    ``is_write`` tells the write from those, and ``is_upload`` the sending of a file.
    """

    publisher: Callable[[], Publisher]
    outgoing: Callable[[str, OutgoingKind], Outgoing]
    reads: Handler
    is_write: Callable[[Request], bool]
    is_upload: Callable[[Request], bool] = lambda _request: False


def png(side: int) -> bytes:
    """A grey square of so many pixels a side, in the least that a PNG can be."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def picture(folder: Path, name: str = "promo.png", alt: str = "Secangkir kopi", side: int = 40) -> Medium:
    """A small picture on disk, *side* pixels wide and high; its name there says nothing, as in the media folder."""
    content = png(side)
    digest = hashlib.sha256(content).hexdigest()
    path = folder / digest
    path.write_bytes(content)
    return Medium(path, "image/png", len(content), digest, alt, side, side, name=name)


async def failed(network: Network, out: Outgoing, deadline_s: float = DEADLINE) -> PlatformError:
    """The error that publishing ends with, in time, in one sentence and without a secret."""
    begun = time.monotonic()
    async with Client(deadline_s=deadline_s, tls=TLS) as client:
        with pytest.raises(PlatformError) as caught:
            await network.publisher().publish(out, client)
    # Logging in, reading what is answered, and the write have a deadline each.
    assert time.monotonic() - begun < 3 * deadline_s + 2
    judge(caught.value)
    return caught.value


async def spoiled_write(network: Network, kind: OutgoingKind, behaviour: str, *media: Medium) -> None:
    """All goes well until the write, which meets *behaviour*: it is sent once, whatever comes back."""
    bomb()  # made beforehand: it takes as long as the deadline

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        await (BEHAVIOURS[behaviour] if network.is_write(request) else network.reads)(request, writer)

    async with serve(handle) as server:
        error = await failed(network, replace(network.outgoing(server.url, kind), media=media), _deadline(behaviour))
        assert error.arrived is (behaviour not in REFUSALS), error
        assert len([request for request in server.requests if network.is_write(request)]) == 1
        if behaviour in SLOW:
            assert error.kind is ErrorKind.NETWORK


async def spoiled_read(network: Network, kind: OutgoingKind, behaviour: str) -> None:
    """What is asked before the write meets *behaviour*: nothing is written, and the error says so."""

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        await BEHAVIOURS[behaviour](request, writer)

    async with serve(handle) as server:
        error = await failed(network, network.outgoing(server.url, kind), _deadline(behaviour))
        assert not error.arrived, error
        assert not [request for request in server.requests if network.is_write(request)]


async def nobody_listens(network: Network, kind: OutgoingKind) -> None:
    error = await failed(network, network.outgoing(f"http://127.0.0.1:{closed_port()}", kind))
    assert error.kind is ErrorKind.NETWORK and not error.arrived


async def token_of_no_use(network: Network, kind: OutgoingKind) -> None:
    """Without a token, or with one that no header takes, nothing is asked at all."""
    async with serve(network.reads) as server:
        out = network.outgoing(server.url, kind)
        for token in ("", "two\r\nlines"):
            error = await failed(network, replace(out, credentials=replace(out.credentials, token=token)))
            assert error.kind is ErrorKind.AUTH and not error.arrived
        assert server.requests == []


async def cut_before_the_answer(network: Network, kind: OutgoingKind) -> None:
    """The request is whole at the server, which dies then: all that is known is that it may be out."""

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        if network.is_write(request):
            writer.transport.abort()
        else:
            await network.reads(request, writer)

    async with serve(handle) as server:
        error = await failed(network, network.outgoing(server.url, kind))
        assert error.kind is ErrorKind.NETWORK and error.arrived


# Files, which are uploaded before the write


async def spoiled_upload(network: Network, behaviour: str, *media: Medium) -> None:
    """An upload meets *behaviour*: nothing is written, and the error says so."""
    bomb()

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        await (BEHAVIOURS[behaviour] if network.is_upload(request) else network.reads)(request, writer)

    async with serve(handle) as server:
        error = await failed(
            network, replace(network.outgoing(server.url, OutgoingKind.POST), media=media), _deadline(behaviour)
        )
        assert not error.arrived, error
        assert any(network.is_upload(request) for request in server.requests)
        assert not [request for request in server.requests if network.is_write(request)]


async def refused_file(network: Network, status: int, *media: Medium) -> None:
    """The server says that a file is too big, or none that it takes: a person is told which file that is."""

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        if network.is_upload(request):
            await answer(writer, status, json.dumps({"error": "no such files here"}).encode())
        else:
            await network.reads(request, writer)

    async with serve(handle) as server:
        error = await failed(network, replace(network.outgoing(server.url, OutgoingKind.POST), media=media))
        assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)
        assert media[0].name in str(error), error
        assert not [request for request in server.requests if network.is_write(request)]


async def cut_before_the_answer_to_a_file(network: Network, *media: Medium) -> None:
    """The whole file is at the server, which dies then: it is not seen anywhere, and so it has not arrived."""

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        if network.is_upload(request):
            writer.transport.abort()
        else:
            await network.reads(request, writer)

    async with serve(handle) as server:
        error = await failed(network, replace(network.outgoing(server.url, OutgoingKind.POST), media=media))
        assert (error.kind, error.arrived) == (ErrorKind.NETWORK, False)
        assert not [request for request in server.requests if network.is_write(request)]


async def file_of_no_use(network: Network, medium: Medium) -> None:
    """A file that is gone, or another one than was approved, is never sent: a person is told which."""
    async with serve(network.reads) as server:
        out = replace(network.outgoing(server.url, OutgoingKind.POST), media=(medium,))
        medium.path.write_bytes(b"\x89PNG something else")
        changed = await failed(network, out)
        medium.path.unlink()
        gone = await failed(network, out)
        for error in (changed, gone):
            assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)
            assert medium.name in str(error), error
        assert not [one for one in server.requests if network.is_write(one) or b"something else" in one.body]

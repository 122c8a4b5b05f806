"""Loopback https servers with good and bad certificates, and servers that spoil the handshake itself.

Each server counts what came after the handshake, so that a test can tell whether anything secret was sent.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import trustme

from smdash.platforms.transport import trust

from .faulty import answer

TLS_ALERT_INTERNAL = b"\x15\x03\x03\x00\x02\x02\x50"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class TlsServer:
    """A running server: its https address, and every byte that it could read (decrypted where TLS stood)."""

    url: str
    port: int
    heard: bytearray = field(default_factory=bytearray)
    connections: int = 0


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """The context that smdash's client makes for itself, which believes this authority, too."""
    context = trust()
    authority.configure_trust(context)
    return context


def certified(authority: trustme.CA, name: str = "127.0.0.1", *, expired: bool = False) -> ssl.SSLContext:
    """A server's context with a certificate for *name*."""
    now = datetime.now(UTC)
    ends = now - timedelta(days=1) if expired else now + timedelta(days=2)
    leaf = authority.issue_cert(name, not_before=now - timedelta(days=9), not_after=ends)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


@asynccontextmanager
async def serve(tls: ssl.SSLContext | None, talk: Talk | None = None) -> AsyncIterator[TlsServer]:
    """Listen on a free loopback port; *talk* gets the bare connection, otherwise each request is a 200 with ``[]``."""
    server = TlsServer("", 0)

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            if talk is not None:
                await talk(_Listening(reader, server), writer)  # type: ignore[arg-type]
            else:
                server.heard += await reader.readuntil(b"\r\n\r\n")
                await answer(writer, body=b"[]")
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(met, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    server.url = f"https://127.0.0.1:{server.port}"
    try:
        yield server
    finally:
        listener.close()


class _Listening:
    """A reader whose bytes are kept in the server's ``heard``."""

    def __init__(self, reader: asyncio.StreamReader, server: TlsServer) -> None:
        self._reader = reader
        self._server = server

    async def read(self, most: int) -> bytes:
        got = await self._reader.read(most)
        self._server.heard += got
        return got


async def speaks_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Plain HTTP where TLS was meant: a web server answers a handshake with a 400."""
    await reader.read(4096)
    await answer(writer, 400, b"<h1>The plain HTTP request was sent to HTTPS port</h1>", kind="text/html")


async def closes_in_the_handshake(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)


async def closes_inside_its_hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)
    writer.write(b"\x16\x03\x03" + struct.pack(">H", 100) + b"\x02\x00\x00\x60")
    await writer.drain()


async def alerts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)
    writer.write(TLS_ALERT_INTERNAL)
    await writer.drain()


def only_tls_1_0(authority: trustme.CA) -> Talk:
    """A server that speaks TLS 1.0 and nothing newer, and tells so with the alert that real servers send."""
    context = certified(authority)
    # Today's OpenSSL refuses TLS 1.0 on its own side as well unless it is asked to be careless.
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is out of date is the point
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # By hand, because asyncio's own server drops the alert.
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            incoming.write(await reader.read(4096))
            try:
                tls.do_handshake()
                writer.write(outgoing.read())
                while got := await reader.read(4096):
                    incoming.write(got)
                return
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
            except ssl.SSLError:
                writer.write(outgoing.read())
                await writer.drain()
                return

    return talk


async def stalls(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Take the hello and say nothing more; ends when the other side has gone."""
    while await reader.read(4096):
        pass


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A record's beginning, a byte at a time, without end."""
    await reader.read(4096)
    writer.write(b"\x16\x03\x03\x40\x00\x02")
    while not writer.is_closing():
        writer.write(b"\x00")
        await writer.drain()
        await asyncio.sleep(0.05)

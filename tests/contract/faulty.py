"""A loopback server that does to every request what bad servers do. Made of asyncio alone.

``async with faulty("reset") as url`` answers on a free port of 127.0.0.1; ``FAULTS`` lists the behaviours.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache

DEEP = b"[" * 200_000 + b"]" * 200_000
HTML = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>"


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.split("?")[0]


Handler = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A running server: its address, and what it was asked."""

    url: str
    port: int
    requests: list[Request] = field(default_factory=list)
    connections: int = 0


@asynccontextmanager
async def serve(handler: Handler, port: int = 0) -> AsyncIterator[Server]:
    """Answer every request on a loopback *port*, any free one for 0, with *handler*, one request a connection."""
    server = Server("", 0)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _version = head[0].split(" ")
            pairs = (line.partition(":")[::2] for line in head[1:] if line)
            headers = {name.lower(): value.strip() for name, value in pairs}
            # A body that is left unread would end the connection with RST, and the answer with it.
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            request = Request(method, target, headers, body)
            server.requests.append(request)
            await handler(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(talk, "127.0.0.1", port, limit=1_000_000)
    server.port = listener.sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{server.port}"
    try:
        yield server
    finally:
        listener.close()


async def answer(
    writer: asyncio.StreamWriter,
    status: int = 200,
    body: bytes = b"",
    *,
    headers: dict[str, str] | None = None,
    kind: str = "application/json",
) -> None:
    """Write one whole HTTP/1.1 answer; a header that is given replaces ours."""
    sent = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"} | (headers or {})
    lines = [f"HTTP/1.1 {status} X"] + [f"{name}: {value}" for name, value in sent.items()]
    writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    plug: socket.socket = writer.get_extra_info("socket")
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _plain(status: int, body: bytes = b"", kind: str = "application/json", **headers: str) -> Handler:
    names = {name.replace("_", "-"): value for name, value in headers.items()}

    async def handle(_request: Request, writer: asyncio.StreamWriter) -> None:
        await answer(writer, status, body, headers=names, kind=kind)

    return handle


def _error(status: int, text: str = "no", **headers: str) -> Handler:
    return _plain(status, json.dumps({"error": text}).encode(), **headers)


async def close_at_once(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset_before_headers(_request: Request, writer: asyncio.StreamWriter) -> None:
    _reset(writer)


async def reset_in_headers(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    await writer.drain()
    _reset(writer)


async def reset_in_body(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[")
    await writer.drain()
    await asyncio.sleep(0.05)
    _reset(writer)


async def never_answers(_request: Request, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def drips_headers(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for count in range(600):
        writer.write(f"X-{count}: y\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.1)


async def drips_body(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n[")
    for _count in range(600):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)


async def truncated(_request: Request, writer: asyncio.StreamWriter) -> None:
    await answer(writer, body=b'[{"id": "1"', headers={"Content-Length": "5000"})


async def truncated_chunks(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{}, ")
    await writer.drain()


async def endless_headers(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for count in range(20_000):
        writer.write(f"X-{count}: {'y' * 1000}\r\n".encode())
        await writer.drain()


async def endless_body(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[")
    for _count in range(2_000):
        writer.write(b" " * 100_000)
        await writer.drain()


@cache
def bomb() -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(squeeze.compress(b"\0" * 1_000_000) for _count in range(100)) + squeeze.flush()


async def gzip_bomb(_request: Request, writer: asyncio.StreamWriter) -> None:
    await answer(writer, body=bomb(), headers={"Content-Encoding": "gzip"})


async def redirect_loop(request: Request, writer: asyncio.StreamWriter) -> None:
    await answer(writer, 302, headers={"Location": request.target})


# What each does, and what a person would call it. All of them must end in a PlatformError.
FAULTS: dict[str, Handler] = {
    "closes at once": close_at_once,
    "resets before headers": reset_before_headers,
    "resets inside headers": reset_in_headers,
    "resets inside the body": reset_in_body,
    "never answers": never_answers,
    "drips headers": drips_headers,
    "drips the body": drips_body,
    "wrong content-length": truncated,
    "truncated chunks": truncated_chunks,
    "endless headers": endless_headers,
    "endless body": endless_body,
    "announces 6 MiB": _plain(200, b"[]", Content_Length=str(6 * 1024 * 1024)),
    "announces a number without end": _plain(200, b"[]", Content_Length="9" * 400),
    "gzip bomb": gzip_bomb,
    "gzip twice": _plain(200, gzip.compress(gzip.compress(b"[]")), Content_Encoding="gzip, gzip"),
    "gzip cut short": _plain(200, gzip.compress(b"[" + b" " * 5000 + b"]")[:-9], Content_Encoding="gzip"),
    "gzip that is none": _plain(200, b"[]", Content_Encoding="gzip"),
    "unknown encoding": _plain(200, b"[]", Content_Encoding="br"),
    "not HTTP": _plain(200),
    "redirect loop": redirect_loop,
    "redirect to a private address": _plain(302, Location="http://10.0.0.1/secret"),
    "redirect to loopback": _plain(302, Location="http://127.0.0.2:1/"),
    "redirect to metadata by IPv6": _plain(301, Location="http://[::ffff:169.254.169.254]/latest"),
    "redirect to another scheme": _plain(301, Location="file:///etc/passwd"),
    "redirect to nonsense": _plain(301, Location="http://[oops/"),
    "redirect without a place": _plain(302),
    "HTML": _plain(200, HTML, "text/html"),
    "HTML called JSON": _plain(200, HTML),
    "HTML error page": _plain(502, HTML, "text/html"),
    "deep JSON": _plain(200, DEEP),
    "number without end": _plain(200, b"[" + b"1" * 10_000 + b"]"),
    "no body": _plain(200),
    "204": _plain(204),
    "304 unasked": _plain(304),
    "another shape": _plain(200, b'{"data": []}'),
    "a string": _plain(200, b'"hello"'),
    "null": _plain(200, b"null"),
    "lone surrogates": _plain(200, rb'{"error": "\ud800\udfff\ud83d"}'),
    "400": _error(400),
    "401": _error(401, "The access token is invalid"),
    "403": _error(403, "This action is outside the authorized scopes"),
    "404": _error(404),
    "404 in HTML": _plain(404, HTML, "text/html"),
    "410": _error(410),
    "418": _error(418),
    "422": _error(422, "Validation failed"),
    "429 bare": _error(429),
    "429 with seconds": _error(429, Retry_After="120"),
    "429 with a silly wait": _error(429, Retry_After="99999999999999999999"),
    "429 with an ISO reset": _error(429, X_RateLimit_Reset="2026-11-23T09:10:00.869078Z", X_RateLimit_Remaining="0"),
    "500": _error(500),
    "500 with escapes": _error(500, "\x1b]0;owned\x07\x1b[31mred \u202eevil\r\nsecond line " + "x" * 5000),
    "503 with a date": _error(503, Retry_After=format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)),
    "599": _error(599),
}


async def _not_http(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    await writer.drain()


async def _echo_token(request: Request, writer: asyncio.StreamWriter) -> None:
    """Servers that quote what was sent, secrets included."""
    said = {"error": f"bad header Authorization: {request.headers.get('authorization')} in access_token=abcdef123456"}
    await answer(writer, 400, json.dumps(said).encode())


FAULTS["not HTTP"] = _not_http
FAULTS["quotes the token"] = _echo_token


@cache
def closed_port() -> int:
    """A loopback port that nobody listens on, or can: it is held, without listening, as long as the process lives."""
    plug = socket.socket()
    plug.bind(("127.0.0.1", 0))
    _PLUGS.append(plug)
    return int(plug.getsockname()[1])


_PLUGS: list[socket.socket] = []


def free_port() -> int:
    """A loopback port for a server that is about to be started; another process may take it until then."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return int(plug.getsockname()[1])

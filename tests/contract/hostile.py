"""More of what bad servers do: floods, bombs, lies about encoding, documents that are slow to read.

``ERRORS`` end in a PlatformError for every adapter, as those of ``faulty.FAULTS`` do; ``DOCUMENTS`` are feeds that no
reader should spend its memory or its time on.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib

from .faulty import DEEP, Handler, Request, answer

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def raw(*parts: bytes, times: int = 1, pause_s: float = 0) -> Handler:
    """Send these bytes, the last of them *times* over."""

    async def handle(_request: Request, writer: asyncio.StreamWriter) -> None:
        for part in parts[:-1]:
            writer.write(part)
        for _count in range(times):
            writer.write(parts[-1])
            await writer.drain()
            if pause_s:
                await asyncio.sleep(pause_s)

    return handle


def _body(body: bytes, kind: str = "application/json", status: int = 200, **headers: str) -> Handler:
    names = {name.replace("_", "-"): value for name, value in headers.items()}

    async def handle(_request: Request, writer: asyncio.StreamWriter) -> None:
        await answer(writer, status, body, headers=names, kind=kind)

    return handle


def _wait(status: int, seconds: str) -> Handler:
    return _body(b'{"error": "no"}', status=status, Retry_After=seconds)


def _squeezed(window: int, kind: bytes = b"\0") -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, window)
    return b"".join(squeeze.compress(kind * 1_000_000) for _count in range(60)) + squeeze.flush()


async def _nearer(request: Request, writer: asyncio.StreamWriter) -> None:
    """A redirect to an ever longer address of the same host."""
    await answer(writer, 307, headers={"Location": request.target + "/x"})


async def _early(_request: Request, writer: asyncio.StreamWriter) -> None:
    """A whole answer, and a second one that nobody asked for behind it."""
    writer.write(_OK + b"Content-Length: 4\r\n\r\nnullHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
    await writer.drain()


# A 102 is looked at like a 103; 200 MB of them would take minutes.
ERRORS: dict[str, Handler] = {
    "100 without end": raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, times=20_000),
    "102 without end": raw(b"HTTP/1.1 102 Processing\r\n\r\n" * 100, times=20_000),
    "103 with links without end": raw(b"HTTP/1.1 103 Early\r\nLink: </a>; rel=preload\r\n\r\n" * 50, times=20_000),
    "drips 103": raw(b"HTTP/1.1 103 Early\r\n\r\n", times=600, pause_s=0.05),
    "103 and then nothing": raw(b"HTTP/1.1 103 Early\r\n\r\n"),
    "101 unasked": raw(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x05hello"),
    "HTTP/0.9": raw(b"<html>hello</html>"),
    "HTTP/0.9 JSON": raw(b'[{"id": "1"}]\r\n\r\n'),
    "HTTP/2 preface": raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/9.9": raw(b"HTTP/9.9 200 OK\r\n\r\n[]"),
    "status 000": raw(b"HTTP/1.1 000 Zero\r\n\r\n[]"),
    "status 999": raw(b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n"),
    "status of words": raw(b"HTTP/1.1 OK 200\r\n\r\n"),
    "binary status line": raw(b"\x00\xff\xfe\x80" * 100 + b"\r\n\r\n"),
    "status line without end": raw(b"HTTP/1.1 200 " + b"O" * 1_000, b"K" * 10_000, times=20_000),
    "one header without end": raw(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 10_000, times=20_000),
    "header byte by byte": raw(b"HTTP/1.1 200 OK\r\nX: ", b"y", times=600, pause_s=0.05),
    "NUL in a header": raw(_OK + b"X: a\x00b\r\nContent-Length: 2\r\n\r\n[]"),
    "folded headers": raw(_OK + b"X: a\r\n b\r\n c\r\nContent-Length: 4\r\n\r\nnull"),
    "two lengths": raw(_OK + b"Content-Length: 2\r\nContent-Length: 400\r\n\r\n[]"),
    "negative length": raw(_OK + b"Content-Length: -1\r\n\r\n[]"),
    "length of words": raw(_OK + b"Content-Length: two\r\n\r\n[]"),
    "length and chunks": raw(_OK + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n0\r\n\r\n"),
    "chunk of a wrong size": raw(_OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[1, 2]\r\n0\r\n\r\n"),
    "chunk of no size": raw(_OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n0\r\n\r\n"),
    "chunk of a huge size": raw(_OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n[]"),
    "negative chunk": raw(_OK + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n[]\r\n0\r\n\r\n"),
    "chunks of a byte without end": raw(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 1000, times=20_000),
    "chunk extension without end": raw(_OK + b"Transfer-Encoding: chunked\r\n\r\n2;x=", b"y" * 10_000, times=20_000),
    "trailers without end": raw(
        _OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n", b"X: y\r\n" * 1000, times=20_000
    ),
    "unknown transfer encoding": raw(_OK + b"Transfer-Encoding: gzip\r\n\r\nnull"),
    "a second answer behind": _early,
    "10,000 cookies": _body(b"null", Set_Cookie="; ".join(f"c{n}={n}" for n in range(2_000))),
    "ten thousand headers": raw(_OK, b"Set-Cookie: a=b\r\n" * 10_000 + b"Content-Length: 4\r\n\r\nnull"),
    "deflate bomb": _body(_squeezed(15), Content_Encoding="deflate"),
    "bare deflate bomb": _body(_squeezed(-15), Content_Encoding="deflate"),
    "gzip bomb of blanks": _body(_squeezed(31, b" "), Content_Encoding="gzip"),
    "gzip of a thousand members": _body(gzip.compress(b" ") * 1_000, Content_Encoding="gzip"),
    "br bomb": _body(b"\x5b\xff\xff\x07\x00\x24" * 1000, Content_Encoding="br"),
    "zstd": _body(b"\x28\xb5\x2f\xfd" * 100, Content_Encoding="zstd"),
    "ten encodings": _body(b"null", Content_Encoding=", ".join(["gzip"] * 10)),
    "205 with a body": _body(b'{"error": "x"}', status=205),
    "UTF-16 JSON": _body("[]".encode("utf-16")),
    "UTF-32 JSON": _body("[]".encode("utf-32")),
    "NUL bytes": _body(b"\0" * 10_000),
    "NUL inside JSON": _body(b'{"id": "1\x00"}'),
    "JSON behind a script guard": _body(b")]}',\n[]"),
    "JSON with a tail": _body(b"[] trailing"),
    "JSON of many parts": _body(b"[" + b"[]," * 1_500_000 + b"[]]"),
    "deep objects": _body(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "deep JSON as an error": _body(DEEP, status=400),
    "1e999999": _body(b"1e999999"),
    "NaN": _body(b"NaN"),
    "huge integer": _body(b"9" * 4_000),
    "huge integer as an error": _body(b'{"error": ' + b"9" * 5_000 + b"}", status=400),
    "the same key twice": _body(b'{"error": "a", "error": {"b": 1}}'),
    "error in a list": _body(json.dumps([{"error": "x"}] * 100).encode(), status=422),
    "escapes in the reason": raw(b"HTTP/1.1 500 \x1b[31mred\r\nContent-Length: 0\r\n\r\n"),
    "redirect to ever longer": _nearer,
    "redirect to javascript": _body(b"", status=302, Location="javascript:alert(1)"),
    "redirect to data": _body(b"", status=302, Location="data:application/json,[]"),
    "redirect to a name and password": _body(b"", status=302, Location="http://a:b@127.0.0.1/"),
    "redirect to a long address": _body(b"", status=302, Location="/" + "x" * 9_000),
    "redirect to port 0": _body(b"", status=302, Location="http://127.0.0.1:0/"),
    "redirect to a decimal address": _body(b"", status=302, Location="http://2130706433/"),
    "redirect to nowhere": _body(b"", status=302, Location="http://0.0.0.0/"),
    "redirect with a line break": raw(b"HTTP/1.1 302 X\r\nLocation: /a\rb\r\nContent-Length: 0\r\n\r\n"),
    "300": _body(b"[]", status=300),
    "305 proxy": _body(b"", status=305, Location="http://127.0.0.2/"),
} | {
    f"Retry-After {words!r:.24}": _wait(429, words)
    for words in ("-5", "1e12", "NaN", "inf", "0", "1,2", "soon", "9" * 4_000, "-1e308", "٣٠", "Mon, 01 Jan 0001 00:00:00 GMT",
                  "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "Sun, 06 Nov 1994 08:49:37 GMT")
    if words.isascii()
}  # fmt: skip

_HEAD = b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>'
_TAIL = b"</channel></rss>"
_ITEM = b"<item><title>&a9;</title></item>"


def _feed(inner: bytes, head: bytes = _HEAD) -> bytes:
    return head + inner + _TAIL


def _declared(entities: bytes) -> bytes:
    return b'<?xml version="1.0"?><!DOCTYPE r [' + entities + b"]><rss version='2.0'><channel><title>x</title>"


_LAUGHS = b'<!ENTITY a0 "lol">' + b"".join(
    b'<!ENTITY a%d "%s">' % (at, b"&a%d;" % (at - 1) * 10) for at in range(1, 10)
)
# What each takes without limits on two cores: between 10 seconds and more than a minute, up to 220 MB.
DOCUMENTS: dict[str, bytes] = {
    "nested tags": _feed(b"<x>" * 1_500_000),
    "tags": _feed(b"<x/>" * 1_200_000),
    "attributes": _feed(b"<x " + b" ".join(b'a%d="1"' % at for at in range(400_000)) + b"/>"),
    "namespaces": _feed(b"".join(b'<a%d:x xmlns:a%d="u%d"/>' % (at, at, at) for at in range(150_000))),
    "bare <": _feed(b"<item><description>" + b"<" * 5_000_000 + b"</description></item>"),
    "UTF-7": b'<?xml version="1.0" encoding="utf-7"?>' + b"+ADw-a" * 800_000,
    "links": _feed(b"<item>" + b"<link>https://a.example/</link>" * 160_000 + b"</item>"),
}
# These are read as far as they go, with a remark.
BOMBS: dict[str, bytes] = {
    "billion laughs": _feed(_ITEM, _declared(_LAUGHS)),
    "quadratic": _feed(
        b"<item><title>" + b"&a;" * 100_000 + b"</title></item>", _declared(b'<!ENTITY a "' + b"A" * 100_000 + b'">')
    ),
    "external entity": _feed(
        b"<item><title>a &e; b</title></item>", _declared(b'<!ENTITY e SYSTEM "file:///etc/passwd">')
    ),
    "external parameter entity": _feed(
        b"<item><title>a b</title></item>", _declared(b'<!ENTITY % e SYSTEM "http://127.0.0.1:9/x"> %e;')
    ),
    "one huge text": _feed(b"<item><title>t</title><description>" + b"a" * 5_000_000 + b"</description></item>"),
}

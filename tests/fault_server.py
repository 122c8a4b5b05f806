"""Publishing servers on loopback that go wrong in named ways: one speaks Mastodon's API, one Bluesky's.

What is really out stands in ``Server.posts``, so that tests count what people would see, whatever was answered. A
behaviour meets the write call, once or always; everything else is answered as a good server would. ``BEHAVIOURS`` lists
them: whether the write is done, what is answered, and what that means to who sent it.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from smdash.core.clock import Clock, encode
from tests.contract import faulty
from tests.contract.faulty import DEEP, HTML, Request, bomb
from tests.contract.hostile import raw
from tests.contract.mastodon_posts import drawn

ME = "did:plc:kopisenja"
COLLECTION = "app.bsky.feed.post"
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@dataclass
class Call:
    """One write as it came in. ``key`` is what tells that two are the same; ``answer`` what a good server says."""

    request: Request
    key: str
    text: str
    at: datetime
    status: int
    answer: bytes


Reply = Callable[["Server", Call, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Behaviour:
    """``done``: the post is out. ``means``: what the sender may conclude from the answer alone.

    ``sent`` it is told that it is out; ``unsure`` it may be; ``wait`` it surely is not, and may be later; ``no`` it
    surely is not, and never will be.
    """

    done: bool
    means: str
    reply: Reply
    # What the server asks to wait at least, and how far its clock is off.
    wait: timedelta = timedelta()
    skew: timedelta = timedelta()
    refuses_connections: bool = False
    # Where Bluesky's protocol says another thing than HTTP does.
    bluesky: str = ""


@dataclass
class Server:
    """``network`` is ``mastodon`` or ``bluesky``. ``honours``: the same key twice is one post.

    ``times`` is how many writes of the first text meet the behaviour, or of *every* text.
    """

    network: str
    clock: Clock
    honours: bool
    behaviour: Behaviour
    times: int
    every: bool = False
    url: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    calls: list[Call] = field(default_factory=list)
    spoiled: str | None = None
    met: int = 0
    asked: list[str] = field(default_factory=list)

    def out(self, text: str) -> list[dict[str, Any]]:
        """What is really there of a text."""
        return [one for one in self.posts if one["text"] == text]

    @property
    def now(self) -> datetime:
        return self.clock.now() + self.behaviour.skew

    async def handle(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.asked.append(f"{request.method} {request.path}")
        if (request.method, request.path) in _WRITES:
            await self._write(request, writer)
        else:
            if any(request.target == f"/@kopi/{one['id']}" for one in self.posts):
                await self.say(writer, 200, HTML, "text/html")
                return
            status, found = (_mastodon if self.network == "mastodon" else _bluesky)(self, request)
            await self.say(writer, status, json.dumps(found).encode())

    async def say(
        self, writer: asyncio.StreamWriter, status: int, body: bytes, kind: str = "application/json", **headers: str
    ) -> None:
        """A whole answer, with this server's date."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        dated = {"Date": format_datetime(self.now, usegmt=True)}
        await faulty.answer(writer, status, body, headers=dated | more, kind=kind)

    async def _write(self, request: Request, writer: asyncio.StreamWriter) -> None:
        asked = json.loads(request.body)
        if self.network == "mastodon":
            key, text = request.headers.get("idempotency-key", ""), asked["status"]
        else:
            key, text = asked["rkey"], asked["record"]["text"]
        self.spoiled = text if self.spoiled is None else self.spoiled
        spoil = (text == self.spoiled or self.every) and self.met < self.times
        self.met += spoil
        status, found = self._take(key, text, asked) if not spoil or self.behaviour.done else (200, {})
        call = Call(request, key, text, self.clock.now(), status, json.dumps(found).encode())
        self.calls.append(call)
        if spoil:
            await self.behaviour.reply(self, call, writer)
        else:
            await self.say(writer, call.status, call.answer)

    def _take(self, key: str, text: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        known = next((one for one in self.posts if one["key"] == key), None)
        if known is not None and self.honours:
            if self.network == "bluesky":  # as the reference server does
                return 500, {"error": "InternalServerError", "message": "Internal Server Error"}
            return 200, self.status(known)
        post = {"key": key, "text": text, "at": self.now, "record": asked.get("record")}
        number = len(self.posts) + 1
        if self.network == "mastodon":
            post["id"] = f"1{number:05}"
        else:
            place = key if self.honours else f"3own{number:09}"  # a server that ignores the key chooses its own
            post["id"] = f"at://{ME}/{COLLECTION}/{place}"
        self.posts.append(post)
        return 200, self.status(post)

    def status(self, post: dict[str, Any]) -> dict[str, Any]:
        """How the network shows a post."""
        if self.network == "bluesky":
            return {"uri": post["id"], "cid": "bafyreib", "value": post["record"]}
        return {
            "id": post["id"], "created_at": encode(post["at"]), "account": {"id": "1", "acct": "kopi"},
            "content": drawn(post["text"]), "visibility": "public", "url": f"{self.url}/@kopi/{post['id']}",
            "in_reply_to_id": None, "in_reply_to_account_id": None, "mentions": [], "reblog": None,
        }  # fmt: skip


_WRITES = {("POST", "/api/v1/statuses"), ("POST", "/xrpc/com.atproto.repo.createRecord")}


def _mastodon(server: Server, request: Request) -> tuple[int, Any]:
    parts = [unquote(one) for one in request.path.split("/")[3:]]
    match (request.method, *parts):
        case ("GET", "accounts", "verify_credentials"):
            return 200, {"id": "1", "acct": "kopi"}
        case ("GET", "accounts", "1", "statuses"):
            below = parse_qs(urlsplit(request.target).query).get("max_id", ["9"])[0]
            rows = [one for one in server.posts if one["id"] < below]
            return 200, [server.status(one) for one in rows[::-1][:20]]
        case ("GET", "statuses", remote_id):
            for one in server.posts:
                if one["id"] == remote_id:
                    return 200, server.status(one)
    return 404, {"error": "Record not found"}


def _bluesky(server: Server, request: Request) -> tuple[int, Any]:
    method = request.path.removeprefix("/xrpc/")
    params = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
    if method.startswith("com.atproto.server."):
        return 200, {"did": ME, "handle": "kopi.example", "accessJwt": "jwt-a", "refreshJwt": "jwt-r"}
    if method == "com.atproto.repo.getRecord":
        for one in server.posts:
            if one["id"] == f"at://{params['repo']}/{params['collection']}/{params['rkey']}":
                return 200, server.status(one)
        return 400, {"error": "RecordNotFound", "message": "Could not locate record"}
    if method == "com.atproto.repo.listRecords":
        rows = sorted(server.posts, key=lambda one: str(one["id"]), reverse=True)
        return 200, {"records": [server.status(one) for one in rows]}
    return 400, {"error": "InvalidRequest", "message": method}


@asynccontextmanager
async def serve(server: Server, port: int = 0) -> AsyncIterator[Server]:
    """Answer on a loopback port, any free one for 0."""
    async with faulty.serve(server.handle, port) as running:
        server.url = running.url
        yield server


# What is answered


def _answered(status: int = 200, body: bytes | None = None, kind: str = "application/json", **headers: str) -> Reply:
    async def reply(server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
        await server.say(writer, status, call.answer if body is None else body, kind, **headers)

    return reply


def _error(status: int, words: str = "no", **headers: str) -> Reply:
    return _answered(status, json.dumps({"error": words, "message": words}).encode(), **headers)


def _bytes(*parts: bytes, times: int = 1, pause_s: float = 0) -> Reply:
    send = raw(*parts, times=times, pause_s=pause_s)

    async def reply(_server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
        await send(call.request, writer)

    return reply


async def _reset(_server: Server, _call: Call, writer: asyncio.StreamWriter) -> None:
    faulty._reset(writer)


async def _hang_up(_server: Server, _call: Call, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _silence(_server: Server, _call: Call, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def _drip_headers(_server: Server, _call: Call, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for count in range(40):
        writer.write(f"X-{count}: y\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.05)


async def _drip_body(_server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Content-Length: %d\r\n\r\n" % len(call.answer))
    for letter in call.answer[:40]:
        writer.write(bytes([letter]))
        await writer.drain()
        await asyncio.sleep(0.05)


def _length(of: Callable[[int], int]) -> Reply:
    async def reply(_server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
        writer.write(_OK + b"Content-Length: %d\r\n\r\n" % of(len(call.answer)) + call.answer)
        await writer.drain()

    return reply


async def _no_length(_server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Connection: close\r\n\r\n" + call.answer)
    await writer.drain()


async def _truncated(_server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Content-Length: %d\r\n\r\n" % len(call.answer) + call.answer[: len(call.answer) // 2])
    await writer.drain()


async def _broken_chunks(_server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
    half = call.answer[: len(call.answer) // 2]
    writer.write(_OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(half) + half + b"\r\n")
    await writer.drain()


async def _to_itself(server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
    await server.say(writer, 302, b"", Location=call.request.target)


def _elsewhere(status: int, place: str = "https://lain.example/api/v1/statuses") -> Reply:
    return _answered(status, b"", Location=place)


async def _bomb(server: Server, _call: Call, writer: asyncio.StreamWriter) -> None:
    await server.say(writer, 200, bomb(), Content_Encoding="gzip")


async def _stacked(server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
    await server.say(writer, 200, gzip.compress(gzip.compress(call.answer)), Content_Encoding="gzip, gzip")


def _changed(change: Callable[[dict[str, Any]], object]) -> Reply:
    async def reply(server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
        found = json.loads(call.answer)
        await server.say(writer, 200, json.dumps(change(found)).encode())

    return reply


def _place(value: object) -> Callable[[dict[str, Any]], object]:
    """Put something else where the network's own id is, or leave it out."""

    def change(found: dict[str, Any]) -> object:
        name = "uri" if "uri" in found else "id"
        return {key: one for key, one in found.items() if key != name} | ({name: value} if value is not None else {})

    return change


async def _bad_letters(server: Server, call: Call, writer: asyncio.StreamWriter) -> None:
    # Inside the first text of the answer, so that it is JSON all the same.
    at = call.answer.index(b'": "') + 4
    await server.say(writer, 200, call.answer[:at] + b"\xff\xfe\xc3" + call.answer[at:])


async def _another(server: Server, _call: Call, writer: asyncio.StreamWriter) -> None:
    """The answer that somebody else's call should have got."""
    if server.network == "bluesky":
        found: dict[str, Any] = {"uri": f"at://{ME}/{COLLECTION}/3aaaaaaaaaaaa", "cid": "bafyreib"}
    else:
        words = {"key": "", "text": "Jadwal pengiriman berubah mulai Senin depan", "at": server.now, "id": "100777"}
        found = server.status(words)
    await server.say(writer, 200, json.dumps(found).encode())


def _after(seconds: float, date: bool = False) -> Reply:
    async def reply(server: Server, _call: Call, writer: asyncio.StreamWriter) -> None:
        moment = server.clock.now() + timedelta(seconds=seconds)
        words = format_datetime(moment, usegmt=True) if date else f"{seconds:.0f}"
        await server.say(writer, 429, b'{"error": "Too many requests"}', Retry_After=words)

    return reply


def _reset_at(seconds: float, epoch: bool = False) -> Reply:
    async def reply(server: Server, _call: Call, writer: asyncio.StreamWriter) -> None:
        moment = server.clock.now() + timedelta(seconds=seconds)
        words = str(int(moment.timestamp())) if epoch else encode(moment)
        more = {"X_RateLimit_Reset": words, "X_RateLimit_Remaining": "0"}
        await server.say(writer, 429, b'{"error": "Too many requests"}', **more)

    return reply


def _retry(status: int, seconds: int) -> Reply:
    return _answered(status, b'{"error": "later"}', Retry_After=str(seconds))


_GARBAGE = _bytes(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
_CONTINUE = _bytes(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, times=2_000)
_HEADERS = _bytes(b"HTTP/1.1 200 OK\r\n", b"X-Flood: " + b"y" * 1_000 + b"\r\n", times=5_000)
_TWO_MINUTES, _YEAR = timedelta(minutes=2), timedelta(days=365)


def _both(name: str, reply: Reply, **more: Any) -> dict[str, Behaviour]:
    """The same words to who was heard and to who was not."""
    return {f"{name}, done": Behaviour(True, "unsure", reply, **more), name: Behaviour(False, "unsure", reply, **more)}


def _done(reply: Reply, **more: Any) -> Behaviour:
    return Behaviour(True, "unsure", reply, **more)


def _refused(reply: Reply, **more: Any) -> Behaviour:
    return Behaviour(False, "no", reply, **more)


def _wait(reply: Reply, wait: timedelta = timedelta(), **more: Any) -> Behaviour:
    return Behaviour(False, "wait", reply, wait, **more)


BEHAVIOURS: dict[str, Behaviour] = {
    "connection refused": _wait(_hang_up, refuses_connections=True),
    "reset before reading": Behaviour(False, "unsure", _reset),
    "reset after success": _done(_reset),
    **_both("hangs up", _hang_up),
    **_both("says nothing", _silence),
    "drips headers beyond the deadline": _done(_drip_headers),
    "drips the body beyond the deadline": _done(_drip_body),
    **{name: one for status in (500, 502, 503, 504) for name, one in _both(f"{status}", _error(status)).items()},
    "503 asking for ten minutes": Behaviour(False, "unsure", _retry(503, 600), wait=timedelta(minutes=10)),
    "body cut in the middle": _done(_truncated),
    "length too short": _done(_length(lambda size: size // 2)),
    "length too long": _done(_length(lambda size: size + 500)),
    "no length": Behaviour(True, "sent", _no_length),
    "chunks broken off": _done(_broken_chunks),
    "redirect loop": Behaviour(False, "unsure", _to_itself),
    "301 to another origin": Behaviour(False, "unsure", _elsewhere(301)),
    "302 to another origin": Behaviour(False, "unsure", _elsewhere(302)),
    "302 into a private network": Behaviour(False, "unsure", _elsewhere(302, "http://10.0.0.1/")),
    "303 to what was made": _done(_elsewhere(303, "/@kopi/1")),
    "307 to another origin": _wait(_elsewhere(307)),
    "308 to another origin": _wait(_elsewhere(308)),
    "redirect to nonsense, done": _done(_elsewhere(302, "http://[oops/")),
    "gzip bomb": _done(_bomb),
    "stacked encodings": _done(_stacked),
    "unknown encoding": _done(_answered(Content_Encoding="br")),
    **_both("HTML for JSON", _answered(200, HTML, "text/html")),
    **_both("empty 200", _answered(200, b"")),
    "202 of another shape": _done(_answered(202, b'{"queued": true}')),
    "204": _done(_answered(204, b"")),
    "JSON of another shape": _done(_answered(200, b'{"data": [1, 2]}')),
    "a list": _done(_changed(lambda found: [found])),
    "null": _done(_answered(200, b"null")),
    "JSON without an id": _done(_changed(_place(None))),
    "an id of another type": _done(_changed(_place(["1"]))),
    "an empty id": _done(_changed(_place(""))),
    "deep JSON": _done(_answered(200, DEEP)),
    "huge JSON": _done(_answered(200, b"[" + b"1," * 3_000_000 + b"1]")),
    "NUL bytes": _done(_answered(200, b"\0" * 5_000)),
    "invalid UTF-8 in the answer": _done(_bad_letters),
    **_both("answer to another request", _another),
    "400": _refused(_error(400)),
    "401": _refused(_error(401, "The access token is invalid"), bluesky="renewed"),
    "403": _refused(_error(403)),
    "404": _refused(_error(404)),
    **_both("408", _error(408)),
    **_both("409", _error(409)),
    "410": _refused(_error(410)),
    "413": _refused(_error(413)),
    "422": _refused(_error(422, "Validation failed: Text is too long")),
    "422 duplicate text, not ours": _refused(_error(422, "Validation failed: duplicate of another status")),
    "422 duplicate text, done": _done(_error(422, "Validation failed: duplicate of another status")),
    **_both("425", _error(425)),
    "451": _refused(_error(451)),
    "429": _wait(_error(429)),
    "429 with seconds": _wait(_after(120), _TWO_MINUTES),
    "429 with a date": _wait(_after(120, date=True), _TWO_MINUTES - timedelta(seconds=1)),
    "429 with an ISO reset": _wait(_reset_at(120), _TWO_MINUTES),
    "429 with an epoch reset": _wait(_reset_at(120, epoch=True), _TWO_MINUTES - timedelta(seconds=1)),
    "429 with a time that is over": _wait(_after(-3_600, date=True)),
    "429 with nonsense": _wait(_error(429, Retry_After="soon")),
    "429 with a year": _refused(_after(_YEAR.total_seconds())),
    **_both("clock an hour behind, reset", _reset, skew=timedelta(hours=-1)),
    **_both("clock an hour ahead, reset", _reset, skew=timedelta(hours=1)),
    **_both("not HTTP", _GARBAGE),
    "1xx forever": _done(_CONTINUE),
    "header flood": _done(_HEADERS),
    "500 that quotes the token": _done(_error(500, "bad token s3cr3t-t0k3n-of-the-test \x1b[31m")),
}  # fmt: skip
